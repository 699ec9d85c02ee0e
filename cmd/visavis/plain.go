package main

import (
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"path"
	"strings"
)

// servePlain is the plain listener: the local root and the page that explains it,
// with what that page loads; everything else is sent on to https.
func (l *listeners) servePlain(w http.ResponseWriter, r *http.Request) {
	if l.serveAuthority(w, r) {
		return
	}
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-cache")
	h.Set("Content-Security-Policy",
		"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "+
			"base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		http.Error(w, "only GET here", http.StatusMethodNotAllowed)
		return
	}
	name := strings.TrimPrefix(path.Clean(r.URL.Path), "/")
	dir, _, nested := strings.Cut(name, "/")
	switch {
	case l.root != nil && name == "root.cer":
		l.serveRoot(w)
	case l.root != nil && (name == "" || name == "trust"):
		http.ServeFileFS(w, r, l.pages, "trust.html")
	case l.root != nil && nested && (dir == "css" || dir == "js" || dir == "img") && isFile(l.pages, name):
		http.ServeFileFS(w, r, l.pages, name)
	default:
		l.sendOn(w, r)
	}
}

// withRoot adds the local root to the pages on https, whose help page links it
// too, and the test authority's lists, for where there is no plain listener.
func (l *listeners) withRoot(pages http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if l.serveAuthority(w, r) {
			return
		}
		if l.root != nil && r.URL.Path == "/root.cer" && (r.Method == http.MethodGet || r.Method == http.MethodHead) {
			w.Header().Set("X-Content-Type-Options", "nosniff")
			w.Header().Set("Cache-Control", "no-cache")
			l.serveRoot(w)
			return
		}
		pages.ServeHTTP(w, r)
	})
}

// serveRoot answers with the root as iPhones and Androids take it.
func (l *listeners) serveRoot(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/x-x509-ca-cert")
	w.Header().Set("Content-Disposition", `inline; filename="visavis-root.cer"`)
	_, _ = w.Write(l.root())
}

func isFile(pages fs.FS, name string) bool {
	info, err := fs.Stat(pages, name)
	return err == nil && info.Mode().IsRegular()
}

// sendOn redirects to the same path on https, at an address of ours: a Host header
// alone sends nobody anywhere else.
func (l *listeners) sendOn(w http.ResponseWriter, r *http.Request) {
	target := l.origin()
	host := r.Host
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	for _, known := range append(l.origins(), l.allowed()...) {
		if u, err := url.Parse(known); err == nil && u.Hostname() == strings.Trim(host, "[]") {
			target = known
			break
		}
	}
	http.Redirect(w, r, target+path.Clean("/"+r.URL.Path), http.StatusTemporaryRedirect)
}
