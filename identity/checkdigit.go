package identity

import "strings"

// CheckDigit computes the digit of ICAO Doc 9303-3 §4.9 over s: weights 7, 3, 1
// from the left, digits count as themselves, A to Z as 10 to 35, the filler < as
// 0. The result is '0' to '9'; other characters count as 0.
func CheckDigit(s string) byte {
	sum := 0
	for i := range len(s) {
		sum += value(s[i]) * [3]int{7, 3, 1}[i%3]
	}
	return byte('0' + sum%10)
}

func value(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'A' && c <= 'Z':
		return int(c-'A') + 10
	}
	return 0
}

// Check is one check digit of a zone.
type Check struct {
	Name string // "number", "birth", "expiry", "personal", "composite"
	Have byte   // as read
	Want byte   // as computed; '0' to '9'
	OK   bool
}

// check compares a digit. A filler counts as 0 only where an empty field goes
// without a digit: the personal number of passports, and dates that a document does
// not have (Russian passports for use at home have no expiry date).
func check(name, field string, have byte, fillerIsZero bool) Check {
	want := CheckDigit(field)
	ok := have == want
	if fillerIsZero && have == '<' && strings.Trim(field, "<") == "" {
		ok = true
	}
	return Check{Name: name, Have: have, Want: want, OK: ok}
}
