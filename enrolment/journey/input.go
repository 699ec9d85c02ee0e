package journey

import (
	"errors"
	"strings"
	"time"

	"github.com/nyaruka/phonenumbers"

	"visavis/email"
	"visavis/enrolment"
	"visavis/identity"
)

// InputProblem says what is wrong with what a person typed, where no other package
// has a code for it.
type InputProblem string

// The problems.
const (
	BadBirthDate InputProblem = "birth-date"   // no day of the calendar, or nobody's
	BadMobile    InputProblem = "mobile"       // no number of a mobile
	TextChanged  InputProblem = "text-changed" // the text is not the one in force
)

// InputError is something that a person typed and that cannot be.
type InputError struct {
	Field   string       // as in enrolment.Declaration's JSON, or answers.KIND
	Problem InputProblem // empty where Err says it
	Err     error        // *identity.NameError or *email.Error; else nil
}

// Error implements error. It never holds what was typed.
func (e *InputError) Error() string { return "input: " + e.Field }

// Unwrap returns what the package that knows the field says of it.
func (e *InputError) Unwrap() error { return e.Err }

// checkDeclared tidies what was declared and refuses what cannot be.
func (s *Service) checkDeclared(d enrolment.Declaration) (enrolment.Declaration, error) {
	d.Surname, d.GivenNames = enrolment.TidyName(d.Surname), enrolment.TidyName(d.GivenNames)
	if err := checkNames(d.Surname, d.GivenNames); err != nil {
		return d, err
	}
	if err := checkBirth(d.BirthDate, s.now()); err != nil {
		return d, err
	}
	mobile, err := normalMobile(d.Mobile)
	if err != nil && (d.Mobile != "" || s.cfg.MobileNeeded) {
		return d, err
	}
	d.Mobile = mobile
	if d.Email, err = s.checkEmail(d.Email); err != nil {
		return d, err
	}
	return d, nil
}

// CheckGiven tidies what a site says of its person, of whom it may know little, and
// refuses what cannot be. *InputError.
func (s *Service) CheckGiven(d enrolment.Declaration) (enrolment.Declaration, error) {
	d.Surname, d.GivenNames = enrolment.TidyName(d.Surname), enrolment.TidyName(d.GivenNames)
	if d.Surname != "" || d.GivenNames != "" {
		if err := checkNames(d.Surname, d.GivenNames); err != nil {
			return d, err
		}
	}
	if err := checkBirth(d.BirthDate, s.now()); err != nil {
		return d, err
	}
	var err error
	if d.Mobile != "" {
		if d.Mobile, err = normalMobile(d.Mobile); err != nil {
			return d, err
		}
	}
	if d.Email != "" {
		d.Email, err = s.checkEmail(d.Email)
	}
	return d, err
}

// checkEmail returns an address that letters reach, as it was typed.
func (s *Service) checkEmail(text string) (string, error) {
	address, err := email.Parse(text)
	if err == nil && s.cfg.Reaches != nil {
		err = s.cfg.Reaches(address)
	}
	if bad, ok := errors.AsType[*email.Error](err); ok {
		return "", &InputError{Field: "email", Err: bad}
	}
	return address.String(), err
}

// checkNames refuses what may not stand in a name or does not fit into a
// certificate. People of one name have it as their surname.
func checkNames(surname, givenNames string) error {
	err := identity.CheckNames(surname, givenNames)
	if surname == "" {
		err = identity.CheckNames("", "")
	}
	bad, ok := errors.AsType[*identity.NameError](err)
	if !ok {
		return err
	}
	field := "surname"
	if bad.Field == identity.FieldGivenNames {
		field = "givenNames"
	}
	return &InputError{Field: field, Err: bad}
}

func checkBirth(date string, now time.Time) error {
	if date == "" {
		return nil
	}
	if enrolment.CheckBirthDate(date, now) != nil {
		return &InputError{Field: "birthDate", Problem: BadBirthDate}
	}
	return nil
}

// normalMobile writes a mobile number as E.164. Without a country's prefix it is
// read as French. Numbers that cannot be, and those known to be something else than
// a mobile's, are refused; a range that the library's table does not know yet is
// not.
func normalMobile(text string) (string, error) {
	bad := &InputError{Field: "mobile", Problem: BadMobile}
	n, err := phonenumbers.Parse(strings.TrimSpace(text), "FR")
	if err != nil || !phonenumbers.IsPossibleNumber(n) {
		return "", bad
	}
	switch phonenumbers.GetNumberType(n) {
	case phonenumbers.MOBILE, phonenumbers.FIXED_LINE_OR_MOBILE, phonenumbers.UNKNOWN:
		return phonenumbers.Format(n, phonenumbers.E164), nil
	}
	return "", bad
}
