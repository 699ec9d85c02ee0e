package enrolment

import (
	"errors"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"
	"golang.org/x/text/width"

	"visavis/identity"
)

// errBirthDate reports a date that does not exist, lies in the future, or is older than
// anybody.
var errBirthDate = errors.New("the date of birth cannot be")

// CheckBirthDate refuses a date (YYYY-MM-DD) that cannot be a living person's birth date.
func CheckBirthDate(date string, now time.Time) error {
	const oldest = 130 // years
	day, err := time.Parse(time.DateOnly, date)
	if err != nil || day.After(now) || day.Before(now.AddDate(-oldest, 0, 0)) {
		return errBirthDate
	}
	return nil
}

// TidyName normalises a name for storage: composed letters of ordinary width, single spaces.
func TidyName(name string) string {
	return norm.NFC.String(strings.Join(strings.Fields(width.Fold.String(name)), " "))
}

// tidy normalises the data for storage.
func (x Extracted) tidy() Extracted {
	x.Surname, x.GivenNames, x.UsageName = TidyName(x.Surname), TidyName(x.GivenNames), TidyName(x.UsageName)
	x.BirthDate = strings.TrimSpace(x.BirthDate)
	return x
}

// check refuses data that cannot go into a certificate, whoever entered them. A
// person may have one name only. The error joins a *ValueError for each field that
// is wrong, in the order of a document.
func (x Extracted) check(a Action, now time.Time) error {
	var faults []error
	names := identity.NameFaults(x.Surname, x.GivenNames)
	for _, bad := range names {
		faults = append(faults, &ValueError{Action: a, Field: "extracted." + nameField(bad, "surname"), Err: bad})
	}
	if x.UsageName != "" {
		for _, bad := range identity.NameFaults(x.UsageName, x.GivenNames) {
			field := nameField(bad, "usageName")
			if field == "givenNames" && slices.ContainsFunc(names, func(n *identity.NameError) bool {
				return n.Field == bad.Field
			}) {
				continue // said above
			}
			faults = append(faults, &ValueError{Action: a, Field: "extracted." + field, Err: bad})
		}
	}
	if err := CheckBirthDate(x.BirthDate, now); err != nil {
		faults = append(faults, &ValueError{Action: a, Field: "extracted.birthDate", Err: err})
	}
	return errors.Join(faults...)
}

// nameField returns the JSON field of an invalid name.
func nameField(bad *identity.NameError, surname string) string {
	if bad.Field == identity.FieldGivenNames {
		return "givenNames"
	}
	return surname
}

// sameLetters reports whether two names differ at most in case and accents.
func sameLetters(a, b string) bool {
	if TidyName(a) == TidyName(b) {
		return true
	}
	x, errX := identity.Fold(a)
	y, errY := identity.Fold(b)
	return errX == nil && errY == nil && x == y
}

// differs reports whether a registrar's reading is a different identity from the declared
// one. An undeclared date is no difference.
func (d Declaration) differs(x Extracted) bool {
	return !sameLetters(d.Surname, x.Surname) || !sameLetters(d.GivenNames, x.GivenNames) || x.UsageName != "" ||
		d.BirthDate != "" && d.BirthDate != x.BirthDate
}
