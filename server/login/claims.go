package login

import (
	"errors"
	"slices"
	"strings"
)

// fromOIDC begins the subjects of a provider's accounts.
const fromOIDC = "oidc:"

// claims are what a provider says about somebody.
type claims map[string]any

func (c claims) text(name string) string {
	s, _ := c[name].(string)
	return strings.TrimSpace(s)
}

// account makes an account of claims.
func (c claims) account(rolesClaim string, roles map[string]string) (Account, error) {
	subject := c.text("sub")
	if subject == "" {
		return Account{}, errors.New("the provider names nobody")
	}
	a := Account{
		Subject: fromOIDC + subject, Name: c.text("name"), GivenNames: c.text("given_name"), Surname: c.text("family_name"),
		Mobile: c.text("phone_number"), Roles: []string{Applicant},
	}
	if v := c["email_verified"]; v != false && v != "false" {
		a.Email = c.text("email") // one that somebody else may own gets no letters
	}
	if a.Name == "" {
		a.Name = strings.TrimSpace(a.GivenNames + " " + a.Surname)
	}
	for _, value := range c.values(rolesClaim) {
		if role := roles[value]; role != "" && !a.Has(role) {
			a.Roles = append(a.Roles, role)
		}
	}
	return a, nil
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
