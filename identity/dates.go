package identity

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// ErrDateUnknown says that parts of a date are not known to its document (74<<<<,
// printed as X): a person decides.
var ErrDateUnknown = errors.New("date with unknown parts")

// DateError says that text is no date, or none that can be.
type DateError struct {
	Measured string
	Wanted   string
}

func (e *DateError) Error() string { return fmt.Sprintf("date %s, want %s", e.Measured, e.Wanted) }

// CenturyError says that two years fit a birth date of two digits and that
// nothing decides between them: a person does. Nothing is picked silently.
type CenturyError struct {
	Candidates  []time.Time // the earlier first
	PrintedYear int         // 0 when it was not read
}

func (e *CenturyError) Error() string {
	years := make([]string, len(e.Candidates))
	for i, c := range e.Candidates {
		years[i] = c.Format(time.DateOnly)
	}
	return fmt.Sprintf("birth date %s: printed year %d does not decide", strings.Join(years, " or "), e.PrintedYear)
}

// Dates reads the dates of documents. The zero value uses the clock of the
// machine. ICAO has no rule for centuries; these are the project's.
type Dates struct {
	Now func() time.Time
}

// Ages and windows of the rules, years.
const (
	adultAge     = 18
	oldestAge    = 100 // of somebody whose century only a person may settle
	expiryPast   = 20
	expiryFuture = 16
)

func (d Dates) today() time.Time {
	now := time.Now()
	if d.Now != nil {
		now = d.Now()
	}
	return time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, time.UTC)
}

// Birth reads a birth date of the zone, YYMMDD. Where both centuries are possible
// the year printed with four digits must name the one that makes the person
// younger than 100; printedYear is 0 when it was not read. Errors: ErrDateUnknown,
// *DateError, *CenturyError.
func (d Dates) Birth(yymmdd string, printedYear int) (time.Time, error) {
	if unknownDay(yymmdd) {
		return time.Time{}, ErrDateUnknown
	}
	var candidates []time.Time
	var last error
	for _, century := range []int{1900, 2000} {
		date, err := inCentury(yymmdd, century)
		switch {
		case errors.Is(err, ErrDateUnknown):
			return time.Time{}, err
		case err != nil: // 29 February of one century may not be there in the other
			last = err
		case !date.After(d.today()):
			candidates = append(candidates, date)
		}
	}
	switch {
	case len(candidates) == 0 && last == nil:
		last = &DateError{yymmdd + ", in the future", "a day that has been"}
		fallthrough
	case len(candidates) == 0:
		return time.Time{}, last
	case len(candidates) == 1 && (printedYear == 0 || printedYear == candidates[0].Year()):
		return candidates[0], nil
	}
	for _, c := range candidates {
		if len(candidates) == 2 && c.Year() == printedYear && d.Age(c) < oldestAge {
			return c, nil
		}
	}
	return time.Time{}, &CenturyError{candidates, printedYear}
}

// unknownDay tells whether a birth date has zeros for its day, or for month and day,
// as some registers write what is not known (740000 beside the 74<<<< of Doc 9303-3
// §4.8).
func unknownDay(yymmdd string) bool {
	return len(yymmdd) == 6 && strings.Trim(yymmdd, digits) == "" && yymmdd[4:] == "00" && yymmdd[2:4] <= "12"
}

// Age returns the whole years since a birth date.
func (d Dates) Age(birth time.Time) int { return yearsBetween(birth, d.today()) }

// Adult tells whether somebody is of age.
func (d Dates) Adult(birth time.Time) bool { return d.Age(birth) >= adultAge }

// yearsBetween counts birthdays. Who is born on 29 February has theirs on 1 March
// in other years.
func yearsBetween(birth, day time.Time) int {
	years := day.Year() - birth.Year()
	if birth.AddDate(years, 0, 0).After(day) {
		years--
	}
	return years
}

// Expiry reads an expiry date of the zone, YYMMDD: always 20YY, and refused when
// it is more than 20 years ago or 16 ahead. Errors: ErrDateUnknown, *DateError.
func (d Dates) Expiry(yymmdd string) (time.Time, error) {
	date, err := inCentury(yymmdd, 2000)
	if err != nil {
		return time.Time{}, err
	}
	today := d.today()
	if date.Before(today.AddDate(-expiryPast, 0, 0)) || date.After(today.AddDate(expiryFuture, 0, 0)) {
		return time.Time{}, &DateError{date.Format(time.DateOnly), "within 20 years before today and 16 after"}
	}
	return date, nil
}

// lastOldCard is the last month in which the old French card was issued.
var lastOldCard = time.Date(2021, time.August, 1, 0, 0, 0, 0, time.UTC)

// OldCardIssue reads the month of issue of the French card before August 2021,
// YYMM, as the first of that month. The error is a *DateError.
func OldCardIssue(yymm string) (time.Time, error) {
	century := 2000
	if yymm >= "8700" {
		century = 1900
	}
	date, err := inCentury(yymm+"01", century)
	if err != nil {
		return time.Time{}, &DateError{yymm, "the month of issue as YYMM"}
	}
	if date.After(lastOldCard) {
		return time.Time{}, &DateError{date.Format("2006-01"), "2021-08 or before: no such card was issued later"}
	}
	return date, nil
}

// inCentury reads YYMMDD within the hundred years from century.
func inCentury(yymmdd string, century int) (time.Time, error) {
	if len(yymmdd) != 6 {
		return time.Time{}, &DateError{fmt.Sprintf("%q", yymmdd), "six digits"}
	}
	if strings.Trim(yymmdd, "0123456789<") == "" && strings.Contains(yymmdd, "<") {
		return time.Time{}, ErrDateUnknown
	}
	var n [3]int
	for i := range n {
		a, b := yymmdd[2*i]-'0', yymmdd[2*i+1]-'0'
		if a > 9 || b > 9 {
			return time.Time{}, &DateError{fmt.Sprintf("%q", yymmdd), "six digits"}
		}
		n[i] = int(a)*10 + int(b)
	}
	return newDate(century+n[0], n[1], n[2])
}

// newDate refuses what is no day: time.Date would make 3 March of 31 February.
func newDate(year, month, day int) (time.Time, error) {
	date := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	if date.Year() != year || int(date.Month()) != month || date.Day() != day {
		return time.Time{}, &DateError{fmt.Sprintf("%04d-%02d-%02d", year, month, day), "a day of the calendar"}
	}
	return date, nil
}
