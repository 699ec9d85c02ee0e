package testca_test

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/base64"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"

	"visavis/certificate"
)

func get(t *testing.T, address string) []byte {
	t.Helper()
	r := must(http.Get(address))
	defer r.Body.Close()
	body := must(io.ReadAll(r.Body))
	if r.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s %s", address, r.Status, body)
	}
	return body
}

// files are what openssl needs, fetched from where the certificate says.
type files struct{ cert, issuing, root, crls string }

func (b *bench) files(t *testing.T, c certificate.Certificate) files {
	t.Helper()
	cert := must(x509.ParseCertificate(c.DER))
	issuing := get(t, cert.IssuingCertificateURL[0])
	root := get(t, b.url+"/test-ca/root.cer")
	crl := write(t, "issuing.crl", get(t, cert.CRLDistributionPoints[0]))
	rootCRL := write(t, "root.crl", get(t, must(x509.ParseCertificate(issuing)).CRLDistributionPoints[0]))
	var lists []byte
	for _, l := range []string{crl, rootCRL} {
		out, err := openssl(t, "crl", "-inform", "DER", "-in", l)
		if err != nil {
			t.Fatalf("openssl crl: %s", out)
		}
		lists = append(lists, out...)
	}
	return files{
		write(t, "cert.pem", c.PEM("fr")), write(t, "issuing.pem", pemOf(issuing)), write(t, "root.pem", pemOf(root)),
		write(t, "crls.pem", lists),
	}
}

func TestOpenSSLReadsTheCertificateAsItShouldBe(t *testing.T) {
	b := newBench(t)
	c := b.issue(t, "e-1")
	out, err := openssl(t, "x509", "-in", b.files(t, c).cert, "-noout", "-text", "-nameopt", "utf8,sep_comma_plus",
		"-fingerprint", "-sha256", "-serial")
	if err != nil {
		t.Fatal(out)
	}
	for _, want := range []string{
		"CN=Maéva Louise Specimen TEST", "GN=Maéva Louise", "SN=Specimen", "C=FR", "CN=TEST - AC NON QUALIFIEE",
		"O=EXEMPLE DE TEST",
		"Non Repudiation", "Policy: 2.999.1.1", "prime256v1", "ecdsa-with-SHA256", "CA:FALSE",
		"OCSP - URI:" + b.url + "/test-ca/ocsp", "CA Issuers - URI:" + b.url + "/test-ca/issuing.cer", "URI:" + b.url +
			"/test-ca/issuing.crl",
		"serial=" + strings.ToUpper(c.Details.Serial), certificate.Colons(c.Details.Fingerprint),
	} {
		if !strings.Contains(out, want) {
			t.Errorf("openssl x509 does not say %q:\n%s", want, out)
		}
	}
	if strings.Contains(out, "Digital Signature") || strings.Contains(out, "1.3.6.1.5.5.7.1.3") ||
		strings.Contains(out, "qcStatements") {
		t.Errorf("openssl x509 sees what should not be there:\n%s", out)
	}
}

func TestOpenSSLVerifiesItUntilItIsRevoked(t *testing.T) {
	b := newBench(t)
	c := b.issue(t, "e-1")
	verify := func() (string, error) {
		f := b.files(t, c)
		return openssl(t, "verify", "-x509_strict", "-crl_check_all", "-CRLfile", f.crls, "-CAfile", f.root, "-untrusted",
			f.issuing, f.cert)
	}
	if out, err := verify(); err != nil {
		t.Fatalf("before: %v %s", err, out)
	}
	c = b.revoke(t, c, certificate.ReasonKey)
	if out, err := verify(); err == nil || !strings.Contains(out, "certificate revoked") {
		t.Errorf("after: %v %s; want it revoked at once", err, out)
	}
	out, err := openssl(t, "crl", "-inform", "DER", "-in", write(t, "l", get(t, b.url+"/test-ca/issuing.crl")), "-noout",
		"-text", "-CAfile", b.files(t, c).issuing)
	if err != nil || !strings.Contains(out, "Key Compromise") ||
		!strings.Contains(out, strings.ToUpper(c.Details.Serial)) {
		t.Errorf("openssl crl: %v %s; want serial and reason", err, out)
	}
	if other := b.issue(t, "e-2"); !other.Visible() {
		t.Error("nothing is issued after a revocation")
	}
}

func TestOpenSSLAsksOCSP(t *testing.T) {
	b := newBench(t)
	c := b.issue(t, "e-1")
	f := b.files(t, c)
	ask := func(more ...string) string {
		args := append([]string{"ocsp", "-issuer", f.issuing, "-CAfile", f.root, "-url", b.url + "/test-ca/ocsp"}, more...)
		out, err := openssl(t, args...)
		if err != nil || !strings.Contains(out, "Response verify OK") || strings.Contains(out, "WARNING") {
			t.Errorf("openssl ocsp %v: %v\n%s", more, err, out)
		}
		return out
	}
	for _, hash := range []string{"-sha1", "-sha256", "-sha384", "-sha512"} {
		if out := ask("-nonce", hash, "-cert", f.cert); !strings.Contains(out, f.cert+": good") ||
			!strings.Contains(out, "Next Update") {
			t.Errorf("with %s: %s; want good, and until when", hash, out)
		}
	}
	if out := ask("-no_nonce", "-cert", f.cert, "-serial", "0x1234"); !strings.Contains(out, "0x1234: unknown") ||
		!strings.Contains(out, ": good") {
		t.Errorf("two at once: %s; want one good and one unknown", out)
	}
	b.revoke(t, c, certificate.ReasonSuperseded)
	if out := ask("-nonce", "-cert", f.cert); !strings.Contains(out, ": revoked") ||
		!strings.Contains(out, "Reason: superseded") {
		t.Errorf("after: %s; want it revoked at once, and why", out)
	}
}

func TestOCSPOverGetAndPostAreOneAnswer(t *testing.T) {
	b := newBench(t)
	c := b.issue(t, "e-1")
	cert := must(x509.ParseCertificate(c.DER))
	request := must(ocsp.CreateRequest(cert, b.Issuing(), &ocsp.RequestOptions{Hash: crypto.SHA256}))
	want := []int{ocsp.Good, ocsp.Revoked}
	for i, status := range want {
		if i == 1 {
			b.revoke(t, c, certificate.ReasonChanged)
		}
		inPath := get(t, b.url+"/test-ca/ocsp/"+url.PathEscape(base64.StdEncoding.EncodeToString(request)))
		posted := must(http.Post(b.url+"/test-ca/ocsp", "application/ocsp-request", bytes.NewReader(request)))
		defer posted.Body.Close()
		for which, der := range map[string][]byte{"GET": inPath, "POST": must(io.ReadAll(posted.Body))} {
			r, err := ocsp.ParseResponseForCert(der, cert, b.Issuing())
			if err != nil || r.Status != status || time.Until(r.NextUpdate) < time.Minute ||
				time.Since(r.ThisUpdate) > time.Minute {
				t.Errorf("%s: %v (%v), want status %d, of now", which, r, err, status)
			} else if status == ocsp.Revoked && r.RevocationReason != ocsp.AffiliationChanged {
				t.Errorf("%s: reason %d, want %d", which, r.RevocationReason, ocsp.AffiliationChanged)
			}
		}
	}
	for name, bad := range map[string][]byte{"nothing": nil, "bytes": []byte("hello"), "cut off": request[:20]} {
		r := must(http.Post(b.url+"/test-ca/ocsp", "application/ocsp-request", bytes.NewReader(bad)))
		var problem ocsp.ResponseError
		_, err := ocsp.ParseResponse(must(io.ReadAll(r.Body)), nil)
		r.Body.Close()
		if !asError(err, &problem) || problem.Status != ocsp.Malformed {
			t.Errorf("%s: %v, want malformed", name, err)
		}
	}
	r := must(http.Post(b.url+"/test-ca/ocsp", "application/ocsp-request", bytes.NewReader(make([]byte, 1<<20))))
	r.Body.Close()
	if r.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("a request of 1 MiB: %s, want 413", r.Status)
	}
}

func asError(err error, into *ocsp.ResponseError) bool {
	e, ok := err.(ocsp.ResponseError) //nolint:errorlint // the library returns it bare
	*into = e
	return ok
}

func TestListsAreRenewedAndForgetWhatHasExpired(t *testing.T) {
	b := newBench(t)
	list := func() *x509.RevocationList {
		return must(x509.ParseRevocationList(get(t, b.url+"/test-ca/issuing.crl")))
	}
	first := list()
	if again := list(); again.Number.Cmp(first.Number) != 0 {
		t.Error("a list that is fresh was made anew")
	}
	b.revoke(t, b.issue(t, "e-1"), certificate.ReasonKey)
	second := list()
	if len(second.RevokedCertificateEntries) != 1 || second.Number.Cmp(first.Number) <= 0 {
		t.Errorf("%d entries, number %v after %v; want one, and a number that grows", len(second.RevokedCertificateEntries),
			second.Number, first.Number)
	}
	b.clock.move(40 * time.Minute)
	if third := list(); third.Number.Cmp(second.Number) <= 0 || !third.NextUpdate.After(b.clock.now()) {
		t.Errorf("number %v after %v, until %v; want a new list", third.Number, second.Number, third.NextUpdate)
	}
	b.clock.move(certificate.TestLife)
	if last := list(); len(last.RevokedCertificateEntries) != 1 {
		t.Error("it left the list before one was published after its end")
	}
	b.clock.move(2 * time.Hour)
	if last := list(); len(last.RevokedCertificateEntries) != 0 {
		t.Error("what has expired stays on the list")
	}
}

func TestOtherPathsAndMethodsAreNotServed(t *testing.T) {
	b := newBench(t)
	for path, want := range map[string]int{"/test-ca/": 404, "/test-ca/root.pem": 404, "/test-ca/../x": 404,
		"/test-ca/ocsp": 405} {
		r := must(http.Get(b.url + path))
		r.Body.Close()
		if r.StatusCode != want {
			t.Errorf("GET %s: %d, want %d", path, r.StatusCode, want)
		}
	}
	r := must(http.Post(b.url+"/test-ca/issuing.crl", "text/plain", nil))
	r.Body.Close()
	if r.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("POST of a list: %d, want 405", r.StatusCode)
	}
}
