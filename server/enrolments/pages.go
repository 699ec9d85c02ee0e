package enrolments

import (
	"net/http"
	"slices"

	"github.com/gorilla/mux"

	"visavis/enrolment"
	"visavis/enrolment/store"
	"visavis/server"
	"visavis/server/assets"
	"visavis/server/login"
	"visavis/words"
)

// pages adds the pages. Those that need a login redirect to it.
func (p *Plane) pages(r *mux.Router, h server.Host) {
	public := map[string]string{"/login": "login.html", "/directory": "directory.html", "/address": "address.html"}
	if p.cfg.Demo {
		public["/demo"] = "demo.html"
	}
	for path, file := range public {
		r.HandleFunc(path, h.Page(file)).Methods(http.MethodGet, http.MethodHead)
	}
	type guarded struct {
		file  string
		roles []string // the first role owns the page
	}
	pages := map[string]guarded{
		"/signature": {"signature.html", []string{login.Applicant}},
		"/request":   {"request.html", []string{login.Applicant}},
		"/capture":   {"companion.html", []string{login.Applicant}},
		"/privacy":   {"privacy.html", []string{login.Applicant}},
		"/review":    {"review.html", []string{login.Reviewer}},
		"/registrar": {"registrar.html", []string{login.Registrar, login.Reviewer}}, // a reviewer may be the second person
	}
	if p.cfg.Demo {
		pages["/outbox"] = guarded{"outbox.html", []string{login.Applicant, login.Reviewer, login.Registrar}}
	}
	for path, page := range pages {
		r.HandleFunc(path, p.forRoles(page.roles, h.Page(page.file))).Methods(http.MethodGet, http.MethodHead)
	}
}

// forRoles restricts a page to accounts of one of the roles.
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

// forbidden answers with a page without scripts that says who may see this page.
func (p *Plane) forbidden(w http.ResponseWriter, r *http.Request, role string) {
	in := words.In(languageOf(r))
	text := in.Say("pages.forbidden." + role)
	page := assets.Plain{
		Title: in.Say("pages.forbidden.title"), Text: &text,
		Links: []assets.Link{{To: login.To(r), Words: in.Say("pages.login")}, {To: "/", Words: in.Say("pages.home")}},
	}
	if err := page.Serve(w, r, http.StatusForbidden); err != nil {
		p.Refuse(w, r, err)
	}
}

// text serves a text that people agree to: exactly the bytes that were hashed.
func (p *Plane) text(w http.ResponseWriter, r *http.Request) {
	page, tag := p.cfg.TextPage(enrolment.ConsentKind(mux.Vars(r)["kind"]), languageOf(r))
	if len(page) == 0 {
		p.Refuse(w, r, store.ErrNotFound)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Language", tag)
	w.Header().Set("Content-Security-Policy", assets.PlainPolicy)
	_, _ = w.Write(page) // the client went away: there is nobody to tell
}
