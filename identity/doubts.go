package identity

import (
	"strings"
)

// Doubt says why a zone whose check digits are right is not called valid: what no
// digit covers, or what none tells apart.
type Doubt string

// The doubts.
const (
	// DoubtNameDigit: a digit was read in a name, also one that stands for a letter like
	// it. Doc 9303-3 §4.6: names are A to Z.
	DoubtNameDigit Doubt = "name-digit"
	// DoubtNameFiller: a name ends with a run of one letter, as fillers are misread.
	// K and < have one value: no digit tells them apart.
	DoubtNameFiller Doubt = "name-filler"
	// DoubtNameMissing: no surname. A single name stands in its place (Doc 9303-3 §4.6),
	// so that its field is never empty.
	DoubtNameMissing Doubt = "name-missing"
	// DoubtNumberMissing: fillers alone where the document's number stands, with a digit of 0.
	DoubtNumberMissing Doubt = "number-missing"
	// DoubtCode: a digit in the code of a state or of a kind of document. The second place
	// of a card's code is the issuer's (Doc 9303-5 §4.2.2): cards that begin with C may have
	// a digit there, as residents' cards of the United States do (C1, C2).
	DoubtCode Doubt = "code"
	// DoubtSex: another letter than M, F or <. The X of printed zones is < in a machine
	// readable one (Doc 9303-4 §4.2.2).
	DoubtSex Doubt = "sex"
)

// nameSpans returns where the lines hold names.
func (m MRZ) nameSpans() []span {
	switch {
	case len(m.Lines) == 0:
		return nil
	case m.Format == TD1:
		return []span{{2, 0, len(m.Lines[2])}}
	case m.Format == IDFRA:
		return []span{{0, 5, 30}, {1, 13, 27}}
	}
	return []span{{0, 5, len(m.Lines[0])}}
}

// nameFields returns the stretches of the lines that hold names.
func (m MRZ) nameFields() []string {
	var fields []string
	for _, s := range m.nameSpans() {
		fields = append(fields, m.Lines[s.line][s.from:s.to])
	}
	return fields
}

// Doubts returns what makes a zone doubtful although its digits may be right.
func (m MRZ) Doubts() []Doubt {
	var out []Doubt
	note := func(d Doubt, found bool) {
		if found {
			out = append(out, d)
		}
	}
	fields := m.nameFields()
	names := strings.Join(fields, "")
	note(DoubtNameDigit, strings.ContainsAny(names, digits))
	filler := false
	for _, f := range fields {
		filler = filler || misreadFillers(f)
	}
	note(DoubtNameFiller, filler)
	note(DoubtNameMissing, m.Surname == "")
	note(DoubtNumberMissing, m.Number == "")
	code := m.DocumentCode
	if m.Format == TD1 && strings.HasPrefix(code, "C") {
		code = ""
	}
	note(DoubtCode, strings.ContainsAny(code+m.Issuer+m.Nationality, digits))
	note(DoubtSex, m.Sex != "" && m.Sex != "M" && m.Sex != "F")
	return out
}

const digits = "0123456789"

// The letters that fillers are misread as: K and X for their strokes, L, C, E, S, G
// and Z in worn or blurred print. strokes are those that no name has three of in a
// row with each other.
const (
	fillerLike = "KXLCESGZ"
	strokes    = "KXLC"
)

// Least lengths of a run that is fillers and no name. Names of three equal letters
// in a row are not known but for the numeral III; BAKK and KUKK end with two K.
const (
	equalRun = 3
	mixedRun = 4
)

// misreadFillers tells whether fillers of a name field were read as letters: a run
// of one letter at the end of the field or before fillers, two K in the field's last
// places, a run of several such letters to its end, the same such letter at every other
// place of it, or lone such letters among the fillers behind the names.
func misreadFillers(field string) bool {
	names := strings.TrimRight(field, "<")
	for from := 0; from < len(names); {
		to := from + 1
		for to < len(names) && names[to] == names[from] {
			to++
		}
		n := to - from
		numeral := names[from] == 'I' && n == equalRun && (from == 0 || names[from-1] == '<') &&
			(to == len(names) || names[to] == '<')
		if names[from] != '<' && n >= equalRun && !numeral {
			return true
		}
		from = to
	}
	full := len(names) == len(field)
	if full && strings.HasSuffix(names, "KK") {
		return true
	}
	if tail := len(names) - len(strings.TrimRight(names, strokes)); tail >= mixedRun {
		return true
	}
	return everyOther(names) || loneLetters(names)
}

// everyOther tells whether names end with the same letter like a filler twice or more, each
// behind a filler: ANNA<K<K. Initials differ, or there is one.
func everyOther(names string) bool {
	n := len(names)
	return n > 4 && names[n-1] == names[n-3] && names[n-2] == '<' && names[n-4] == '<' &&
		strings.IndexByte(fillerLike, names[n-1]) >= 0
}

// loneLetters tells whether nothing but letters like fillers stands behind two
// fillers that follow the given names: ANNA<<<K<<L.
func loneLetters(names string) bool {
	_, given, ok := strings.Cut(strings.TrimLeft(names, "<"), "<<")
	if !ok {
		return false
	}
	i := strings.Index(strings.TrimLeft(given, "<"), "<<")
	if i < 0 {
		return false
	}
	rest := strings.TrimLeft(given, "<")[i:]
	return strings.Trim(rest, "<") != "" && strings.Trim(rest, "<"+fillerLike) == ""
}
