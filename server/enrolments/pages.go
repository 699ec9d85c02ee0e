package enrolments

import (
	"net/http"
	"slices"

	"github.com/gorilla/mux"

	"visavis/enrolment"
	"visavis/enrolment/store"
	"visavis/server"
	"visavis/server/login"
)

// pages adds the pages. Those that need a login lead there first.
func (p *Plane) pages(r *mux.Router, h server.Host) {
	public := map[string]string{"/login": "login.html", "/directory": "directory.html", "/address": "address.html"}
	if p.cfg.Demo {
		public["/outbox"] = "outbox.html"
	}
	for path, file := range public {
		r.HandleFunc(path, h.Page(file)).Methods(http.MethodGet, http.MethodHead)
	}
	for path, page := range map[string]struct {
		file  string
		roles []string // the first is whose page it is
	}{
		"/signature": {"signature.html", []string{login.Applicant}},
		"/request":   {"request.html", []string{login.Applicant}},
		"/capture":   {"companion.html", []string{login.Applicant}},
		"/privacy":   {"privacy.html", []string{login.Applicant}},
		"/review":    {"review.html", []string{login.Reviewer}},
		"/registrar": {"registrar.html", []string{login.Registrar, login.Reviewer}}, // a reviewer may be the second person
	} {
		r.HandleFunc(path, p.forRoles(page.roles, h.Page(page.file))).Methods(http.MethodGet, http.MethodHead)
	}
}

// forRoles lets only accounts of one of the roles see a page.
func (p *Plane) forRoles(roles []string, page http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		who, ok := p.cfg.Accounts.Account(r)
		switch {
		case !ok, !p.holdsLink(r, who):
			http.Redirect(w, r, login.To(r), http.StatusFound)
		case !slices.ContainsFunc(roles, who.Has):
			p.forbidden(w, r, roles[0])
		default:
			page(w, r)
		}
	}
}

// forbidden says, in a page without scripts, whose page this is.
func (p *Plane) forbidden(w http.ResponseWriter, r *http.Request, role string) {
	names := map[string][2]string{
		login.Applicant: {"aux personnes qui demandent un certificat", "people who ask for a certificate"},
		login.Reviewer:  {"aux relecteurs", "reviewers"},
		login.Registrar: {"au guichet", "registrars"},
	}
	page := plainPage{
		Language: "fr", Title: "Cette page ne s’ouvre pas avec ce compte",
		Text:  "Elle est réservée " + names[role][0] + ". Connectez-vous avec un autre compte.",
		Links: []plainLink{{login.To(r), "Changer de compte"}, {"/", "Retour à l’accueil"}},
	}
	if languageOf(r) == "en" {
		page = plainPage{
			Language: "en", Title: "This page does not open with this account",
			Text:  "It is for " + names[role][1] + ". Log in with another account.",
			Links: []plainLink{{login.To(r), "Change account"}, {"/", "Back to the home page"}},
		}
	}
	body, err := page.html()
	if err != nil {
		p.Refuse(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", pagePolicy)
	w.WriteHeader(http.StatusForbidden)
	_, _ = w.Write(body) // the client went away: there is nobody to tell
}

// text serves a text that people agree to: the bytes that its hash is of.
func (p *Plane) text(w http.ResponseWriter, r *http.Request) {
	page := p.cfg.TextPage(enrolment.ConsentKind(mux.Vars(r)["kind"]), languageOf(r))
	if len(page) == 0 {
		p.Refuse(w, r, store.ErrNotFound)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", pagePolicy)
	_, _ = w.Write(page) // the client went away: there is nobody to tell
}
