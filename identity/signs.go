package identity

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// signKind says what a sign of a name is for.
type signKind int

const (
	signOther      signKind = iota
	signLetter              // a letter with its marks
	signMark                // a mark on a letter; alone it is refused
	signSeparator           // parts two components of a name
	signApostrophe          // dropped; some issuers part components at it
	signDropped             // never written in a zone
	signDigit
	signControl
)

func (k signKind) problem() NameProblem {
	switch k {
	case signDigit:
		return NameDigits
	case signControl:
		return NameControl
	}
	return NameSymbol
}

// apostrophes are what people type, print and transliterate in the place of an
// apostrophe: apostrophes, quotation marks, primes, accents without a letter, the
// ʻokina, the glottal stop and the letters of hamza and ayn.
const apostrophes = "'’‘‛ʼʻʽʾʿʹˈˊˋˮʺ′´`＇ꞌꞋ‵"

// dropped are the signs that a name may have and a zone leaves out: « St. »,
// « Gal·la », also typed with the dots that keyboards offer in its place.
const dropped = ".·•‧∙⋅"

// minus is typed for a hyphen, and is no dash to Unicode.
const minus = '\u2212'

// kindOf is the one list of what may stand in a name.
func kindOf(r rune) signKind {
	switch {
	case strings.ContainsRune(apostrophes, r):
		return signApostrophe
	case strings.ContainsRune(dropped, r):
		return signDropped
	case r == unicode.ReplacementChar || unicode.Is(unicode.C, r) || unicode.Is(unicode.Zl, r) ||
		unicode.Is(unicode.Zp, r):
		return signControl
	case invisibleMark(r):
		return signControl
	case r == '<' || r == ',' || r == '/' || r == minus || unicode.Is(unicode.Pd, r) || unicode.Is(unicode.Zs, r):
		return signSeparator
	case unicode.IsLetter(r):
		return signLetter
	case letterMark(r):
		return signMark
	case unicode.Is(unicode.N, r):
		return signDigit
	}
	return signOther
}

// invisibleMark tells the marks that show nothing: variation selectors and the
// grapheme joiner.
func invisibleMark(r rune) bool {
	return r == 0x034F || r >= 0xFE00 && r <= 0xFE0F || r >= 0xE0100 && r <= 0xE01EF || r >= 0x180B && r <= 0x180F
}

// letterMark tells the marks that letters of names carry: the general ones, and the
// vowel signs and shadda of Arabic.
func letterMark(r rune) bool {
	return r >= 0x0300 && r <= 0x036F || r >= 0x1DC4 && r <= 0x1DCA || r >= 0x064B && r <= 0x0655 || r == 0x0670
}

// maxMarks is how many marks one letter may carry. Vietnamese needs two,
// Lithuanian and African tone marks three; more is text that covers its
// neighbours.
const maxMarks = 4

// sign is one sign of a name: a letter with its marks, or another character.
type sign struct {
	kind signKind
	text string // composed (NFC)
	at   int    // place in the text as given, in characters from 1
	ways []string
}

// signsOf takes a name apart. The error is a *NameError.
func signsOf(name string) ([]sign, error) {
	var signs []sign
	marks, at := 0, 0
	for _, r := range name { // Not UTF-8 is U+FFFD, which is refused.
		at++
		switch kind := kindOf(r); kind {
		case signMark:
			marks++
			if len(signs) == 0 || signs[len(signs)-1].kind != signLetter || marks > maxMarks {
				return nil, &NameError{Problem: NameSymbol, Character: string(r), At: at}
			}
			signs[len(signs)-1].text += string(r)
		case signOther, signDigit, signControl:
			return nil, &NameError{Problem: kind.problem(), Character: string(r), At: at}
		default:
			marks = 0
			signs = append(signs, sign{kind: kind, text: string(r), at: at})
		}
		if len(signs) > maxSigns {
			return nil, &NameError{Problem: NameTooLong}
		}
	}
	for i := range signs {
		s := &signs[i]
		s.text = norm.NFC.String(s.text)
		if s.kind != signLetter {
			continue
		}
		if s.ways = spellingsOf(s.text); s.ways == nil {
			return nil, &NameError{Problem: NameNotLatin, Character: s.text, At: s.at}
		}
	}
	return signs, nil
}

// trimmed leaves out what stands before the first letter and after the last, one
// separator where several follow each other, and apostrophes beside a separator.
// Signs that no zone has are gone too. The error is a *NameError.
func trimmed(signs []sign) ([]sign, error) {
	var out []sign
	components := 0
	for _, s := range written(signs) {
		last := signSeparator
		if len(out) > 0 {
			last = out[len(out)-1].kind
		}
		switch s.kind {
		case signDropped:
			continue
		case signApostrophe:
			if last != signLetter {
				continue
			}
		case signSeparator:
			if last == signApostrophe {
				out = out[:len(out)-1]
			}
			if last == signSeparator {
				continue
			}
		case signLetter:
			if last == signSeparator {
				components++
			}
		}
		out = append(out, s)
	}
	for len(out) > 0 && out[len(out)-1].kind != signLetter {
		out = out[:len(out)-1]
	}
	switch {
	case len(out) == 0:
		return nil, &NameError{Problem: NameEmpty}
	case components > maxComponents:
		return nil, &NameError{Problem: NameTooLong}
	}
	return out, nil
}

// written sees to it that every component has a letter in a zone: one of letters
// that may all be left out (a click, a soft sign) has them written where they can
// be, and is left out where none can.
func written(signs []sign) []sign {
	out := slices.Clone(signs)
	for from := 0; from < len(out); {
		to := from
		for to < len(out) && out[to].kind != signSeparator {
			to++
		}
		sure := func(s sign) bool { return s.kind == signLetter && !slices.Contains(s.ways, "") }
		if !slices.ContainsFunc(out[from:to], sure) {
			for i := from; i < to; i++ {
				if out[i].kind != signLetter {
					continue
				}
				out[i].ways = slices.DeleteFunc(slices.Clone(out[i].ways), func(way string) bool { return way == "" })
				if len(out[i].ways) == 0 {
					out[i].kind = signDropped
				}
			}
		}
		from = to + 1
	}
	return out
}
