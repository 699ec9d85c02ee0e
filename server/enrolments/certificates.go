package enrolments

import (
	"context"
	"time"

	"visavis/certificate"
	"visavis/enrolment"
	"visavis/enrolment/store"
)

// certificateView is the owner's view of a certificate.
type certificateView struct {
	ID        string            `json:"id"`
	Enrolment string            `json:"enrolment"`
	Subject   string            `json:"subject"`
	Issuer    string            `json:"issuer"`
	Level     certificate.Level `json:"level,omitempty"`
	Title     string            `json:"title"` // of the level, in words
	Badge     string            `json:"badge"`
	State     certificate.State `json:"state"`
	From      time.Time         `json:"from,omitzero"`
	Until     time.Time         `json:"until,omitzero"`
	DaysLeft  int               `json:"daysLeft"`
	Serial    string            `json:"serial,omitempty"`
	SHA256    string            `json:"sha256,omitempty"`
	Published bool              `json:"published"`
	RevokedAt time.Time         `json:"revokedAt,omitzero"`
	Reason    string            `json:"reason,omitempty"` // of a revocation or a refusal
	Links     certificate.Links `json:"links,omitzero"`   // while it is valid
	Signs     bool              `json:"signs,omitempty"`  // documents can be signed with it here
}

// certificateOf returns the owner's view of a certificate. One that broke a rule appears
// as requested, since an operator may still fix it.
func (p *Plane) certificateOf(c store.Certificate, language string) certificateView {
	state, days := p.journey.CertificateState(c)
	v := certificateView{
		ID: c.ID, Enrolment: c.Enrolment, Subject: c.Value.Request.Subject.Name(), Issuer: c.Value.Issuer, State: state,
		Published: c.Value.Request.Publish, Signs: p.journey.CanSign(c),
	}
	if state == certificate.StatePutAside {
		v.State = certificate.StateRequested
	}
	if r := c.Value.Refusal; r != nil {
		v.Reason = r.Code
	}
	if !c.Value.Visible() {
		return v
	}
	d := c.Value.Details
	v.Subject, v.Issuer, v.From, v.Until, v.DaysLeft = d.Subject, d.Issuer, d.NotBefore, d.NotAfter, days
	v.Serial, v.SHA256 = certificate.Colons(d.Serial), certificate.Colons(d.Fingerprint)
	v.Level, v.Title, v.Badge = c.Value.Level, c.Value.Level.Title(language), c.Value.Level.Badge(language)
	if state == certificate.StateValid || state == certificate.StateExpiring {
		v.Links = c.Value.Links
	}
	if r := c.Value.Revocation; r != nil {
		v.RevokedAt, v.Reason = r.At, string(r.Reason)
	}
	return v
}

// certificateViews returns a person's certificates.
func (p *Plane) certificateViews(r *request) ([]certificateView, error) {
	found, err := p.journey.CertificatesOf(r.Context(), r.who.Subject)
	if err != nil {
		return nil, err
	}
	out := make([]certificateView, 0, len(found))
	for _, c := range found {
		out = append(out, p.certificateOf(c, r.language()))
	}
	return out, nil
}

func (p *Plane) certificate(r *request) (any, error) {
	c, err := p.journey.Certificate(r.Context(), r.who.Subject, r.id())
	if err != nil {
		return nil, err
	}
	return p.certificateOf(c, r.language()), nil
}

// visible returns a certificate that may be downloaded.
func (p *Plane) visible(r *request) (store.Certificate, error) {
	c, err := p.journey.Certificate(r.Context(), r.who.Subject, r.id())
	if err == nil && !c.Value.Visible() {
		err = store.ErrNotFound
	}
	return c, err
}

// fileName names a download by the request's reference, not by the person.
func fileName(c store.Certificate, extension string) string {
	name := "visavis-"
	if c.Value.Level == certificate.LevelTest {
		name += "TEST-"
	}
	return name + c.Value.Request.Reference + extension
}

func (p *Plane) pem(r *request) (any, error) {
	c, err := p.visible(r)
	if err != nil {
		return nil, err
	}
	body := c.Value.PEM(r.language())
	return bytesAnswer{mediaType: "application/x-pem-file", name: fileName(c, ".pem"), body: body}, nil
}

func (p *Plane) der(r *request) (any, error) {
	c, err := p.visible(r)
	if err != nil {
		return nil, err
	}
	return bytesAnswer{mediaType: "application/pkix-cert", name: fileName(c, ".cer"), body: c.Value.DER}, nil
}

// proof returns the file that shows how the certificate came about.
func (p *Plane) proof(r *request) (any, error) {
	c, f, err := p.journey.Proof(r.Context(), r.who.Subject, r.id())
	if err != nil {
		return nil, err
	}
	return bytesAnswer{mediaType: f.Type, name: fileName(c, "-proof"+f.Extension), body: f.Body}, nil
}

func (p *Plane) revoke(r *request) (any, error) {
	var body struct {
		Reason certificate.Reason `json:"reason"`
	}
	if err := r.decode(&body); err != nil {
		return nil, err
	}
	c, err := p.journey.Revoke(r.Context(), r.who.Subject, r.id(), body.Reason)
	if err != nil {
		return nil, err
	}
	return p.certificateOf(c, r.language()), nil
}

func (p *Plane) renew(r *request) (any, error) {
	var body struct {
		Zone string `json:"zone"` // of the browser
	}
	if err := r.decode(&body); err != nil {
		return nil, err
	}
	e, err := p.journey.Renew(r.Context(), r.who.Subject, r.id())
	if err == nil {
		e, err = p.inZone(r.Context(), e, body.Zone)
	}
	return p.after(r, e, err)
}

// withCertificate adds an enrolment's certificate to its view.
func (p *Plane) withCertificate(ctx context.Context, e enrolment.Record, v *view, language string) error {
	if e.State != enrolment.Requested && e.State != enrolment.Issued {
		return nil
	}
	c, err := p.journey.CertificateOf(ctx, e.ID)
	if err == nil {
		shown := p.certificateOf(c, language)
		v.Certificate = &shown
	}
	if err == store.ErrNotFound { //nolint:errorlint // exactly: there is no issuer
		err = nil
	}
	return err
}
