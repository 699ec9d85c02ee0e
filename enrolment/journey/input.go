package journey

import (
	"errors"
	"strings"
	"time"

	"github.com/nyaruka/phonenumbers"

	"visavis/email"
	"visavis/enrolment"
	"visavis/identity"
	"visavis/words"
)

// InputProblem says what is wrong with a typed value, if no other package has a code for
// it.
type InputProblem string

// The problems.
const (
	BadBirthDate InputProblem = "birth-date"   // not a calendar date, or not a possible birth date
	BadMobile    InputProblem = "mobile"       // not a mobile number
	TextChanged  InputProblem = "text-changed" // the text is not the current one
	Unconfirmed  InputProblem = "unconfirmed"  // nobody confirmed the address yet
)

// InputError reports an invalid typed value.
type InputError struct {
	Field   string       // as in enrolment.Declaration's JSON, or answers.KIND
	Problem InputProblem // empty if Err is set
	Err     error        // *identity.NameError or *email.Error; else nil
}

// Error implements error. It never holds what was typed.
func (e *InputError) Error() string { return "input: " + e.Field }

// Unwrap returns the error of the field's package.
func (e *InputError) Unwrap() error { return e.Err }

// checkDeclared normalises the declared data and refuses invalid data. The error joins
// an *InputError for each invalid field, in the order of the form.
func (s *Service) checkDeclared(d enrolment.Declaration) (enrolment.Declaration, error) {
	d.Surname, d.GivenNames = enrolment.TidyName(d.Surname), enrolment.TidyName(d.GivenNames)
	mobile, badMobile := normalMobile(d.Mobile)
	if d.Mobile == "" && !s.cfg.MobileNeeded {
		badMobile = nil
	}
	address, badEmail := s.checkEmail(d.Email)
	if err := errors.Join(checkNames(d.Surname, d.GivenNames), checkBirth(d.BirthDate, s.now()), badMobile,
		badEmail); err != nil {
		return d, err
	}
	d.Mobile, d.Email = mobile, address
	return d, nil
}

// CheckGiven normalises a site's data about its person, which may be incomplete, and
// refuses invalid data. The error is as checkDeclared's.
func (s *Service) CheckGiven(d enrolment.Declaration) (enrolment.Declaration, error) {
	d.Surname, d.GivenNames = enrolment.TidyName(d.Surname), enrolment.TidyName(d.GivenNames)
	var faults []error
	if d.Surname != "" || d.GivenNames != "" {
		faults = append(faults, checkNames(d.Surname, d.GivenNames))
	}
	faults = append(faults, checkBirth(d.BirthDate, s.now()))
	var err error
	if d.Mobile != "" {
		d.Mobile, err = normalMobile(d.Mobile)
		faults = append(faults, err)
	}
	if d.Email != "" {
		d.Email, err = s.checkEmail(d.Email)
		faults = append(faults, err)
	}
	return d, errors.Join(faults...)
}

// checkEmail returns a deliverable address, as it was typed.
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

// checkNames refuses names that are invalid or do not fit into a certificate. A single
// name is a surname.
func checkNames(surname, givenNames string) error {
	names := identity.NameFaults(surname, givenNames)
	if surname == "" && givenNames != "" {
		names = append(identity.NameFaults("", ""), names...)
	}
	var faults []error
	for _, bad := range names {
		field := "surname"
		if bad.Field == identity.FieldGivenNames {
			field = "givenNames"
		}
		faults = append(faults, &InputError{Field: field, Err: bad})
	}
	return errors.Join(faults...)
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

// normalMobile returns a mobile number in E.164. Without a country prefix it is read as
// French. Invalid numbers and known non-mobile ones are refused; a range missing from the
// library's table is accepted, unless the zero of a call within the country stands in it: a
// digit is missing then. Invisible marks, which a number copied from a list of contacts has
// around it, are left out, but not the one that turns its digits around.
func normalMobile(text string) (string, error) {
	bad := &InputError{Field: "mobile", Problem: BadMobile}
	text = strings.TrimSpace(words.Plain(text))
	n, err := phonenumbers.Parse(text, "FR")
	if err != nil || strings.ContainsRune(text, words.Reversing) || !phonenumbers.IsPossibleNumber(n) {
		return "", bad
	}
	switch phonenumbers.GetNumberType(n) {
	case phonenumbers.UNKNOWN:
		if n.GetItalianLeadingZero() {
			return "", bad
		}
		fallthrough
	case phonenumbers.MOBILE, phonenumbers.FIXED_LINE_OR_MOBILE:
		return phonenumbers.Format(n, phonenumbers.E164), nil
	}
	return "", bad
}
