package login

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"visavis/email"
)

// siteID is the form of a site's id.
var siteID = regexp.MustCompile(`^site_[a-z2-7]{26}$`)

// fromOIDC begins the subjects of a provider's accounts.
const fromOIDC = "oidc:"

// claims are what one source of a provider says about somebody: the ID token, or its
// user information.
type claims map[string]any

func (c claims) text(name string) string {
	s, _ := c[name].(string)
	return strings.TrimSpace(s)
}

// isTrue reads a boolean of a claim: JSON's true, or the word "true" in any case, as
// some providers write it. Everything else is no: false, null, a number, an absent
// claim.
func isTrue(v any) bool {
	switch v := v.(type) {
	case bool:
		return v
	case string:
		return strings.EqualFold(v, "true")
	}
	return false
}

// said is all that a provider says at one login. A value and what is said of it
// are read from one source: the sources may speak of two different addresses.
type said struct{ token, userinfo claims }

// sources returns the sources, the signed one first.
func (s said) sources() []claims { return []claims{s.token, s.userinfo} }

// text returns a claim of the first source that has it.
func (s said) text(name string) string {
	for _, c := range s.sources() {
		if v := c.text(name); v != "" {
			return v
		}
	}
	return ""
}

// verified returns the value of a claim that its own source calls verified, the
// signed source first; none that the other source contradicts.
func (s said) verified(name string) string {
	for _, c := range s.sources() {
		value := c.text(name)
		if value == "" || !isTrue(c[name+"_verified"]) {
			continue
		}
		denied := slices.ContainsFunc(s.sources(), func(other claims) bool {
			v, found := other[name+"_verified"]
			return found && !isTrue(v) && sameValue(other.text(name), value)
		})
		if !denied {
			return value
		}
	}
	return ""
}

// sameValue tells whether two sources speak of one address or number, however each
// writes it: Maeva@example.org and maeva@EXAMPLE.org, +33 6 39 98 00 12 and +33639980012.
func sameValue(a, b string) bool {
	first, err := email.Parse(a)
	second, err2 := email.Parse(b)
	if err == nil && err2 == nil {
		return first.Same(second)
	}
	bare := func(s string) string {
		return strings.Map(func(r rune) rune {
			if unicode.IsSpace(r) || strings.ContainsRune("-.()", r) {
				return -1
			}
			return r
		}, s)
	}
	return strings.EqualFold(bare(a), bare(b))
}

// names returns given names and surname of one source: the first that has either.
func (s said) names() (given, surname string) {
	for _, c := range s.sources() {
		given, surname = c.text("given_name"), c.text("family_name")
		if given != "" || surname != "" {
			break
		}
	}
	return given, surname
}

// values returns the values of a claim such as that of roles, of the first source that
// has it.
func (s said) values(path string) []string {
	for _, c := range s.sources() {
		if c.at(path) != nil {
			return c.values(path)
		}
	}
	return nil
}

// validSubject tells whether a subject names somebody: a text as OpenID Connect Core 2 has it, also
// of letters beyond ASCII. It is taken as it is: one with a blank at its end is another one, and
// refused.
func validSubject(sub string) bool {
	return sub != "" && len(sub) <= 255 && utf8.ValidString(sub) && strings.TrimSpace(sub) == sub &&
		!strings.ContainsFunc(sub, func(r rune) bool { return !unicode.IsPrint(r) })
}

// account makes an account. Addresses and numbers that may be somebody else's are
// left out: they would get letters, and be filled into forms.
func (s said) account(rolesClaim string, roles map[string]string, sitesClaim string) (Account, error) {
	subject, _ := s.token["sub"].(string)
	if !validSubject(subject) {
		return Account{}, errors.New("the provider names nobody: sub is no text of 1 to 255 printable characters")
	}
	a := Account{Subject: fromOIDC + subject, Name: s.text("name"), Mobile: s.verified("phone_number"),
		Roles: []string{Applicant}}
	if address, err := email.Parse(s.verified("email")); err == nil {
		a.Email, a.EmailVerified = address.String(), true
	}
	a.GivenNames, a.Surname = s.names()
	if a.Name == "" {
		a.Name = strings.TrimSpace(a.GivenNames + " " + a.Surname)
	}
	for _, value := range s.values(rolesClaim) {
		if role := roles[value]; role != "" && !a.Has(role) {
			a.Roles = append(a.Roles, role)
		}
	}
	if sitesClaim == "" {
		return a, nil
	}
	for _, site := range s.values(sitesClaim) {
		if siteID.MatchString(site) && !slices.Contains(a.Sites, site) {
			a.Sites = append(a.Sites, site)
		}
	}
	if n := len(a.Sites); n > maxSites {
		return Account{}, fmt.Errorf("the provider names %d sites of one account, want %d or fewer", n, maxSites)
	}
	if len(a.Sites) > 0 {
		a.Roles = append(a.Roles, SiteStaff)
	}
	return a, nil
}

// authorized tells whether an ID token was made for this client (OpenID Connect
// Core 3.1.3.7): one for several parties names the one that asked, and a named one
// is us.
func (c claims) authorized(clientID string, audience []string) error {
	party := c["azp"]
	if party == nil {
		if slices.ContainsFunc(audience, func(a string) bool { return a != clientID }) {
			return errors.New("the ID token is for several clients and names none")
		}
		return nil
	}
	if party != clientID {
		return errors.New("the ID token was asked for by another client")
	}
	return nil
}

// values returns the strings of a claim: a list, one of them, words with spaces or
// commas between them, or the names of an object's fields, as providers have it.
func (c claims) values(path string) []string {
	var out []string
	switch v := c.at(path).(type) {
	case string:
		return strings.FieldsFunc(v, func(r rune) bool { return r == ' ' || r == ',' })
	case []any:
		for _, e := range v {
			if s, ok := e.(string); ok {
				out = append(out, s)
			}
		}
	case map[string]any:
		for name := range v {
			out = append(out, name)
		}
		slices.Sort(out)
	}
	return out
}

// at returns a claim of that very name, else the one at the path with dots.
func (c claims) at(path string) any {
	if v, found := c[path]; found {
		return v
	}
	var v any = map[string]any(c)
	for name := range strings.SplitSeq(path, ".") {
		object, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = object[name]
	}
	return v
}
