package assets

import (
	"net/http"
	"strconv"
	"strings"

	"visavis/words"
)

// Page answers with a page, such as "home.html", in the reader's language.
func (s *Set) Page(w http.ResponseWriter, r *http.Request, name string) {
	p := s.findPage(name)
	if p == nil {
		http.NotFound(w, r)
		return
	}
	f := p.files[0]
	if len(p.languages) > 0 {
		i := words.Choose(p.languages, words.Wishes(r)...)
		f = p.files[i]
		w.Header().Set("Content-Language", p.languages[i].Tag)
		w.Header().Set("Vary", "Accept-Language, Cookie")
	}
	f.serve(w, r)
}

// ServeHTTP answers with the file at the request's path, such as /js/lib/dom.js.
func (s *Set) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f := s.findFile(strings.TrimPrefix(r.URL.Path, "/"))
	if f == nil {
		http.NotFound(w, r)
		return
	}
	f.serve(w, r)
}

func (f *file) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", f.kind)
	h.Set("Cache-Control", "no-cache") // asked for again, and answered by 304
	if f.lasting {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	h.Add("Vary", "Accept-Encoding")
	body, tag := f.plain, `"`+f.tag+`"`
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		if b := f.gzipped(); b != nil {
			body, tag = b, `"`+f.tag+`-gz"`
			h.Set("Content-Encoding", "gzip")
		}
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
