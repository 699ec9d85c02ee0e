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

// Error is an address that is not taken, with words for who typed it. It never
// holds the address.
type Error struct {
	Code Code
	rune rune // of Hidden
}

func problem(c Code) error { return &Error{Code: c} }

func hidden(r rune) error { return &Error{Code: Hidden, rune: r} }

// Unwritable is the error of an address that the mail server cannot write to.
func Unwritable() error { return problem(Accented) }

// Error implements error.
func (e *Error) Error() string {
	if e.Code == Hidden {
		return fmt.Sprintf("e-mail address: hidden character U+%04X", e.rune)
	}
	return "e-mail address: " + string(e.Code)
}

// Words say what to do; language is "fr", else English is taken.
func (e *Error) Words(language string) string {
	if language == "fr" {
		return e.french()
	}
	return e.english()
}

func (e *Error) french() string {
	switch e.Code {
	case Domain:
		return "Vérifiez ce qui suit le @ dans l’adresse e-mail\u202f: un domaine comme exemple.fr est attendu."
	case Local:
		return "Indiquez une adresse e-mail joignable sur Internet, comme nom@exemple.fr."
	case Numeric:
		return "Indiquez une adresse e-mail avec un nom de domaine comme nom@exemple.fr, pas une adresse IP."
	case Long:
		return "Cette adresse e-mail est trop longue\u202f: 64\u00a0octets au plus avant le @, 254 en tout."
	case Hidden:
		return fmt.Sprintf("L’adresse e-mail contient un caractère invisible (U+%04X). Saisissez-la à nouveau sans la copier.", e.rune)
	case Accented:
		return "Notre serveur de messagerie ne peut pas écrire à une adresse avec des accents avant le @. Indiquez une autre adresse e-mail."
	default:
		return "Indiquez une adresse e-mail comme nom@exemple.fr."
	}
}

func (e *Error) english() string {
	switch e.Code {
	case Domain:
		return "Check what follows the @ in the e-mail address: a domain such as example.com is expected."
	case Local:
		return "Enter an e-mail address that can be reached on the Internet, such as name@example.com."
	case Numeric:
		return "Enter an e-mail address with a domain name such as name@example.com, not an IP address."
	case Long:
		return "This e-mail address is too long: at most 64 bytes before the @, 254 in all."
	case Hidden:
		return fmt.Sprintf("The e-mail address contains an invisible character (U+%04X). Type it again instead of pasting it.", e.rune)
	case Accented:
		return "Our mail server cannot write to an address with accents before the @. Enter another e-mail address."
	default:
		return "Enter an e-mail address such as name@example.com."
	}
}
