package words

import (
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// Digits returns the digits of a typed text as ASCII, whatever script they were typed in:
// the keyboards of several languages have digits of their own. Spaces, hyphens and invisible
// marks, which copying adds, are left out. It returns "" if there is anything else.
func Digits(typed string) string {
	var out strings.Builder
	for _, r := range width.Fold.String(typed) {
		switch value, ok := digit(r); {
		case ok:
			out.WriteByte('0' + value)
		case unicode.IsSpace(r), unicode.In(r, unicode.Zs, unicode.Pd, unicode.Cf):
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
