package identity

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
)

// PrintedDate reads a date as documents print it: day, month and year of four
// digits, parted by dots, spaces, hyphens or slashes or by nothing; the month in
// digits or as the first letters of its French or English name (« 13 JUIL/JUL
// 1990 »). The error is a *DateError.
func PrintedDate(text string) (time.Time, error) {
	parts := strings.FieldsFunc(strings.ToUpper(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	if len(parts) == 1 && len(parts[0]) == 8 { // 13071990
		p := parts[0]
		parts = []string{p[:2], p[2:4], p[4:]}
	}
	if len(parts) == 4 { // the month in two languages
		first, ok := monthNamed(parts[1])
		second, ok2 := monthNamed(parts[2])
		if ok && ok2 && first == second {
			parts = slices.Delete(parts, 2, 3)
		}
	}
	if len(parts) != 3 || len(parts[2]) != 4 {
		return time.Time{}, &DateError{fmt.Sprintf("%q", text), "day, month and year of four digits"}
	}
	day, okDay := number(parts[0])
	month, okMonth := number(parts[1])
	if !okMonth {
		month, okMonth = monthNamed(parts[1])
	}
	year, okYear := number(parts[2])
	if !okDay || !okMonth || !okYear || len(parts[0]) > 2 {
		return time.Time{}, &DateError{fmt.Sprintf("%q", text), "day, month and year of four digits"}
	}
	return newDate(year, month, day)
}

func number(s string) (int, bool) {
	n := 0
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = n*10 + int(s[i]-'0')
	}
	return n, s != "" && len(s) <= 4
}

// monthNamed reads a month by the beginning of its name in French or English,
// three letters at least, four where three do not decide (JUIN, JUIL).
func monthNamed(s string) (int, bool) {
	s = strings.NewReplacer("É", "E", "È", "E", "Û", "U").Replace(s)
	if len(s) < 3 {
		return 0, false
	}
	names := [12][]string{
		{"JANVIER", "JANUARY"},
		{"FEVRIER", "FEBRUARY"},
		{"MARS", "MARCH"},
		{"AVRIL", "APRIL"},
		{"MAI", "MAY"},
		{"JUIN", "JUNE"},
		{"JUILLET", "JULY"},
		{"AOUT", "AUGUST"},
		{"SEPTEMBRE", "SEPTEMBER"},
		{"OCTOBRE", "OCTOBER"},
		{"NOVEMBRE", "NOVEMBER"},
		{"DECEMBRE", "DECEMBER"},
	}
	found := 0
	for i, of := range names {
		for _, name := range of {
			if strings.HasPrefix(name, s) {
				if found != 0 && found != i+1 {
					return 0, false
				}
				found = i + 1
			}
		}
	}
	return found, found != 0
}
