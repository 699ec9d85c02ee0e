// Command provider is a mock trust service provider: it speaks docs/provider.md to a Visavis, issues certificates that
// are worth nothing, and says so in them. A person named Refus is refused.
//
//	go run . -key-id us -secret "$SECRET" -webhook https://localhost:8443/api/provider/webhook -webhook-secret whsec_…
//
// It writes authority.pem, for --provider-ca and --provider-authorities.
package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"math/big"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

// order is what this provider reads of a request; it ignores the rest, and keeps it with the file.
type order struct {
	Enrolment string
	Language  string
	Subject   struct{ GivenNames, Surname, Country string }
}

// status is an answer about a request.
type status struct {
	Enrolment  string            `json:"enrolment"`
	Status     string            `json:"status"`
	RetryAfter int               `json:"retryAfter,omitempty"` // seconds
	Refusal    map[string]string `json:"refusal,omitempty"`    // code, words
	Revocation map[string]string `json:"revocation,omitempty"` // at, reason
}

type file struct {
	order order
	body  string // a request with the same key has to be the same
	status
	certificate []byte // DER, once issued
}

type provider struct {
	base, keyID, webhook  string // base is https://host:port; webhook is where to call back, empty: nowhere
	secret, webhookSecret []byte
	later                 func(func()) // does the work of people, after a while
	ca                    *x509.Certificate
	key                   *ecdsa.PrivateKey

	mu     sync.Mutex // guards what is below: tables of a database in a real provider
	files  map[string]*file
	nonces map[string]bool // a real provider forgets one after ten minutes
}

func (p *provider) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/requests", p.signed(p.request))
	mux.HandleFunc("GET /v1/requests/{id}", p.signed(p.say))
	mux.HandleFunc("GET /v1/requests/{id}/certificate", p.signed(p.handOut))
	mux.HandleFunc("POST /v1/requests/{id}/revocation", p.signed(p.revoke))
	return mux
}

var input = regexp.MustCompile(`^visavis=(\("@method" "@target-uri" "content-digest"( "idempotency-key")?\);` +
	`created=(\d+);nonce="([^"]+)";keyid="([^"]+)";alg="hmac-sha256")$`)

// signed passes on what was signed with the secret, just now and once (RFC 9421), with the file that it is about.
func (p *provider) signed(next func(http.ResponseWriter, *http.Request, *file, []byte)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 256<<10))
		p.mu.Lock()
		defer p.mu.Unlock()
		if err = errors.Join(err, p.verify(r, body)); err != nil {
			problem(w, http.StatusUnauthorized, err.Error())
			return
		}
		id := r.PathValue("id")
		if f := p.files[id]; f != nil || id == "" {
			next(w, r, f, body)
			return
		}
		problem(w, http.StatusNotFound, "No such request")
	}
}

func (p *provider) verify(r *http.Request, body []byte) error {
	m := input.FindStringSubmatch(r.Header.Get("Signature-Input"))
	if m == nil || m[5] != p.keyID || p.nonces[m[4]] {
		return errors.New("not signed with a key that is known here, or it came before")
	}
	sum, key := sha256.Sum256(body), r.Header.Get("Idempotency-Key")
	digest := "sha-256=:" + base64.StdEncoding.EncodeToString(sum[:]) + ":"
	text := fmt.Sprintf("\"@method\": %s\n\"@target-uri\": %s%s\n\"content-digest\": %s\n", r.Method, p.base,
		r.URL.RequestURI(), digest)
	if m[2] != "" {
		text += "\"idempotency-key\": " + key + "\n"
	}
	want := "visavis=:" + mac(p.secret, text+"\"@signature-params\": "+m[1]) + ":"
	created, _ := strconv.ParseInt(m[3], 10, 64) // what is too long is too far away
	if r.Header.Get("Content-Digest") != digest || (key != "") != (m[2] != "") ||
		time.Since(time.Unix(created, 0)).Abs() > 5*time.Minute ||
		!hmac.Equal([]byte(r.Header.Get("Signature")), []byte(want)) {
		return errors.New("the signature is not of this request, or not of now")
	}
	p.nonces[m[4]] = true
	return nil
}

func mac(secret []byte, text string) string {
	h := hmac.New(sha256.New, secret)
	h.Write([]byte(text))
	return base64.StdEncoding.EncodeToString(h.Sum(nil))
}

// request takes a request, once; who repeats it gets its status.
func (p *provider) request(w http.ResponseWriter, r *http.Request, _ *file, body []byte) {
	var o order
	if err := json.Unmarshal(body, &o); err != nil || o.Subject.GivenNames+o.Subject.Surname == "" ||
		o.Enrolment == "" || r.Header.Get("Idempotency-Key") != strconv.Quote(o.Enrolment) {
		problem(w, http.StatusBadRequest, "No enrolment, another one in the Idempotency-Key, or no name")
		return
	}
	f := p.files[o.Enrolment]
	if f != nil && f.body != string(body) {
		problem(w, http.StatusConflict, "Another request has this key")
		return
	}
	if f == nil {
		f = &file{order: o, body: string(body), status: status{Enrolment: o.Enrolment, Status: "pending", RetryAfter: 30}}
		p.files[o.Enrolment] = f
		p.later(func() { p.decide(f) })
	}
	p.say(w, r, f, body)
}

func (p *provider) say(w http.ResponseWriter, _ *http.Request, f *file, _ []byte) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(f.status)
}

func (p *provider) handOut(w http.ResponseWriter, _ *http.Request, f *file, _ []byte) {
	if f.certificate == nil {
		problem(w, http.StatusConflict, "No certificate was issued")
		return
	}
	w.Header().Set("Content-Type", "application/pem-certificate-chain")
	for _, der := range [][]byte{f.certificate, p.ca.Raw} {
		_ = pem.Encode(w, &pem.Block{Type: "CERTIFICATE", Bytes: der})
	}
}

func (p *provider) revoke(w http.ResponseWriter, r *http.Request, f *file, body []byte) {
	var asked struct{ Reason string }
	if err := json.Unmarshal(body, &asked); err != nil || f.certificate == nil {
		problem(w, http.StatusConflict, "No certificate was issued, or this is no reason")
		return
	}
	if f.Revocation == nil { // the first one stays
		f.Status = "revoked"
		f.Revocation = map[string]string{"at": time.Now().UTC().Format(time.RFC3339), "reason": asked.Reason}
	}
	p.say(w, r, f, body)
}

// decide is what people and machines of a real provider do; the webhook says that it was done.
func (p *provider) decide(f *file) {
	p.mu.Lock()
	next, err := status{Enrolment: f.Enrolment, Status: "issued"}, error(nil)
	if f.order.Subject.Surname == "Refus" {
		next.Status = "refused"
		next.Refusal = map[string]string{"code": "identity", "words": "The identity could not be confirmed."}
		if f.order.Language == "fr" { // the person reads them
			next.Refusal["words"] = "L’identité n’a pas pu être confirmée."
		}
	} else {
		f.certificate, err = p.certify(f.order)
	}
	if err == nil { // else it stays pending
		f.status = next
	}
	p.mu.Unlock()
	if err = errors.Join(err, p.tell(f.Enrolment)); err != nil {
		log.Print(err) // a real provider sends it again; Visavis asks as well
	}
}

// tell sends the webhook; the id is the same each time (Standard Webhooks).
func (p *provider) tell(enrolment string) error {
	id, at := "msg_"+enrolment, strconv.FormatInt(time.Now().Unix(), 10)
	body, _ := json.Marshal(map[string]string{"type": "request.changed", "enrolment": enrolment}) // plain values
	r, err := http.NewRequest(http.MethodPost, p.webhook, bytes.NewReader(body))
	if p.webhook == "" || err != nil {
		return err // nowhere to call back, or no address
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("webhook-id", id)
	r.Header.Set("webhook-timestamp", at)
	r.Header.Set("webhook-signature", "v1,"+mac(p.webhookSecret, id+"."+at+"."+string(body)))
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusNoContent {
		return fmt.Errorf("the webhook was answered with %s", answer.Status)
	}
	return nil
}

// certify makes the certificate; the person's key stays in the provider's device, here nowhere.
func (p *provider) certify(o order) ([]byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	common := strings.TrimSpace(o.Subject.GivenNames + " " + o.Subject.Surname)
	name := pkix.Name{Country: []string{o.Subject.Country}, CommonName: common}
	for last, value := range map[int]string{42: o.Subject.GivenNames, 4: o.Subject.Surname} {
		if value != "" {
			name.ExtraNames = append(name.ExtraNames, pkix.AttributeTypeAndValue{Type: []int{2, 5, 4, last}, Value: value})
		}
	}
	return x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: serial(), Subject: name, NotBefore: time.Now().Add(-time.Minute), NotAfter: time.Now().AddDate(0, 0, 7),
		KeyUsage: x509.KeyUsageContentCommitment, BasicConstraintsValid: true, Policies: []x509.OID{policy},
		IssuingCertificateURL: []string{"http://example.com/ca.cer"}, OCSPServer: []string{"http://example.com/ocsp"},
	}, p.ca, key.Public(), p.key)
}

var policy, _ = x509.OIDFromInts([]uint64{0, 4, 0, 2042, 1, 1}) // NCP

func serial() *big.Int { n, _ := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120)); return n }

func problem(w http.ResponseWriter, code int, title string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(map[string]any{"title": title, "status": code})
}

// authority makes the key and the certificate that sign, and serve: a new one each time it starts.
func (p *provider) authority() (err error) {
	if p.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		return err
	}
	name := pkix.Name{Country: []string{"FR"}, Organization: []string{"SPECIMEN"}, CommonName: "SPECIMEN, worth nothing"}
	template := &x509.Certificate{SerialNumber: serial(), Subject: name, DNSNames: []string{"localhost"}, IsCA: true,
		BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(1, 0, 0)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, p.key.Public(), p.key)
	if err == nil {
		p.ca, err = x509.ParseCertificate(der)
	}
	return err
}

func main() {
	p := &provider{files: map[string]*file{}, nonces: map[string]bool{}}
	port := flag.String("port", "9443", "where it listens, on this machine alone")
	secret := flag.String("secret", "", "32 bytes or more, as --provider-secret")
	hook := flag.String("webhook-secret", "", "whsec_…, as --provider-webhook-secret")
	delay := flag.Duration("delay", 5*time.Second, "how long a decision takes")
	flag.StringVar(&p.keyID, "key-id", "us", "as --provider-key-id")
	flag.StringVar(&p.webhook, "webhook", "", "address to call back; SSL_CERT_FILE names who signs its server")
	flag.Parse()
	var err error
	p.webhookSecret, err = base64.StdEncoding.DecodeString(strings.TrimPrefix(*hook, "whsec_"))
	if err != nil || len(*secret) < 32 || p.webhook != "" && len(p.webhookSecret) < 24 {
		log.Fatal("-secret: want 32 bytes or more; -webhook-secret: want whsec_ and base64 of 24 bytes or more")
	}
	p.secret, p.base = []byte(*secret), "https://localhost:"+*port
	p.later = func(decide func()) { time.AfterFunc(*delay, decide) }
	if err = p.authority(); err == nil {
		body := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: p.ca.Raw})
		err = os.WriteFile("authority.pem", body, 0o644)
	}
	if err != nil {
		log.Fatal(err)
	}
	log.Printf("--provider-url %s/v1 --provider-ca authority.pem --provider-authorities authority.pem", p.base)
	server := &http.Server{Addr: "localhost:" + *port, Handler: p.handler(), ReadTimeout: 10 * time.Second,
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{p.ca.Raw}, PrivateKey: p.key}}}}
	log.Fatal(server.ListenAndServeTLS("", ""))
}
