package identity

import (
	"fmt"
	"strings"
	"time"
	"unicode"
)

// PrintedDate reads a date as documents print it: day, month and year of four
// digits, parted by dots, spaces, hyphens or slashes or by nothing; the month in
// digits or as the first letters of its name in one or more languages (« 13
// JUIL/JUL 1990 »). The error is a *DateError.
func PrintedDate(text string) (time.Time, error) {
	day, month, year, ok := printedParts(text)
	if !ok || len(year) != 4 || year[0] == '0' {
		return time.Time{}, &DateError{fmt.Sprintf("%q", text), "day, month and year of four digits"}
	}
	y, _ := number(year)
	return newDate(y, month, day)
}

// PrintedDay reads a date as PrintedDate does and writes it as the machine readable
// zone does, YYMMDD; the year may be printed with two digits, as some passports do:
// that tells no century. The error is a *DateError.
func PrintedDay(text string) (string, error) {
	day, month, year, ok := printedParts(text)
	if !ok || len(year) != 4 && len(year) != 2 {
		return "", &DateError{fmt.Sprintf("%q", text), "day, month and year"}
	}
	y, _ := number(year)
	if len(year) == 2 {
		y += 2000 // a leap year where 1900 + y is one, 1900 itself apart
	}
	date, err := newDate(y, month, day)
	if err != nil {
		return "", err
	}
	return date.Format("060102"), nil
}

// printedParts takes a printed date apart; ok when there is a day, a month and a
// year of digits.
func printedParts(text string) (day, month int, year string, ok bool) {
	parts := runsOf(strings.ToUpper(text))
	if len(parts) == 1 && len(parts[0]) == 8 { // 13071990
		p := parts[0]
		parts = []string{p[:2], p[2:4], p[4:]}
	}
	if len(parts) < 3 || len(parts) > 5 || len(parts[0]) > 2 {
		return 0, 0, "", false
	}
	year = parts[len(parts)-1]
	day, okDay := number(parts[0])
	_, okYear := number(year)
	month, okMonth := number(parts[1])
	if len(parts) > 3 || !okMonth {
		month, okMonth = monthOf(parts[1 : len(parts)-1])
	}
	return day, month, year, okDay && okMonth && okYear
}

// runsOf cuts a text into runs of letters and runs of digits.
func runsOf(s string) []string {
	var out []string
	last := 0 // of what the run before is made: 0 nothing, 1 letters, 2 digits
	for _, r := range s {
		kind := 0
		switch {
		case unicode.IsLetter(r):
			kind = 1
		case unicode.IsDigit(r):
			kind = 2
		}
		switch {
		case kind != 0 && kind == last:
			out[len(out)-1] += string(r)
		case kind != 0:
			out = append(out, string(r))
		}
		last = kind
	}
	return out
}

// monthOf reads a month named in one or more languages. Those that are not known
// count for nothing; those that are have to agree.
func monthOf(names []string) (int, bool) {
	month := 0
	for _, name := range names {
		m, ok := monthNamed(name)
		if _, digits := number(name); digits || ok && month != 0 && m != month {
			return 0, false
		}
		if ok {
			month = m
		}
	}
	return month, month != 0
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

// monthNamed reads a month by the beginning of its name in the languages of the
// documents that are met most, three letters at least, four where three do not
// decide (JUIN, JUIL).
func monthNamed(s string) (int, bool) {
	s = strings.NewReplacer("É", "E", "È", "E", "Û", "U", "Ä", "A", "Ç", "C").Replace(s)
	if len(s) < 3 {
		return 0, false
	}
	// French and English; German, Spanish, Italian, Portuguese, Dutch where another
	// beginning.
	names := [12]string{
		"JANVIER JANUARY JANEIRO ENERO GENNAIO",
		"FEVRIER FEBRUARY",
		"MARS MARCH MARZ MARZO MARCO MAART",
		"AVRIL APRIL ABRIL",
		"MAI MAY MAGGIO MAIO MEI",
		"JUIN JUNE JUNI JUNIO JUNHO GIUGNO",
		"JUILLET JULY JULI JULIO JULHO LUGLIO",
		"AOUT AUGUST AGOSTO",
		"SEPTEMBRE SEPTEMBER SETTEMBRE SETEMBRO",
		"OCTOBRE OCTOBER OKTOBER OTTOBRE OUTUBRO",
		"NOVEMBRE NOVEMBER",
		"DECEMBRE DECEMBER DEZEMBER DICIEMBRE DICEMBRE",
	}
	found := 0
	for i, of := range names {
		for name := range strings.FieldsSeq(of) {
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
