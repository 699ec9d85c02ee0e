package enrolments

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gorilla/mux"

	"visavis/enrolment"
	"visavis/enrolment/journey"
	"visavis/enrolment/store"
	"visavis/server"
	"visavis/server/login"
	"visavis/sites"
	"visavis/words"
)

// consoleRoles are the roles that see the console: of all sites, or of their own.
var consoleRoles = []string{login.Operator, login.SiteStaff}

// console adds the console's page and calls.
func (p *Plane) console(r *mux.Router, h server.Host) {
	r.HandleFunc("/console", p.forRoles(consoleRoles, h.Page("console.html"))).Methods(http.MethodGet, http.MethodHead)
	get := func(path string, roles []string, do handler) {
		r.HandleFunc("/api/console"+path, p.apiOf(roles, do)).Methods(http.MethodGet, http.MethodHead)
	}
	post := func(path string, roles []string, do handler) {
		r.Handle("/api/console"+path, h.Post(p.apiOf(roles, do))).Methods(http.MethodPost)
	}
	operator := []string{login.Operator}
	get("", consoleRoles, p.consoleSites)
	get("/review", operator, p.consoleReview)
	get("/deletions", operator, p.consoleDeletions)
	get("/audit", consoleRoles, p.consoleAudit)
	get("/audit/export", consoleRoles, p.consoleAuditExport)
	post("/sites", operator, p.addSite)

	const site = "/sites/{site}"
	ofSite := func(do siteHandler) handler { return p.ofSite(do) }
	get(site, consoleRoles, ofSite(p.site))
	post(site, operator, ofSite(p.changeSite))
	post(site+"/logo", operator, ofSite(p.changeLogo))
	get(site+"/keys", consoleRoles, ofSite(p.siteKeys))
	post(site+"/keys", consoleRoles, ofSite(p.addKey))
	post(site+"/keys/{key}/rotate", consoleRoles, ofSite(p.rotateKey))
	post(site+"/keys/{key}/revoke", consoleRoles, ofSite(p.revokeKey))
	get(site+"/endpoints", consoleRoles, ofSite(p.endpoints))
	post(site+"/endpoints", consoleRoles, ofSite(p.addEndpoint))
	const endpoint = site + "/endpoints/{endpoint}"
	post(endpoint, consoleRoles, ofSite(p.changeEndpoint))
	post(endpoint+"/rotate", consoleRoles, ofSite(p.rotateEndpoint))
	post(endpoint+"/drop", consoleRoles, ofSite(p.dropEndpoint))
	post(endpoint+"/test", consoleRoles, ofSite(p.testEndpoint))
	post(endpoint+"/resend", consoleRoles, ofSite(p.resend))
	post(endpoint+"/check", consoleRoles, ofSite(p.checkSignature))
	get(endpoint+"/deliveries", consoleRoles, ofSite(p.deliveries))
	post(endpoint+"/deliveries/{delivery}/resend", consoleRoles, ofSite(p.resendDelivery))
	get(site+"/verifications", consoleRoles, ofSite(p.verifications))
	get(site+"/verifications/{verification}", consoleRoles, ofSite(p.verification))
	post(site+"/verifications/{verification}/data", []string{login.PersonalData}, ofSite(p.verificationData))
	get(site+"/funnel", consoleRoles, ofSite(p.funnel))
	get(site+"/embedding", consoleRoles, ofSite(p.embedding))
	post(site+"/embedding", consoleRoles, ofSite(p.checkEmbedding))
}

// siteHandler answers a call about a site.
type siteHandler func(r *request, s sites.Site) (any, error)

// ofSite loads the site of a call. To a site's own people every other one is unknown,
// whether or not it exists.
func (p *Plane) ofSite(do siteHandler) handler {
	return func(r *request) (any, error) {
		id := mux.Vars(r.Request)["site"]
		if !sees(r.who, id) {
			return nil, store.ErrNotFound
		}
		s, err := p.cfg.Sites.Site(r.Context(), id)
		if err != nil {
			return nil, err
		}
		return do(r, s)
	}
}

// sees reports whether an account may see a site in the console.
func sees(who login.Account, site string) bool {
	return who.Has(login.Operator) || who.Has(login.SiteStaff) && slices.Contains(who.Sites, site)
}

// noteConsole records a change for a site. what names ids, no person.
func (p *Plane) noteConsole(r *request, what ...string) error {
	return p.journey.Audit(r.Context(), enrolment.Actor{Role: roleOf(r.who), ID: r.who.Subject}, journey.AuditConsole,
		"", strings.Join(what, " "))
}

// siteRow is a site in the list.
type siteRow struct {
	sites.Site
	Counts map[sites.Status]int64 `json:"counts"`
}

func (p *Plane) consoleSites(r *request) (any, error) {
	all, err := p.cfg.Sites.Sites(r.Context())
	if err != nil {
		return nil, err
	}
	counts, err := p.cfg.Sites.Counts(r.Context())
	if err != nil {
		return nil, err
	}
	rows := []siteRow{}
	for _, s := range all {
		if sees(r.who, s.ID) {
			rows = append(rows, siteRow{s, counts[s.ID]})
		}
	}
	languages := []string{}
	for _, l := range words.Languages() {
		languages = append(languages, l.Tag)
	}
	return map[string]any{
		"sites":     rows,
		"operator":  r.who.Has(login.Operator),
		"personal":  r.who.Has(login.PersonalData),
		"languages": languages,
		"statuses":  sites.Statuses(),
		"events":    sites.EventTypes(),
		"scopes":    sites.Scopes(),
	}, nil
}

func (p *Plane) site(_ *request, s sites.Site) (any, error) { return map[string]any{"site": s}, nil }

// siteForm is what may be written of a site.
type siteForm struct {
	Name       string   `json:"name"`
	Live       bool     `json:"live"`
	ReturnURLs []string `json:"returnUrls"`
	Origins    []string `json:"origins"`
	Languages  []string `json:"languages"`
	Contact    string   `json:"contact"`
}

// into writes the form into a site. An unknown language is refused.
func (f siteForm) into(s *sites.Site) error {
	var languages []string
	for _, tag := range f.Languages {
		found, ok := words.Lookup(tag)
		if !ok {
			return &sites.InvalidError{Field: "languages", Have: tag, Want: "some of " + strings.Join(words.Tags(), ", ")}
		}
		if !slices.Contains(languages, found.Tag) {
			languages = append(languages, found.Tag)
		}
	}
	s.Name, s.ReturnURLs, s.Origins, s.Languages, s.Contact = f.Name, f.ReturnURLs, f.Origins, languages, f.Contact
	return nil
}

func (p *Plane) addSite(r *request) (any, error) {
	var f siteForm
	if err := r.decode(&f); err != nil {
		return nil, err
	}
	s := sites.Site{Live: f.Live}
	if err := f.into(&s); err != nil {
		return nil, err
	}
	s, err := p.cfg.Sites.AddSite(r.Context(), s)
	if err != nil {
		return nil, err
	}
	return map[string]any{"site": s}, p.noteConsole(r, s.ID, "added")
}

func (p *Plane) changeSite(r *request, s sites.Site) (any, error) {
	var f siteForm
	if err := r.decode(&f); err != nil {
		return nil, err
	}
	if err := f.into(&s); err != nil {
		return nil, err
	}
	s, err := p.cfg.Sites.ChangeSite(r.Context(), s)
	if err != nil {
		return nil, err
	}
	return map[string]any{"site": s}, p.noteConsole(r, s.ID, "changed")
}

// maxLogoBody is ample for a file of the largest logo, in base64.
const maxLogoBody = sites.LogoBytes * 3 / 2

// changeLogo replaces a site's logo by one drawn from a file, or takes it away.
func (p *Plane) changeLogo(r *request, s sites.Site) (any, error) {
	var body struct {
		File   []byte `json:"file"`
		Remove bool   `json:"remove"`
	}
	if err := r.decodeWithin(maxLogoBody, &body); err != nil {
		return nil, err
	}
	var logo sites.Logo
	did := "logo removed"
	if !body.Remove {
		var err error
		if logo, err = sites.NewLogo(body.File); err != nil {
			return nil, err
		}
		did = "logo changed"
	}
	s, err := p.cfg.Sites.SetLogo(r.Context(), s.ID, logo)
	if err != nil {
		return nil, err
	}
	return map[string]any{"site": s}, p.noteConsole(r, s.ID, did)
}

// funnelDays bounds the days of a funnel.
const funnelDays = 365

func (p *Plane) funnel(r *request, s sites.Site) (any, error) {
	days, err := number(r, "days", 30, 1, funnelDays)
	if err != nil {
		return nil, err
	}
	f, err := p.cfg.Sites.Funnel(r.Context(), s.ID, time.Now().AddDate(0, 0, -days))
	return map[string]any{"funnel": f, "days": days}, err
}

func (p *Plane) embedding(_ *request, s sites.Site) (any, error) {
	return map[string]any{"lines": sites.EmbeddingOf(p.cfg.Origin()), "origins": append([]string{}, s.Origins...)}, nil
}

func (p *Plane) checkEmbedding(r *request, s sites.Site) (any, error) {
	var body struct {
		URL string `json:"url"`
	}
	if err := r.decode(&body); err != nil {
		return nil, err
	}
	found, err := p.cfg.Sites.CheckHost(r.Context(), s, p.cfg.Origin(), body.URL)
	return map[string]any{"findings": found}, err
}

func (p *Plane) consoleReview(r *request) (any, error) {
	oldest, err := p.journey.Oldest(r.Context(), 100)
	if err != nil {
		return nil, err
	}
	stats, err := p.journey.Stats(r.Context())
	if err != nil {
		return nil, err
	}
	rows := []map[string]any{}
	for _, q := range oldest {
		rows = append(rows, map[string]any{"reference": q.Reference, "state": q.State, "since": q.Since})
	}
	return map[string]any{"oldest": rows, "stats": stats, "hours": p.journey.Hours().Week()}, nil
}

func (p *Plane) consoleDeletions(r *request) (any, error) {
	if p.cfg.Retention == nil {
		return nil, store.ErrNotFound
	}
	due, open, err := p.cfg.Retention.Due(r.Context(), time.Now())
	return map[string]any{"due": due, "open": open}, err
}
