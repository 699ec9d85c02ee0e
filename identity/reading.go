package identity

import (
	"slices"
	"strings"
)

// Status says how far a reading can be trusted.
type Status string

// The statuses.
const (
	// Valid: every check digit fits, and no character of a number or a name was changed.
	Valid Status = "valid"
	// Corrected: one change alone makes the digits fit. The number must still equal
	// the printed one or another frame's.
	Corrected Status = "corrected"
	// Ambiguous: several changes would make the digits fit, or there are Doubts.
	Ambiguous Status = "ambiguous"
	// Unreadable: no zone, or no small change makes the digits fit.
	Unreadable Status = "unreadable"
)

// Change is one character that a reading replaced.
type Change struct {
	Line, At int // from 0
	From, To byte
}

// Reading is a zone as recognised from a picture, put right where the layout
// allows it.
type Reading struct {
	Status Status
	MRZ    MRZ
	// Changes that the classes of the positions force (a letter O in a date is a
	// zero), then those that the check digits suggest.
	Changes []Change
	// Doubts of a zone whose digits are right: it is Ambiguous for them.
	Doubts []Doubt
}

// The characters that are mistaken for each other and that a check digit can
// tell apart. Others (G and 6, L and 1, K and <, 8 and S) have the same value
// mod 10: no search over digits may touch them.
var pairs = map[byte]byte{
	'O': '0', '0': 'O', 'I': '1', '1': 'I', 'B': '8', '8': 'B', 'S': '5', '5': 'S', 'Z': '2', '2': 'Z',
}

var toDigit = map[byte]byte{'O': '0', 'Q': '0', 'D': '0', 'U': '0', 'I': '1', 'L': '1', 'Z': '2', 'S': '5', 'G': '6',
	'B': '8', 'A': '4'}
var toLetter = map[byte]byte{'0': 'O', '1': 'I', '2': 'Z', '5': 'S', '6': 'G', '8': 'B'}

// classes of the positions: l letter, d digit, c check digit (or filler), a
// either; a filler may stand anywhere.
var classes = map[Format][]string{
	TD1: {
		"lalll" + "aaaaaaaaa" + "c" + strings.Repeat("a", 15),
		"dddddd" + "d" + "l" + "dddddd" + "d" + "lll" + strings.Repeat("a", 11) + "d",
		strings.Repeat("l", 30),
	},
	TD2:   {strings.Repeat("l", 36), "aaaaaaaaa" + "c" + "lll" + "dddddd" + "d" + "l" + "dddddd" + "d" + strings.Repeat("a", 7) + "d"},
	TD3:   {strings.Repeat("l", 44), "aaaaaaaaa" + "c" + "lll" + "dddddd" + "d" + "l" + "dddddd" + "d" + strings.Repeat("a", 14) + "c" + "d"},
	MRVA:  {strings.Repeat("l", 44), "aaaaaaaaa" + "c" + "lll" + "dddddd" + "d" + "l" + "dddddd" + "d" + strings.Repeat("a", 16)},
	MRVB:  {strings.Repeat("l", 36), "aaaaaaaaa" + "c" + "lll" + "dddddd" + "d" + "l" + "dddddd" + "d" + strings.Repeat("a", 8)},
	IDFRA: {strings.Repeat("l", 30) + "aaaaaa", "dddd" + "aaa" + "ddddd" + "d" + strings.Repeat("l", 14) + "dddddd" + "d" + "l" + "d"},
}

// Classes are the kinds of letter that the places of a format's lines may hold, line by
// line: l a letter, d a digit, c a check digit, a either; a filler may stand anywhere.
// Nil of an unknown format.
func Classes(f Format) []string { return slices.Clone(classes[f]) }

// span is a stretch of a line that a search may change: numbers and optional
// fields, never a name.
type span struct{ line, from, to int }

var searchable = map[Format][]span{
	TD1:   {{0, 5, 30}, {1, 18, 29}},
	TD2:   {{1, 0, 9}, {1, 28, 35}},
	TD3:   {{1, 0, 9}, {1, 28, 42}},
	MRVA:  {{1, 0, 9}},
	MRVB:  {{1, 0, 9}},
	IDFRA: {{1, 4, 7}},
}

// unchecked is the stretch that may hold letters and digits, and that no check digit
// covers: the optional data of visas, the second place of a card's document code.
var unchecked = map[Format]span{TD1: {0, 1, 2}, MRVA: {1, 28, 44}, MRVB: {1, 28, 36}}

// Read normalises recognised lines, forces the classes of the positions, and
// searches for at most two changes when digits do not fit. Names are never
// corrected by digits.
func Read(recognised []string) Reading {
	lines := normalise(recognised)
	format, err := Detect(classFirst(lines))
	if err != nil {
		return Reading{Status: Unreadable}
	}
	lines, changes := force(lines, classes[format])
	lines, changes = forceOverflow(format, lines, changes)
	m, err := Parse(lines)
	if err != nil {
		return Reading{Status: Unreadable, Changes: changes}
	}
	r := Reading{Status: Valid, MRZ: m, Changes: changes}
	if m.digitsFit() {
		return r.doubted()
	}
	r.Status = Unreadable
	for most := 1; most <= 2; most++ {
		fits := search(m, most)
		// One change that fits does not settle it: another pair may fit as well, and
		// with one change alone 5 % of double errors would get a wrong value.
		if most == 2 && len(fits) == 1 {
			fixed, err := Parse(apply(lines, fits[0]))
			if err == nil {
				r.Status, r.MRZ, r.Changes = Corrected, fixed, append(changes, fits[0]...)
			}
		} else if len(fits) > 1 {
			r.Status = Ambiguous
		}
	}
	return r.doubted()
}

// doubted makes a reading ambiguous where what no digit covers cannot be.
func (r Reading) doubted() Reading {
	if r.Status != Valid && r.Status != Corrected {
		return r
	}
	if r.Doubts = r.MRZ.Doubts(); !slices.Contains(r.Doubts, DoubtNameDigit) && r.changedAName() {
		r.Doubts = append([]Doubt{DoubtNameDigit}, r.Doubts...)
	}
	if len(r.Doubts) > 0 {
		r.Status = Ambiguous
	}
	return r
}

// changedAName tells whether a digit was read in a name and replaced by the letter
// like it: a guess that no check digit proves.
func (r Reading) changedAName() bool {
	return slices.ContainsFunc(r.Changes, func(c Change) bool {
		return slices.ContainsFunc(r.MRZ.nameSpans(), func(s span) bool {
			return s.line == c.Line && s.from <= c.At && c.At < s.to
		})
	})
}

// normalise writes what recognisers make of fillers and spaces as the zone has
// it, and gives a line that is one filler short its length back.
func normalise(recognised []string) []string {
	replace := strings.NewReplacer("«", "<", "‹", "<", "〈", "<", " ", "")
	lines := make([]string, 0, len(recognised))
	for _, l := range recognised {
		if l = strings.ToUpper(replace.Replace(l)); l != "" {
			lines = append(lines, l)
		}
	}
	longest := 0
	for _, l := range lines {
		longest = max(longest, len(l))
	}
	short := -1
	for i, l := range lines {
		switch {
		case len(l) == longest:
		case len(l) == longest-1 && strings.HasSuffix(l, "<") && short < 0:
			short = i
		default:
			return lines
		}
	}
	if short >= 0 {
		lines[short] += "<"
	}
	return lines
}

// classFirst puts the document code right, which Detect needs: it has letters
// only.
func classFirst(lines []string) []string {
	if len(lines) == 0 || len(lines[0]) < 5 {
		return lines
	}
	head, _ := force([]string{lines[0][:5]}, []string{"lllll"})
	return append([]string{head[0] + lines[0][5:]}, lines[1:]...)
}

func force(lines, classes []string) ([]string, []Change) {
	var changes []Change
	out := make([]string, len(lines))
	for i, l := range lines {
		b := []byte(l)
		for at := range b {
			to, found := byte(0), false
			switch classes[i][at] {
			case 'd', 'c':
				to, found = toDigit[b[at]]
			case 'l':
				to, found = toLetter[b[at]]
			}
			if found {
				changes = append(changes, Change{i, at, b[at], to})
				b[at] = to
			}
		}
		out[i] = string(b)
	}
	return out, changes
}

// forceOverflow puts right the check digit of a number that goes on in the optional
// field of TD1 and TD2: it is the last letter before a filler there.
func forceOverflow(f Format, lines []string, changes []Change) ([]string, []Change) {
	line, place, from, to := 0, 14, 15, 30
	switch f {
	case TD1:
	case TD2:
		line, place, from, to = 1, 9, 28, 35
	default:
		return lines, changes
	}
	if lines[line][place] != '<' {
		return lines, changes
	}
	end := strings.IndexByte(lines[line][from:to], '<')
	if end < 0 {
		end = to - from
	}
	if end < 2 {
		return lines, changes
	}
	at := from + end - 1
	digit, wrong := toDigit[lines[line][at]]
	if !wrong {
		return lines, changes
	}
	c := Change{line, at, lines[line][at], digit}
	return apply(lines, []Change{c}), append(changes, c)
}

// search returns the sets of at most `most` changes inside numbers and optional
// fields after which every digit fits.
func search(m MRZ, most int) [][]Change {
	var places []Change
	for _, s := range searchable[m.Format] {
		for at := s.from; at < s.to; at++ {
			if to, ok := pairs[m.Lines[s.line][at]]; ok && classes[m.Format][s.line][at] == 'a' {
				places = append(places, Change{s.line, at, m.Lines[s.line][at], to})
			}
		}
	}
	var fits [][]Change
	try := func(set ...Change) {
		if fixed, err := Parse(apply(m.Lines, set)); err == nil && fixed.digitsFit() {
			fits = append(fits, append([]Change(nil), set...))
		}
	}
	for i, a := range places {
		try(a)
		for _, b := range places[i+1:] {
			if most == 2 {
				try(a, b)
			}
		}
	}
	return fits
}

func apply(lines []string, set []Change) []string {
	out := append([]string(nil), lines...)
	for _, c := range set {
		out[c.Line] = out[c.Line][:c.At] + string(c.To) + out[c.Line][c.At+1:]
	}
	return out
}
