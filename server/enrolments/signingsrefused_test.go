package enrolments_test

import (
	"net/http"
	"strings"
	"testing"

	"visavis/certificate"
	"visavis/enrolment/journey"
)

func TestWhoDidNotSeeTheDesktopConfirmsNothing(t *testing.T) {
	in := sqlitePlace(t).start(t, "one")
	maeva := in.browser(t, "maeva")
	v, c := maeva.certified(false)
	q, secret := maeva.asks(c)
	wrong := "00"
	if q.Digits == wrong {
		wrong = "01"
	}
	status, _, p := in.says(t, "/api/confirm/yes", secret, wrong)
	if status != http.StatusUnprocessableEntity || p.Error.Problem != "wrong" || p.Error.Left != 1 || p.Error.Text == "" {
		t.Errorf("the first wrong digits: %d %+v", status, p)
	}
	if status, _, p = in.says(t, "/api/confirm/yes", secret, wrong); p.Error.Problem != "over" {
		t.Errorf("the second: %d %+v, want over", status, p)
	}
	if status, _, p = in.says(t, "/api/confirm/yes", secret, q.Digits); status != http.StatusConflict {
		t.Errorf("the right ones after that: %d %+v", status, p)
	}
	if entries, _ := in.audited(t, v.ID); entries[journey.AuditSignRefused] != 1 {
		t.Errorf("%d entries of a refusal, want 1", entries[journey.AuditSignRefused])
	}
	for _, other := range []string{"", "short", strings.Repeat("A", 43)} {
		if status, _, _ := in.says(t, "/api/confirm", other, ""); status != http.StatusNotFound {
			t.Errorf("a link with %q: %d, want 404", other, status)
		}
	}
}

// What is not two digits is nobody's guess; two with what a keyboard or a copy adds are.
func TestWhatIsNotTwoDigitsIsNoTry(t *testing.T) {
	in := sqlitePlace(t).start(t, "one")
	maeva := in.browser(t, "maeva")
	_, c := maeva.certified(false)
	spaced := func(digits string) []string {
		full := "０１２３４５６７８９"[3*(digits[0]-'0'):][:3] + digits[1:]
		return []string{" " + digits + " ", digits[:1] + " " + digits[1:], digits + "\u00a0", full}
	}
	none := []string{"", "  ", "4", "ab", "4b", "4.2", "-", "123", "042", "½½"}
	q, secret := maeva.asks(c)
	for _, typed := range none {
		status, _, p := in.says(t, "/api/confirm/yes?lang=en", secret, typed)
		if status != http.StatusBadRequest || p.Error.Problem != "form" || p.Error.Text != "Type the two digits." {
			t.Errorf("%q: %d %+v", typed, status, p)
		}
	}
	wrong := "00"
	if q.Digits == wrong {
		wrong = "01"
	}
	status, _, p := in.says(t, "/api/confirm/yes", secret, spaced(wrong)[1])
	if status != http.StatusUnprocessableEntity || p.Error.Left != 1 {
		t.Errorf("the first try after that: %d %+v, want one left", status, p)
	}
	if status, v, _ := in.says(t, "/api/confirm/yes", secret, spaced(q.Digits)[0]); status != http.StatusOK ||
		v.State != "confirmed" {
		t.Errorf("the right digits: %d %+v", status, v)
	}
	for _, typed := range none {
		if status, _, _ := in.says(t, "/api/confirm/yes", secret, typed); status != http.StatusBadRequest {
			t.Errorf("%q once it is confirmed: %d, want 400", typed, status)
		}
	}
	for _, typed := range spaced(q.Digits)[1:] {
		if status, v, _ := in.says(t, "/api/confirm/yes", secret, typed); status != http.StatusOK || v.State != "confirmed" {
			t.Errorf("%q: %d %+v", typed, status, v)
		}
	}
}

func TestOnlyItsOwnerSignsWithACertificate(t *testing.T) {
	in := sqlitePlace(t).start(t, "one")
	maeva, other := in.browser(t, "maeva"), in.browser(t, "elouan")
	_, c := maeva.certified(false)
	q, secret := maeva.asks(c)
	in.says(t, "/api/confirm/yes", secret, q.Digits)
	asking := "/api/certificates/" + c.ID + "/signings?name=a.pdf"
	if status, _ := other.refused(asking, contract); status != http.StatusNotFound {
		t.Errorf("another person asks with it: %d, want 404", status)
	}
	if status, _ := other.refused("/api/signings/"+q.ID+"/document", contract); status != http.StatusNotFound {
		t.Errorf("another person takes the confirmed request: %d, want 404", status)
	}
	other.want(http.StatusNotFound, "GET", "/api/signings/"+q.ID, nil, nil)
	other.want(http.StatusNotFound, "POST", "/api/signings/"+q.ID+"/cancel", nil, nil)
	stranger := in.browser(t, "")
	if status, _ := stranger.refused("/api/signings/"+q.ID+"/document", contract); status != http.StatusUnauthorized {
		t.Errorf("nobody: %d, want 401", status)
	}
}

func TestARevokedCertificateSignsNothing(t *testing.T) {
	in := sqlitePlace(t).start(t, "one")
	maeva := in.browser(t, "maeva")
	_, c := maeva.certified(false)
	q, secret := maeva.asks(c)
	in.says(t, "/api/confirm/yes", secret, q.Digits)
	path := "/api/certificates/" + c.ID
	maeva.want(http.StatusOK, "POST", path+"/revoke", map[string]string{"reason": "key-compromise"}, nil)
	if status, problem := maeva.refused("/api/signings/"+q.ID+"/document", contract); problem != "unusable" {
		t.Errorf("confirmed before, signed after: %d %s, want unusable", status, problem)
	}
	if status, problem := maeva.refused(path+"/signings?name=a.pdf", contract); problem != "unusable" {
		t.Errorf("asked after: %d %s, want unusable", status, problem)
	}
}

func TestARevocationByTheIssuerCounts(t *testing.T) {
	p := sqlitePlace(t)
	in := p.start(t, "one")
	maeva := in.browser(t, "maeva")
	v, c := maeva.certified(false)
	q, secret := maeva.asks(c)
	in.says(t, "/api/confirm/yes", secret, q.Digits)
	_, err := p.ca.Revoke(t.Context(), v.ID, certificate.ReasonKey) // nobody told this server yet
	must(t, err)
	if status, problem := maeva.refused("/api/signings/"+q.ID+"/document", contract); problem != "unusable" {
		t.Errorf("%d %s, want unusable", status, problem)
	}
}
