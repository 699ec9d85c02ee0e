package xades_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"

	"visavis/certificate/proof/xades"
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
	online := xades.Online{}
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
