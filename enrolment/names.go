package enrolment

import (
	"errors"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"visavis/identity"
)

// MaxCommonName is how many characters a certificate's common name may have
// (RFC 5280, ub-common-name).
const MaxCommonName = 64

// ErrNameTooLong is a name that no certificate can show.
var ErrNameTooLong = errors.New("the name has more than 64 characters")

// errBirthDate is a date that is none, lies ahead, or is older than anybody.
var errBirthDate = errors.New("the date of birth cannot be")

// CheckName is the one rule of what may stand in a name, whoever writes it: the
// applicant, a reviewer, a registrar. *identity.NameError.
func CheckName(name string) error { return identity.CheckDeclared(name) }

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
	for _, name := range []struct{ field, value string }{
		{"surname", x.Surname}, {"givenNames", x.GivenNames}, {"usageName", x.UsageName},
	} {
		if name.value == "" {
			continue
		}
		if err := CheckName(name.value); err != nil {
			return &ValueError{Action: a, Field: "extracted." + name.field, Err: err}
		}
	}
	if err := CheckBirthDate(x.BirthDate, now); err != nil {
		return &ValueError{Action: a, Field: "extracted.birthDate", Err: err}
	}
	for _, surname := range []string{x.Surname, x.UsageName} {
		if len([]rune(strings.TrimSpace(x.GivenNames+" "+surname))) > MaxCommonName {
			return &ValueError{Action: a, Field: "extracted.givenNames", Err: ErrNameTooLong}
		}
	}
	return nil
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
