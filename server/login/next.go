package login

import (
	"net/http"
	"net/url"
	"strings"
)

// maxNext is longer than any path of ours with its query.
const maxNext = 512

// To is where a page sends who has to log in first, to come back to it after.
func To(r *http.Request) string {
	return "/login?next=" + url.QueryEscape(r.URL.RequestURI())
}

// ownPath returns next if it is a page of ours, else other: nobody is sent
// elsewhere by a link to the login.
func ownPath(next, other string) string {
	if len(next) > maxNext || !strings.HasPrefix(next, "/") || strings.ContainsAny(next, "\\") ||
		strings.ContainsFunc(next, func(c rune) bool { return c < ' ' || c == 0x7f }) {
		return other
	}
	u, err := url.Parse(next)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || strings.HasPrefix(next, "//") ||
		strings.HasPrefix(u.Path, "//") {
		return other
	}
	if u.Path == "/login" || strings.HasPrefix(u.Path, "/login/") || strings.HasPrefix(u.Path, "/api/") {
		return other // would lead back to the login, or to JSON instead of a page
	}
	return next
}
