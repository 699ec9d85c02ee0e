package testca

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Prefix is where [CA.Handler] has to be served, below the base URL.
const Prefix = "/test-ca/"

// maxRequest is the longest OCSP request, in bytes: sixteen certificates fit.
const maxRequest = 4 << 10

// Handler serves what certificates point at; the package comment has the paths. It
// parses the whole path itself: a router in front must not clean it, because an
// OCSP request in a path may hold two slashes in a row.
func (c *CA) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Cache-Control", "no-store") // unless a good answer says otherwise
		name := strings.TrimPrefix(r.URL.Path, Prefix)
		asked, inPath := strings.CutPrefix(r.URL.EscapedPath(), Prefix+"ocsp/")
		switch {
		case name == "ocsp":
			c.serveOCSPPost(w, r)
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "only GET here", http.StatusMethodNotAllowed)
		case inPath:
			c.serveOCSPGet(w, r, asked)
		case name == "root.cer":
			serveKept(w, r, "application/pkix-cert", c.root.Raw, c.root.NotBefore, c.root.NotAfter, keepCertificate)
		case name == "issuing.cer":
			serveKept(w, r, "application/pkix-cert", c.issuing.Raw, c.issuing.NotBefore, c.issuing.NotAfter, keepCertificate)
		case name == "root.crl" || name == "issuing.crl":
			c.serveList(w, r, name)
		default:
			http.NotFound(w, r)
		}
	})
}

// How long who asks may keep what they got. A revocation is seen by everybody
// within the shorter one.
const (
	keepCertificate = time.Hour
	keepStatus      = time.Minute
)

// readWithin bounds reading the body of a request.
const readWithin = 5 * time.Second

// serveKept answers with something that caches may keep: RFC 9111, and RFC 5019
// 6.2 for OCSP. until is when it is no longer valid.
func serveKept(w http.ResponseWriter, r *http.Request, mediaType string, der []byte, made, until time.Time,
	keep time.Duration) {
	h := w.Header()
	sum := sha256.Sum256(der)
	h.Set("Content-Type", mediaType)
	h.Set("ETag", `"`+hex.EncodeToString(sum[:])+`"`)
	h.Set("Expires", until.UTC().Format(http.TimeFormat))
	h.Set("Cache-Control", fmt.Sprintf("max-age=%d, public, no-transform, must-revalidate", int(keep/time.Second)))
	http.ServeContent(w, r, "", made, bytes.NewReader(der))
}

func (c *CA) serveList(w http.ResponseWriter, r *http.Request, name string) {
	of := c.issuingList
	if name == "root.crl" {
		of = c.rootList
	}
	l, err := of(r.Context())
	if err != nil {
		http.Error(w, "the list cannot be made now", http.StatusServiceUnavailable)
		return
	}
	serveKept(w, r, "application/pkix-crl", l.der, l.made, l.updated, keepStatus)
}

func (c *CA) serveOCSPPost(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", "POST")
		http.Error(w, "POST a request, or GET it at "+Prefix+"ocsp/ in base64", http.StatusMethodNotAllowed)
		return
	}
	// httptest.ResponseRecorder has no deadlines
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(readWithin))
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequest))
	if _, tooLong := errors.AsType[*http.MaxBytesError](err); tooLong {
		http.Error(w, "the request has more bytes than can be read", http.StatusRequestEntityTooLarge)
		return
	}
	if err != nil {
		w.Header().Set("Connection", "close")
		http.Error(w, "the request did not arrive", http.StatusRequestTimeout)
		return
	}
	c.serveOCSP(w, r, body)
}

func (c *CA) serveOCSPGet(w http.ResponseWriter, r *http.Request, asked string) {
	c.serveOCSP(w, r, requestInPath(asked))
}

// requestInPath reads a request in base64, as programs write it into a path: behind
// one slash or two, percent-encoded or not, with the alphabet of URLs or the usual
// one, with or without padding. nil: it cannot be read.
func requestInPath(asked string) []byte {
	text, err := url.PathUnescape(strings.TrimLeft(asked, "/"))
	if err != nil || len(text) > base64.StdEncoding.EncodedLen(maxRequest) {
		return nil
	}
	text = strings.NewReplacer("-", "+", "_", "/", " ", "+").Replace(strings.TrimLeft(text, "/"))
	body, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(text, "="))
	if err != nil {
		return nil
	}
	return body
}

func (c *CA) serveOCSP(w http.ResponseWriter, r *http.Request, body []byte) {
	const mediaType = "application/ocsp-response"
	a := c.answerOCSP(r.Context(), body)
	if r.Method == http.MethodPost || a.nonce || a.made.IsZero() { // not cacheable
		w.Header().Set("Content-Type", mediaType)
		_, _ = w.Write(a.der)
		return
	}
	serveKept(w, r, mediaType, a.der, a.made, a.made.Add(ocspLife), keepStatus)
}
