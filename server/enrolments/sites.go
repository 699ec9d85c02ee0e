package enrolments

import (
	"bytes"
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/gorilla/mux"

	"visavis/enrolment"
	"visavis/enrolment/journey"
	"visavis/server/login"
	"visavis/sites"
	"visavis/sites/registry"
)

// linkCookie prefixes the name of the cookie of the browser that first opened a link; the
// verification's id follows. The __Host- prefix binds it to this host.
const linkCookie = "__Host-visavis-link-"

// askedBy says who asked for an enrolment, for its person.
type askedBy struct {
	Name    string        `json:"name"`
	Logo    string        `json:"logo,omitempty"` // its path here
	Purpose sites.Purpose `json:"purpose"`
	// ReturnURL leads back with the verification's id; empty if the site gave none.
	ReturnURL string `json:"returnUrl,omitempty"`
	// Over says that the site's part is complete: the person may go back.
	Over bool `json:"over"`
	// ElsewhereAt is when another browser tried this link and was refused.
	ElsewhereAt time.Time `json:"elsewhereAt,omitzero"`
}

// asker returns who asked for an enrolment; nil if its person did.
func (p *Plane) asker(ctx context.Context, owner string) (*askedBy, error) {
	if _, _, ok := sites.OfSubject(owner); !ok || p.cfg.Sites == nil {
		return nil, nil //nolint:nilnil // nobody else asked
	}
	v, s, err := p.cfg.Sites.OfSubject(ctx, owner)
	if err != nil {
		return nil, err
	}
	out := &askedBy{
		Name: s.Name, Logo: s.LogoURL(), Purpose: v.Purpose, Over: v.Status.Final(), ElsewhereAt: v.Link.ElsewhereAt,
	}
	if v.ReturnURL != "" {
		out.ReturnURL = sites.ReturnTo(v.ReturnURL, v.ID)
	}
	return out, nil
}

// Asker implements live.Subjects.
func (p *Plane) Asker(ctx context.Context, subject string) (site, logo string) {
	e, err := p.journey.Load(ctx, journey.Subject(subject).ID())
	if err != nil {
		return "", ""
	}
	a, err := p.asker(ctx, e.Owner)
	if err != nil || a == nil {
		return "", ""
	}
	return a.Name, a.Logo
}

// siteLogo serves the logo of a hash, which never changes.
func (p *Plane) siteLogo(w http.ResponseWriter, r *http.Request) {
	l, err := p.cfg.Sites.Logo(r.Context(), mux.Vars(r)["hash"])
	if err != nil {
		p.Refuse(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "image/png")
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	w.Header().Set("Content-Security-Policy", "default-src 'none'")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(l.PNG))
}

// Joined implements live.Subjects. What was noted is for statistics: an error stops nobody.
func (p *Plane) Joined(ctx context.Context, subject, browser string) {
	if p.cfg.Sites == nil {
		return
	}
	e, err := p.journey.Load(ctx, journey.Subject(subject).ID())
	if err == nil {
		err = p.cfg.Sites.Joined(ctx, e.Owner, browser)
	}
	if err != nil {
		p.log.WarnContext(ctx, "the phone of a verification is not noted", "err", err)
	}
}

// holdsLink reports whether a login by a link is still valid. A new link or a redaction
// ends it. Other logins always are.
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

// openLink logs a browser in for the one verification of its link.
func (p *Plane) openLink(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Secret string `json:"secret"`
		Zone   string `json:"zone"` // of the browser
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
		Name: linkCookie + v.ID, Value: keep, Path: "/", MaxAge: int(registry.ExpiryMost / time.Second), Secure: true,
		HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
	e, err := p.journey.Load(r.Context(), v.Enrolment)
	if err != nil {
		p.Refuse(w, r, err)
		return
	}
	if _, err := p.inZone(r.Context(), e, body.Zone); err != nil { // of a request that is over, and writes no letters
		p.log.DebugContext(r.Context(), "the zone of a browser is not kept", "reference", e.Reference, "err", err)
	}
	d := e.Declared
	who := login.Account{
		Subject: v.Subject(), Name: strings.TrimSpace(d.GivenNames + " " + d.Surname), GivenNames: d.GivenNames,
		Surname: d.Surname, Email: d.Email,
		Mobile: d.Mobile, Roles: []string{login.Applicant},
	}
	if err := p.cfg.Accounts.Begin(w, r, who); err != nil {
		p.Refuse(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, map[string]string{"next": "/request?id=" + e.ID})
}

// statusWait bounds the long poll of a frame: less than the pages' timeout.
const statusWait = 10 * time.Second

// embedStatus returns the verification's status to an embedded frame. It requires the
// link's secret, since a frame has no cookie.
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
		Logo   string       `json:"logo,omitempty"`
		Status sites.Status `json:"status"`
		Reason sites.Reason `json:"reason,omitempty"`
		Final  bool         `json:"final"`
		Rev    int64        `json:"rev"`
	}{s.Name, s.LogoURL(), v.Status, v.Reason, v.Status.Final(), v.Rev})
}

// embedOrigins returns the origins with which the frame may communicate. They are no
// secret: the frame's policy names them too.
func (p *Plane) embedOrigins(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Verification string `json:"verification"`
	}
	asked := &request{Request: r}
	if err := asked.decode(&body); err != nil {
		p.Refuse(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, map[string][]string{
		"origins": append([]string{}, p.cfg.Sites.Origins(r.Context(), body.Verification)...)})
}

// ofIdentity refuses a certificate if the site asked only for the identity.
func ofIdentity(e enrolment.Record, a *askedBy) error {
	if a != nil && a.Purpose == sites.Identity {
		return &enrolment.StateError{State: e.State, Action: enrolment.ActionRequest, Role: enrolment.Applicant}
	}
	return nil
}
