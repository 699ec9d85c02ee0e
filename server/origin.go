package server

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// originAllowed tells whether the request's Origin header names a page of ours.
// Browsers send it with every socket and POST; a client without it is not a
// browser and cannot be misused by a page.
func (s *Server) originAllowed(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true
	}
	canonical, ok := canonicalOrigin(origin)
	return ok && slices.Contains(s.cfg.allowedOrigins(), canonical)
}

// allowedOrigins lists what Origin headers may say: the address in links, those
// that can be chosen, and the configured ones. Nothing of it comes from a request.
func (c Config) allowedOrigins() []string {
	return canonicalOrigins([]string{c.Origin()}, c.Origins(), c.AllowedOrigins())
}

// socketSources are the addresses of our own sockets for connect-src, since older
// Safari does not count wss among 'self'. The request has no say: a proxy may
// rewrite its Host, and a stranger may forge it.
func (c Config) socketSources() string {
	var b strings.Builder
	for _, origin := range canonicalOrigins([]string{c.Origin()}, c.PageOrigins()) {
		b.WriteString(" ws" + strings.TrimPrefix(origin, "http")) // https: wss, http: ws
	}
	return b.String()
}

// canonicalOrigins are the origins of the lists as a browser writes them, each once.
// What is no origin is left out.
func canonicalOrigins(lists ...[]string) []string {
	var out []string
	for _, written := range slices.Concat(lists...) {
		if o, ok := canonicalOrigin(strings.TrimRight(written, "/")); ok && !slices.Contains(out, o) {
			out = append(out, o)
		}
	}
	return out
}

// canonicalOrigin is an origin as a browser writes it: in lower case, without the
// port that its scheme has anyway. False: it is no http or https origin, or has a
// character that would end a source of the policy.
func canonicalOrigin(written string) (string, bool) {
	u, err := url.Parse(strings.ToLower(written))
	if err != nil || u.User != nil || u.Path != "" || u.RawQuery != "" || u.ForceQuery || strings.Contains(written, "#") || !validHost(u.Host) {
		return "", false
	}
	switch u.Scheme {
	case "https":
		return "https://" + strings.TrimSuffix(u.Host, ":443"), true
	case "http":
		return "http://" + strings.TrimSuffix(u.Host, ":80"), true
	}
	return "", false
}

// validHost keeps a host that is none out of the policy header.
func validHost(host string) bool {
	if host == "" || len(host) > 255 {
		return false
	}
	for _, c := range host {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', strings.ContainsRune(".-_:[]", c):
		default:
			return false
		}
	}
	return true
}
