package server

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// originAllowed reports whether the request's Origin header is allowed. Browsers send it
// with every socket and POST. A client without it is not a browser, so no page can misuse
// it; or a browser that was told to keep it back, which says of another site's page at
// least that it is one (Sec-Fetch-Site).
func (s *Server) originAllowed(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" {
		site := r.Header.Get("Sec-Fetch-Site")
		return site != "cross-site" && site != "same-site"
	}
	canonical, ok := canonicalOrigin(origin)
	return ok && slices.Contains(s.cfg.allowedOrigins(), canonical)
}

// allowedOrigins returns the accepted Origin headers: the origin of links, those that can
// be chosen, and the configured ones. None comes from a request.
func (c Config) allowedOrigins() []string {
	return canonicalOrigins([]string{c.Origin()}, c.Origins(), c.AllowedOrigins())
}

// socketSources returns the origins of this server's sockets for connect-src, since older
// Safari does not include wss in 'self'. It does not use the request's Host, which a
// proxy may rewrite and a stranger may forge.
func (c Config) socketSources() string {
	var b strings.Builder
	for _, origin := range canonicalOrigins([]string{c.Origin()}, c.PageOrigins()) {
		b.WriteString(" ws" + strings.TrimPrefix(origin, "http")) // https: wss, http: ws
	}
	return b.String()
}

// canonicalOrigins returns the origins of the lists in the form that browsers send,
// without duplicates and invalid ones.
func canonicalOrigins(lists ...[]string) []string {
	var out []string
	for _, written := range slices.Concat(lists...) {
		if o, ok := canonicalOrigin(strings.TrimRight(written, "/")); ok && !slices.Contains(out, o) {
			out = append(out, o)
		}
	}
	return out
}

// canonicalOrigin returns an origin in the form that browsers send: lower case, without
// the default port. False if it is not an http or https origin, or has a character that
// would end a source of the policy.
func canonicalOrigin(written string) (string, bool) {
	u, err := url.Parse(strings.ToLower(written))
	if err != nil || u.User != nil || u.Path != "" || u.RawQuery != "" || u.ForceQuery || strings.Contains(written, "#") ||
		!validHost(u.Host) {
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

// validHost keeps an invalid host out of the policy header.
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
