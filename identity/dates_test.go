package identity

import (
	"errors"
	"testing"
	"time"
)

func on(date string) time.Time {
	t, err := time.Parse(time.DateOnly, date)
	if err != nil {
		panic(err)
	}
	return t
}

// dates with the clock at noon of 22 November 2026.
func dates() Dates { return Dates{func() time.Time { return on("2026-11-22").Add(12 * time.Hour) }} }

func TestBirthDateFindsItsCentury(t *testing.T) {
	for _, c := range []struct {
		sentence, zone string
		printed        int
		want           string // a date, "person", "refused" or "unknown"
	}{
		{"only the last century has been", "740812", 0, "1974-08-12"},
		{"the print agrees", "740812", 1974, "1974-08-12"},
		{"the print says another year", "740812", 1947, "person"},
		{"a child or somebody of 111", "150301", 0, "person"},
		{"nobody of 111 applies, whatever is printed", "150301", 1915, "person"},
		{"a child is a child when it is printed so", "150301", 2015, "2015-03-01"},
		{"a young adult needs the print", "010203", 0, "person"},
		{"a young adult with the print", "010203", 2001, "2001-02-03"},
		{"born today", "261122", 2026, "2026-11-22"},
		{"not born before tomorrow", "261123", 0, "1926-11-23"},
		{"a leap day of both centuries", "880229", 0, "1988-02-29"},
		{"a leap day of 2000 alone", "000229", 0, "2000-02-29"},
		{"a leap day that was none", "890229", 0, "refused"},
		{"31 February is no 3 March", "900231", 0, "refused"},
		{"month 13", "901301", 0, "refused"},
		{"month 13, day 0", "901300", 0, "refused"},
		{"day 0 is an unknown day", "900100", 0, "unknown"},
		{"zeros for month and day", "740000", 0, "unknown"},
		{"zeros for month and day, printed", "740000", 1974, "unknown"},
		{"the day unknown", "7402<<", 0, "unknown"},
		{"all unknown", "<<<<<<", 0, "unknown"},
		{"nothing but zeros", "000000", 0, "unknown"},
		{"the month unknown and the day not", "740012", 0, "refused"},
		{"month and day unknown", "74<<<<", 0, "unknown"},
		{"letters", "74O812", 0, "refused"},
		{"too short", "7408", 0, "refused"},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			got, err := dates().Birth(c.zone, c.printed)
			if have := outcome(got, err); have != c.want {
				t.Errorf("%s, printed %d: %s (%v), want %s", c.zone, c.printed, have, err, c.want)
			}
		})
	}
}

func outcome(date time.Time, err error) string {
	var refused *DateError
	var century *CenturyError
	switch {
	case errors.As(err, &century):
		return "person"
	case errors.Is(err, ErrDateUnknown):
		return "unknown"
	case errors.As(err, &refused):
		return "refused"
	case err != nil:
		return err.Error()
	}
	return date.Format(time.DateOnly)
}

func TestExpiryDateIsOfThisCentury(t *testing.T) {
	for _, c := range []struct{ sentence, zone, want string }{
		{"ahead", "300211", "2030-02-11"},
		{"past", "120415", "2012-04-15"},
		{"the last day of the window", "421122", "2042-11-22"},
		{"a day more", "421123", "refused"},
		{"the first day of the window", "061122", "2006-11-22"},
		{"a day less", "061121", "refused"},
		{"99 is no year a document runs to", "990101", "refused"},
		{"30 February", "300230", "refused"},
		{"unknown", "<<<<<<", "unknown"},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			got, err := dates().Expiry(c.zone)
			if have := outcome(got, err); have != c.want {
				t.Errorf("%s: %s, want %s", c.zone, have, c.want)
			}
		})
	}
}

func TestOldCardDateOfIssue(t *testing.T) {
	for _, c := range []struct{ zone, want string }{
		{"9409", "1994-09-01"},
		{"8806", "1988-06-01"},
		{"8700", "refused"},
		{"1710", "2017-10-01"},
		{"2108", "2021-08-01"},
		{"2109", "refused"},
		{"8612", "refused"}, // 2086
		{"1713", "refused"},
		{"17", "refused"},
	} {
		got, err := OldCardIssue(c.zone)
		if have := outcome(got, err); have != c.want {
			t.Errorf("%s: %s, want %s", c.zone, have, c.want)
		}
	}
}

func TestAgeCountsBirthdays(t *testing.T) {
	for _, c := range []struct {
		birth string
		age   int
		adult bool
	}{
		{"2008-11-22", 18, true},
		{"2008-11-23", 17, false},
		{"1988-02-29", 38, true},
		{"2026-11-22", 0, false},
	} {
		if age := dates().Age(on(c.birth)); age != c.age || dates().Adult(on(c.birth)) != c.adult {
			t.Errorf("%s: %d years, want %d", c.birth, age, c.age)
		}
	}
}

func TestPrintedDateIsReadInEveryForm(t *testing.T) {
	for _, c := range []struct{ printed, want string }{
		{"13 07 1990", "1990-07-13"},
		{"13.07.1990", "1990-07-13"},
		{"13/07/1990", "1990-07-13"},
		{"13-07-1990", "1990-07-13"},
		{"13071990", "1990-07-13"},
		{" 3 7 1990 ", "1990-07-03"},
		{"13 JUIL/JUL 1990", "1990-07-13"},
		{"13 JUIN 1990", "1990-06-13"},
		{"13 août 1990", "1990-08-13"},
		{"13 DÉC 1990", "1990-12-13"},
		{"13 JUI 1990", "refused"},
		{"13 JAN/FEB 1990", "refused"},
		{"13 MAC/MAR 1990", "1990-03-13"},
		{"13JUL1990", "1990-07-13"},
		{"13 DEZ/DEC/DÉC 1990", "1990-12-13"},
		{"13 MAC 1990", "refused"},
		{"13 07 07 1990", "refused"},
		{"13 JUL 90", "refused"},
		{"31.02.1990", "refused"},
		{"13.07.90", "refused"},
		{"13.07.0090", "refused"},
		{"1990-07-13", "refused"},
		{"", "refused"},
		{"13 07", "refused"},
	} {
		got, err := PrintedDate(c.printed)
		if have := outcome(got, err); have != c.want {
			t.Errorf("%q: %s, want %s", c.printed, have, c.want)
		}
	}
}

func TestPrintedDayKeepsTwoDigitsOfTheYear(t *testing.T) {
	for _, c := range []struct{ printed, want string }{
		{"12 AUG/AOÛT 74", "740812"},
		{"12 AUG /AOÛT 1974", "740812"},
		{"13.07.90", "900713"},
		{"29 FEB 80", "800229"},
		{"30 FEB 80", ""},
		{"13 JUL 190", ""},
		{"", ""},
	} {
		if got, err := PrintedDay(c.printed); got != c.want || (err != nil) != (c.want == "") {
			t.Errorf("%q: %q, %v, want %q", c.printed, got, err, c.want)
		}
	}
}
