package certificate

import (
	"context"
	"encoding/json"
	"encoding/pem"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"crypto/rand"
	"crypto/x509"
)

// scripted answers as a test says.
type scripted struct {
	wantsKey bool
	known    bool
	answer   Answer
	issued   Issued
	err      error
	requests int
}

func (s *scripted) About() About { return About{Name: "scripted", WantsKey: s.wantsKey} }

func (s *scripted) Request(context.Context, Request) (Answer, error) {
	s.requests++
	s.known = s.err == nil
	return s.answer, s.err
}

func (s *scripted) Status(context.Context, string) (Answer, error) {
	if !s.known && s.err == nil {
		return Answer{}, ErrUnknown
	}
	return s.answer, s.err
}

func (s *scripted) Certificate(context.Context, string) (Issued, error) { return s.issued, s.err }

func (s *scripted) Revoke(_ context.Context, _ string, r Reason) (Answer, error) {
	if s.err == nil {
		s.answer = Answer{Progress: ProgressRevoked, Revocation: Revocation{start, r}}
	}
	return s.answer, s.err
}

func request() Request {
	return Request{Enrolment: "e-1", Reference: "ABC234", Subject: maeva, Email: "maeva@specimen.fr", Language: "fr",
		Publish: true}
}

func newDesk(s *scripted) *Desk {
	return &Desk{Issuer: s, Profile: profileOf(false), Now: func() time.Time { return start.Add(time.Hour) }}
}

func advance(t *testing.T, d *Desk, c Certificate) Certificate {
	t.Helper()
	next, _, err := d.Advance(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return next
}

func TestACertificateGoesFromRequestedToRevoked(t *testing.T) {
	s := &scripted{answer: Answer{Progress: Pending}}
	d := newDesk(s)
	c := must(d.New(request()))
	now := start.Add(time.Hour)
	for range 3 {
		c = advance(t, d, c)
		if got := c.State(now, 0); got != StateRequested || s.requests != 1 {
			t.Fatalf("%s after %d requests, want requested once", got, s.requests)
		}
	}
	s.answer, s.issued = Answer{Progress: ProgressIssued}, issued(t, goodQualified(t))
	c = advance(t, d, c)
	if got := c.State(now, 0); got != StateValid || !c.Listed() || c.Level != LevelElectronic {
		t.Fatalf("%s, %s, listed %v; want a valid electronic certificate", got, c.Level, c.Listed())
	}
	if again := advance(t, d, c); !slices.Equal(again.DER, c.DER) || len(again.Notes) > 0 {
		t.Errorf("asked again: %v, want nothing new", again.Notes)
	}
	c, err := d.Revoke(t.Context(), c, ReasonKey)
	if err != nil || c.State(now, 0) != StateRevoked || c.Revocation.Reason != ReasonKey {
		t.Errorf("revoked: %s (%v), want revoked for the key", c.State(now, 0), err)
	}
	first := *c.Revocation
	if c, err = d.Revoke(t.Context(), c, ReasonSuperseded); err != nil || *c.Revocation != first {
		t.Errorf("revoked again: %v (%v), want it as it was", c.Revocation, err)
	}
}

func TestWhatTheIssuerDoesIsKeptAsItIs(t *testing.T) {
	now := start.Add(time.Hour)
	t.Run("a refusal with its reason", func(t *testing.T) {
		d := newDesk(&scripted{answer: Answer{
			Progress: ProgressRefused, Refusal: Refusal{"identity", "Identité non confirmée."}}})
		c := advance(t, d, must(d.New(request())))
		if c.State(now, 0) != StateRefused || c.Refusal.Code != "identity" || c.Visible() {
			t.Errorf("%s, %v; want refused for identity, not visible", c.State(now, 0), c.Refusal)
		}
	})
	t.Run("a certificate for somebody else is put aside", func(t *testing.T) {
		other := goodQualified(t)
		other.subject = subjectOf("Louise EXEMPLE", Subject{GivenNames: "Louise", Surname: "Exemple", Country: "FR"})
		s := &scripted{answer: Answer{Progress: ProgressIssued}, issued: issued(t, other)}
		d := newDesk(s)
		c := advance(t, d, must(d.New(request())))
		if got := names(c.Violations); c.State(now, 0) != StatePutAside || !slices.Contains(got, "names") || c.Visible() ||
			c.Listed() || c.Level != "" {
			t.Errorf("%s by %v, visible %v, level %q; want put aside, seen by nobody", c.State(now, 0), got,
				c.Visible(), c.Level)
		}
		if c, err := d.Revoke(t.Context(), c, ReasonChanged); err != nil || c.Visible() || c.State(now, 0) != StatePutAside {
			t.Errorf("an operator revokes it: %s, visible %v (%v)", c.State(now, 0), c.Visible(), err)
		}
	})
	t.Run("a second certificate is noted, not taken", func(t *testing.T) {
		s := &scripted{answer: Answer{Progress: ProgressIssued}, issued: issued(t, goodQualified(t))}
		d := newDesk(s)
		c := advance(t, d, must(d.New(request())))
		s.issued = issued(t, goodQualified(t))
		for range 2 {
			next := advance(t, d, c)
			if !slices.Equal(next.DER, c.DER) || len(next.Notes) != 1 || next.State(now, 0) != StateValid {
				t.Fatalf("%s with %v, want the first and one note", next.State(now, 0), next.Notes)
			}
			c = next
		}
	})
	t.Run("no answer changes nothing", func(t *testing.T) {
		want := &TemporaryError{time.Minute, errors.New("no network")}
		d := newDesk(&scripted{err: want})
		c, _, err := d.Advance(t.Context(), must(d.New(request())))
		if after, ok := Temporary(err); !ok || after != time.Minute || c.State(now, 0) != StateRequested {
			t.Errorf("%s, %v; want requested, and to be asked again in a minute", c.State(now, 0), err)
		}
	})
	t.Run("a word that is no progress is an error", func(t *testing.T) {
		d := newDesk(&scripted{answer: Answer{Progress: "done"}})
		if _, _, err := d.Advance(t.Context(), must(d.New(request()))); err == nil || !strings.Contains(err.Error(), "done") {
			t.Errorf("%v, want the word in an error", err)
		}
	})
}

func TestAPutAsideCertificateCanBeExaminedOnceMore(t *testing.T) {
	s := &scripted{answer: Answer{Progress: ProgressIssued}, issued: issued(t, goodQualified(t))}
	d := newDesk(s)
	pinned := d.Profile.Pinned
	d.Profile.Pinned = []*x509.Certificate{testWorld().cert}
	c := advance(t, d, must(d.New(request())))
	if got := names(c.Violations); !slices.Equal(got, []string{"chain"}) {
		t.Fatalf("broken rules %v, want the chain's", got)
	}
	d.Profile.Pinned = pinned
	d.Trust = listed{authority: theWorld().issuing.cert, from: start}
	if c = d.examine(c, c.ReceivedAt); c.State(start.Add(time.Hour), 0) != StateValid || c.Level != LevelQualified {
		t.Errorf("%s, %s; want valid and qualified", c.State(start.Add(time.Hour), 0), c.Level)
	}
}

func TestWhatWasPutAsideIsHealedByAGoodCertificateOrAProfileSetRight(t *testing.T) {
	now := start.Add(time.Hour)
	other := goodQualified(t)
	other.subject = subjectOf("Louise EXEMPLE", Subject{GivenNames: "Louise", Surname: "Exemple", Country: "FR"})
	s := &scripted{answer: Answer{Progress: ProgressIssued}, issued: issued(t, other)}
	d := newDesk(s)
	c := advance(t, d, must(d.New(request())))
	wrong := c.Details.Fingerprint
	if again := advance(t, d, c); again.State(now, 0) != StatePutAside || len(again.Notes) > 0 {
		t.Errorf("the same again: %s, %v; want it put aside, and nothing to note", again.State(now, 0), again.Notes)
	}
	s.issued = issued(t, other) // another one for somebody else
	if again := advance(t, d, c); again.State(now, 0) != StatePutAside || again.Details.Fingerprint != wrong ||
		len(again.Notes) != 1 {
		t.Errorf("another bad one: %s, %v; want the first put aside, and a note", again.State(now, 0), again.Notes)
	}
	s.issued = issued(t, goodQualified(t))
	c = advance(t, d, c)
	if c.State(now, 0) != StateValid || len(c.Notes) != 1 || !strings.Contains(c.Notes[0].What, wrong) {
		t.Errorf("a good one: %s, %v; want it valid, and the wrong one named", c.State(now, 0), c.Notes)
	}

	s.issued = issued(t, goodQualified(t))
	pinned := d.Profile.Pinned
	d.Profile.Pinned = []*x509.Certificate{testWorld().cert}
	c = advance(t, d, must(d.New(request())))
	d.Profile.Pinned = pinned
	if c.State(now, 0) != StatePutAside {
		t.Fatalf("%s, want it put aside", c.State(now, 0))
	}
	if c = advance(t, d, c); c.State(now, 0) != StateValid {
		t.Errorf("after the profile was set right: %s, want valid", c.State(now, 0))
	}
}

func TestTheKeyOfTheRequestMustBeTheCertificates(t *testing.T) {
	s := &scripted{wantsKey: true, answer: Answer{Progress: ProgressIssued}, issued: issued(t, goodQualified(t))}
	d := newDesk(s)
	r := request()
	var value *ValueError
	if _, err := d.New(r); !errors.As(err, &value) || value.Field != "csr" {
		t.Errorf("without a key: %v, want csr to be asked for", err)
	}
	r.CSR = must(x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, theWorld().key))
	if c := advance(t, d, must(d.New(r))); !c.Visible() {
		t.Errorf("the key requested: %v, want no rule broken", c.Violations)
	}
	r.CSR = must(x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, theWorld().issuing.key))
	if c := advance(t, d, must(d.New(r))); !slices.Equal(names(c.Violations), []string{"public-key"}) {
		t.Errorf("another key: %v, want the key's rule", c.Violations)
	}
	r.CSR[len(r.CSR)-1] ^= 1
	if _, err := d.New(r); !errors.As(err, &value) {
		t.Errorf("a forged proof of possession: %v, want it refused", err)
	}
}

func TestRequestsThatCannotBeMadeNameTheField(t *testing.T) {
	for field, spoil := range map[string]func(*Request){
		"enrolment":            func(r *Request) { r.Enrolment = "" },
		"subject":              func(r *Request) { r.Subject.GivenNames, r.Subject.Surname = " ", "" },
		"subject.surname":      func(r *Request) { r.Subject.Surname = "Spe\x00cimen" },
		"subject.givenNames":   func(r *Request) { r.Subject.GivenNames = strings.Repeat("e", 201) },
		"subject.country":      func(r *Request) { r.Subject.Country = "fr" },
		"subject.serialNumber": func(r *Request) { r.Subject.SerialNumber = "é" },
		"language":             func(r *Request) { r.Language = "xx" },
	} {
		r := request()
		spoil(&r)
		var value *ValueError
		if _, err := newDesk(&scripted{}).New(r); !errors.As(err, &value) || value.Field != field {
			t.Errorf("%s: %v, want an error of this field", field, err)
		}
	}
}

func TestStatesFollowTheClock(t *testing.T) {
	s := &scripted{answer: Answer{Progress: ProgressIssued}, issued: issued(t, goodQualified(t))}
	d := newDesk(s)
	c := advance(t, d, must(d.New(request())))
	const month = 30 * 24 * time.Hour
	end := c.Details.NotAfter
	for _, x := range []struct {
		at   time.Time
		want State
		days int
	}{
		{end.Add(-month - time.Second), StateValid, 30}, {end.Add(-month), StateExpiring, 30},
		{end, StateExpiring, 0}, {end.Add(time.Second), StateExpired, 0},
	} {
		if got := c.State(x.at, month); got != x.want || c.DaysLeft(x.at) != x.days {
			t.Errorf("at %v: %s, %d days; want %s, %d", x.at, got, c.DaysLeft(x.at), x.want, x.days)
		}
	}
	c.Details.NotBefore = end.Add(-9 * time.Hour)
	if got := c.ExpiringFrom(month); !got.Equal(end.Add(-3 * time.Hour)) {
		t.Errorf("of a short life the reminder is due at %v, want in its last third", got)
	}
}

func TestARecordSurvivesItsStore(t *testing.T) {
	s := &scripted{answer: Answer{Progress: ProgressIssued}, issued: issued(t, goodQualified(t))}
	d := newDesk(s)
	c := advance(t, d, must(d.New(request())))
	var back Certificate
	if err := json.Unmarshal(must(json.Marshal(c)), &back); err != nil {
		t.Fatal(err)
	}
	if string(must(json.Marshal(back))) != string(must(json.Marshal(c))) || !slices.Equal(back.DER, c.DER) {
		t.Error("the record is another after it was stored and loaded")
	}
	block, rest := pem.Decode(back.PEM("fr"))
	if block == nil || !slices.Equal(block.Bytes, c.DER) || !strings.Contains(string(rest), "CERTIFICATE") {
		t.Error("the PEM file is not the certificate and its chain")
	}
	if got := Colons("0aff12"); got != "0A:FF:12" {
		t.Errorf("Colons: %s", got)
	}
}
