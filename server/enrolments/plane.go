package enrolments

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/gorilla/mux"

	"visavis/enrolment"
	"visavis/enrolment/journey"
	"visavis/enrolment/retention"
	"visavis/limits"
	"visavis/server"
	"visavis/server/login"
	"visavis/sites"
	"visavis/sites/registry"
)

// Accounts identifies a request's sender; *login.Login is one.
type Accounts interface {
	Account(r *http.Request) (login.Account, bool)
	// Watching is Account for a request that only waits for news. It does not count as
	// activity.
	Watching(r *http.Request) (login.Account, bool)
	Routes(r *mux.Router, h login.Host)
	Choices() login.Choices
	// Begin logs a browser in.
	Begin(w http.ResponseWriter, r *http.Request, a login.Account) error
}

// Operator is who runs this server.
type Operator struct {
	Name string
	// Role of the operator, in words ("autorité d'enregistrement").
	Role string
}

// Config of a Plane. Journey, Accounts and TextPage are required.
type Config struct {
	Journey  *journey.Service
	Accounts Accounts
	// Demo says that accounts and certificates are for demonstration.
	Demo     bool
	Operator Operator
	// Price of a certificate in words; empty if it is free.
	Price string
	// TestIssuer says that the certificates are for tests only.
	TestIssuer   bool
	MobileNeeded bool
	InPerson     InPerson
	// Location is the zone of times for people whose browser named none. Default UTC.
	Location *time.Location
	// TextPage returns a text that people agree to, as a page without scripts, in the best-fitting of its languages, and
	// which one that is. The page is empty for an unknown kind.
	TextPage func(kind enrolment.ConsentKind, language string) (page []byte, tag string)
	// Outbox returns the demonstration's unsent letters, as JSON. Used only with Demo.
	Outbox func() any
	// Cast are the demonstration's applicants. nil: there are none. Used only with Demo.
	Cast Cast
	// Retention exports and deletes. nil: neither is offered.
	Retention Retention
	// Webhook receives the issuer's calls. nil: there is none.
	Webhook http.Handler
	// Sites knows who came from other sites. nil: nobody did.
	Sites *registry.Registry
	// Origin is this server's address, which sites write into their pages' headers, and
	// which links for phones lead to; required with Sites. nil: nothing is signed here.
	Origin func() string
	// More adds routes of other packages. nil: there are none.
	More func(r *mux.Router, h server.Host)
	// Ping reports whether the record store is reachable. nil: always.
	Ping   func(ctx context.Context) error
	Logger *slog.Logger
}

// Cast makes the demonstration's applicants; *demo.Cast is one.
type Cast interface {
	// State returns how far it is, as JSON.
	State(ctx context.Context) (any, error)
	Fill()
	Restart()
}

// Retention exports all data of a person and deletes it; *retention.Retention is one.
type Retention interface {
	Export(ctx context.Context, id string, w io.Writer) error
	DeleteOnRequest(ctx context.Context, id string) (receipt []byte, err error)
	DeleteDue(ctx context.Context, id string) (receipt []byte, err error)
	Due(ctx context.Context, now time.Time) (list []retention.Due, open int, err error)
}

// InPerson says where and when a registrar checks, how to get there and what to bring
// besides the document, in words. Without a place the option is not offered.
type InPerson struct {
	Place      string `json:"place"`
	Hours      string `json:"hours,omitempty"`
	Directions string `json:"directions,omitempty"`
	Bring      string `json:"bring,omitempty"`
}

// Plane implements server.Enrolments.
type Plane struct {
	cfg     Config
	journey *journey.Service
	log     *slog.Logger

	uploads   uploads
	turnstile turnstile
	refusals  refusals
	texts     *limits.Meter // counts text messages
}

var _ server.Enrolments = (*Plane)(nil)

// New makes a Plane.
func New(cfg Config) (*Plane, error) {
	if cfg.Journey == nil || cfg.Accounts == nil || cfg.TextPage == nil {
		return nil, errors.New("enrolments: Journey, Accounts and TextPage are required")
	}
	if cfg.Sites != nil && cfg.Origin == nil {
		return nil, errors.New("enrolments: Origin is required with Sites")
	}
	if cfg.Location == nil {
		cfg.Location = time.UTC
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	return &Plane{cfg: cfg, journey: cfg.Journey, log: cfg.Logger, texts: limits.NewMeter(),
		uploads: uploads{of: map[string]bool{}}}, nil
}

// Ping implements server.Enrolments.
func (p *Plane) Ping(ctx context.Context) error {
	if p.cfg.Ping == nil {
		return nil
	}
	return p.cfg.Ping(ctx)
}

// Routes implements server.Enrolments.
func (p *Plane) Routes(r *mux.Router, h server.Host) {
	p.cfg.Accounts.Routes(r, login.Host{Post: h.Post, EndSession: h.EndSession})
	p.pages(r, h)
	if p.cfg.Sites != nil {
		p.ofSites(r, h)
	}
	if p.cfg.More != nil {
		p.cfg.More(r, h)
	}
	if p.cfg.Sites != nil {
		p.console(r, h)
	}
	r.HandleFunc("/texts/{kind}", p.text).Methods(http.MethodGet, http.MethodHead)
	p.ofDemonstration(r, h)
	r.HandleFunc("/api/me", p.me).Methods(http.MethodGet)
	p.ofApplicants(r, h)
	p.ofCertificates(r, h)
	if p.cfg.Origin != nil { // links for phones need it
		p.ofSignings(r, h)
	}
	p.ofStaff(r, h)
}

// methods returns what adds a call of a role to a router, one for each method.
func (p *Plane) methods(r *mux.Router, h server.Host) (get, post func(path, role string, do handler)) {
	get = func(path, role string, do handler) {
		r.HandleFunc(path, p.api(role, do)).Methods(http.MethodGet, http.MethodHead)
	}
	post = func(path, role string, do handler) {
		r.Handle(path, h.Post(p.api(role, do))).Methods(http.MethodPost)
	}
	return get, post
}

// ofSites adds what the people and pages of other sites call.
func (p *Plane) ofSites(r *mux.Router, h server.Host) {
	r.HandleFunc("/v", h.Page("link.html")).Methods(http.MethodGet, http.MethodHead)
	r.HandleFunc("/embed/v1.js", h.Shared("/js/embed/v1.js")).Methods(http.MethodGet, http.MethodHead)
	r.HandleFunc("/embed/frame", h.Framed("frame.html", func(r *http.Request) []string {
		return p.cfg.Sites.Origins(r.Context(), r.URL.Query().Get("verification"))
	})).Methods(http.MethodGet, http.MethodHead)
	r.HandleFunc(sites.LogoPath+"{hash:[0-9a-f]{32}}.png", p.siteLogo).Methods(http.MethodGet, http.MethodHead)
	r.Handle("/api/embed/status", h.Post(p.embedStatus)).Methods(http.MethodPost)
	r.Handle("/api/embed/origins", h.Post(p.embedOrigins)).Methods(http.MethodPost)
	r.Handle("/api/link", h.Post(p.openLink)).Methods(http.MethodPost)
}

// ofDemonstration adds what only a demonstration has.
func (p *Plane) ofDemonstration(r *mux.Router, h server.Host) {
	if p.cfg.Demo && p.cfg.Outbox != nil {
		r.HandleFunc("/api/outbox", func(w http.ResponseWriter, r *http.Request) {
			if _, ok := p.cfg.Accounts.Account(r); !ok { // letters hold links and digits
				p.Refuse(w, r, errLogin)
				return
			}
			writeJSON(w, http.StatusOK, map[string]any{"messages": p.cfg.Outbox()})
		}).Methods(http.MethodGet)
	}
	if p.cfg.Demo && p.cfg.Cast != nil {
		r.HandleFunc("/api/demo", p.castState).Methods(http.MethodGet)
		r.Handle("/api/demo/fill", h.Post(p.castDoes(p.cfg.Cast.Fill))).Methods(http.MethodPost)
		r.Handle("/api/demo/restart", h.Post(p.castDoes(p.cfg.Cast.Restart))).Methods(http.MethodPost)
	}
}

// ofApplicants adds the calls on enrolments.
func (p *Plane) ofApplicants(r *mux.Router, h server.Host) {
	const own = "/api/enrolments/{id}"
	get, post := p.methods(r, h)
	get("/api/enrolments", login.Applicant, p.list)
	post("/api/enrolments", login.Applicant, p.begin)
	get(own, login.Applicant, p.view)
	post(own+"/correct", login.Applicant, p.correct)
	post(own+"/language", login.Applicant, p.chooseLanguage)
	post(own+"/consent", login.Applicant, p.consent)
	post(own+"/address", login.Applicant, p.confirmAddress)
	post(own+"/address/letter", login.Applicant, p.simple(p.journey.AskAddress))
	r.Handle("/api/address", h.Post(p.byLink(p.journey.ConfirmAddressByLink))).Methods(http.MethodPost)
	r.Handle("/api/address/disown", h.Post(p.byLink(p.journey.DisownAddressByLink))).Methods(http.MethodPost)
	post(own+"/link", login.Applicant, p.simple(p.journey.SendLink))
	post(own+"/link/sms", login.Applicant, p.textLink(h))
	post(own+"/in-person", login.Applicant, p.simple(p.journey.InPerson))
	post(own+"/remote", login.Applicant, p.simple(p.journey.Remote))
	get(own+"/slots", login.Applicant, p.slots)
	post(own+"/appointment", login.Applicant, p.book)
	post(own+"/appointment/give-back", login.Applicant, p.simple(p.journey.GiveBack))
	post(own+"/cancel", login.Applicant, p.cancel)
	post(own+"/contest", login.Applicant, p.contest)
	post(own+"/confirm", login.Applicant, p.confirm)
	post(own+"/dispute", login.Applicant, p.dispute)
	post(own+"/request", login.Applicant, p.request)
	get(own+"/pictures/{item}", login.Applicant, p.picture)
	if p.cfg.Retention != nil {
		r.HandleFunc(own+"/export", p.export).Methods(http.MethodGet)
		post(own+"/delete", login.Applicant, p.delete)
	}
	if p.cfg.Webhook != nil {
		r.Handle("/api/provider/webhook", h.Post(p.cfg.Webhook.ServeHTTP)).Methods(http.MethodPost)
	}
	get("/api/privacy", login.Applicant, p.privacy)
}

// ofCertificates adds the calls on certificates.
func (p *Plane) ofCertificates(r *mux.Router, h server.Host) {
	const owned = "/api/certificates/{id}"
	get, post := p.methods(r, h)
	get(owned, login.Applicant, p.certificate)
	get(owned+"/pem", login.Applicant, p.pem)
	get(owned+"/der", login.Applicant, p.der)
	get(owned+"/page", login.Applicant, p.certificatePage)
	get(owned+"/proof", login.Applicant, p.proof)
	post(owned+"/revoke", login.Applicant, p.revoke)
	post(owned+"/renew", login.Applicant, p.renew)
	r.HandleFunc("/api/directory", p.directory(h)).Methods(http.MethodGet)
}

// ofStaff adds the calls of reviewers and registrars.
func (p *Plane) ofStaff(r *mux.Router, h server.Host) {
	get, post := p.methods(r, h)
	get("/api/review", login.Reviewer, p.queue)
	post("/api/review/draw", login.Reviewer, p.draw)
	post("/api/review/{id}/put-back", login.Reviewer, p.putBack)
	post("/api/review/{id}/extend", login.Reviewer, p.extend)
	post("/api/review/{id}/decide", login.Reviewer, p.decide)
	get("/api/review/{id}/items/{item}", login.Reviewer, p.item)

	either := []string{login.Registrar, login.Reviewer}
	r.HandleFunc("/api/registrar", p.apiOf(either, p.registrarFile)).Methods(http.MethodGet, http.MethodHead)
	r.Handle("/api/registrar/{id}", h.Post(p.apiOf(either, p.recordInPerson))).Methods(http.MethodPost)
	get("/api/registrar/appointments", login.Registrar, p.expected)
}

// transition is a call of the journey that needs only the account and the enrolment.
type transition func(ctx context.Context, subject, id string) (enrolment.Record, error)

// simple answers a transition with the resulting enrolment.
func (p *Plane) simple(do transition) handler {
	return func(r *request) (any, error) {
		e, err := do(r.Context(), r.who.Subject, r.id())
		return p.after(r, e, err)
	}
}
