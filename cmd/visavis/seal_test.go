package main

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"visavis/certificate/keys"
	"visavis/certificate/proof/xades"
	"visavis/certificate/proof/xades/xadestest"
	"visavis/enrolment/evidence"
	"visavis/testkit/openssltsa"
)

func encodePEM(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

func TestTheSealOfProofsIsMadeOnceAndRenewedBeforeItsEnd(t *testing.T) {
	k, err := keys.OpenFiles(t.TempDir(), bytes.Repeat([]byte("s"), 32))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "seal.pem")
	now := time.Now()
	open := func(at time.Time) xades.Seal {
		t.Helper()
		s, err := ownSeal(t.Context(), k, path, "Exemple SA", at)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	first := open(now)
	c := first.Chain[0]
	if len(first.Chain) != 1 || c.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature) != nil ||
		!strings.Contains(c.Subject.String(), "O=Exemple SA") || !strings.Contains(c.Subject.CommonName, "self-signed") {
		t.Errorf("the certificate of %s, want its own signature, the operator's name and what it is", c.Subject)
	}
	if !open(now.AddDate(8, 0, 0)).Chain[0].Equal(first.Chain[0]) {
		t.Error("after eight years of ten: another certificate")
	}
	renewed := open(now.AddDate(9, 6, 0))
	if renewed.Chain[0].Equal(first.Chain[0]) || !sameKey(renewed.Chain[0].PublicKey, first.Chain[0].PublicKey) {
		t.Error("half a year before the end: the same certificate, or another key")
	}
	files := []xades.File{{Name: "a.txt", Type: "text/plain", Body: []byte("a")}}
	s, err := xades.Sign(t.Context(), files, renewed, now.AddDate(9, 6, 0))
	if err != nil {
		t.Fatal(err)
	}
	if r := s.Check(files, xades.Roots{}); len(r.Problems) > 0 {
		t.Errorf("sealed with it: %q", r.Problems)
	}
	if err := os.WriteFile(path, []byte("hello"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ownSeal(t.Context(), k, path, "", now); err == nil || !strings.Contains(err.Error(), "no certificate") {
		t.Errorf("a file that holds none: %v", err)
	}
}

func TestTheOperatorsSealIsTriedAtTheStart(t *testing.T) {
	a, err := xadestest.New(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	other, err := xadestest.New(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write := func(name string, body []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, body, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	var key []byte
	err = a.Seal.Use(t.Context(), func(s crypto.Signer) (err error) {
		key, err = x509.MarshalPKCS8PrivateKey(s)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	chain := append(encodePEM("CERTIFICATE", a.Seal.Chain[0].Raw), encodePEM("CERTIFICATE", a.Root.Raw)...)
	good := issuerSettings{
		SealKey: write("key.pem", encodePEM("PRIVATE KEY", key)), SealCertificate: write("chain.pem", chain),
	}
	if s, err := good.seal(); err != nil || len(s.Chain) != 2 {
		t.Errorf("%v, %d certificates, want two", err, len(s.Chain))
	}
	theirs := write("theirs.pem", encodePEM("CERTIFICATE", other.Seal.Chain[0].Raw))
	for want, s := range map[string]issuerSettings{
		"does not verify":    {SealKey: good.SealKey, SealCertificate: theirs},
		"is not PEM":         {SealKey: write("text", []byte("hello")), SealCertificate: theirs},
		"PKCS #8":            {SealKey: write("sec1.pem", encodePEM("EC PRIVATE KEY", key[:9])), SealCertificate: theirs},
		"no such file":       {SealKey: filepath.Join(dir, "none"), SealCertificate: theirs},
		"--seal-certificate": {SealKey: good.SealKey, SealCertificate: filepath.Join(dir, "none")},
	} {
		if _, err := s.seal(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

// The whole way of a seal: the settings, a time stamping authority of OpenSSL, its list.
func TestASealIsStampedByAnAuthorityOfOpenSSL(t *testing.T) {
	tsa := openssltsa.New(t)
	dir := t.TempDir()
	ca := filepath.Join(dir, "tsa.pem")
	if err := os.WriteFile(ca, encodePEM("CERTIFICATE", tsa.Root.Raw), 0o600); err != nil {
		t.Fatal(err)
	}
	k, err := keys.OpenFiles(dir, bytes.Repeat([]byte("s"), 32))
	if err != nil {
		t.Fatal(err)
	}
	c := Config{Storage: storage{Keys: dir, Timestamps: tsa.URL, TimestampCA: ca}}
	p, err := c.proofs(t.Context(), &evidence.Keeper{StampRoots: tsa.Roots}, k)
	if err != nil {
		t.Fatal(err)
	}
	files := []xades.File{{Name: "a.txt", Type: "text/plain", Body: []byte("a")}}
	s, err := xades.Sign(t.Context(), files, p.Seal, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Extend(t.Context(), files, p.Sources, time.Now()); err != nil {
		t.Fatal(err)
	}
	body, err := s.XML()
	if err != nil {
		t.Fatal(err)
	}
	if s, err = xades.Parse(body); err != nil {
		t.Fatal(err)
	}
	seals := x509.NewCertPool()
	seals.AddCert(p.Seal.Chain[0])
	r := s.Check(files, xades.Roots{Seals: seals, Stamps: tsa.Roots})
	if r.Level != "LTA" || len(r.Problems) > 0 || len(r.Stamps) != 2 {
		t.Errorf("level %s, %d stamps, %q; want LTA, two, no problem", r.Level, len(r.Stamps), r.Problems)
	}
	if r := s.Check(files, xades.Roots{Seals: seals, Stamps: seals}); len(r.Problems) == 0 {
		t.Error("stamps by an authority that is not trusted pass")
	}
}

// Without a log of heads there are seals and documents to stamp all the same.
func TestSealsAreStampedWithoutALog(t *testing.T) {
	r := storage{Data: t.TempDir(), Log: "off", Timestamps: "https://tsa.example"}
	if err := r.complete(environment{getenv: func(string) string { return "" }}); err != nil {
		t.Fatal(err)
	}
	k := &evidence.Keeper{}
	closeLog, err := r.openLog(k)
	if err != nil {
		t.Fatal(err)
	}
	if err := closeLog(); err != nil {
		t.Fatal(err)
	}
	if r.stamper(k) != nil || r.authority(k) == nil {
		t.Errorf("stamper %v, authority %v: want none and one", r.stamper(k), r.authority(k))
	}
}
