package handover_test

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"visavis/certificate/proof"
	"visavis/certificate/proof/xades"
	"visavis/enrolment/handover"
	"visavis/enrolment/retention"
)

// open decrypts a package and checks its seal.
func open(t *testing.T, body []byte) map[string]string {
	t.Helper()
	files, report, err := proof.Open(body, xades.Roots{})
	if err != nil || len(report.Problems) != 0 {
		t.Fatalf("%v, %q", err, report.Problems)
	}
	out := map[string]string{}
	for _, f := range files {
		out[f.Name] = string(f.Body)
	}
	return out
}

func TestAPackageHasAllThatIsKept(t *testing.T) {
	p := newPlace(t)
	p.transfer(t)
	sum := sha256.Sum256(p.taker.have)
	if hex.EncodeToString(sum[:]) != p.taker.offered.SHA256 || bytes.Contains(p.taker.have, []byte("Specimen")) {
		t.Fatal("what arrived is not what was offered, or can be read by anybody")
	}
	body := must(handover.Decrypt(p.taker.have, p.config.Packer.Recipient, p.key))
	files := open(t, body)
	var about handover.About
	var data retention.Data
	if err := errors.Join(json.Unmarshal([]byte(files["package.json"]), &about),
		json.Unmarshal([]byte(files["data.json"]), &data)); err != nil {
		t.Fatal(err)
	}
	if about.Reference != "ABC234" || about.Enrolment != p.id || len(about.Certificate) != 64 ||
		data.Declared.Surname != "Specimen" || data.Log[1].By.ID != "issuing" ||
		files["still/front.jpg"] != string(picture) || !strings.Contains(files["certificate.pem"], "BEGIN CERTIFICATE") ||
		!strings.Contains(files["chain.json"], `"signature"`) || !strings.Contains(files["signer.pem"], "PUBLIC KEY") {
		t.Errorf("%+v, %+v, %d files", about, data, len(files))
	}
	changed := slices.Clone(p.taker.have)
	changed[len(changed)/2] ^= 1
	if _, err := handover.Decrypt(changed, p.config.Packer.Recipient, p.key); err == nil {
		t.Error("a byte was changed on the way, and it opens")
	}
	for _, at := range []int{len(body) / 3, len(body) / 2} {
		other := slices.Clone(body)
		other[at] ^= 1
		if _, report, err := proof.Open(other, xades.Roots{}); err == nil && len(report.Problems) == 0 {
			t.Errorf("byte %d was changed, and nobody noticed", at)
		}
	}
}

func TestOpenSSLOpensAPackage(t *testing.T) {
	p := newPlace(t)
	p.transfer(t)
	dir := t.TempDir()
	key := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: must(x509.MarshalPKCS8PrivateKey(p.key))})
	in, out, pemFile := filepath.Join(dir, "file.p7m"), filepath.Join(dir, "file.asice"), filepath.Join(dir, "key.pem")
	if err := errors.Join(os.WriteFile(in, p.taker.have, 0o600), os.WriteFile(pemFile, key, 0o600)); err != nil {
		t.Fatal(err)
	}
	said, err := exec.CommandContext(t.Context(), "openssl", "cms", "-decrypt", "-inform", "DER", "-in", in, "-inkey",
		pemFile, "-out", out).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	if said, err := exec.CommandContext(t.Context(), "openssl", "cms", "-cmsout", "-print", "-noout", "-inform", "DER",
		"-in", in).CombinedOutput(); err != nil || !bytes.Contains(said, []byte("authEnvelopedData")) {
		t.Errorf("%v: %.300s", err, said)
	}
	if files := open(t, must(os.ReadFile(out))); files["still/front.jpg"] != string(picture) {
		t.Errorf("%d files, the picture is not among them", len(files))
	}
}
