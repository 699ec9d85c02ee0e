package main

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"visavis/certificate"
	connector "visavis/certificate/provider"
	"visavis/certificate/provider/wiretest"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// place is the mock and a Visavis that is connected to it; both directions are held
// against the OpenAPI file.
type place struct {
	mock   *provider
	file   *wiretest.File
	config connector.Config
	desk   *certificate.Desk

	mu    sync.Mutex
	work  []func()
	told  []string
	heard []int // the webhook's answers
}

func newPlace(t *testing.T) *place {
	t.Helper()
	p := &place{file: wiretest.Open(t, "../../docs/provider.openapi.yaml"), mock: &provider{
		requests: map[string]*request{}, nonces: map[string]bool{}, keyID: "us", secret: []byte(strings.Repeat("r", 32)),
		webhookSecret: []byte(strings.Repeat("w", 24))}}
	p.mock.later = func(f func()) { p.mu.Lock(); p.work = append(p.work, f); p.mu.Unlock() }
	if err := p.mock.authority(); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewTLSServer(p.file.Handler(t, "/v1", "", p.mock.handler()))
	t.Cleanup(server.Close)
	p.mock.base = server.URL
	hook := must(connector.NewWebhook([][]byte{p.mock.webhookSecret}, func(_ context.Context, enrolment string) error {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.told = append(p.told, enrolment)
		return nil
	}))
	described := p.file.Handler(t, "", "webhook", hook)
	visavis := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := httptest.NewRecorder()
		described.ServeHTTP(answer, r)
		p.mu.Lock()
		p.heard = append(p.heard, answer.Code)
		p.mu.Unlock()
		w.WriteHeader(answer.Code)
	}))
	t.Cleanup(visavis.Close)
	p.mock.webhook = visavis.URL + "/api/provider/webhook"
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	p.config = connector.Config{Name: "SPECIMEN", URL: server.URL + "/v1", Roots: roots, KeyID: "us",
		Secret: p.mock.secret, Backoff: time.Millisecond}
	p.desk = &certificate.Desk{Issuer: p.client(t, nil),
		Profile: certificate.Profile{Pinned: []*x509.Certificate{p.mock.ca}}}
	return p
}

func (p *place) client(t *testing.T, change func(*connector.Config)) *connector.Client {
	t.Helper()
	config := p.config
	if change != nil {
		change(&config)
	}
	return must(connector.New(config))
}

// decide has the mock's people do what waits.
func (p *place) decide() {
	p.mu.Lock()
	work := p.work
	p.work = nil
	p.mu.Unlock()
	for _, f := range work {
		f()
	}
}

func orderOf(enrolment, givenNames, surname string) certificate.Request {
	return certificate.Request{
		Enrolment: enrolment, Reference: "ABC234", Email: "maeva@specimen.fr", Language: "fr", BirthDate: "1990-07-13",
		Document: certificate.Document{Type: "passport"},
		Subject:  certificate.Subject{GivenNames: givenNames, Surname: surname, Country: "FR"},
		Proofing: certificate.Proofing{Method: "remote", At: time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC),
			Evidence: strings.Repeat("a", 64)},
	}
}

func (p *place) advance(t *testing.T, c certificate.Certificate, want certificate.State) certificate.Certificate {
	t.Helper()
	c, _, err := p.desk.Advance(t.Context(), c)
	if state := c.State(time.Now(), time.Hour); err != nil || state != want {
		t.Fatalf("%s (%v), broken rules %v; want %s", state, err, c.Violations, want)
	}
	return c
}

func TestFromTheOrderToTheCertificateAndItsRevocation(t *testing.T) {
	for i, name := range [][2]string{{"Maéva Louise", "Specimen"}, {"", "Specimen"}, {"Maéva", ""}} {
		p := newPlace(t)
		id := "e-" + string(rune('1'+i))
		c := p.advance(t, must(p.desk.New(orderOf(id, name[0], name[1]))), certificate.StateRequested)
		c = p.advance(t, c, certificate.StateRequested) // asked again before anybody decided
		p.decide()
		if !slices.Equal(p.told, []string{id}) {
			t.Fatalf("the webhook told of %v, want %s", p.told, id)
		}
		c = p.advance(t, c, certificate.StateValid)
		if got := p.advance(t, c, certificate.StateValid); !slices.Equal(got.DER, c.DER) || len(got.Notes) > 0 {
			t.Errorf("another certificate, %v", got.Notes)
		}
		p.handOver(t, id)
		c = must(p.desk.Revoke(t.Context(), c, certificate.ReasonKey))
		again := must(p.client(t, nil).Revoke(t.Context(), id, certificate.ReasonSuperseded))
		if c.Revocation.Reason != certificate.ReasonKey || again.Revocation.Reason != certificate.ReasonKey {
			t.Errorf("revoked for %s, then for %s", c.Revocation.Reason, again.Revocation.Reason)
		}
		var missed []string
		for _, o := range p.file.Operations() {
			if !slices.Contains(p.file.Seen(), o.Name()) {
				missed = append(missed, o.Name())
			}
		}
		if len(missed) > 0 {
			t.Errorf("the file has %v, which nobody used", missed)
		}
	}
}

// handOver sends a file in pieces, with a break, and reads its acknowledgement.
func (p *place) handOver(t *testing.T, id string) {
	t.Helper()
	c, body := p.client(t, nil), []byte("an encrypted package")
	sum := sha256.Sum256(body)
	f := certificate.File{Size: int64(len(body)), SHA256: hex.EncodeToString(sum[:])}
	broken := f
	broken.SHA256 = strings.Repeat("0", 64)
	must(c.Offer(t.Context(), id, broken))
	if a := must(c.Send(t.Context(), id, 0, body)); a.Status != certificate.FileRefused || a.Refusal.Code != "digest" {
		t.Errorf("other bytes than were offered: %+v", a)
	}
	must(c.Offer(t.Context(), id, f))
	must(c.Send(t.Context(), id, 0, body[:8]))
	if _, err := c.Send(t.Context(), id, 9, body[9:]); !errors.Is(err, certificate.ErrPiece) {
		t.Errorf("a piece that does not follow: %v", err)
	}
	if a := must(c.Offer(t.Context(), id, f)); a.Received != 8 || a.Status != certificate.FileReceiving {
		t.Errorf("after a break: %+v, want to go on at 8", a)
	}
	must(c.Send(t.Context(), id, 4, body[4:])) // some of it is there
	for range 2 {
		a := must(c.Offer(t.Context(), id, f))
		if a.File != f || a.Status != certificate.FileAcknowledged || a.Reference == "" {
			t.Errorf("%+v, want it acknowledged", a)
		}
	}
	if a := must(c.Offer(t.Context(), id, broken)); a.File != f {
		t.Errorf("another file takes the place of one that was acknowledged: %+v", a)
	}
	if _, err := c.Offer(t.Context(), "nobody's", f); !errors.Is(err, certificate.ErrUnknown) {
		t.Errorf("a file of nobody's: %v", err)
	}
}

func TestARefusalHasWordsInThePersonsLanguage(t *testing.T) {
	p := newPlace(t)
	for language, want := range map[string]string{"fr": "L’identité n’a pas pu être confirmée.",
		"en": "The identity could not be confirmed.", "de": "The identity could not be confirmed."} {
		r := orderOf("e-"+language, "Maéva", "Refus")
		r.Language = language
		c := p.advance(t, must(p.desk.New(r)), certificate.StateRequested)
		p.decide()
		if c = p.advance(t, c, certificate.StateRefused); c.Refusal.Code != "identity" || c.Refusal.Words != want {
			t.Errorf("%s: %+v, want %q", language, c.Refusal, want)
		}
		if _, err := p.client(t, nil).Certificate(t.Context(), r.Enrolment); !errors.Is(err, certificate.ErrNotIssued) {
			t.Errorf("a certificate of what was refused: %v", err)
		}
	}
}

func TestWhoDoesNotHaveTheSecretGetsNothing(t *testing.T) {
	p := newPlace(t)
	for name, change := range map[string]func(*connector.Config){
		"another secret": func(c *connector.Config) { c.Secret = []byte(strings.Repeat("x", 32)) },
		"another key":    func(c *connector.Config) { c.KeyID = "them" },
	} {
		var said *connector.StatusError
		_, err := p.client(t, change).Request(t.Context(), orderOf("e-1", "Maéva", "Specimen"))
		if !errors.As(err, &said) || said.Status != http.StatusUnauthorized || said.Title == "" {
			t.Errorf("%s: %v, want 401 with a title", name, err)
		}
	}
	if len(p.mock.requests) > 0 {
		t.Error("a request was taken")
	}
	p.mock.webhookSecret = []byte(strings.Repeat("x", 24))
	if err := p.mock.tell("e-1"); err == nil || !slices.Equal(p.heard, []int{http.StatusUnauthorized}) || len(p.told) > 0 {
		t.Errorf("a webhook with another secret: %v, answered %v", err, p.heard)
	}
}

func TestARequestThatWasCopiedIsRefused(t *testing.T) {
	p := newPlace(t)
	var copied []*http.Request
	listening := httptest.NewTLSServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		copied = append(copied, r)
	}))
	t.Cleanup(listening.Close)
	p.mock.base = listening.URL // signed for this address
	roots := x509.NewCertPool()
	roots.AddCert(listening.Certificate())
	there := p.client(t, func(c *connector.Config) { c.URL, c.Roots = listening.URL+"/v1", roots })
	if _, err := there.Status(t.Context(), "e-1"); err == nil || len(copied) != 1 {
		t.Fatalf("%v, %d requests; want one without a status", err, len(copied))
	}
	for i, want := range []int{http.StatusNotFound, http.StatusUnauthorized} { // known here, then known as a copy
		w := httptest.NewRecorder()
		r := httptest.NewRequest(http.MethodGet, "/v1/requests/e-1", http.NoBody)
		r.Header = copied[0].Header
		if p.mock.handler().ServeHTTP(w, r); w.Code != want {
			t.Errorf("time %d: %d, want %d", i+1, w.Code, want)
		}
	}
}

func TestWhatIsDeliveredTwiceCountsOnce(t *testing.T) {
	p := newPlace(t)
	c := p.client(t, nil)
	for range 3 {
		if a := must(c.Request(t.Context(), orderOf("e-1", "Maéva", "Specimen"))); a.Progress != certificate.Pending {
			t.Errorf("%s, want pending", a.Progress)
		}
	}
	if len(p.work) != 1 {
		t.Errorf("%d orders, want one", len(p.work))
	}
	if _, err := c.Request(t.Context(), orderOf("e-1", "Maéva", "Exemple")); !errors.Is(err, certificate.ErrOther) {
		t.Errorf("another request with the key: %v", err)
	}
	p.decide()
	if err := p.mock.tell("e-1"); err != nil { // the webhook again
		t.Error(err)
	}
	if !slices.Equal(p.heard, []int{http.StatusNoContent, http.StatusNoContent}) || len(p.told) != 1 {
		t.Errorf("the webhook was answered %v and told of %v", p.heard, p.told)
	}
}

// Visavis trusts the authority's file, so a start that finds one goes on with it.
func TestAnAuthorityIsKeptOverAStart(t *testing.T) {
	folder := t.TempDir()
	started := func() (*provider, error) {
		p := &provider{}
		err := p.keep(folder)
		return p, err
	}
	first := must(started())
	second := must(started())
	if !second.ca.Equal(first.ca) || !second.key.Equal(first.key) {
		t.Error("the second start has another authority")
	}
	if info := must(os.Stat(filepath.Join(folder, keyFile))); info.Mode().Perm() != 0o600 {
		t.Errorf("the key's mode is %o, want 600", info.Mode().Perm())
	}
	chain := must(second.certify(order{Enrolment: "1", Subject: struct{ GivenNames, Surname, Country string }{"Ana",
		"Specimen", "FR"}}))
	if err := must(x509.ParseCertificate(chain)).CheckSignatureFrom(first.ca); err != nil {
		t.Errorf("a certificate of the second start: %v", err)
	}
	other := &provider{}
	if err := other.keep(t.TempDir()); err != nil || other.ca.Equal(first.ca) {
		t.Errorf("another folder: %v, want an authority of its own", err)
	}
}

// What is there and cannot be used stays as it is.
func TestAnAuthorityIsNeverOverwritten(t *testing.T) {
	whole, foreign := t.TempDir(), t.TempDir()
	for _, folder := range []string{whole, foreign} {
		if err := (&provider{}).keep(folder); err != nil {
			t.Fatal(err)
		}
	}
	read := func(folder, name string) string { return string(must(os.ReadFile(filepath.Join(folder, name)))) }
	for what, files := range map[string]map[string]string{
		"the certificate alone":   {authorityFile: read(whole, authorityFile)},
		"the key alone":           {keyFile: read(whole, keyFile)},
		"somebody's certificates": {authorityFile: "what an operator keeps"},
		"another authority's key": {authorityFile: read(whole, authorityFile), keyFile: read(foreign, keyFile)},
		"empty files":             {authorityFile: "", keyFile: ""},
	} {
		folder := t.TempDir()
		for name, body := range files {
			if err := os.WriteFile(filepath.Join(folder, name), []byte(body), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		err := (&provider{}).keep(folder)
		if err == nil || !strings.Contains(err.Error(), "not overwritten: move them away") {
			t.Errorf("%s: %v, want a refusal that says what to do", what, err)
		}
		if n := len(must(os.ReadDir(folder))); n != len(files) {
			t.Errorf("%s: %d files afterwards, want %d", what, n, len(files))
		}
		for name, body := range files {
			if read(folder, name) != body {
				t.Errorf("%s: %s was changed", what, name)
			}
		}
	}
}

func TestTheMockIsOneShortFile(t *testing.T) {
	if n := strings.Count(string(must(os.ReadFile("main.go"))), "\n"); n > 300 {
		t.Errorf("%d lines, want 300 at most", n)
	}
}
