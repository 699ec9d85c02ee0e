package server

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

// secretPage is a page whose links hold a secret in their fragment.
type secretPage struct {
	path string
	// mangled matches the address as mailers, scanners and people change it: capitals, a
	// slash or punctuation behind it, an escaped fragment sign.
	mangled *regexp.Regexp
	// secret matches the whole secret, its first group, in such an address.
	secret *regexp.Regexp
	// query of the page when a mangled address leads to it.
	query string
}

// newSecretPage returns the page at a path of small letters.
func newSecretPage(path, query, secret string) secretPage {
	return secretPage{
		path: path, query: query,
		mangled: regexp.MustCompile(`(?is)^` + path + `(?:[^a-z0-9_-].*)?$`),
		secret:  regexp.MustCompile(`(?:^|[^\w-])(` + secret + `)(?:[^\w-]|$)`),
	}
}

// secretPages are the pages that codes and letters lead to. Whoever comes to a site's link
// by a mangled address comes from a letter, so that the page asks before it opens it.
var secretPages = []secretPage{
	newSecretPage("/p", "", `[\w-]{43}`),
	newSecretPage("/confirm", "", `[\w-]{43}`),
	newSecretPage("/v", "?letter", `[a-z2-7]{26}\.\d+\.[\w-]{43}`),
	newSecretPage("/address", "", `[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.[\w-]{43}`),
}

// secretPageOf returns the page that a mangled path was meant to be.
func secretPageOf(path string) (secretPage, bool) {
	for _, page := range secretPages {
		if path != page.path && page.mangled.MatchString(path) {
			return page, true
		}
	}
	return secretPage{}, false
}

// toSecretPage redirects from a mangled address to its page. A browser keeps the fragment
// of the first address if the second has none.
func (s *Server) toSecretPage(w http.ResponseWriter, r *http.Request) {
	page, _ := secretPageOf(r.URL.Path)
	to, path := page.path+page.query, r.URL.Path
	if twice, err := url.PathUnescape(path); err == nil { // escaped twice on its way
		path = twice
	}
	if secret := page.secret.FindStringSubmatch(strings.TrimPrefix(path, path[:len(page.path)])); secret != nil {
		to += "#" + secret[1]
	}
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, to, http.StatusFound)
}
