package stepca_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"math/big"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"visavis/certificate"
	"visavis/certificate/stepca"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// memory is a Store.
type memory struct {
	mu      sync.Mutex
	entries map[string]stepca.Entry
}

func (m *memory) Load(_ context.Context, enrolment string) (stepca.Entry, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	e, ok := m.entries[enrolment]
	if !ok {
		return e, stepca.ErrNotFound
	}
	return e, nil
}

func (m *memory) Save(_ context.Context, e stepca.Entry) (stepca.Entry, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.entries[e.Enrolment].Rev != e.Rev {
		return e, stepca.ErrConflict
	}
	e.Rev++
	m.entries[e.Enrolment] = e
	return e, nil
}

func request(key crypto.Signer) certificate.Request {
	return certificate.Request{
		Enrolment: "e1", Reference: "ABCDEF", Language: "fr",
		Subject: certificate.Subject{GivenNames: "Maéva Louise", Surname: "Specimen", Country: "FR"},
		CSR:     must(x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, key)),
	}
}

func newKey() *ecdsa.PrivateKey { return must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)) }

func TestACertificateIsIssuedOnceAndRevoked(t *testing.T) {
	a, key := newAuthority(t), newKey()
	cfg := a.config()
	cfg.Life = 48 * time.Hour
	c := must(stepca.New(cfg))
	if _, err := c.Status(t.Context(), "e1"); !errors.Is(err, certificate.ErrUnknown) {
		t.Errorf("before: %v, want %v", err, certificate.ErrUnknown)
	}
	for range 2 {
		answer, err := c.Request(t.Context(), request(key))
		if err != nil || answer.Progress != certificate.ProgressIssued {
			t.Fatalf("%v, %v; want issued", answer, err)
		}
	}
	if len(a.issued) != 1 {
		t.Errorf("%d certificates were issued, want one", len(a.issued))
	}
	issued, err := c.Certificate(t.Context(), "e1")
	if err != nil {
		t.Fatal(err)
	}
	cert := must(x509.ParseCertificate(issued.Certificate))
	if !key.PublicKey.Equal(cert.PublicKey) || cert.Subject.CommonName != "Maéva Louise Specimen" ||
		cert.Subject.SerialNumber == "" || time.Until(cert.NotAfter) > cfg.Life || len(issued.Chain) != 1 {
		t.Errorf("%v until %v with %d above it; want the person, the key and the time of the request", cert.Subject,
			cert.NotAfter, len(issued.Chain))
	}
	if _, err := c.Request(t.Context(), request(newKey())); !errors.Is(err, certificate.ErrOther) {
		t.Errorf("another key: %v, want %v", err, certificate.ErrOther)
	}
	answer, err := c.Revoke(t.Context(), "e1", certificate.ReasonKey)
	if err != nil || answer.Progress != certificate.ProgressRevoked || a.revoked[cert.SerialNumber.String()] != 1 {
		t.Errorf("%v, %v; want it revoked with reason 1, there are %v", answer, err, a.revoked)
	}
	if again, err := c.Revoke(t.Context(), "e1", certificate.ReasonSuperseded); err != nil || again != answer {
		t.Errorf("%v, %v; want the first revocation", again, err)
	}
}

// A stored digest says later whether a request is the same one: another form of it would have
// an update refuse what was asked for before.
func TestTheStoredDigestOfARequestStays(t *testing.T) {
	cfg := newAuthority(t).config()
	r := request(newKey())
	r.CSR = must(base64.StdEncoding.DecodeString("MIG5MGICAQAwADBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABANSzwxhA+zqCVOj7cW+" +
		"0QEq99+/XZF7/pnF5E/4QblTu4QTMz4/5gYcf9hsJiDcbbHAl1mF0Q1GtuB1kV3oZ2egADAKBggqhkjOPQQDAgNHADBEAiBtQS87LHiOZ6z3" +
		"vUwhR/5r2U7sy2PUbeeOcijLE7h6NAIgXjQDRuufJQ7eQ0VwlGf5b63ApukV/bPfuuGQ9YLUwKc="))
	must(must(stepca.New(cfg)).Request(t.Context(), r))
	const want = "e104010d3c92e7a78b85004992b09323065d926b68343513ed9b9fbee681c6cf"
	if got := must(cfg.Store.Load(t.Context(), "e1")).Request; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// A connection that breaks once the authority has done its work.
func lost(string, http.ResponseWriter) bool {
	panic(http.ErrAbortHandler)
}

func TestALostAnswerLeavesNoCertificateInForce(t *testing.T) {
	a, key := newAuthority(t), newKey()
	c := must(stepca.New(a.config()))
	a.after = lost
	for range 2 { // the second time the revocation's answer is lost
		if _, err := c.Request(t.Context(), request(key)); err == nil {
			t.Fatal("an answer that was lost was taken")
		} else if _, ok := certificate.Temporary(err); !ok {
			t.Fatalf("%v, want to be asked again", err)
		}
	}
	if _, err := c.Certificate(t.Context(), "e1"); !errors.Is(err, certificate.ErrNotIssued) {
		t.Errorf("%v, want %v", err, certificate.ErrNotIssued)
	}
	a.mu.Lock()
	a.after = nil
	a.mu.Unlock()
	if answer, err := c.Request(t.Context(), request(key)); err != nil || answer.Progress != certificate.ProgressIssued {
		t.Fatalf("%v, %v; want issued", answer, err)
	}
	issued := must(c.Certificate(t.Context(), "e1"))
	ours := must(x509.ParseCertificate(issued.Certificate)).SerialNumber.String()
	for serial := range a.issued {
		if _, gone := a.revoked[serial]; gone == (serial == ours) {
			t.Errorf("%s: revoked %v; want that of all but %s", serial, gone, ours)
		}
	}
	if len(a.issued) != 2 {
		t.Errorf("%d were issued, want the lost one and ours", len(a.issued))
	}
}

func TestWhatTheAuthorityRevokedIsNoticed(t *testing.T) {
	a, key := newAuthority(t), newKey()
	cfg, now := a.config(), time.Now()
	cfg.Now = func() time.Time { return now }
	c := must(stepca.New(cfg))
	must(c.Request(t.Context(), request(key)))
	if answer := must(c.Status(t.Context(), "e1")); answer.Progress != certificate.ProgressIssued {
		t.Errorf("%v, want issued", answer)
	}
	a.mu.Lock()
	for serial := range a.issued {
		a.revoked[serial] = 4
	}
	a.crlKey = newKey()
	a.mu.Unlock()
	now = now.Add(2 * time.Minute)
	if answer, err := c.Status(t.Context(), "e1"); err == nil {
		t.Errorf("a list by a stranger: %v, want an error", answer)
	}
	a.mu.Lock()
	a.crlKey = nil
	a.mu.Unlock()
	answer, err := c.Status(t.Context(), "e1")
	if err != nil || answer.Progress != certificate.ProgressRevoked ||
		answer.Revocation.Reason != certificate.ReasonSuperseded {
		t.Errorf("%v, %v; want revoked as superseded", answer, err)
	}
}

func TestAListPastItsTimeSaysNothing(t *testing.T) {
	a, now := newAuthority(t), time.Now()
	a.crlLife = time.Minute
	cfg := a.config()
	cfg.Now = func() time.Time { return now }
	c := must(stepca.New(cfg))
	must(c.Request(t.Context(), request(newKey())))
	must(c.Status(t.Context(), "e1"))
	now = now.Add(time.Hour) // the authority makes no other list
	answer, err := c.Status(t.Context(), "e1")
	if _, again := certificate.Temporary(err); !again {
		t.Errorf("%v, %v; want to be asked again", answer, err)
	}
}

// Two instances work at one enrolment: who comes second revokes what the first asked for.
func TestTwoAtOnceLeaveOneCertificateInForce(t *testing.T) {
	a, key := newAuthority(t), newKey()
	cfg := a.config()
	c, other := must(stepca.New(cfg)), must(stepca.New(cfg))
	revoked, answered, second := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	wait := func(c chan struct{}) bool {
		a.mu.Unlock()
		defer a.mu.Lock()
		<-c
		return false
	}
	a.after = func(string, http.ResponseWriter) bool { // the first one's certificate is made
		a.after = func(string, http.ResponseWriter) bool { // and revoked by the second one
			a.after = nil
			close(revoked)
			return wait(answered)
		}
		go func() { _, err := other.Request(t.Context(), request(key)); second <- err }()
		return wait(revoked)
	}
	if answer, err := c.Request(t.Context(), request(key)); err == nil {
		t.Errorf("the first one takes what is revoked: %v", answer)
	} else if _, again := certificate.Temporary(err); !again {
		t.Errorf("%v, want to be asked again", err)
	}
	close(answered)
	if err := <-second; err != nil {
		t.Errorf("the second one: %v", err)
	}
	must(c.Request(t.Context(), request(key)))
	ours := must(x509.ParseCertificate(must(c.Certificate(t.Context(), "e1")).Certificate)).SerialNumber.String()
	for serial := range a.issued {
		if _, gone := a.revoked[serial]; gone == (serial == ours) {
			t.Errorf("%s: revoked %v; want that of all but %s", serial, gone, ours)
		}
	}
}

func TestWhatHasAnotherNumberIsRevokedToo(t *testing.T) {
	a, key := newAuthority(t), newKey()
	c := must(stepca.New(a.config()))
	a.serial = big.NewInt(7)
	if answer, err := c.Request(t.Context(), request(key)); err == nil {
		t.Fatalf("taken: %v", answer)
	}
	a.serial = nil // the template was mended
	must(c.Request(t.Context(), request(key)))
	if _, gone := a.revoked["7"]; !gone || len(a.issued) != 2 {
		t.Errorf("%d issued, revoked %v; want number 7 among them", len(a.issued), a.revoked)
	}
}

func TestAnAuthorityThatDoesNotDoWhatItShould(t *testing.T) {
	for name, c := range map[string]struct {
		change    func(*authority, *stepca.Config)
		want      string
		temporary bool
	}{
		"is down": {func(a *authority, _ *stepca.Config) {
			a.fault = func(_ string, w http.ResponseWriter) bool { w.WriteHeader(http.StatusBadGateway); return true }
		}, "status 502", true},
		"takes no connection": {func(a *authority, _ *stepca.Config) { a.Close() }, "connect", true},
		"redirects": {func(a *authority, _ *stepca.Config) {
			a.fault = func(_ string, w http.ResponseWriter) bool {
				w.Header().Set("Location", "/elsewhere")
				w.WriteHeader(http.StatusTemporaryRedirect)
				return true
			}
		}, "status 307", false},
		"does not know the key": {func(_ *authority, cfg *stepca.Config) {
			cfg.Key = jose.JSONWebKey{Key: newKey(), KeyID: "p1", Algorithm: "ES256"}
		}, "status 401", false},
		"does not know the provisioner": {func(_ *authority, cfg *stepca.Config) { cfg.Provisioner = "other" }, "status 401", false},
		"takes another serial number":   {func(a *authority, _ *stepca.Config) { a.serial = big.NewInt(7) }, "serial number 7", false},
		"answers a page": {func(a *authority, _ *stepca.Config) {
			a.fault = func(_ string, w http.ResponseWriter) bool { _, _ = w.Write([]byte("<html>")); return true }
		}, "no JSON", false},
		"answers no certificate": {func(a *authority, _ *stepca.Config) {
			a.fault = func(_ string, w http.ResponseWriter) bool { _, _ = w.Write([]byte(`{"crt":"x"}`)); return true }
		}, "no certificate", false},
		"answers without an end": {func(a *authority, _ *stepca.Config) {
			a.fault = func(_ string, w http.ResponseWriter) bool {
				for range 17 << 4 {
					_, _ = w.Write(make([]byte, 1<<16))
				}
				return true
			}
		}, "more than", false},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAuthority(t)
			cfg := a.config()
			c.change(a, &cfg)
			_, err := must(stepca.New(cfg)).Request(t.Context(), request(newKey()))
			if _, temporary := certificate.Temporary(err); err == nil || !strings.Contains(err.Error(), c.want) ||
				temporary != c.temporary {
				t.Errorf("%v, temporary %v; want %q", err, temporary, c.want)
			}
		})
	}
}

func TestAProvisionersKeyOfEachKind(t *testing.T) {
	a := newAuthority(t)
	_, edwards, _ := ed25519.GenerateKey(rand.Reader)
	for name, c := range map[string]struct {
		key  any
		alg  string
		good bool
	}{
		"P-256": {newKey(), "", true}, "P-384": {must(ecdsa.GenerateKey(elliptic.P384(), rand.Reader)), "", true},
		"P-521": {must(ecdsa.GenerateKey(elliptic.P521(), rand.Reader)), "", true}, "Ed25519": {edwards, "", true},
		"RSA":                  {must(rsa.GenerateKey(rand.Reader, 2048)), "", true},
		"another's algorithm":  {newKey(), "RS256", false},
		"a curve too short":    {newKey(), "ES384", false},
		"bytes and no key":     {[]byte(strings.Repeat("x", 32)), "", false},
		"no algorithm of ours": {newKey(), "none", false},
	} {
		cfg := a.config()
		cfg.Key = jose.JSONWebKey{Key: c.key, KeyID: "p1", Algorithm: c.alg}
		_, err := stepca.New(cfg)
		if wrong, ok := errors.AsType[*stepca.SettingError](err); (err == nil) != c.good || ok && wrong.Field != "Key" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSettingsThatCannotBe(t *testing.T) {
	a := newAuthority(t)
	for field, change := range map[string]func(*stepca.Config){
		"URL":         func(c *stepca.Config) { c.URL = "http://ca.example" },
		"Name":        func(c *stepca.Config) { c.Name = "" },
		"Provisioner": func(c *stepca.Config) { c.Provisioner = "" },
		"Key":         func(c *stepca.Config) { c.Key = c.Key.Public() },
	} {
		cfg := a.config()
		change(&cfg)
		_, err := stepca.New(cfg)
		if wrong, ok := errors.AsType[*stepca.SettingError](err); !ok || wrong.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
}
