package login

import (
	"net/http"
	"slices"
	"strings"
)

// besideName names the login of a demonstration's member of staff that stands beside an
// applicant's in one browser. It counts at the pages of staff alone.
const besideName = "__Host-visavis-demo-staff"

// sideStaff is the query's side of a call that all pages make, from a page of staff.
const sideStaff = "staff"

// ofStaff reports whether a request belongs to the pages of staff.
func ofStaff(r *http.Request) bool {
	if r.URL == nil {
		return false // of a page that follows a request its cookies alone were kept
	}
	path := r.URL.Path
	if slices.Contains([]string{"/api/me", "/api/logout"}, path) {
		return r.URL.Query().Get("side") == sideStaff
	}
	pages := []string{"/review", "/registrar", "/api/review", "/api/registrar"}
	return slices.ContainsFunc(pages, func(of string) bool {
		return path == of || strings.HasPrefix(path, of+"/")
	})
}

// nameOf returns the name of the cookie that counts for a request. Only a demonstration
// knows the second one, and only an account of staff passes with it.
func (l *Login) nameOf(r *http.Request) string {
	if len(l.demo) == 0 || !ofStaff(r) {
		return cookieName
	}
	h, _, err := readCookie[held](r, l.seal, besideName)
	if err != nil || !h.Account.staff() {
		return cookieName
	}
	return besideName
}

// staff reports whether an account does nothing but work on the requests of others.
func (a Account) staff() bool {
	return !a.Has(Applicant) && (a.Has(Reviewer) || a.Has(Registrar))
}
