package testca

import (
	"encoding/base64"
	"io"
	"net/http"
	"net/url"
	"strings"
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
		w.Header().Set("Cache-Control", "no-store") // a revocation counts at once
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
			serveDER(w, "application/pkix-cert", c.root.Raw)
		case name == "issuing.cer":
			serveDER(w, "application/pkix-cert", c.issuing.Raw)
		case name == "root.crl" || name == "issuing.crl":
			c.serveList(w, r, name)
		default:
			http.NotFound(w, r)
		}
	})
}

func serveDER(w http.ResponseWriter, mediaType string, der []byte) {
	w.Header().Set("Content-Type", mediaType)
	_, _ = w.Write(der)
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
	w.Header().Set("Last-Modified", l.made.Format(http.TimeFormat))
	w.Header().Set("Expires", l.updated.Format(http.TimeFormat))
	serveDER(w, "application/pkix-crl", l.der)
}

func (c *CA) serveOCSPPost(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", "POST")
		http.Error(w, "POST a request, or GET it at "+Prefix+"ocsp/ in base64", http.StatusMethodNotAllowed)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequest))
	if err != nil {
		http.Error(w, "the request has more bytes than can be read", http.StatusRequestEntityTooLarge)
		return
	}
	c.serveOCSP(w, r, body)
}

func (c *CA) serveOCSPGet(w http.ResponseWriter, r *http.Request, asked string) {
	text, err := url.PathUnescape(asked)
	if err != nil || len(text) > base64.StdEncoding.EncodedLen(maxRequest) {
		text = "" // malformed, as any other that cannot be read
	}
	body, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		body = nil
	}
	c.serveOCSP(w, r, body)
}

func (c *CA) serveOCSP(w http.ResponseWriter, r *http.Request, body []byte) {
	serveDER(w, "application/ocsp-response", c.answerOCSP(r.Context(), body))
}
