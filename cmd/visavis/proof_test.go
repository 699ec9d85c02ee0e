package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"visavis/certificate"
	"visavis/certificate/keys"
	"visavis/certificate/proof"
	"visavis/certificate/testca"
	"visavis/enrolment/evidence"
)

// testCertificate issues one.
func testCertificate(t *testing.T) certificate.Certificate {
	t.Helper()
	k, err := keys.OpenFiles(t.TempDir(), bytes.Repeat([]byte("s"), 32))
	if err != nil {
		t.Fatal(err)
	}
	ca, err := testca.Open(t.Context(), testca.Config{Dir: t.TempDir(), Keys: k, Store: &testca.Memory{},
		BaseURL: "http://127.0.0.1:8080"})
	if err != nil {
		t.Fatal(err)
	}
	csr, err := keys.Request(t.Context(), k, "subscriber")
	if err != nil {
		t.Fatal(err)
	}
	desk := &certificate.Desk{Issuer: ca, Profile: ca.Profile()}
	c, err := desk.New(certificate.Request{
		Enrolment: "the-id", Reference: "ABC234", Language: "fr", CSR: csr,
		Subject: certificate.Subject{GivenNames: "Maéva", Surname: "Specimen", Country: "FR"},
	})
	if err == nil {
		c, _, err = desk.Advance(t.Context(), c)
	}
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestEvidenceVerifyChecksAProofFileWithTheKeyAlone(t *testing.T) {
	dir := t.TempDir()
	signer, err := evidence.OpenSigner(filepath.Join(dir, "signing.key"))
	if err != nil {
		t.Fatal(err)
	}
	body, err := proof.Build(testCertificate(t), []proof.File{{Name: "records/consents.json", Body: []byte("[]")}},
		signer, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	pem, err := signer.PublicPEM()
	if err != nil {
		t.Fatal(err)
	}
	good, bad, key := filepath.Join(dir, "good.zip"), filepath.Join(dir, "bad.zip"), filepath.Join(dir, "key.pem")
	changed := bytes.Clone(body)
	changed[bytes.LastIndex(changed, []byte("consents.json"))] ^= 1 // in the directory at the end, which counts
	if err := errors.Join(os.WriteFile(good, body, 0o600), os.WriteFile(bad, changed, 0o600),
		os.WriteFile(key, pem, 0o600)); err != nil {
		t.Fatal(err)
	}
	nothing := filepath.Join(dir, "no-data") // neither database nor keys
	out, err := runEvidence(t, "verify", "--data", nothing, "--public-key", key, good)
	if err != nil || !strings.Contains(out, "ABC234") || !strings.Contains(out, "sans valeur juridique") ||
		!strings.Contains(out, "ok:") {
		t.Errorf("%v\n%s\nwant it good, with its reference and badge", err, out)
	}
	if out, err := runEvidence(t, "verify", "--data", nothing, "--public-key", key, bad); err == nil {
		t.Errorf("a changed file: %s, want it refused", out)
	}
	if _, err := os.Stat(nothing); err == nil {
		t.Error("it made a data folder")
	}
	if out, err := runEvidence(t, "verify", "--data", nothing, "--public-key", key, key); !errors.Is(err,
		proof.ErrNotAProof) {
		t.Errorf("a file that is none: %v\n%s", err, out)
	}
}
