package xades_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"

	"visavis/certificate/proof/xades"
	"visavis/outgoing"
)

func TestListsAnswersAndIssuersAreFetched(t *testing.T) {
	key := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	other := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	authority := func(k *ecdsa.PrivateKey) *x509.Certificate {
		c := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "TEST"}, IsCA: true,
			BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
			NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour)}
		return must(x509.ParseCertificate(must(x509.CreateCertificate(rand.Reader, c, c, k.Public(), k))))
	}
	issuer, stranger := authority(key), authority(other)
	list := func(c *x509.Certificate, k crypto.Signer) []byte {
		return must(x509.CreateRevocationList(rand.Reader, &x509.RevocationList{Number: big.NewInt(1), ThisUpdate: now,
			NextUpdate: now.Add(time.Hour)}, c, k))
	}
	mux := http.NewServeMux()
	serve := func(path string, body []byte) {
		mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(body) })
	}
	serve("/good.crl", list(issuer, key))
	serve("/theirs.crl", list(stranger, other))
	serve("/long.crl", make([]byte, 5<<20))
	serve("/issuer.cer", issuer.Raw)
	mux.HandleFunc("POST /ocsp", func(w http.ResponseWriter, r *http.Request) {
		asked, err := ocsp.ParseRequest(must(io.ReadAll(r.Body)))
		if err != nil || r.Header.Get("Content-Type") != "application/ocsp-request" {
			http.Error(w, "no request", http.StatusBadRequest)
			return
		}
		said := ocsp.Response{SerialNumber: asked.SerialNumber, Status: ocsp.Good, ThisUpdate: now,
			NextUpdate: now.Add(time.Hour)}
		_, _ = w.Write(must(ocsp.CreateResponse(issuer, issuer, said, key)))
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	leaf := func(lists, answers, issuers []string) *x509.Certificate {
		for _, list := range [][]string{lists, answers, issuers} {
			for i, path := range list {
				if strings.HasPrefix(path, "/") {
					list[i] = server.URL + path
				}
			}
		}
		c := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "TEST leaf"}, NotBefore: now,
			NotAfter: now.Add(time.Hour), CRLDistributionPoints: lists, OCSPServer: answers, IssuingCertificateURL: issuers}
		return must(x509.ParseCertificate(must(x509.CreateCertificate(rand.Reader, c, issuer, other.Public(), key))))
	}
	online := xades.Online{Inside: xades.Anybody}
	second := leaf(nil, []string{"/issuer.cer", "/ocsp"}, nil)
	if s, err := online.Status(t.Context(), second, issuer); err != nil || s.OCSP == nil {
		t.Errorf("the second address: %v", err)
	}
	both := leaf([]string{"/none", "/theirs.crl", "/good.crl"}, []string{"/ocsp"}, nil)
	s, err := online.Status(t.Context(), both, issuer)
	if err != nil || s.CRL == nil || s.OCSP == nil {
		t.Errorf("%v, list %d bytes, answer %d, want both", err, len(s.CRL), len(s.OCSP))
	}
	if s, err := online.Status(t.Context(), leaf(nil, nil, nil), issuer); err != nil || s.CRL != nil || s.OCSP != nil {
		t.Errorf("of a certificate without addresses: %v", err)
	}
	for want, c := range map[string]*x509.Certificate{
		"404": leaf([]string{"/none"}, nil, nil), "the list": leaf([]string{"/theirs.crl"}, nil, nil),
		"more than": leaf([]string{"/long.crl"}, nil, nil), "only http": leaf([]string{"ldap://localhost/"}, nil, nil),
		"/issuer.cer": leaf(nil, []string{"/issuer.cer"}, nil),
	} {
		if _, err := online.Status(t.Context(), c, issuer); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	got, err := online.Issuer(t.Context(), leaf(nil, nil, []string{"/none", "/issuer.cer"}))
	if err != nil || !got.Equal(issuer) {
		t.Errorf("the issuer: %v", err)
	}
	if _, err := online.Issuer(t.Context(), leaf(nil, nil, nil)); err == nil {
		t.Error("an issuer from nowhere")
	}
}

// A time stamp brings certificates of whoever answered: what they name may be this machine's own services.
func TestPrivateAddressesAreAskedForTrustedCertificatesAlone(t *testing.T) {
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		http.NotFound(w, r)
	}))
	t.Cleanup(server.Close)
	makes := func(parent *x509.Certificate, by *ecdsa.PrivateKey, serial int64) (*x509.Certificate, *ecdsa.PrivateKey) {
		key := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
		c := &x509.Certificate{
			SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "TEST " + big.NewInt(serial).String()},
			NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true,
			BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign, CRLDistributionPoints: []string{server.URL + "/list"},
			OCSPServer: []string{server.URL + "/answer"}, IssuingCertificateURL: []string{server.URL + "/issuer"},
		}
		if parent == nil {
			parent, by = c, key
		}
		return must(x509.ParseCertificate(must(x509.CreateCertificate(rand.Reader, c, parent, key.Public(), by)))), key
	}
	root, rootKey := makes(nil, nil, 1)
	between, betweenKey := makes(root, rootKey, 2)
	leaf, _ := makes(between, betweenKey, 3)
	strange, strangeKey := makes(nil, nil, 1) // of the same name
	theirs, _ := makes(strange, strangeKey, 4)
	online := xades.Online{Inside: xades.Below([]*x509.Certificate{root})}
	for _, c := range []struct {
		name      string
		online    xades.Online
		c, issuer *x509.Certificate
		private   bool // may be asked
	}{
		{"the trusted one's", online, root, root, true},
		{"below it", online, between, root, true},
		{"two below it", online, leaf, between, true},
		{"a stranger's", online, strange, strange, false},
		{"below a stranger", online, theirs, strange, false},
		{"below a stranger, with a trusted one beside it", online, theirs, root, false},
		{"where nothing is trusted", xades.Online{Inside: xades.Below(nil)}, leaf, between, false},
		{"where nobody is", xades.Online{}, leaf, between, false},
	} {
		asked = 0
		_, err := c.online.Status(t.Context(), c.c, c.issuer)
		if err == nil || c.private != (asked == 2) || c.private == errors.Is(err, outgoing.ErrPrivate) {
			t.Errorf("%s: asked %d times, %v", c.name, asked, err)
		}
	}
	for c, private := range map[*x509.Certificate]bool{between: true, theirs: false, leaf: false} {
		asked = 0
		if _, err := online.Issuer(t.Context(), c); err == nil || private != (asked == 1) {
			t.Errorf("the issuer of %s: asked %d times, %v", c.Subject, asked, err)
		}
	}
}
