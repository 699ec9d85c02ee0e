package stepca_test

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"visavis/certificate"
	"visavis/certificate/stepca"
	"visavis/certificate/stepca/stepcatest"
)

// startStepCA runs the program that VISAVIS_STEP_CA names, with an authority made for the
// test and the template of examples/step.
func startStepCA(t *testing.T) (url string, a stepcatest.Authority) {
	t.Helper()
	program := os.Getenv("VISAVIS_STEP_CA")
	if program == "" {
		t.Skip("VISAVIS_STEP_CA names no step-ca: make step-test builds one")
	}
	folder := t.TempDir()
	listener := must(net.Listen("tcp", "127.0.0.1:0"))
	address := listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	template := must(filepath.Abs("../../examples/step/visavis.tpl"))
	a = must(stepcatest.Write(folder, address, template))
	command := exec.CommandContext(t.Context(), program, a.Config)
	command.Env = append(os.Environ(), "STEPPATH="+folder)
	log := must(os.Create(filepath.Join(folder, "log")))
	command.Stdout, command.Stderr = log, log
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = command.Process.Kill()
		_ = command.Wait()
		if body, err := os.ReadFile(log.Name()); err == nil && t.Failed() {
			t.Logf("step-ca says: %s", body)
		}
	})
	url = "https://" + address
	healthy(t, url, a.Root)
	return url, a
}

// healthy waits until an authority answers.
func healthy(t *testing.T, url string, root *x509.Certificate) {
	t.Helper()
	roots := x509.NewCertPool()
	roots.AddCert(root)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}}
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if answer, err := client.Get(url + "/health"); err == nil {
			_ = answer.Body.Close()
			return
		}
	}
	t.Fatal("step-ca does not answer")
}

func TestStepCAIssuesWhatTheProfileWants(t *testing.T) {
	url, a := startStepCA(t)
	roots := x509.NewCertPool()
	roots.AddCert(a.Root)
	now := time.Now()
	cfg := stepca.Config{Name: "EXEMPLE", URL: url, Roots: roots, Provisioner: stepcatest.Provisioner, Key: a.Key,
		Authorities: []*x509.Certificate{a.Root}, Store: &memory{entries: map[string]stepca.Entry{}},
		Now: func() time.Time { return now }}
	c := must(stepca.New(cfg))
	key := newKey()
	desk := &certificate.Desk{Issuer: c, Profile: certificate.Profile{Pinned: []*x509.Certificate{a.Root}}}
	record, err := desk.New(request(key))
	if err != nil {
		t.Fatal(err)
	}
	if record, _, err = desk.Advance(t.Context(), record); err != nil {
		t.Fatal(err)
	}
	if len(record.Violations) > 0 || record.DER == nil {
		t.Fatalf("the profile's rules: %v", record.Violations)
	}
	cert := must(x509.ParseCertificate(record.DER))
	if !key.PublicKey.Equal(cert.PublicKey) || cert.CheckSignatureFrom(a.Issuing) != nil {
		t.Error("not of our key, or by somebody else")
	}
	if answer := must(c.Status(t.Context(), "e1")); answer.Progress != certificate.ProgressIssued {
		t.Errorf("%v, want issued", answer)
	}

	// The authority's operator revokes it: another client with the provisioner's key, without our store.
	other := cfg
	e := must(cfg.Store.Load(t.Context(), "e1"))
	e.Rev = 0
	other.Store = &memory{entries: map[string]stepca.Entry{}}
	must(other.Store.Save(t.Context(), e))
	for range 2 { // the second time it is revoked already
		if _, err := must(stepca.New(other)).Revoke(t.Context(), "e1", certificate.ReasonKey); err != nil {
			t.Fatal(err)
		}
		e.Rev, e.Revocation = must(other.Store.Load(t.Context(), "e1")).Rev, nil
		must(other.Store.Save(t.Context(), e))
	}
	now = now.Add(2 * time.Minute)
	answer, err := c.Status(t.Context(), "e1")
	if err != nil || answer.Progress != certificate.ProgressRevoked || answer.Revocation.Reason != certificate.ReasonKey {
		t.Errorf("%v, %v; want revoked, the key's reason", answer, err)
	}

	now = time.Now()
	// A number that was never issued can be revoked: the answer to it was lost.
	lost := stepca.Entry{Enrolment: "e2", Asked: []string{"4f00000000000000000000000000beef"}}
	r := request(newKey())
	r.Enrolment = "e2"
	normal, _, info, err := r.Keyed()
	if err != nil {
		t.Fatal(err)
	}
	lost.Request = must(certificate.RequestDigest([]any{normal.Subject, info}))
	must(cfg.Store.Save(t.Context(), lost))
	if answer, err := c.Request(t.Context(), r); err != nil || answer.Progress != certificate.ProgressIssued {
		t.Errorf("after a lost answer: %v, %v", answer, err)
	}
}
