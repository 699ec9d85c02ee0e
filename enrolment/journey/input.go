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

// InputError is something that a person typed and that cannot be, with words for
// them.
type InputError struct {
	Field           string // as in enrolment.Declaration's JSON, or answers.KIND
	French, English string
}

// Error implements error. It never holds what was typed.
func (e *InputError) Error() string { return "input: " + e.Field }

// Words are for the person; language is "fr" or "en".
func (e *InputError) Words(language string) string {
	if language == "en" {
		return e.English
	}
	return e.French
}

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
		return "", &InputError{Field: "email", French: bad.Words("fr"), English: bad.Words("en")}
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
	return &InputError{Field: field, French: bad.Words("fr"), English: bad.Words("en")}
}

func checkBirth(date string, now time.Time) error {
	if date == "" {
		return nil
	}
	if enrolment.CheckBirthDate(date, now) != nil {
		return &InputError{
			Field: "birthDate", French: "Indiquez votre date de naissance\u202f: jour, mois et année.", English: "Enter your date of birth: day, month and year.",
		}
	}
	return nil
}

// normalMobile writes a mobile number as E.164. Without a country's prefix it is
// read as French. Numbers that cannot be, and those known to be something else than
// a mobile's, are refused; a range that the library's table does not know yet is
// not.
func normalMobile(text string) (string, error) {
	bad := &InputError{
		Field:   "mobile",
		French:  "Indiquez un numéro de mobile au format international, par exemple +33\u00a06\u00a012\u00a034\u00a056\u00a078.",
		English: "Enter a mobile number in international format, for example +33\u00a06\u00a012\u00a034\u00a056\u00a078.",
	}
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
