package enrolment

import (
	"errors"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"visavis/identity"
)

// errBirthDate is a date that is none, lies ahead, or is older than anybody.
var errBirthDate = errors.New("the date of birth cannot be")

// CheckBirthDate refuses a date (YYYY-MM-DD) that cannot be a living person's.
func CheckBirthDate(date string, now time.Time) error {
	const oldest = 130 // years
	day, err := time.Parse(time.DateOnly, date)
	if err != nil || day.After(now) || day.Before(now.AddDate(-oldest, 0, 0)) {
		return errBirthDate
	}
	return nil
}

// TidyName writes a name as it is kept: composed letters, single spaces.
func TidyName(name string) string {
	return norm.NFC.String(strings.Join(strings.Fields(name), " "))
}

// tidy returns the data as they are kept.
func (x Extracted) tidy() Extracted {
	x.Surname, x.GivenNames, x.UsageName = TidyName(x.Surname), TidyName(x.GivenNames), TidyName(x.UsageName)
	x.BirthDate = strings.TrimSpace(x.BirthDate)
	return x
}

// check refuses data that no certificate can be made of, whoever wrote them. A
// person may have one name only. The error is a *ValueError that names the field.
func (x Extracted) check(a Action, now time.Time) error {
	if !x.complete() {
		return &ValueError{Action: a, Field: "extracted"}
	}
	if err := identity.CheckNames(x.Surname, x.GivenNames); err != nil {
		return &ValueError{Action: a, Field: "extracted." + nameField(err, "surname"), Err: err}
	}
	if x.UsageName != "" {
		if err := identity.CheckNames(x.UsageName, x.GivenNames); err != nil {
			return &ValueError{Action: a, Field: "extracted." + nameField(err, "usageName"), Err: err}
		}
	}
	if err := CheckBirthDate(x.BirthDate, now); err != nil {
		return &ValueError{Action: a, Field: "extracted.birthDate", Err: err}
	}
	return nil
}

// nameField names the field of a *identity.NameError of CheckNames, as JSON has it.
func nameField(err error, surname string) string {
	if bad, ok := errors.AsType[*identity.NameError](err); ok && bad.Field == identity.FieldGivenNames {
		return "givenNames"
	}
	return surname
}

// sameLetters tells whether two names differ in case and accents at most.
func sameLetters(a, b string) bool {
	if TidyName(a) == TidyName(b) {
		return true
	}
	x, errX := identity.Fold(a)
	y, errY := identity.Fold(b)
	return errX == nil && errY == nil && x == y
}

// differs tells whether what a registrar read is another identity than what was
// declared. A date that was not declared is no difference.
func (d Declaration) differs(x Extracted) bool {
	return !sameLetters(d.Surname, x.Surname) || !sameLetters(d.GivenNames, x.GivenNames) || x.UsageName != "" ||
		d.BirthDate != "" && d.BirthDate != x.BirthDate
}
