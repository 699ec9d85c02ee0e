package enrolment

import (
	"errors"
	"regexp"
	"slices"
	"testing"
	"time"
)

func TestACorrectedAddressIsConfirmedAnew(t *testing.T) {
	rules := DefaultRules(faceThreshold)
	at := t0.Add(time.Minute)
	r := newRecord()
	if r.AddressConfirmed() {
		t.Fatal("confirmed by nobody")
	}
	r, err := rules.Apply(r, applicant, ConfirmAddress{Email: r.Declared.Email, Way: ByDigits}, at)
	if err != nil || !r.AddressConfirmed() || *r.Address != (ConfirmedAddress{"a@example.org", ByDigits, at}) {
		t.Fatalf("%+v, %v", r.Address, err)
	}
	again, err := rules.Apply(r, system, ConfirmAddress{Email: "a@example.org", Way: ByLink}, at)
	if err != nil || again.Rev != r.Rev {
		t.Errorf("confirmed twice: rev %d, %v, want %d", again.Rev, err, r.Rev)
	}
	other := r.Declared
	other.Email = "b@example.org"
	r, err = rules.Apply(r, applicant, Correct{Declared: other}, at)
	if err != nil || r.AddressConfirmed() {
		t.Errorf("another address counts as confirmed (%v)", err)
	}
	var value *ValueError
	if _, err := rules.Apply(r, applicant, ConfirmAddress{Email: "a@example.org", Way: ByDigits}, at); !errors.As(err,
		&value) || value.Field != "email" {
		t.Errorf("the old address was confirmed in the new one's place: %v", err)
	}
	other.Email = "a@example.org"
	if r, err = rules.Apply(r, applicant, Correct{Declared: other}, at); err != nil || !r.AddressConfirmed() {
		t.Errorf("back to what was confirmed: %v, %v", r.AddressConfirmed(), err)
	}
	for _, other := range []Actor{{Applicant, "somebody else"}, reviewer, registrar} {
		if _, err := rules.Apply(newRecord(), other, ConfirmAddress{Email: "a@example.org", Way: ByDigits}, at); err == nil {
			t.Errorf("%+v confirmed somebody else's address", other)
		}
	}
}

// An address that its reader disowns is forgotten, whatever was confirmed before it.
func TestADisownedAddressIsForgotten(t *testing.T) {
	rules := DefaultRules(faceThreshold)
	when := t0.Add(time.Minute)
	for _, s := range permits[ActionDisownAddress].states {
		before := at(t, s)
		later := before.Last.At.Add(time.Hour)
		r, err := rules.Apply(before, system, DisownAddress{"a@example.org"}, later)
		if err != nil || r.Declared.Email != "" || !r.DisownedAt.Equal(later) || r.State != s || r.AddressConfirmed() ||
			len(r.Contacts()) > 0 {
			t.Errorf("%s: %+v, %v", s, r.Declared, err)
		}
	}
	r := newRecord()
	for _, by := range []Actor{applicant, reviewer, registrar} {
		if _, err := rules.Apply(r, by, DisownAddress{"a@example.org"}, when); err == nil {
			t.Errorf("%+v disowns it", by)
		}
	}
	for _, other := range []string{"", "b@example.org"} {
		if _, err := rules.Apply(r, system, DisownAddress{other}, when); err == nil {
			t.Errorf("%q is not what was declared", other)
		}
	}
	confirmed, err := rules.Apply(r, applicant, ConfirmAddress{Email: "a@example.org", Way: ByDigits}, when)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := rules.Apply(confirmed, system, DisownAddress{"a@example.org"}, when); err == nil {
		t.Error("a confirmed address is disowned")
	}
	r, err = rules.Apply(r, system, DisownAddress{"a@example.org"}, when)
	if err != nil {
		t.Fatal(err)
	}
	other := r.Declared
	other.Email = "b@example.org"
	if r, err = rules.Apply(r, applicant, Correct{Declared: other}, when); err != nil || !r.DisownedAt.IsZero() ||
		r.AddressConfirmed() {
		t.Errorf("another address: %+v, %v", r, err)
	}
}

func TestAMobileNumberStaysUnconfirmedAndSaysSo(t *testing.T) {
	r := newRecord()
	r.Declared.Mobile = "+33639980012"
	r.Address = &ConfirmedAddress{Email: r.Declared.Email, Way: ByLogin, At: t0}
	want := []Contact{{"email", "a@example.org", true, ByLogin}, {"mobile", "+33639980012", false, ""}}
	if got := r.Contacts(); !slices.Equal(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
	r.Declared.Email, r.Declared.Mobile = "b@example.org", ""
	if got := r.Contacts(); len(got) != 1 || got[0].Confirmed || got[0].Way != "" {
		t.Errorf("a corrected address: %+v", got)
	}
}

func TestWhatALetterAsksBackFollowsFromAllThatItIsFor(t *testing.T) {
	digits, link := AddressSecret([]byte("key"), "id", AddressHash("a@example.org"), "nonce")
	if !regexp.MustCompile(`^\d{6}$`).MatchString(digits) || !regexp.MustCompile(`^[\w-]{43}$`).MatchString(link) {
		t.Fatalf("%q, %q", digits, link)
	}
	if AddressHash(" A@Example.org ") != AddressHash("a@example.org") {
		t.Error("one address has two names")
	}
	for name, of := range map[string][4]string{
		"another key": {"yek", "id", "a@example.org", "nonce"}, "another enrolment": {"key", "di", "a@example.org", "nonce"},
		"another address": {"key", "id", "b@example.org", "nonce"}, "another letter": {"key", "id", "a@example.org", "nonec"},
	} {
		d, l := AddressSecret([]byte(of[0]), of[1], AddressHash(of[2]), of[3])
		if d == digits || l == link {
			t.Errorf("%s asks back the same", name)
		}
	}
	seen := map[string]bool{}
	for i := range 2000 {
		d, _ := AddressSecret([]byte("key"), "id", "", string(rune(i+'a')))
		seen[d] = true
	}
	if len(seen) < 1980 { // a birthday in a million: two are expected
		t.Errorf("%d different digits of 2000", len(seen))
	}
}
