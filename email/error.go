package email

import "fmt"

// Code names what is wrong with an address.
type Code string

// The codes.
const (
	Shape    Code = "shape"    // no local part, no @, or characters that need quotes
	Domain   Code = "domain"   // what stands behind the @ is no domain's name
	Local    Code = "local"    // a name that is known on one network only
	Numeric  Code = "numeric"  // an IP address behind the @
	Long     Code = "long"     // over 64 octets before the @, or 254 in all
	Hidden   Code = "hidden"   // a character that nobody sees
	Accented Code = "accented" // the mail server cannot write to a local part that is not ASCII
)

// Error is an address that is not taken. It never holds the address.
type Error struct {
	Code Code
	Rune rune // that nobody sees, of Hidden; else 0
}

func problem(c Code) error { return &Error{Code: c} }

func hidden(r rune) error { return &Error{Code: Hidden, Rune: r} }

// Unwritable is the error of an address that the mail server cannot write to.
func Unwritable() error { return problem(Accented) }

// Error implements error.
func (e *Error) Error() string {
	if e.Code == Hidden {
		return fmt.Sprintf("e-mail address: hidden character U+%04X", e.Rune)
	}
	return "e-mail address: " + string(e.Code)
}
