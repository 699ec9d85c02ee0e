package provider_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"math/big"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"visavis/certificate"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

var (
	requestSecret = []byte(strings.Repeat("r", 32))
	webhookSecret = []byte(strings.Repeat("w", 24))
)

// fake is a provider as docs/provider.md describes one, with the faults that a
// test gives it.
type fake struct {
	*httptest.Server
	ca  *x509.Certificate
	key *ecdsa.PrivateKey

	mu       sync.Mutex
	requests map[string]*file // by enrolment
	issued   int              // certificates made
	asked    int              // calls that came
	nonces   map[string]bool

	// The faults.
	pendingFor int                         // so many answers are "pending" first
	failFirst  int                         // so many calls get failWith
	failWith   func(w http.ResponseWriter) // nil: 503
	dropAfter  int                         // so many calls are done, and their answer lost
	refuse     *certificate.Refusal        // no
	whom       *certificate.Subject        // the certificate is for them instead
	afresh     bool                        // another certificate each time it is fetched
	mangle     func(status map[string]any) // changes each status
}

type file struct {
	request certificate.Request
	body    string
	polls   int
	der     []byte
	revoked *certificate.Revocation
}

func newFake(t *testing.T, clients *x509.CertPool) *fake {
	t.Helper()
	f := &fake{requests: map[string]*file{}, nonces: map[string]bool{},
		key: must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{Country: []string{"FR"}, Organization: []string{"EXEMPLE"},
			CommonName: "EXEMPLE AC"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(5, 0, 0), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign,
	}
	f.ca = must(x509.ParseCertificate(
		must(x509.CreateCertificate(rand.Reader, template, template, f.key.Public(), f.key))))
	f.Server = httptest.NewUnstartedServer(http.HandlerFunc(f.serve))
	if clients != nil {
		f.TLS = &tls.Config{ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: clients}
	}
	f.Config.ErrorLog = log.New(t.Output(), "", 0)
	f.StartTLS()
	t.Cleanup(f.Close)
	return f
}

func (f *fake) serve(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked++
	body := must(io.ReadAll(r.Body))
	if f.failFirst > 0 {
		f.failFirst--
		if f.failWith != nil {
			f.failWith(w)
		} else {
			http.Error(w, "down", http.StatusServiceUnavailable)
		}
		return
	}
	if r.TLS.PeerCertificates == nil {
		if err := f.verify(r, body); err != nil {
			http.Error(w, err.Error(), http.StatusUnauthorized)
			return
		}
	}
	answer := httptest.NewRecorder()
	f.do(answer, r, body)
	if f.dropAfter > 0 {
		f.dropAfter--
		c, _, _ := must2(w.(http.Hijacker).Hijack())
		_ = c.Close() // the work is done, the answer lost
		return
	}
	w.Header().Set("Content-Type", answer.Header().Get("Content-Type"))
	w.WriteHeader(answer.Code)
	_, _ = w.Write(answer.Body.Bytes())
}

func must2[T, U any](v T, u U, err error) (T, U, error) {
	if err != nil {
		panic(err)
	}
	return v, u, nil
}

var input = regexp.MustCompile(
	`^visavis=(\("@method" "@target-uri" "content-digest"( "idempotency-key")?\);created=(\d+);nonce="([^"]+)";keyid="([^"]+)";alg="hmac-sha256")$`)

// verify checks a request's signature by the text of RFC 9421, and refuses one
// that came before.
func (f *fake) verify(r *http.Request, body []byte) error {
	m := input.FindStringSubmatch(r.Header.Get("Signature-Input"))
	if m == nil || m[5] != "us" || f.nonces[m[4]] {
		return fmt.Errorf("signature input %q", r.Header.Get("Signature-Input"))
	}
	f.nonces[m[4]] = true
	sum := sha256.Sum256(body)
	digest := "sha-256=:" + base64.StdEncoding.EncodeToString(sum[:]) + ":"
	base := "\"@method\": " + r.Method + "\n\"@target-uri\": " + f.URL + r.URL.RequestURI() + "\n\"content-digest\": " +
		digest + "\n"
	if m[2] != "" {
		base += "\"idempotency-key\": " + r.Header.Get("Idempotency-Key") + "\n"
	}
	h := hmac.New(sha256.New, requestSecret)
	h.Write([]byte(base + "\"@signature-params\": " + m[1]))
	want := "visavis=:" + base64.StdEncoding.EncodeToString(h.Sum(nil)) + ":"
	if r.Header.Get("Content-Digest") != digest || r.Header.Get("Signature") != want {
		return fmt.Errorf("signature %q", r.Header.Get("Signature"))
	}
	return nil
}

func (f *fake) do(w http.ResponseWriter, r *http.Request, body []byte) {
	parts := strings.Split(strings.TrimPrefix(r.URL.Path, "/v1/requests"), "/")
	if r.Method == http.MethodPost && len(parts) == 1 {
		f.create(w, r, body)
		return
	}
	if len(parts) < 2 || f.requests[parts[1]] == nil {
		http.Error(w, `{"title":"no such request"}`, http.StatusNotFound)
		return
	}
	it := f.requests[parts[1]]
	switch what := r.Method + " " + strings.Join(parts[2:], "/"); what {
	case "GET ":
		it.polls++
		f.status(w, it)
	case "GET certificate":
		if it.der == nil {
			http.Error(w, `{"title":"not yet"}`, http.StatusConflict)
			return
		}
		if f.afresh {
			it.der = f.certify(it.request.Subject)
		}
		w.Header().Set("Content-Type", "application/pem-certificate-chain")
		for _, der := range [][]byte{it.der, f.ca.Raw} {
			_ = pem.Encode(w, &pem.Block{Type: "CERTIFICATE", Bytes: der})
		}
	case "POST revocation":
		var asked struct{ Reason certificate.Reason }
		if err := json.Unmarshal(body, &asked); err != nil || it.der == nil {
			http.Error(w, `{"title":"nothing to revoke"}`, http.StatusConflict)
			return
		}
		if it.revoked == nil {
			it.revoked = &certificate.Revocation{At: time.Now().UTC(), Reason: asked.Reason}
		}
		f.status(w, it)
	default:
		http.Error(w, what, http.StatusMethodNotAllowed)
	}
}

func (f *fake) create(w http.ResponseWriter, r *http.Request, body []byte) {
	var request certificate.Request
	if err := json.Unmarshal(body, &request); err != nil || r.Header.Get("Idempotency-Key") != `"`+request.Enrolment+`"` {
		http.Error(w, `{"title":"bad request"}`, http.StatusBadRequest)
		return
	}
	it := f.requests[request.Enrolment]
	if it == nil {
		it = &file{request: request, body: string(body)}
		f.requests[request.Enrolment] = it
	}
	if it.body != string(body) {
		http.Error(w, `{"title":"another request has this key"}`, http.StatusConflict)
		return
	}
	f.status(w, it)
}

// status says how far it is; once it is time the certificate is made, once.
func (f *fake) status(w http.ResponseWriter, it *file) {
	s := map[string]any{"enrolment": it.request.Enrolment, "status": "issued"}
	switch {
	case f.refuse != nil:
		s["status"], s["refusal"] = "refused", f.refuse
	case it.polls < f.pendingFor:
		s["status"], s["retryAfter"] = "pending", 30
	case it.revoked != nil:
		s["status"], s["revocation"] = "revoked", it.revoked
	case it.der == nil:
		whom := it.request.Subject
		if f.whom != nil {
			whom = *f.whom
		}
		it.der = f.certify(whom)
	}
	if f.mangle != nil {
		f.mangle(s)
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(s)
}

// certify makes a good certificate; the key is the provider's to keep.
func (f *fake) certify(s certificate.Subject) []byte {
	f.issued++
	text := func(id asn1.ObjectIdentifier, tag int, v string) pkix.AttributeTypeAndValue {
		return pkix.AttributeTypeAndValue{Type: id, Value: asn1.RawValue{Tag: tag, Bytes: []byte(v)}}
	}
	key := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	template := &x509.Certificate{
		SerialNumber: must(rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))),
		Subject: pkix.Name{ExtraNames: []pkix.AttributeTypeAndValue{
			text([]int{2, 5, 4, 6}, asn1.TagPrintableString, s.Country),
			text([]int{2, 5, 4, 42}, asn1.TagUTF8String, s.GivenNames),
			text([]int{2, 5, 4, 4}, asn1.TagUTF8String, s.Surname), text([]int{2, 5, 4, 3}, asn1.TagUTF8String, s.Name()),
		}},
		NotBefore: time.Now().Add(-time.Minute), NotAfter: time.Now().AddDate(2, 0, 0),
		KeyUsage:              x509.KeyUsageContentCommitment,
		BasicConstraintsValid: true, Policies: []x509.OID{must(x509.ParseOID("0.4.0.2042.1.1"))},
		IssuingCertificateURL: []string{"http://www.etsi.org/ca.cer"}, OCSPServer: []string{"http://ocsp.etsi.org"},
	}
	return must(x509.CreateCertificate(rand.Reader, template, f.ca, key.Public(), f.key))
}

// set changes the faults.
func (f *fake) set(change func(*fake)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change(f)
}

func (f *fake) counts() (asked, issued int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.asked, f.issued
}
