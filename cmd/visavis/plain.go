package main

import (
	"encoding/json"
	"net"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"

	"visavis/server/live"
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
	// The page asks the secure address whether this browser trusts it.
	h.Set("Content-Security-Policy",
		"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "+
			"connect-src 'self' "+l.secureFor(r)+"; "+
			"base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'")
	if !onlyRead(w, r) {
		return
	}
	name := strings.TrimPrefix(path.Clean(r.URL.Path), "/")
	dir, _, nested := strings.Cut(name, "/")
	switch {
	case l.root == nil:
		l.sendOn(w, r)
	case name == "root.cer":
		l.serveRoot(w)
	case name == "trust.json":
		l.serveTrust(w, r)
	case name == "" || name == "trust" || nested && slices.Contains([]string{"a", "css", "js", "img"}, dir):
		set, err := l.assets()
		if err != nil { // the program would not have started
			http.Error(w, "the pages cannot be read", http.StatusInternalServerError)
			return
		}
		if !nested {
			set.Page(w, r, "trust.html")
			return
		}
		set.ServeHTTP(w, r)
	default:
		l.sendOn(w, r)
	}
}

// onlyRead reports whether a request reads. It refuses every other one.
func onlyRead(w http.ResponseWriter, r *http.Request) bool {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return true
	}
	w.Header().Set("Allow", "GET, HEAD")
	http.Error(w, "this address takes GET, HEAD", http.StatusMethodNotAllowed)
	return false
}

// withRoot adds the local root to the pages on https, whose help page links it
// too, and the test authority's lists, for where there is no plain listener.
func (l *listeners) withRoot(pages http.Handler) http.Handler {
	own := map[string]http.HandlerFunc{
		// Without a policy on who may load it: the plain page tries whether it can.
		"/trust.json": l.serveTrust,
	}
	if l.root != nil {
		own["/root.cer"] = func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Cache-Control", "no-cache")
			l.serveRoot(w)
		}
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if l.serveAuthority(w, r) {
			return
		}
		serve, ok := own[r.URL.Path]
		if !ok {
			pages.ServeHTTP(w, r)
			return
		}
		w.Header().Set("X-Content-Type-Options", "nosniff")
		if onlyRead(w, r) {
			serve(w, r)
		}
	})
}

// serveRoot answers with the root as iPhones and Androids take it.
func (l *listeners) serveRoot(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/x-x509-ca-cert")
	w.Header().Set("Content-Disposition", `inline; filename="visavis-root.cer"`)
	_, _ = w.Write(l.root())
}

// trustInfo is what the page on trust knows of this server.
type trustInfo struct {
	// URL leads a phone to that page; QR is the same, an SVG document. Empty where no
	// phone can come or has anything to trust.
	URL string `json:"url"`
	QR  string `json:"qr"`
	// Secure is the origin that a phone is to trust; empty without a local root.
	Secure string `json:"secure"`
	// Plain says that this answer came over plain HTTP, where the secure origin can be
	// tried: a browser that was told to go on despite a warning would say yes anyway.
	Plain bool `json:"plain"`
	// Reach is "yes", or why a phone may not reach this machine: "alone" (no network),
	// "container".
	Reach string `json:"reach"`
}

// reach tells whether a phone can come to this machine, as trustInfo has it.
func (l *listeners) reach() string {
	switch {
	case l.public != "":
		return "yes"
	case l.container:
		return "container"
	case len(l.addresses()) == 0:
		return "alone"
	}
	return "yes"
}

func (l *listeners) serveTrust(w http.ResponseWriter, r *http.Request) {
	info := trustInfo{URL: l.trustURL(), Plain: r.TLS == nil && l.root != nil, Reach: l.reach()}
	if l.root != nil {
		info.Secure = l.secureFor(r)
	}
	if info.Reach == "yes" && info.URL != "" {
		var err error
		if info.QR, err = live.QRCode(info.URL); err != nil {
			http.Error(w, "the code cannot be drawn", http.StatusInternalServerError)
			return
		}
	} else {
		info.URL = ""
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_ = json.NewEncoder(w).Encode(info) // the client went away: there is nobody to tell
}

// secureFor is the origin to which a request on the plain listener is sent on.
func (l *listeners) secureFor(r *http.Request) string {
	host := r.Host
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	for _, known := range append(l.origins(), l.allowed()...) {
		if u, err := url.Parse(known); err == nil && u.Hostname() == strings.Trim(host, "[]") {
			return known
		}
	}
	return l.origin()
}

// sendOn redirects to the same path on https, at an address of ours: a Host header
// alone sends nobody anywhere else.
func (l *listeners) sendOn(w http.ResponseWriter, r *http.Request) {
	http.Redirect(w, r, l.secureFor(r)+path.Clean("/"+r.URL.Path), http.StatusTemporaryRedirect)
}
