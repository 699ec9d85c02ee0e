package testca_test

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"visavis/certificate"
	"visavis/certificate/keys"
	"visavis/certificate/testca"
	"visavis/certificate/testca/storetest"
)

func TestMemory(t *testing.T) {
	m := &testca.Memory{}
	storetest.Run(t, func(*testing.T) testca.Store { return m })
}

func TestWhatIsIssuedSaysTestAndPassesTheProfile(t *testing.T) {
	b := newBench(t)
	c := b.issue(t, "e-1")
	if !c.Visible() || c.Level != certificate.LevelTest {
		t.Fatalf("level %q, broken rules %v; want a test certificate without a fault", c.Level, c.Violations)
	}
	cert := must(x509.ParseCertificate(c.DER))
	if cn := cert.Subject.CommonName; cn != "Maéva Louise Specimen TEST" ||
		!strings.HasPrefix(cert.Issuer.CommonName, "TEST - ") {
		t.Errorf("%q by %q, want TEST in both", cn, cert.Issuer.CommonName)
	}
	if life := cert.NotAfter.Sub(cert.NotBefore); life > certificate.TestLife {
		t.Errorf("valid for %v, want 7 days at most", life)
	}
	for _, e := range cert.Extensions {
		if e.Id.Equal(asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 1, 3}) {
			t.Error("it has qcStatements")
		}
	}
	for _, p := range cert.Policies {
		if !strings.HasPrefix(p.String(), "2.999.") {
			t.Errorf("policy %v, want the arc 2.999 alone", p)
		}
	}
	if !bytes.HasPrefix(c.PEM("fr"), []byte("# Certificat de TEST - non qualifie")) {
		t.Errorf("the PEM file begins with %.60q, want the badge", c.PEM("fr"))
	}
}

func TestAPersonWithOneNameGetsACertificate(t *testing.T) {
	b := newBench(t)
	r := b.request(t, "one-name")
	r.Subject.GivenNames = ""
	c, _, err := b.desk.Advance(t.Context(), must(b.desk.New(r)))
	if err != nil || !c.Visible() {
		t.Errorf("%v, broken rules %v; want none", err, c.Violations)
	}
}

func TestOneEnrolmentGetsOneCertificateWhateverHappens(t *testing.T) {
	dir, store, c := t.TempDir(), &testca.Memory{}, &clock{}
	const url = "http://127.0.0.1:8080"
	instances := []*bench{openIn(t, dir, store, url, c), openIn(t, dir, store, url, c)}
	got := make([]certificate.Certificate, 8)
	var wait sync.WaitGroup
	for i := range got {
		wait.Go(func() { got[i] = instances[i%2].issue(t, "e-1") })
	}
	wait.Wait()
	after := openIn(t, dir, store, url, c)
	got = append(got, after.issue(t, "e-1"))
	for i, g := range got {
		if !slices.Equal(g.DER, got[0].DER) || !g.Visible() {
			t.Errorf("caller %d got another certificate, or a bad one: %v", i, g.Violations)
		}
	}
	r := after.request(t, "e-1")
	r.Subject.Surname = "Exemple"
	if _, err := after.Request(t.Context(), r); !errors.Is(err, certificate.ErrOther) {
		t.Errorf("for somebody else: %v, want %v", err, certificate.ErrOther)
	}
	r = after.request(t, "e-1")
	r.CSR = must(keys.Request(t.Context(), after.keys, "another key"))
	if _, err := after.Request(t.Context(), r); !errors.Is(err, certificate.ErrOther) {
		t.Errorf("for another key: %v, want %v", err, certificate.ErrOther)
	}
}

// stumbling is a store that loses its answers, before or after it has kept.
type stumbling struct {
	testca.Store
	before, after bool
}

var errKilled = errors.New("killed")

func (s *stumbling) Add(ctx context.Context, e testca.Entry) (testca.Entry, error) {
	if s.before {
		return testca.Entry{}, errKilled
	}
	kept, err := s.Store.Add(ctx, e)
	if s.after {
		return testca.Entry{}, errKilled
	}
	return kept, err
}

func TestAServerKilledBetweenRequestAndAnswerGoesOn(t *testing.T) {
	dir, ctx := t.TempDir(), t.Context()
	k := must(keys.OpenFiles(filepath.Join(dir, "keys"), bytes.Repeat([]byte("s"), 32)))
	s := &stumbling{Store: &testca.Memory{}}
	ca := must(testca.Open(ctx, testca.Config{Dir: dir, Keys: k, Store: s, BaseURL: "http://127.0.0.1:8080"}))
	b := &bench{ca, k, &certificate.Desk{Issuer: ca, Profile: ca.Profile()}, &clock{}, ""}
	r := b.request(t, "e-1")
	s.before = true
	if _, err := ca.Request(ctx, r); !errors.Is(err, errKilled) {
		t.Fatalf("%v, want the kill", err)
	}
	if _, err := ca.Status(ctx, "e-1"); !errors.Is(err, certificate.ErrUnknown) {
		t.Errorf("killed before it was kept: %v, want %v", err, certificate.ErrUnknown)
	}
	s.before, s.after = false, true
	if _, err := ca.Request(ctx, r); !errors.Is(err, errKilled) {
		t.Fatalf("%v, want the kill", err)
	}
	kept := must(ca.Certificate(ctx, "e-1"))
	s.after = false
	if c := b.issue(t, "e-1"); !slices.Equal(c.DER, kept.Certificate) || !c.Visible() {
		t.Errorf("killed after it was kept: another certificate, or a bad one: %v", c.Violations)
	}
}

func TestTheAuthorityStaysTheSameAfterARestart(t *testing.T) {
	dir, store, c := t.TempDir(), &testca.Memory{}, &clock{}
	first := openIn(t, dir, store, "http://192.168.1.2:8080", c)
	issued := first.issue(t, "e-1")
	second := openIn(t, dir, store, "http://192.168.1.3:8080", c) // the network gave another address
	if !second.Root().Equal(first.Root()) {
		t.Fatal("the root is another one")
	}
	if got := second.Issuing().CRLDistributionPoints[0]; !strings.HasPrefix(got, second.url) {
		t.Errorf("the issuing certificate names %s, want the new address", got)
	}
	if err := must(x509.ParseCertificate(issued.DER)).CheckSignatureFrom(second.Issuing()); err != nil {
		t.Errorf("what was issued before is no longer good: %v", err)
	}
	c.move(5*365*24*time.Hour - 24*time.Hour)
	if third := openIn(t, dir, store, "http://192.168.1.3:8080", c); third.Issuing().Equal(second.Issuing()) ||
		!third.issue(t, "e-2").Visible() {
		t.Error("an issuing certificate that ends soon was not made anew")
	}
}

func TestInstancesThatStartAtOnceAreOneAuthority(t *testing.T) {
	dir, store := t.TempDir(), &testca.Memory{}
	got := make([]*bench, 6)
	var wait sync.WaitGroup
	for i := range got {
		wait.Go(func() { got[i] = openIn(t, dir, store, "http://127.0.0.1:8080", &clock{}) })
	}
	wait.Wait()
	for i, b := range got {
		if !b.Root().Equal(got[0].Root()) || !b.issue(t, "e").Visible() {
			t.Errorf("instance %d is another authority", i)
		}
	}
}

func TestItsKeysLieEncryptedOnDisk(t *testing.T) {
	dir := t.TempDir()
	openIn(t, dir, &testca.Memory{}, "http://127.0.0.1:8080", &clock{})
	files := 0
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files++
		body, err := os.ReadFile(path)
		if bytes.Contains(body, []byte("PRIVATE KEY")) || bytes.Contains(body, []byte("EC KEY")) {
			t.Errorf("%s holds a key in clear", path)
		}
		return err
	})
	if err != nil || files < 4 {
		t.Errorf("%d files (%v), want two keys and two certificates", files, err)
	}
	k := must(keys.OpenFiles(filepath.Join(dir, "keys"), bytes.Repeat([]byte("x"), 32)))
	_, err = testca.Open(t.Context(),
		testca.Config{Dir: dir, Keys: k, Store: &testca.Memory{}, BaseURL: "http://127.0.0.1:8080"})
	if err == nil {
		t.Error("it opens with another secret")
	}
}

func TestWhatCannotBeIsRefused(t *testing.T) {
	k := must(keys.OpenFiles(t.TempDir(), bytes.Repeat([]byte("s"), 32)))
	good := testca.Config{Dir: t.TempDir(), Keys: k, Store: &testca.Memory{}, BaseURL: "http://127.0.0.1:8080"}
	for word, spoil := range map[string]func(*testca.Config){
		"production": func(c *testca.Config) { c.Production = true },
		"168h":       func(c *testca.Config) { c.Life = certificate.TestLife + time.Second },
		"http://":    func(c *testca.Config) { c.BaseURL = "https://127.0.0.1" },
	} {
		c := good
		spoil(&c)
		if _, err := testca.Open(t.Context(), c); err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("%v, want an error with %q", err, word)
		}
	}
	ca := must(testca.Open(t.Context(), good))
	if _, err := ca.Revoke(t.Context(), "nobody", certificate.ReasonKey); !errors.Is(err, certificate.ErrUnknown) {
		t.Errorf("revoking what was not issued: %v, want %v", err, certificate.ErrUnknown)
	}
	if _, err := ca.Revoke(t.Context(), "nobody", "no-reason"); err == nil ||
		!strings.Contains(err.Error(), "key-compromise") {
		t.Errorf("revoking without a reason: %v, want the reasons that are taken", err)
	}
	if _, err := ca.Certificate(t.Context(), "nobody"); !errors.Is(err, certificate.ErrNotIssued) {
		t.Errorf("fetching what was not issued: %v, want %v", err, certificate.ErrNotIssued)
	}
}
