package enrolments

import (
	"time"

	"visavis/enrolment"
	"visavis/enrolment/store"
	"visavis/server/assets"
	"visavis/words"
)

// certificatePage returns a certificate as a page to read, print and keep. Its times are in
// the zone that the query names, such as Europe/Paris, else in the one of the request for it,
// else in that of the settings; the zone stands beside each, since the page is kept.
func (p *Plane) certificatePage(r *request) (any, error) {
	c, err := p.visible(r)
	if err != nil {
		return nil, err
	}
	w := words.In(r.language())
	v := p.certificateOf(c, w.Language().Tag)
	e := enrolment.Record{Zone: r.URL.Query().Get("zone")}
	if _, err := enrolment.ParseZone(e.Zone); err != nil {
		if e, err = p.journey.Load(r.Context(), c.Enrolment); store.OrNone(err) != nil {
			return nil, err
		}
	}
	at := func(t time.Time) string {
		t = e.In(t, p.cfg.Location)
		return w.Figures(t) + " " + t.Format("15:04\u00a0MST")
	}
	fact := func(key, value string) assets.Fact {
		return assets.Fact{Name: w.Say("certificate." + key), Value: value}
	}
	facts := []assets.Fact{
		fact("subject", v.Subject), fact("issuer", v.Issuer), fact("level", v.Title),
		fact("state", w.Text("certificate.state."+string(v.State))), fact("from", at(v.From)), fact("until", at(v.Until)),
		fact("serial", v.Serial), fact("fingerprint", v.SHA256),
	}
	if !v.RevokedAt.IsZero() {
		facts = append(facts, fact("revoked", at(v.RevokedAt)))
	}
	page := assets.Plain{Title: w.Say("certificate.title"), Facts: facts}
	if v.Badge != "" {
		badge := w.Say("certificate.badge.test")
		page.Badge = &badge
	}
	body, err := page.HTML()
	return bytesAnswer{mediaType: "text/html; charset=utf-8", body: body}, err
}
