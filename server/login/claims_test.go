package login

import (
	"encoding/json"
	"fmt"
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
		var c claims
		if err := json.Unmarshal([]byte(tt.claims), &c); err != nil {
			t.Fatal(err)
		}
		c["sub"] = "x"
		a, err := c.account(tt.path, roles)
		if got := fmt.Sprint(a.Roles); err != nil || got != tt.want {
			t.Errorf("%s at %s: %s, %v, want %s", tt.claims, tt.path, got, err, tt.want)
		}
	}
}

func TestAddressesThatAreSaidNotToBeVerified(t *testing.T) {
	for body, want := range map[string]string{
		`{"email_verified":true}`: "a@example.org", `{}`: "a@example.org", `{"email_verified":false}`: "", `{"email_verified":"false"}`: "",
	} {
		c := claims{"sub": "x", "email": "a@example.org"}
		if err := json.Unmarshal([]byte(body), &c); err != nil {
			t.Fatal(err)
		}
		if a, err := c.account("roles", nil); err != nil || a.Email != want {
			t.Errorf("%s: %q, %v, want %q", body, a.Email, err, want)
		}
	}
	if _, err := (claims{"email": "a@example.org"}).account("roles", nil); err == nil {
		t.Error("nobody is an account")
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
	if _, err := New(Config{Secret: secret, Production: true, OIDC: &OIDC{Issuer: "https://provider.example", ClientID: "x", Origin: origin}}); err != nil {
		t.Error(err)
	}
}
