package stepca_test

import (
	"cmp"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"visavis/certificate/stepca"
)

// authority answers as step-ca does, as far as the client asks. It has one provisioner.
type authority struct {
	*httptest.Server
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
	jwk  jose.JSONWebKey // of the provisioner

	mu      sync.Mutex
	tokens  map[string]bool
	issued  map[string]*x509.Certificate // by serial, decimal
	revoked map[string]int               // reason by serial, decimal
	fault   func(path string, w http.ResponseWriter) bool
	after   func(path string, w http.ResponseWriter) bool // once the work is done
	serial  *big.Int                                      // in place of the one that was asked for
	crlKey  *ecdsa.PrivateKey                             // in place of the authority's
	crlLife time.Duration                                 // in place of an hour
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{tokens: map[string]bool{}, issued: map[string]*x509.Certificate{}, revoked: map[string]int{}}
	a.key = must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "EXEMPLE AC"}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().AddDate(1, 0, 0), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign, SubjectKeyId: []byte{1, 2, 3},
	}
	der := must(x509.CreateCertificate(rand.Reader, template, template, a.key.Public(), a.key))
	a.cert = must(x509.ParseCertificate(der))
	a.jwk = jose.JSONWebKey{Key: must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)), KeyID: "p1", Algorithm: "ES256"}
	a.Server = httptest.NewTLSServer(http.HandlerFunc(a.serve))
	t.Cleanup(a.Close)
	return a
}

func (a *authority) serve(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.fault != nil && a.fault(r.URL.Path, w) {
		return
	}
	var status int
	var answer any
	switch r.Method + r.URL.Path {
	case "POST/1.0/sign":
		status, answer = a.sign(r)
	case "POST/1.0/revoke":
		status, answer = a.revoke(r)
	case "GET/1.0/crl":
		a.writeList(w)
		return
	default:
		status = http.StatusNotFound
	}
	if a.after != nil && a.after(r.URL.Path, w) {
		return
	}
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(answer)
}

type problem struct {
	Status  int    `json:"status"`
	Message string `json:"message"`
}

func refused(status int, format string, args ...any) (int, any) {
	return status, problem{status, fmt.Sprintf(format, args...)}
}

// allowed checks a token once.
func (a *authority) allowed(token, path, subject string, csr []byte) error {
	t, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		return err
	}
	var claims struct {
		jwt.Claims
		Confirmation struct {
			CSR string `json:"x5rt#S256"`
		} `json:"cnf"`
	}
	if err := t.Claims(a.jwk.Public(), &claims); err != nil {
		return err
	}
	if err := claims.ValidateWithLeeway(jwt.Expected{Issuer: "visavis", Subject: subject, Time: time.Now(),
		AnyAudience: jwt.Audience{a.URL + path}}, time.Minute); err != nil {
		return err
	}
	sum := sha256.Sum256(csr)
	switch {
	case t.Headers[0].KeyID != "p1":
		return errors.New("no such provisioner key")
	case a.tokens[claims.ID] || claims.ID == "":
		return errors.New("token already used")
	case csr != nil && claims.Confirmation.CSR != base64.RawURLEncoding.EncodeToString(sum[:]):
		return errors.New("the token is for another certificate request")
	}
	a.tokens[claims.ID] = true
	return nil
}

func (a *authority) sign(r *http.Request) (int, any) {
	var in struct {
		CSR      string `json:"csr"`
		OTT      string `json:"ott"`
		NotAfter string `json:"notAfter"`
		Data     struct {
			Subject []byte `json:"subject"`
			Serial  string `json:"serial"`
		} `json:"templateData"`
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		return refused(http.StatusBadRequest, "error reading request body")
	}
	block, _ := pem.Decode([]byte(in.CSR))
	if block == nil {
		return refused(http.StatusBadRequest, "missing csr")
	}
	csr, err := x509.ParseCertificateRequest(block.Bytes)
	if err != nil || csr.CheckSignature() != nil {
		return refused(http.StatusBadRequest, "invalid csr")
	}
	if err := a.allowed(in.OTT, "/1.0/sign", "ABCDEF", block.Bytes); err != nil {
		return refused(http.StatusUnauthorized, "%v", err)
	}
	serial, _ := new(big.Int).SetString(in.Data.Serial, 10)
	if a.serial != nil {
		serial = a.serial
	}
	end := time.Now().AddDate(0, 1, 0)
	if in.NotAfter != "" {
		end = must(time.Parse(time.RFC3339, in.NotAfter))
	}
	template := &x509.Certificate{SerialNumber: serial, RawSubject: in.Data.Subject, NotBefore: time.Now(), NotAfter: end,
		KeyUsage: x509.KeyUsageContentCommitment}
	der := must(x509.CreateCertificate(rand.Reader, template, a.cert, csr.PublicKey, a.key))
	a.issued[serial.String()] = must(x509.ParseCertificate(der))
	return http.StatusCreated, map[string]any{"crt": text(der), "ca": text(a.cert.Raw),
		"certChain": []string{text(der), text(a.cert.Raw)}}
}

func text(der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

func (a *authority) revoke(r *http.Request) (int, any) {
	var in struct {
		Serial  string `json:"serial"`
		OTT     string `json:"ott"`
		Reason  int    `json:"reasonCode"`
		Passive bool   `json:"passive"`
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil || !in.Passive {
		return refused(http.StatusNotImplemented, "non-passive revocation not implemented")
	}
	if err := a.allowed(in.OTT, "/1.0/revoke", in.Serial, nil); err != nil {
		return refused(http.StatusUnauthorized, "%v", err)
	}
	if _, ok := a.revoked[in.Serial]; ok {
		return refused(http.StatusBadRequest, "certificate with serial number '%s' is already revoked", in.Serial)
	}
	a.revoked[in.Serial] = in.Reason
	return http.StatusOK, map[string]string{"status": "ok"}
}

func (a *authority) writeList(w http.ResponseWriter) {
	list := &x509.RevocationList{Number: big.NewInt(1), ThisUpdate: time.Now(),
		NextUpdate: time.Now().Add(cmp.Or(a.crlLife, time.Hour))}
	for serial, reason := range a.revoked {
		n, _ := new(big.Int).SetString(serial, 10)
		list.RevokedCertificateEntries = append(list.RevokedCertificateEntries, x509.RevocationListEntry{
			SerialNumber: n, RevocationTime: time.Now().Add(-time.Minute), ReasonCode: reason})
	}
	key := a.key
	if a.crlKey != nil {
		key = a.crlKey
	}
	_, _ = w.Write(must(x509.CreateRevocationList(rand.Reader, list, a.cert, key)))
}

func (a *authority) config() stepca.Config {
	roots := x509.NewCertPool()
	roots.AddCert(a.Certificate())
	return stepca.Config{Name: "EXEMPLE", URL: a.URL, Roots: roots, Provisioner: "visavis", Key: a.jwk,
		Authorities: []*x509.Certificate{a.cert}, Store: &memory{entries: map[string]stepca.Entry{}}}
}
