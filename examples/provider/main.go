// Command provider is a mock trust service provider: it speaks docs/provider.md to a Visavis, issues certificates that
// are worth nothing, and says so in them. A person named Refus is refused.
//
//	go run . -key-id us -secret "$SECRET" -webhook https://localhost:8443/api/provider/webhook -webhook-secret whsec_…
package main

import (
	"bytes"
	"cmp"
	"crypto/ecdsa"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

// order is what this provider reads of a request; it ignores the rest, and keeps it with the file.
type order struct {
	Enrolment, Language string
	Subject             struct{ GivenNames, Surname, Country string }
}

// status is an answer about a request.
type status struct {
	Enrolment  string            `json:"enrolment"`
	Status     string            `json:"status"`
	RetryAfter int               `json:"retryAfter,omitempty"` // seconds
	Refusal    map[string]string `json:"refusal,omitempty"`    // code, words
	Revocation map[string]string `json:"revocation,omitempty"` // at, reason
}

type request struct {
	order order
	body  string // a request with the same key has to be the same
	status
	certificate []byte // DER, once issued
	file        file
}

// file is what Visavis keeps of a person, encrypted to this provider's key, as far as it came.
type file struct {
	Size           int
	SHA256, status string
	bytes          []byte
}

type provider struct {
	base, keyID, webhook  string // base is https://host:port; webhook is where to call back, empty: nowhere
	secret, webhookSecret []byte
	later                 func(func()) // does the work of people, after a while
	ca                    *x509.Certificate
	key                   *ecdsa.PrivateKey
	mu                    sync.Mutex // guards what is below: tables of a database in a real provider
	requests              map[string]*request
	nonces                map[string]bool // a real provider forgets one after ten minutes
}

// handler answers one call about a request (nil: a new one) with a status and JSON, or with PEM.
type handler func(r *http.Request, q *request, body []byte) (code int, answer any)

func problem(code int, title string) (int, any) {
	return code, map[string]any{"title": title, "status": code}
}

func (p *provider) handler() http.Handler {
	mux := http.NewServeMux()
	for pattern, h := range map[string]handler{
		"POST /v1/requests":                 p.request,
		"GET /v1/requests/{id}":             func(_ *http.Request, q *request, _ []byte) (int, any) { return 200, q.status },
		"GET /v1/requests/{id}/certificate": p.handOut,
		"POST /v1/requests/{id}/revocation": p.revoke,
		"PUT /v1/requests/{id}/file":        p.offer,
		"PUT /v1/requests/{id}/file/{at}":   p.piece,
	} {
		mux.HandleFunc(pattern, p.signed(h))
	}
	return mux
}

var input = regexp.MustCompile(`^visavis=(\("@method" "@target-uri" "content-digest"( "idempotency-key")?\);` +
	`created=(\d+);nonce="([^"]+)";keyid="([^"]+)";alg="hmac-sha256")$`)

// signed passes on what was signed with the secret, just now and once (RFC 9421), with the request that it is about.
func (p *provider) signed(next handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
		p.mu.Lock()
		defer p.mu.Unlock()
		id := r.PathValue("id")
		code, answer := problem(http.StatusNotFound, "No such request")
		if err = errors.Join(err, p.verify(r, body)); err != nil {
			code, answer = problem(http.StatusUnauthorized, err.Error())
		} else if q := p.requests[id]; q != nil || id == "" {
			code, answer = next(r, q, body)
		}
		if chain, ok := answer.([]byte); ok {
			w.Header().Set("Content-Type", "application/pem-certificate-chain")
			_, _ = w.Write(chain)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		if code != http.StatusOK {
			w.Header().Set("Content-Type", "application/problem+json")
		}
		w.WriteHeader(code)
		_ = json.NewEncoder(w).Encode(answer)
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
func (p *provider) request(r *http.Request, _ *request, body []byte) (int, any) {
	var o order
	if err := json.Unmarshal(body, &o); err != nil || o.Subject.GivenNames+o.Subject.Surname == "" ||
		o.Enrolment == "" || r.Header.Get("Idempotency-Key") != strconv.Quote(o.Enrolment) {
		return problem(http.StatusBadRequest, "No enrolment, another one in the Idempotency-Key, or no name")
	}
	q := p.requests[o.Enrolment]
	if q != nil && q.body != string(body) {
		return problem(http.StatusConflict, "Another request has this key")
	}
	if q == nil {
		q = &request{order: o, body: string(body), status: status{Enrolment: o.Enrolment, Status: "pending", RetryAfter: 30}}
		p.requests[o.Enrolment] = q
		p.later(func() { p.decide(q) })
	}
	return http.StatusOK, q.status
}

func (p *provider) handOut(_ *http.Request, q *request, _ []byte) (int, any) {
	if q.certificate == nil {
		return problem(http.StatusConflict, "No certificate was issued")
	}
	chain := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: q.certificate})
	return http.StatusOK, append(chain, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: p.ca.Raw})...)
}

func (p *provider) revoke(_ *http.Request, q *request, body []byte) (int, any) {
	var asked struct{ Reason string }
	if err := json.Unmarshal(body, &asked); err != nil || q.certificate == nil {
		return problem(http.StatusConflict, "No certificate was issued, or this is no reason")
	}
	if q.Revocation == nil { // the first one stays
		q.Status = "revoked"
		q.Revocation = map[string]string{"at": time.Now().UTC().Format(time.RFC3339), "reason": asked.Reason}
	}
	return http.StatusOK, q.status
}

// offer hears which file follows, and says how far it is: Visavis asks so until it is acknowledged.
func (p *provider) offer(_ *http.Request, q *request, body []byte) (int, any) {
	next := file{status: "receiving"}
	if err := json.Unmarshal(body, &next); err != nil || next.Size < 1 || next.Size > 64<<20 {
		return problem(http.StatusBadRequest, "No file, or more than 64 MiB")
	}
	if q.file.status != "acknowledged" && q.file.SHA256 != next.SHA256 {
		q.file = next
	}
	return q.progress()
}

// piece takes a piece. A real provider acknowledges a file once it has opened it (openssl cms -decrypt), checked its
// seal and stored it: the other copy is deleted then.
func (p *provider) piece(r *http.Request, q *request, body []byte) (int, any) {
	at, err := strconv.Atoi(r.PathValue("at"))
	have := len(q.file.bytes)
	if err != nil || at < 0 || at > have || at+len(body) > q.file.Size {
		return problem(http.StatusConflict, "Bytes before these are missing, or it is longer than was offered")
	}
	q.file.bytes = append(q.file.bytes, body[min(have-at, len(body)):]...)
	if q.file.status == "receiving" && len(q.file.bytes) == q.file.Size {
		sum := sha256.Sum256(q.file.bytes)
		q.file.status = map[bool]string{true: "acknowledged", false: "refused"}[hex.EncodeToString(sum[:]) == q.file.SHA256]
	}
	return q.progress()
}

func (q *request) progress() (int, any) {
	out := map[string]any{"enrolment": q.Enrolment, "size": q.file.Size, "sha256": q.file.SHA256, "status": q.file.status,
		"received": len(q.file.bytes), "reference": "SPECIMEN-" + q.Enrolment}
	if q.file.status == "refused" {
		out["refusal"] = map[string]string{"code": "digest"}
	}
	return http.StatusOK, out
}

// decide is what people and machines of a real provider do; the webhook says that it was done.
func (p *provider) decide(q *request) {
	p.mu.Lock()
	next, err := status{Enrolment: q.Enrolment, Status: "issued"}, error(nil)
	if q.order.Subject.Surname == "Refus" {
		next.Status = "refused"
		words := map[string]string{"fr": "L’identité n’a pas pu être confirmée."}[q.order.Language] // the person reads them
		next.Refusal = map[string]string{"code": "identity", "words": cmp.Or(words, "The identity could not be confirmed.")}
	} else {
		q.certificate, err = p.certify(q.order)
	}
	if err == nil { // else it stays pending
		q.status = next
	}
	p.mu.Unlock()
	if err = errors.Join(err, p.tell(q.Enrolment)); err != nil {
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
	if err == nil && answer.StatusCode != http.StatusNoContent {
		err = fmt.Errorf("the webhook was answered with %s", answer.Status)
	}
	if answer != nil {
		_ = answer.Body.Close()
	}
	return err
}

func main() {
	p := &provider{requests: map[string]*request{}, nonces: map[string]bool{}}
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
	if err = p.keep("."); err != nil {
		log.Fatal(err)
	}
	log.Printf("--provider-url %s/v1 --provider-ca %[2]s --provider-authorities %[2]s", p.base, authorityFile)
	server := &http.Server{Addr: "localhost:" + *port, Handler: p.handler(), ReadTimeout: 10 * time.Second,
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{p.ca.Raw}, PrivateKey: p.key}}}}
	log.Fatal(server.ListenAndServeTLS("", ""))
}
