package enrolments

import (
	"cmp"
	"context"
	"slices"

	"github.com/gorilla/mux"

	"visavis/enrolment"
	"visavis/enrolment/store"
)

// after answers a change with the resulting enrolment.
func (p *Plane) after(r *request, e enrolment.Record, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return p.seen(r.Context(), e, p.languageFor(r, e))
}

// seen returns the applicant's view of an enrolment.
func (p *Plane) seen(ctx context.Context, e enrolment.Record, language string) (view, error) {
	s, err := p.journey.StatusOf(ctx, e)
	if err != nil {
		return view{}, err
	}
	v := p.viewOf(s, language)
	if v.Site, err = p.asker(ctx, e.Owner); err != nil {
		return view{}, err
	}
	err = p.withCertificate(ctx, e, &v, language)
	return v, err
}

// languageFor returns the language of the texts: the requested one, else the enrolment's.
func (p *Plane) languageFor(r *request, e enrolment.Record) string {
	if r.URL.Query().Has("lang") {
		return r.language()
	}
	return e.Language
}

func (p *Plane) list(r *request) (any, error) {
	found, err := p.journey.Of(r.Context(), r.who.Subject)
	if err != nil {
		return nil, err
	}
	views := make([]any, 0, len(found))
	for _, e := range found {
		v, err := p.after(r, e, nil)
		if err != nil {
			return nil, err
		}
		views = append(views, v)
	}
	certificates, err := p.certificateViews(r)
	return map[string]any{"enrolments": views, "certificates": certificates}, err
}

func (p *Plane) begin(r *request) (any, error) {
	var body struct {
		Language string `json:"language"`
		Zone     string `json:"zone"` // of the browser
	}
	if err := r.decode(&body); err != nil {
		return nil, err
	}
	e, err := p.journey.Begin(r.Context(), r.who.Subject, cmp.Or(body.Language, r.language()), enrolment.Declaration{
		Surname: r.who.Surname, GivenNames: r.who.GivenNames, Mobile: r.who.Mobile, Email: r.who.Email,
	}, r.who.EmailVerified)
	if err == nil {
		e, err = p.inZone(r.Context(), e, body.Zone)
	}
	return p.after(r, e, err)
}

// inZone keeps the zone of the browser that begins an enrolment or comes back to it. A zone
// that is not known here, as a new one is in an old program, is left out: nobody is stopped
// by it.
func (p *Plane) inZone(ctx context.Context, e enrolment.Record, zone string) (enrolment.Record, error) {
	if _, err := enrolment.ParseZone(zone); err != nil || zone == e.Zone {
		return e, nil //nolint:nilerr // the letters have another zone for that
	}
	return p.journey.TellZone(ctx, e.Owner, e.ID, zone)
}

func (p *Plane) view(r *request) (any, error) {
	e, err := p.journey.Own(r.Context(), r.who.Subject, r.id())
	return p.after(r, e, err)
}

func (p *Plane) correct(r *request) (any, error) {
	var body declared
	if err := r.decode(&body); err != nil {
		return nil, err
	}
	e, err := p.journey.Correct(r.Context(), r.who.Subject, r.id(), enrolment.Declaration(body))
	return p.after(r, e, err)
}

func (p *Plane) chooseLanguage(r *request) (any, error) {
	var body struct {
		Language string `json:"language"`
	}
	if err := r.decode(&body); err != nil {
		return nil, err
	}
	e, err := p.journey.ChooseLanguage(r.Context(), r.who.Subject, r.id(), body.Language)
	return p.after(r, e, err)
}

// consentAnswer is one answer on the wire.
type consentAnswer struct {
	Kind     enrolment.ConsentKind `json:"kind"`
	Version  string                `json:"version"`
	Hash     string                `json:"hash"`
	Language string                `json:"language"`
	Yes      bool                  `json:"yes"`
}

// answers decodes the answers to texts.
func (r *request) answers() ([]enrolment.ConsentAnswer, error) {
	var body struct {
		Answers []consentAnswer `json:"answers"`
	}
	if err := r.decode(&body); err != nil {
		return nil, err
	}
	out := make([]enrolment.ConsentAnswer, len(body.Answers))
	for i, a := range body.Answers {
		out[i] = enrolment.ConsentAnswer{Kind: a.Kind, Version: a.Version, TextHash: a.Hash, Language: a.Language, Yes: a.Yes}
	}
	return out, nil
}

func (p *Plane) confirm(r *request) (any, error) {
	var body struct {
		Name string `json:"name"` // "birth", "usage"; empty: birth
	}
	if err := r.decode(&body); err != nil {
		return nil, err
	}
	if body.Name != "" && body.Name != "birth" && body.Name != "usage" {
		return nil, &enrolment.ValueError{Action: enrolment.ActionConfirm, Field: "name"}
	}
	e, err := p.journey.Confirm(r.Context(), r.who.Subject, r.id(), body.Name == "usage")
	return p.after(r, e, err)
}

func (p *Plane) consent(r *request) (any, error) {
	answers, err := r.answers()
	if err != nil {
		return nil, err
	}
	e, err := p.journey.Consent(r.Context(), r.who.Subject, r.id(), answers)
	return p.after(r, e, err)
}

func (p *Plane) request(r *request) (any, error) {
	answers, err := r.answers()
	if err != nil {
		return nil, err
	}
	if known, err := p.journey.Own(r.Context(), r.who.Subject, r.id()); err != nil {
		return nil, err
	} else if a, err := p.asker(r.Context(), known.Owner); err != nil {
		return nil, err
	} else if err := ofIdentity(known, a); err != nil {
		return nil, err
	}
	e, err := p.journey.Request(r.Context(), r.who.Subject, r.id(), answers)
	return p.after(r, e, err)
}

// maxWords bounds a text field, in characters.
const maxWords = 2000

func shortened(text string) string {
	if letters := []rune(text); len(letters) > maxWords {
		return string(letters[:maxWords])
	}
	return text
}

func (p *Plane) contest(r *request) (any, error) {
	var body struct {
		Words string `json:"words"`
	}
	if err := r.decode(&body); err != nil {
		return nil, err
	}
	e, err := p.journey.Contest(r.Context(), r.who.Subject, r.id(), shortened(body.Words))
	return p.after(r, e, err)
}

func (p *Plane) dispute(r *request) (any, error) {
	var body struct {
		Field   string `json:"field"`
		Words   string `json:"words"`
		Capture bool   `json:"capture"`
	}
	if err := r.decode(&body); err != nil {
		return nil, err
	}
	d := enrolment.Dispute{Field: body.Field, Words: shortened(body.Words)}
	e, err := p.journey.Dispute(r.Context(), r.who.Subject, r.id(), d, body.Capture)
	return p.after(r, e, err)
}

// picture returns one of the pictures that the applicant confirms.
func (p *Plane) picture(r *request) (any, error) {
	e, err := p.journey.Own(r.Context(), r.who.Subject, r.id())
	if err != nil {
		return nil, err
	}
	item := mux.Vars(r.Request)["item"]
	again := e.Again != nil && e.Again.Item == item
	if !again && (!slices.Contains(shown, e.State) || !takes(e, item)) {
		return nil, store.ErrNotFound
	}
	body, mediaType, err := p.journey.Item(r.Context(), e.ID, item)
	return bytesAnswer{mediaType: mediaType, body: body}, err
}

func takes(e enrolment.Record, item string) bool {
	for _, t := range e.Taken {
		if t.Item == item {
			return true
		}
	}
	return false
}
