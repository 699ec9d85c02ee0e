package assets

import (
	"net/http"
	"strconv"
	"strings"
)

// Page answers with a page, such as "home.html".
func (s *Set) Page(w http.ResponseWriter, r *http.Request, name string) {
	s.serve(w, r, name)
}

// ServeHTTP answers with the file at the request's path, such as /js/lib/dom.js.
func (s *Set) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.serve(w, r, strings.TrimPrefix(r.URL.Path, "/"))
}

func (s *Set) serve(w http.ResponseWriter, r *http.Request, name string) {
	f := s.find(name)
	if f == nil {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", f.kind)
	h.Set("Cache-Control", "no-cache") // asked for again, and answered by 304
	h.Set("Vary", "Accept-Encoding")
	body, tag := f.plain, `"`+f.tag+`"`
	if f.gzipped != nil && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		body, tag = f.gzipped, `"`+f.tag+`-gz"`
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("ETag", tag)
	if strings.Contains(r.Header.Get("If-None-Match"), tag) {
		h.Del("Content-Encoding")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // the client went away: there is nobody to tell
	}
}
