package provider_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"errors"
	"math/big"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"visavis/certificate"
	"visavis/certificate/provider"
)

func rootsOf(f *fake) *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(f.Certificate())
	return pool
}

func (f *fake) client(t *testing.T) *provider.Client {
	t.Helper()
	return must(provider.New(provider.Config{
		Name: "Prestataire EXEMPLE", URL: f.URL + "/v1", Roots: rootsOf(f), KeyID: "us", Secret: requestSecret,
		Backoff: time.Millisecond,
	}))
}

func (f *fake) desk(t *testing.T) *certificate.Desk {
	t.Helper()
	return &certificate.Desk{Issuer: f.client(t), Profile: certificate.Profile{Pinned: []*x509.Certificate{f.ca}}}
}

func request() certificate.Request {
	return certificate.Request{
		Enrolment: "e-1", Reference: "ABC234", Email: "maeva@specimen.fr", Language: "fr", BirthDate: "1990-07-13",
		Subject: certificate.Subject{GivenNames: "Maéva Louise", Surname: "Specimen", Country: "FR"},
		Proofing: certificate.Proofing{Method: "remote", At: time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC),
			Evidence: strings.Repeat("a", 64)},
	}
}

// until advances a record until it is decided, as a job does, and stores it each
// time as JSON, as after a restart.
func until(t *testing.T, d *certificate.Desk, c certificate.Certificate) certificate.Certificate {
	t.Helper()
	for range 20 {
		next, answer, err := d.Advance(t.Context(), c)
		if _, again := certificate.Temporary(err); err != nil && !again {
			t.Fatalf("advance: %v", err)
		}
		var stored certificate.Certificate
		if err := json.Unmarshal(must(json.Marshal(next)), &stored); err != nil {
			t.Fatal(err)
		}
		c = stored
		if err == nil && answer.Progress != certificate.Pending {
			return c
		}
	}
	t.Fatal("it is never decided")
	return c
}

func state(c certificate.Certificate) certificate.State { return c.State(time.Now(), time.Hour) }

func TestEveryFaultOfTheProviderEndsInTheRightState(t *testing.T) {
	for name, c := range map[string]struct {
		fault  func(*fake)
		want   certificate.State
		issued int
	}{
		"none":                       {func(*fake) {}, certificate.StateValid, 1},
		"slow":                       {func(f *fake) { f.pendingFor = 5 }, certificate.StateValid, 1},
		"down for a while":           {func(f *fake) { f.failFirst = 3 }, certificate.StateValid, 1},
		"down for longer":            {func(f *fake) { f.failFirst = 11 }, certificate.StateValid, 1},
		"the first answers are lost": {func(f *fake) { f.dropAfter = 2 }, certificate.StateValid, 1},
		"many answers are lost":      {func(f *fake) { f.dropAfter = 9; f.pendingFor = 2 }, certificate.StateValid, 1},
		"refuses":                    {func(f *fake) { f.refuse = &certificate.Refusal{Code: "identity", Words: "Identité non confirmée."} }, certificate.StateRefused, 0},
		"a certificate for another":  {func(f *fake) { f.whom = &certificate.Subject{GivenNames: "Louise", Surname: "Exemple", Country: "FR"} }, certificate.StatePutAside, 1},
		"another spelling of the name": {func(f *fake) {
			f.whom = &certificate.Subject{GivenNames: "Maeva Louise", Surname: "SPECIMEN", Country: "FR"}
		}, certificate.StatePutAside, 1},
		"throttles": {func(f *fake) {
			f.failFirst, f.failWith = 2, func(w http.ResponseWriter) { w.WriteHeader(http.StatusTooManyRequests) }
		}, certificate.StateValid, 1},
	} {
		t.Run(strings.ReplaceAll(name, " ", "-"), func(t *testing.T) {
			f := newFake(t, nil)
			d := f.desk(t)
			f.set(c.fault)
			got := until(t, d, must(d.New(request())))
			if _, issued := f.counts(); state(got) != c.want || issued != c.issued {
				t.Errorf("%s, %d certificates made, broken rules %v; want %s, %d", state(got), issued, got.Violations,
					c.want, c.issued)
			}
			if visible := c.want == certificate.StateValid; got.Visible() != visible {
				t.Errorf("visible %v, want %v", got.Visible(), visible)
			}
		})
	}
}

func TestARefusalComesWithItsReason(t *testing.T) {
	f := newFake(t, nil)
	d := f.desk(t)
	f.set(func(f *fake) { f.refuse = &certificate.Refusal{Code: "identity", Words: "Identité non confirmée."} })
	if c := until(t, d, must(d.New(request()))); *c.Refusal != *f.refuse {
		t.Errorf("%v, want %v", c.Refusal, f.refuse)
	}
}

func TestASecondCertificateIsNotTaken(t *testing.T) {
	f := newFake(t, nil)
	d := f.desk(t)
	first := until(t, d, must(d.New(request())))
	f.set(func(f *fake) { f.afresh = true })
	next := until(t, d, first)
	if !slices.Equal(next.DER, first.DER) || len(next.Notes) != 1 || state(next) != certificate.StateValid {
		t.Errorf("%s with %v, want the first and a note", state(next), next.Notes)
	}
}

func TestNothingIsIssuedTwiceByManyInstancesAtOnce(t *testing.T) {
	f := newFake(t, nil)
	f.set(func(f *fake) { f.pendingFor = 4; f.dropAfter = 3 })
	got := make([]certificate.Certificate, 8)
	var wait sync.WaitGroup
	for i := range got {
		d := f.desk(t)
		wait.Go(func() { got[i] = until(t, d, must(d.New(request()))) })
	}
	wait.Wait()
	_, issued := f.counts()
	for i, c := range got {
		if !slices.Equal(c.DER, got[0].DER) || issued != 1 {
			t.Errorf("instance %d has another certificate, or %d were made", i, issued)
		}
	}
}

func TestAServerKilledBetweenRequestAndAnswerGoesOn(t *testing.T) {
	f := newFake(t, nil)
	d := f.desk(t)
	stored := must(d.New(request()))
	ctx, kill := context.WithCancel(t.Context())
	f.set(func(f *fake) {
		f.failFirst = 1
		f.failWith = func(http.ResponseWriter) { kill(); panic(http.ErrAbortHandler) }
	})
	if _, _, err := d.Advance(ctx, stored); err == nil {
		t.Fatal("killed, and yet answered")
	}
	if c := until(t, f.desk(t), stored); state(c) != certificate.StateValid {
		t.Errorf("%s, want valid", state(c))
	}
	if _, issued := f.counts(); issued != 1 {
		t.Errorf("%d certificates were made, want 1", issued)
	}
}

func TestRevocationIsAskedForOnce(t *testing.T) {
	f := newFake(t, nil)
	d := f.desk(t)
	c := until(t, d, must(d.New(request())))
	f.set(func(f *fake) { f.dropAfter = 1 })
	c, err := d.Revoke(t.Context(), c, certificate.ReasonKey)
	if err != nil || state(c) != certificate.StateRevoked || c.Revocation.Reason != certificate.ReasonKey {
		t.Fatalf("%s, %v (%v); want revoked for the key", state(c), c.Revocation, err)
	}
	again, err := f.client(t).Revoke(t.Context(), "e-1", certificate.ReasonSuperseded)
	if err != nil || !again.Revocation.At.Equal(c.Revocation.At) {
		t.Errorf("again: %v (%v), want the first", again.Revocation, err)
	}
	if _, err := f.client(t).Revoke(t.Context(), "nobody", certificate.ReasonKey); !errors.Is(err,
		certificate.ErrUnknown) {
		t.Errorf("what was not requested: %v, want %v", err, certificate.ErrUnknown)
	}
}

func TestTheProvidersOwnRevocationIsSeen(t *testing.T) {
	f := newFake(t, nil)
	d := f.desk(t)
	c := until(t, d, must(d.New(request())))
	f.set(func(f *fake) {
		f.requests["e-1"].revoked = &certificate.Revocation{At: time.Now().UTC(), Reason: "ca-compromise"}
	})
	if c = until(t, d, c); state(c) != certificate.StateRevoked || c.Revocation.Reason != certificate.ReasonUnspecified {
		t.Errorf("%s, %v; want revoked, unspecified", state(c), c.Revocation)
	}
}

func TestAnswersThatBreakTheProtocolAreSaid(t *testing.T) {
	for word, mangle := range map[string]func(map[string]any){
		"another enrolment": func(s map[string]any) { s["enrolment"] = "e-2" },
		"status":            func(s map[string]any) { s["status"] = "finished" },
		"reason":            func(s map[string]any) { s["status"] = "refused"; s["refusal"] = map[string]string{} },
		"time":              func(s map[string]any) { s["status"] = "revoked" },
		"JSON":              func(s map[string]any) { s["status"] = 5 },
	} {
		f := newFake(t, nil)
		f.set(func(f *fake) { f.mangle = mangle })
		_, err := f.client(t).Request(t.Context(), request())
		var broken *provider.AnswerError
		if !errors.As(err, &broken) || !strings.Contains(err.Error(), word) {
			t.Errorf("%s: %v, want it said", word, err)
		}
	}
}

func TestWhatAskingAgainDoesNotHelpIsNotAskedAgain(t *testing.T) {
	f := newFake(t, nil)
	d := f.desk(t)
	if _, _, err := d.Advance(t.Context(), must(d.New(request()))); err != nil {
		t.Fatal(err)
	}
	other := request()
	other.Subject.Surname = "Exemple"
	if _, err := f.client(t).Request(t.Context(), other); !errors.Is(err, certificate.ErrOther) {
		t.Errorf("another request of the enrolment: %v, want %v", err, certificate.ErrOther)
	}
	elsewhere := newFake(t, nil)
	for name, fail := range map[string]func(http.ResponseWriter){
		"forbidden": func(w http.ResponseWriter) { w.WriteHeader(http.StatusForbidden) },
		"a redirect": func(w http.ResponseWriter) {
			w.Header().Set("Location", elsewhere.URL)
			w.WriteHeader(http.StatusTemporaryRedirect)
		},
		"a body without end": func(w http.ResponseWriter) { _, _ = w.Write(make([]byte, 1<<20)) },
	} {
		before, _ := f.counts()
		f.set(func(f *fake) { f.failFirst, f.failWith = 1, fail })
		_, err := f.client(t).Status(t.Context(), "e-1")
		if after, _ := f.counts(); err == nil || after != before+1 {
			t.Errorf("%s: %v after %d calls, want an error after one", name, err, after-before)
		}
		if _, again := certificate.Temporary(err); again {
			t.Errorf("%s: %v is temporary, want it final", name, err)
		}
	}
	if asked, _ := elsewhere.counts(); asked != 0 {
		t.Error("a redirect was followed")
	}
}

func TestALongWaitIsTheCallersToMake(t *testing.T) {
	f := newFake(t, nil)
	f.set(func(f *fake) {
		f.failFirst, f.failWith = 99, func(w http.ResponseWriter) {
			w.Header().Set("Retry-After", "3600")
			w.WriteHeader(503)
		}
	})
	_, err := f.client(t).Status(t.Context(), "e-1")
	asked, _ := f.counts()
	if after, ok := certificate.Temporary(err); !ok || after != time.Hour || asked != 1 {
		t.Errorf("%v after %d calls, want to be told to come back in an hour after one", err, asked)
	}
}

func TestMutualTLS(t *testing.T) {
	key := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "us"}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter:    time.Now().Add(time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}, IsCA: true, BasicConstraintsValid: true,
	}
	der := must(x509.CreateCertificate(rand.Reader, template, template, key.Public(), key))
	clients := x509.NewCertPool()
	clients.AddCert(must(x509.ParseCertificate(der)))
	f := newFake(t, clients)
	c := must(provider.New(provider.Config{
		Name: "Prestataire EXEMPLE", URL: f.URL + "/v1", Roots: rootsOf(f), Certificate: &tls.Certificate{
			Certificate: [][]byte{der}, PrivateKey: key},
	}))
	if a, err := c.Request(t.Context(), request()); err != nil || a.Progress != certificate.ProgressIssued {
		t.Errorf("with our certificate: %v (%v), want it issued", a.Progress, err)
	}
	if _, err := f.client(t).Status(t.Context(), "e-1"); err == nil {
		t.Error("without a certificate the connection was made")
	}
	stranger := must(provider.New(
		provider.Config{Name: "x", URL: f.URL, Certificate: &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key},
			Backoff: time.Millisecond}))
	if _, err := stranger.Status(t.Context(), "e-1"); err == nil {
		t.Error("a server that nobody vouches for was believed")
	}
}

func TestSettingsThatCannotBeAreRefused(t *testing.T) {
	good := provider.Config{Name: "x", URL: "https://api.example/v1", KeyID: "us", Secret: requestSecret}
	for word, spoil := range map[string]func(*provider.Config){
		"https":          func(c *provider.Config) { c.URL = "http://api.example" },
		"who asks":       func(c *provider.Config) { c.Secret = nil },
		"want 32 or":     func(c *provider.Config) { c.Secret = []byte("short") },
		"no name":        func(c *provider.Config) { c.Name = "" },
		"without the id": func(c *provider.Config) { c.KeyID = "" },
	} {
		c := good
		spoil(&c)
		if _, err := provider.New(c); err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("%v, want an error with %q", err, word)
		}
	}
}
