package words

import (
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// Reversing is the mark that turns the order of what follows around, so that what is read is
// not what stands there (right-to-left override).
const Reversing = '\u202e'

// Plain returns a typed text with its decimal digits as ASCII, whatever script they were typed
// in: the keyboards of several languages have digits of their own. Invisible marks, which
// copying adds, are left out, all but Reversing. Spaces become ASCII ones.
// plainDigits of static/js/lib/digits.js reads the same.
func Plain(typed string) string {
	return strings.Map(func(r rune) rune {
		switch value, ok := digit(r); {
		case ok:
			return rune('0' + value)
		case r == Reversing:
			return r
		case unicode.In(r, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector):
			return -1
		case unicode.IsSpace(r):
			return ' '
		}
		return r
	}, typed)
}

// Digits returns the digits of a typed text, as Plain reads it. Spaces and hyphens are left
// out. It returns "" if there is anything else.
func Digits(typed string) string {
	var out strings.Builder
	for _, r := range Plain(width.Fold.String(typed)) {
		switch {
		case '0' <= r && r <= '9':
			out.WriteRune(r)
		case r == ' ', unicode.Is(unicode.Pd, r):
		default:
			return ""
		}
	}
	return out.String()
}

// digit returns the value of a decimal digit. A script's ten digits are one row in Unicode,
// from 0 to 9; rows that touch are one range.
func digit(r rune) (byte, bool) {
	for _, row := range unicode.Nd.R16 {
		if rune(row.Lo) <= r && r <= rune(row.Hi) {
			return byte((r - rune(row.Lo)) % 10), true
		}
	}
	for _, row := range unicode.Nd.R32 {
		if rune(row.Lo) <= r && r <= rune(row.Hi) {
			return byte((r - rune(row.Lo)) % 10), true
		}
	}
	return 0, false
}
