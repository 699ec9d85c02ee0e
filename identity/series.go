package identity

import (
	"slices"
	"strings"

	"visavis/document"
)

// Kind is a kind of document.
type Kind = document.Kind

// The kinds that are recognised. Which are accepted says Policy.
const (
	KindIdentityCard    = document.IdentityCard
	KindPassport        = document.Passport
	KindResidencePermit = document.ResidencePermit
	KindVisa            = document.Visa
	KindDrivingLicence  = document.DrivingLicence
	KindCrew            = document.Crew
	KindUnknown         = document.Unknown
)

// Side is a side of a document. A passport's data page is its front.
type Side = document.Side

// The sides.
const (
	Front = document.Front
	Back  = document.Back
)

// Series is one series of documents: where things are and which rule of validity
// holds.
type Series = document.Row

// SeriesOf returns the series of a zone. False when the zone is of no identity
// document: Policy then says why.
func SeriesOf(m MRZ) (Series, bool) {
	kind := KindOf(m)
	if AcceptKind(kind) != "" {
		return Series{}, false
	}
	return document.Find(kind, m.Format, m.Issuer)
}

// RowOf returns the row of the table that names a document, accepted or not: by its
// zone, by recognised lines that are no zone of an identity document, or by the kind
// of its printed title alone.
func RowOf(zone Reading, recognised []string, printed Kind) (document.Row, bool) {
	if zone.Status != Unreadable {
		return document.Find(KindOf(zone.MRZ), zone.MRZ.Format, zone.MRZ.Issuer)
	}
	if KindOfLines(recognised) == KindDrivingLicence {
		return document.Find(KindDrivingLicence, document.Licence, trim(recognised[0][2:5]))
	}
	for _, r := range document.All() {
		if r.Kind == printed && r.Issuer == "" {
			return r, true
		}
	}
	return document.Row{}, false
}

// KindOf tells what kind of document a zone belongs to. National cards and permits
// share the layout: a permit has R as the second letter of its code, or names
// another nationality than its issuer.
func KindOf(m MRZ) Kind {
	switch {
	case m.Format.Visa():
		return KindVisa
	case m.Format == IDFRA:
		return KindIdentityCard
	case m.Format == TD3:
		return KindPassport
	case m.Format == TD1 && m.DocumentCode == "AC":
		return KindCrew
	case m.Format != TD1 && m.Format != TD2:
		return KindUnknown
	case strings.HasSuffix(m.DocumentCode, "R") || m.Nationality != "" && m.Nationality != m.Issuer:
		return KindResidencePermit
	}
	return KindIdentityCard
}

// KindOfLines tells the kind of recognised lines that Parse may not know: the one
// line of a European driving licence begins with D.
func KindOfLines(lines []string) Kind {
	if len(lines) == 1 && len(lines[0]) == 30 && lines[0][0] == 'D' {
		return KindDrivingLicence
	}
	m, err := Parse(lines)
	if err != nil {
		return KindUnknown
	}
	return KindOf(m)
}

// KindOfTitle tells the kind by what is printed on a document; KindUnknown where
// no title stands in the text.
func KindOfTitle(text string) Kind {
	folded, err := Fold(lettersOf(text))
	if err != nil {
		return KindUnknown
	}
	folded = "<" + folded + "<"
	for _, t := range document.AllTitles() {
		if slices.ContainsFunc(t.Texts, func(title string) bool { return strings.Contains(folded, "<"+title+"<") }) {
			return t.Kind
		}
	}
	return KindUnknown
}

// lettersOf leaves letters and apostrophes, at most as many as a name may have.
func lettersOf(text string) string {
	kept := make([]rune, 0, len(text))
	for _, r := range text {
		switch kind := kindOf(r); {
		case kind == signLetter && spellingsOf(string(r)) != nil, kind == signApostrophe:
			kept = append(kept, r)
		default:
			if len(kept) > 0 && kept[len(kept)-1] != ' ' {
				kept = append(kept, ' ')
			}
		}
	}
	words := strings.Fields(string(kept))
	words = words[:min(len(words), maxComponents)]
	out := strings.Join(words, " ")
	if r := []rune(out); len(r) > maxSigns {
		out = string(r[:maxSigns])
	}
	return out
}
