package main

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"visavis/certificate/keys"
	"visavis/certificate/proof"
	"visavis/certificate/proof/xades"
	"visavis/enrolment"
	"visavis/enrolment/store"
)

// recipientFiles are a certificate of a key that files can be encrypted to until a time, and the key.
func recipientFiles(t *testing.T, end time.Time) (certificate, private string) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "EXEMPLE"},
		NotAfter: end}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	pkcs8, failed := x509.MarshalPKCS8PrivateKey(key)
	if err = errors.Join(err, failed); err != nil {
		t.Fatal(err)
	}
	return fileWith(t, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))),
		fileWith(t, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})))
}

func TestAnOperatorExportsAPackageForItsRecipientAlone(t *testing.T) {
	data := t.TempDir()
	keepOne(t, data)
	to, key := recipientFiles(t, time.Now().Add(time.Hour))
	path := filepath.Join(t.TempDir(), "file.p7m")
	export := func(more ...string) (string, error) {
		return runBackup(t, append([]string{"export", "--data", data}, more...)...)
	}
	if _, err := export("--encrypt-to", to, "ABC234", path); err == nil || !strings.Contains(err.Error(), "--seal-key") {
		t.Fatalf("without a seal: %v, want the settings named", err)
	}
	_, err := export("--encrypt-to", pemFile(t), "ABC234", path)
	if err == nil || !strings.Contains(err.Error(), "want RSA") {
		t.Fatalf("to a key on a curve: %v", err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Fatal("a file stands there all the same")
	}
	folder := filepath.Join(data, "keys")
	secret, err := subscriberSecret(folder, make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	k, err := keys.OpenFiles(filepath.Join(folder, "private"), secret)
	if err == nil {
		_, err = ownSeal(t.Context(), k, filepath.Join(folder, "seal.pem"), "EXEMPLE", time.Now())
	}
	if err != nil {
		t.Fatal(err)
	}
	out, err := export("--encrypt-to", to, "ABC234", path)
	body, failed := os.ReadFile(path)
	if err = errors.Join(err, failed); err != nil {
		t.Fatal(err)
	}
	if sum := fmt.Sprintf("%x", sha256.Sum256(body)); !strings.Contains(out, sum) || bytes.Contains(body, []byte("SPECIMEN")) ||
		bytes.Contains(body, []byte("picturepicture")) {
		t.Fatalf("%s of %s, or it can be read by anybody", out, sum)
	}
	plain := filepath.Join(t.TempDir(), "file.asice")
	said, err := exec.CommandContext(t.Context(), "openssl", "cms", "-decrypt", "-inform", "DER", "-in", path, "-inkey",
		key, "-out", plain).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	container, err := os.ReadFile(plain)
	if err != nil {
		t.Fatal(err)
	}
	files, seal, err := proof.Open(container, xades.Roots{})
	names := ""
	for _, f := range files {
		names += " " + f.Name
	}
	if err != nil || len(seal.Problems) > 0 || !strings.Contains(names, "still/selfie.jpg") ||
		!strings.Contains(names, "data.json") || !strings.Contains(names, "chain.json") {
		t.Errorf("%v, %v, %s", err, seal.Problems, names)
	}
}

func TestWhatNobodyAcknowledgedIsListed(t *testing.T) {
	data := t.TempDir()
	k := keepOne(t, data)
	err := k.Store.InTx(t.Context(), func(tx *store.Tx) error {
		r, err := tx.Load(t.Context(), "the-id")
		if err != nil {
			return err
		}
		r.State, r.Rev = enrolment.Issued, r.Rev+1
		r.Last = enrolment.Transition{Seq: r.Rev, From: enrolment.Requested, To: enrolment.Issued,
			Action: enrolment.ActionIssue, By: enrolment.Actor{Role: enrolment.System, ID: "issuing"}, At: r.LastAction}
		return errors.Join(tx.Save(t.Context(), r), k.Transition(t.Context(), tx, r.ID, r.Last))
	})
	if err != nil {
		t.Fatal(err)
	}
	sum := strings.Repeat("a", 64)
	for _, step := range []struct {
		args []string
		want string
		bad  bool
	}{
		{[]string{"--owed"}, "ABC234  issued 2026-03-02  the-id\nok: 1 ", false},
		{[]string{"--acknowledged-by", "EXEMPLE", "--sha256", "A1", "ABC234"}, "lower-case hex", true},
		{[]string{"--sha256", sum, "ABC234", "f.zip"}, "usage: ", true},
		{[]string{"--acknowledged-by", "EXEMPLE", "--sha256", sum, "ABC234"}, "ok: noted that EXEMPLE has the file", false},
		{[]string{"--owed"}, "ok: 0 ", false},
	} {
		out, err := runBackup(t, append([]string{"export", "--data", data}, step.args...)...)
		if err != nil {
			out = err.Error()
		}
		if (err != nil) != step.bad || !strings.Contains(out, step.want) {
			t.Errorf("%v: %v, %q; want %q", step.args, err, out, step.want)
		}
	}
	var r enrolment.Record
	if err := k.Store.InTx(t.Context(), func(tx *store.Tx) (err error) {
		r, err = tx.Load(t.Context(), "the-id")
		return err
	}); err != nil || r.Last.Why != "EXEMPLE, SHA-256 "+sum {
		t.Errorf("%v, noted %q", err, r.Last.Why)
	}
}
