package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"

	"visavis/certificate"
	"visavis/certificate/keys"
	"visavis/certificate/proof"
	"visavis/certificate/proof/xades/xadestest"
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
	seals, err := xadestest.New(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	body, err := proof.Build(t.Context(), testCertificate(t),
		[]proof.File{{Name: "records/consents.json", Body: []byte("[]")}},
		proof.Maker{Signer: signer, Seal: seals.Seal}, time.Now())
	if err == nil {
		body, _, err = proof.Extend(t.Context(), body, seals.Sources(), time.Now())
	}
	if err != nil {
		t.Fatal(err)
	}
	pem, err := signer.PublicPEM()
	if err != nil {
		t.Fatal(err)
	}
	good, bad, key := filepath.Join(dir, "good.asice"), filepath.Join(dir, "bad.asice"), filepath.Join(dir, "key.pem")
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
	want := "sealed (XAdES, level LTA) by CN=TEST seal"
	if !strings.Contains(out, want) || strings.Count(out, "stamped at ") != 2 {
		t.Errorf("%s\nwant %q and two time stamps", out, want)
	}
	roots, others := filepath.Join(dir, "roots.pem"), filepath.Join(dir, "others.pem")
	stranger, err := xadestest.New(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	for path, c := range map[string][]byte{roots: seals.Root.Raw, others: stranger.Root.Raw} {
		if err := os.WriteFile(path, encodePEM("CERTIFICATE", c), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := runEvidence(t, "verify", "--data", nothing, "--public-key", key, "--seal-ca", roots,
		"--timestamp-ca", roots, good); err != nil {
		t.Errorf("under its root: %v\n%s", err, out)
	}
	for _, setting := range []string{"--seal-ca", "--timestamp-ca"} {
		if out, err := runEvidence(t, "verify", "--data", nothing, "--public-key", key, setting, others, good); err == nil {
			t.Errorf("%s of others: %s, want it refused", setting, out)
		}
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

// A file is somebody else's: what it says of itself reaches a terminal without what that obeys.
func TestNothingOfAProofMovesATerminal(t *testing.T) {
	dir := t.TempDir()
	signer, err := evidence.OpenSigner(filepath.Join(dir, "signing.key"))
	if err != nil {
		t.Fatal(err)
	}
	pem, err := signer.PublicPEM()
	if err != nil {
		t.Fatal(err)
	}
	key := filepath.Join(dir, "key.pem")
	seals, err := xadestest.New(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	for i, hostile := range []string{
		"\x1b[2J\x1b[1;1H", "\x1b]0;title\a", "\u009b2J", "\r", "\u202egnp", "\u2028", "\x00", "\b\b\b",
	} {
		c := testCertificate(t)
		c.Request.Reference, c.Request.Enrolment = "ABC"+hostile+"234", "the"+hostile+"id"
		body, err := proof.Build(t.Context(), c, nil, proof.Maker{Signer: signer, Seal: seals.Seal}, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, "proof.asice")
		if err := errors.Join(os.WriteFile(path, body, 0o600), os.WriteFile(key, pem, 0o600)); err != nil {
			t.Fatal(err)
		}
		out, err := runEvidence(t, "verify", "--data", filepath.Join(dir, "no-data"), "--public-key", key, path)
		for _, text := range []string{out, fmt.Sprint(err)} {
			moves := func(r rune) bool { return r != '\n' && !unicode.IsPrint(r) && r != ' ' }
			if at := strings.IndexFunc(text, moves); at >= 0 {
				t.Errorf("%d: %q is printed", i, text[at:])
			}
		}
		if !strings.Contains(out, "ABC\ufffd") || !strings.Contains(out, "234") {
			t.Errorf("%d: %q, want the reference with a sign in place of what was left out", i, out)
		}
	}
}
