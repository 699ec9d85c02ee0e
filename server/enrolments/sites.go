package enrolments

import (
	"context"
	"net/http"
	"strings"
	"time"

	"visavis/enrolment"
	"visavis/enrolment/journey"
	"visavis/server/login"
	"visavis/sites"
	"visavis/sites/registry"
)

// linkCookie begins the name of what a browser keeps of a link that it opened first;
// the verification's id follows. The prefix has browsers bind it to this host.
const linkCookie = "__Host-visavis-link-"

// askedBy is who asked for an enrolment, as its person sees it.
type askedBy struct {
	Name    string        `json:"name"`
	Purpose sites.Purpose `json:"purpose"`
	// ReturnURL leads back with the verification's id; empty: the site gave none.
	ReturnURL string `json:"returnUrl,omitempty"`
	// Over says that the site's part has ended: the person may go back.
	Over bool `json:"over"`
	// ElsewhereAt is when another browser tried this link and was refused.
	ElsewhereAt time.Time `json:"elsewhereAt,omitzero"`
}

// asker returns who asked for an enrolment; nil: its person did.
func (p *Plane) asker(ctx context.Context, owner string) (*askedBy, error) {
	if _, _, ok := sites.OfSubject(owner); !ok || p.cfg.Sites == nil {
		return nil, nil //nolint:nilnil // nobody else asked
	}
	v, s, err := p.cfg.Sites.OfSubject(ctx, owner)
	if err != nil {
		return nil, err
	}
	out := &askedBy{Name: s.Name, Purpose: v.Purpose, Over: v.Status.Final(), ElsewhereAt: v.Link.ElsewhereAt}
	if v.ReturnURL != "" {
		out.ReturnURL = sites.ReturnTo(v.ReturnURL, v.ID)
	}
	return out, nil
}

// Asker implements live.Subjects.
func (p *Plane) Asker(ctx context.Context, subject string) string {
	e, err := p.journey.Load(ctx, journey.Subject(subject).ID())
	if err != nil {
		return ""
	}
	a, err := p.asker(ctx, e.Owner)
	if err != nil || a == nil {
		return ""
	}
	return a.Name
}

// holdsLink tells whether a login that came by a link still counts: a new link, and a
// redaction, end it. Other logins always do.
func (p *Plane) holdsLink(r *http.Request, who login.Account) bool {
	id, _, ok := sites.OfSubject(who.Subject)
	if !ok {
		return true
	}
	if p.cfg.Sites == nil {
		return false
	}
	c, err := r.Cookie(linkCookie + id)
	if err != nil {
		return false
	}
	v, _, err := p.cfg.Sites.OfSubject(r.Context(), who.Subject)
	return err == nil && v.Link.Browser != "" && v.Link.Browser == sites.HashOf(c.Value)
}

// openLink logs a browser in for the one request that its link is for.
func (p *Plane) openLink(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Secret string `json:"secret"`
	}
	asked := &request{Request: r}
	if err := asked.decode(&body); err != nil {
		p.Refuse(w, r, err)
		return
	}
	id, err := sites.OfLink(body.Secret)
	if err != nil {
		p.Refuse(w, r, err)
		return
	}
	browser := ""
	if c, err := r.Cookie(linkCookie + id); err == nil {
		browser = c.Value
	}
	v, keep, err := p.cfg.Sites.OpenLink(r.Context(), body.Secret, browser)
	if err != nil {
		p.Refuse(w, r, err)
		return
	}
	http.SetCookie(w, &http.Cookie{
		Name: linkCookie + v.ID, Value: keep, Path: "/", MaxAge: int(registry.ExpiryMost / time.Second), Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
	e, err := p.journey.Load(r.Context(), v.Enrolment)
	if err != nil {
		p.Refuse(w, r, err)
		return
	}
	d := e.Declared
	who := login.Account{
		Subject: v.Subject(), Name: strings.TrimSpace(d.GivenNames + " " + d.Surname), GivenNames: d.GivenNames, Surname: d.Surname, Email: d.Email,
		Mobile: d.Mobile, Roles: []string{login.Applicant},
	}
	if err := p.cfg.Accounts.Begin(w, r, who); err != nil {
		p.Refuse(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, map[string]string{"next": "/request?id=" + e.ID})
}

// statusWait is how long a frame's question waits for news: less than the pages wait
// for an answer.
const statusWait = 10 * time.Second

// embedStatus tells the frame within a site's page where its verification stands. The
// link's secret opens it: a frame has no cookie.
func (p *Plane) embedStatus(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Secret string `json:"secret"`
		Rev    int64  `json:"rev"`
	}
	asked := &request{Request: r}
	if err := asked.decode(&body); err != nil {
		p.Refuse(w, r, err)
		return
	}
	v, s, err := p.cfg.Sites.Follow(r.Context(), body.Secret, body.Rev, statusWait)
	if err != nil {
		p.Refuse(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, struct {
		Site   string       `json:"site"`
		Status sites.Status `json:"status"`
		Reason sites.Reason `json:"reason,omitempty"`
		Final  bool         `json:"final"`
		Rev    int64        `json:"rev"`
	}{s.Name, v.Status, v.Reason, v.Status.Final(), v.Rev})
}

// embedOrigins tells the frame with whose page it may talk. It is no secret: the
// frame's policy says the same.
func (p *Plane) embedOrigins(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Verification string `json:"verification"`
	}
	asked := &request{Request: r}
	if err := asked.decode(&body); err != nil {
		p.Refuse(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, map[string][]string{"origins": append([]string{}, p.cfg.Sites.Origins(r.Context(), body.Verification)...)})
}

// ofIdentity refuses a certificate where the site asked for the identity alone.
func ofIdentity(e enrolment.Record, a *askedBy) error {
	if a != nil && a.Purpose == sites.Identity {
		return &enrolment.StateError{State: e.State, Action: enrolment.ActionRequest, Role: enrolment.Applicant}
	}
	return nil
}
