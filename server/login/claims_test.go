package login

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestRolesOfEveryShape(t *testing.T) {
	roles := map[string]string{"rev": Reviewer, "desk": Registrar}
	for _, tt := range []struct{ claims, path, want string }{
		{`{"roles":["rev","king","desk","rev"]}`, "roles", "[applicant reviewer registrar]"},
		{`{"roles":"rev"}`, "roles", "[applicant reviewer]"},
		{`{"roles":"king, rev desk"}`, "roles", "[applicant reviewer registrar]"},
		{`{"urn:x:roles":{"rev":{"1":"example.org"}}}`, "urn:x:roles", "[applicant reviewer]"},
		{`{"https://example.org/roles":["rev"]}`, "https://example.org/roles", "[applicant reviewer]"},
		{`{"realm_access":{"roles":["desk"]}}`, "realm_access.roles", "[applicant registrar]"},
		{`{"realm_access":["rev"]}`, "realm_access.roles", "[applicant]"},
		{`{"roles":[1,null,{"rev":1},["rev"]]}`, "roles", "[applicant]"},
		{`{"roles":7}`, "roles", "[applicant]"},
		{`{"roles":["reviewer"]}`, "roles", "[applicant]"}, // not of the mapping
		{`{}`, "roles", "[applicant]"},
	} {
		for _, source := range []string{"ID token", "user information"} {
			c := said{token: claims{"sub": "x"}}
			into := &c.token
			if source != "ID token" {
				into = &c.userinfo
			}
			if err := json.Unmarshal([]byte(tt.claims), into); err != nil {
				t.Fatal(err)
			}
			a, err := c.account(tt.path, roles, "")
			if got := fmt.Sprint(a.Roles); err != nil || got != tt.want {
				t.Errorf("%s at %s of the %s: %s, %v, want %s", tt.claims, tt.path, source, got, err, tt.want)
			}
		}
	}
	signed := said{token: claims{"sub": "x", "roles": []any{"rev"}}, userinfo: claims{"roles": []any{"desk"}}}
	if a, err := signed.account("roles", roles, ""); err != nil || fmt.Sprint(a.Roles) != "[applicant reviewer]" {
		t.Errorf("%v, %v: want the signed roles alone", a.Roles, err)
	}
}

// Kind: a subject that is none, or that two people would share. It is compared as it is.
func TestASubjectIsTakenAsItIs(t *testing.T) {
	for sub, good := range map[any]bool{
		"someone": true, "Someone": true, "a b": true, "auth0|5f7c": true, "https://example.org/u#1": true, "été": true,
		strings.Repeat("a", 255): true, "0": true,
		"": false, " ": false, "someone ": false, " someone": false, "some\tone": false, "someone\n": false, "some\x00one": false,
		"some\u202eone": false, "some\u200bone": false, "someone\u00a0": false, "\xff": false,
		strings.Repeat("a", 256): false, 7.0: false, true: false, nil: false,
	} {
		a, err := said{token: claims{"sub": sub}}.account("roles", nil, "")
		if (err == nil) != good || good && a.Subject != fromOIDC+sub.(string) {
			t.Errorf("%q: %q, %v", sub, a.Subject, err)
		}
	}
}

// verifiedWords are what providers write beside an address, and whether it says
// that the address is the person's.
var verifiedWords = map[string]bool{
	`true`: true, `"true"`: true, `"True"`: true, `"TRUE"`: true, `"tRuE"`: true,
	`false`: false, `"false"`: false, `"FALSE"`: false, `"False"`: false, `null`: false, `""`: false, `"no"`: false,
	`"yes"`: false, `"1"`: false,
	`1`: false, `0`: false, `"verified"`: false, `[]`: false, `[true]`: false, `{"value":true}`: false, `" true"`: false,
	`"true "`: false, `"tru\u0435"`: false,
}

func TestOnlyTrueIsVerified(t *testing.T) {
	parse := func(text string) (c claims) {
		if err := json.Unmarshal([]byte(text), &c); err != nil {
			t.Fatal(err)
		}
		return c
	}
	for word, want := range verifiedWords {
		body := `{"sub":"x","email":"a@example.org","email_verified":` + word +
			`,"phone_number":"+33639980012","phone_number_verified":` + word + `}`
		for source, c := range map[string]said{
			"ID token": {token: parse(body)}, "user information": {token: claims{"sub": "x"}, userinfo: parse(body)}} {
			a, err := c.account("roles", nil, "")
			if err != nil || (a.Email == "a@example.org") != want || (a.Mobile == "+33639980012") != want ||
				!want && a.Email+a.Mobile != "" {
				t.Errorf("%s in the %s: address %q, number %q, %v, want them: %v", word, source, a.Email, a.Mobile, err, want)
			}
		}
	}
	unsaid := said{token: parse(`{"sub":"x","email":"a@example.org","phone_number":"+33639980012"}`)}
	if a, err := unsaid.account("roles", nil, ""); err != nil || a.Email+a.Mobile != "" {
		t.Errorf("nothing is said: %+v, %v", a, err)
	}
	if _, err := (said{token: claims{"email": "a@example.org"}, userinfo: claims{"sub": "x"}}).account("roles", nil,
		""); err == nil {
		t.Error("nobody is an account")
	}
}

func TestAFlagCountsForWhatStandsBesideIt(t *testing.T) {
	for name, tt := range map[string]struct{ token, userinfo, want string }{
		"flag without an address beside it":      {`{"email":"a@example.org"}`, `{"email_verified":true}`, ""},
		"the same, the other way round":          {`{"email_verified":true}`, `{"email":"b@example.org"}`, ""},
		"two addresses, the unsigned verified":   {`{"email":"a@example.org","email_verified":false}`, `{"email":"b@example.org","email_verified":true}`, "b@example.org"},
		"two addresses, the signed verified":     {`{"email":"a@example.org","email_verified":true}`, `{"email":"b@example.org","email_verified":false}`, "a@example.org"},
		"two addresses, both verified":           {`{"email":"a@example.org","email_verified":true}`, `{"email":"b@example.org","email_verified":true}`, "a@example.org"},
		"two addresses, the flag with the other": {`{"email":"a@example.org"}`, `{"email":"b@example.org","email_verified":"FALSE"}`, ""},
		"one address, said twice":                {`{"email":"a@example.org","email_verified":"True"}`, `{"email":"a@example.org","email_verified":true}`, "a@example.org"},
		"one address, the signed says no":        {`{"email":"a@example.org","email_verified":false}`, `{"email":"a@example.org","email_verified":true}`, ""},
		"one address, the unsigned says no":      {`{"email":"a@example.org","email_verified":true}`, `{"email":"a@example.org","email_verified":"no"}`, ""},
		"one address in other letters, denied":   {`{"email":"Maeva@example.org","email_verified":true}`, `{"email":"maeva@EXAMPLE.org","email_verified":false}`, ""},
		"one domain in other letters, denied":    {`{"email":"a@müller.example","email_verified":true}`, `{"email":"a@xn--mller-kva.example","email_verified":"no"}`, ""},
		"another address is denied":              {`{"email":"maeva@example.org","email_verified":true}`, `{"email":"maeva@example.com","email_verified":false}`, "maeva@example.org"},
		"one address, the unsigned says nothing": {`{"email":"a@example.org","email_verified":true}`, `{"email":"a@example.org"}`, "a@example.org"},
		"an address that cannot be":              {`{"email":"root@localhost","email_verified":true}`, `{}`, ""},
		"an address that nobody can read":        {`{"email":"a\u202eb@example.org","email_verified":true}`, `{}`, ""},
		"a quoted address":                       {`{"email":"\"a..b\"@example.org","email_verified":true}`, `{}`, `"a..b"@example.org`},
		"a list of addresses":                    {`{"email":["a@example.org"],"email_verified":true}`, `{}`, ""},
	} {
		var s said
		if err := errors.Join(json.Unmarshal([]byte(tt.token), &s.token),
			json.Unmarshal([]byte(tt.userinfo), &s.userinfo)); err != nil {
			t.Fatal(err)
		}
		s.token["sub"] = "x"
		if a, err := s.account("roles", nil, ""); err != nil || a.Email != tt.want {
			t.Errorf("%s: %q, %v, want %q", name, a.Email, err, tt.want)
		}
	}
}

func TestANumberThatTheOtherSourceDeniesIsNotFilledIn(t *testing.T) {
	for token, want := range map[string]string{
		"+33 6 39 98 00 12": "", "+33639980012": "", "+33-6-39.98.00.12": "", "+33639980013": "+33639980013",
	} {
		s := said{
			token:    claims{"sub": "x", "phone_number": token, "phone_number_verified": true},
			userinfo: claims{"phone_number": "+33639980012", "phone_number_verified": "false"},
		}
		if a, err := s.account("roles", nil, ""); err != nil || a.Mobile != want {
			t.Errorf("%s: %q, %v, want %q", token, a.Mobile, err, want)
		}
	}
}

func TestNamesComeFromOneSource(t *testing.T) {
	s := said{token: claims{"sub": "x", "given_name": "Maéva"},
		userinfo: claims{"given_name": "M", "family_name": "Specimen", "name": "M Specimen"}}
	if a, err := s.account("roles", nil, ""); err != nil || a.GivenNames != "Maéva" || a.Surname != "" ||
		a.Name != "M Specimen" {
		t.Errorf("%+v, %v", a, err)
	}
}

func TestSettingsOfAProvider(t *testing.T) {
	origin := func() string { return "https://visavis.example" }
	for name, c := range map[string]OIDC{
		"plain http":      {Issuer: "http://provider.example", ClientID: "x", Origin: origin},
		"no issuer":       {ClientID: "x", Origin: origin},
		"no client":       {Issuer: "https://provider.example", Origin: origin},
		"no address":      {Issuer: "https://provider.example", ClientID: "x"},
		"an unknown role": {Issuer: "https://provider.example", ClientID: "x", Origin: origin, Roles: map[string]string{"a": "king"}},
	} {
		if _, err := New(Config{Secret: secret, OIDC: &c}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := New(Config{Secret: secret, Production: true,
		OIDC: &OIDC{Issuer: "https://provider.example", ClientID: "x", Origin: origin}}); err != nil {
		t.Error(err)
	}
}

func TestASitesOwnPeopleByClaim(t *testing.T) {
	one, other := "site_"+strings.Repeat("a", 26), "site_"+strings.Repeat("b", 26)
	for name, tt := range map[string]struct {
		claim any
		want  []string
	}{
		"one":                      {one, []string{one}},
		"several, one twice":       {[]any{one, other, one}, []string{one, other}},
		"nothing of ours":          {[]any{"site_x", "admin", "*", "", one + "a"}, nil},
		"none":                     {nil, nil},
		"an object, as Keycloak's": {map[string]any{one: map[string]any{"id": "1"}}, []string{one}},
	} {
		t.Run(name, func(t *testing.T) {
			s := said{token: claims{"sub": "x", "visavis": map[string]any{"sites": tt.claim}}}
			a, err := s.account("roles", nil, "visavis.sites")
			if err != nil || !slices.Equal(a.Sites, tt.want) || a.Has(SiteStaff) != (len(tt.want) > 0) || a.Has(Operator) {
				t.Errorf("%v %v, %v", a.Sites, a.Roles, err)
			}
			if a, _ := s.account("roles", nil, ""); len(a.Sites) > 0 || a.Has(SiteStaff) {
				t.Errorf("without the claim's name: %v", a.Sites)
			}
		})
	}
	many := []any{}
	for i := range maxSites + 1 {
		many = append(many, "site_"+strings.Repeat(string(rune('a'+i)), 26))
	}
	if _, err := (said{token: claims{"sub": "x", "sites": many}}).account("roles", nil, "sites"); err == nil {
		t.Error("more sites than a cookie holds")
	}
	by := claims{"sub": "x", "roles": []any{"operator", "site-staff", "personal-data"}}
	known := map[string]string{Operator: Operator, PersonalData: PersonalData}
	if a, err := (said{token: by}).account("roles", known, "sites"); err != nil || !a.Has(Operator) ||
		!a.Has(PersonalData) || a.Has(SiteStaff) {
		t.Errorf("%v, %v: nobody is a site's own without a site", a.Roles, err)
	}
}
