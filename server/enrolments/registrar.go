package enrolments

import (
	"visavis/enrolment"
	"visavis/enrolment/journey"
	"visavis/server/login"
)

// registrarFile returns the enrolment of a person who came for a check. A reviewer may
// see it once a registrar's check needs a second person.
func (p *Plane) registrarFile(r *request) (any, error) {
	e, err := p.journey.ByReference(r.Context(), r.URL.Query().Get("reference"), p.visitor(r))
	if err != nil {
		return nil, err
	}
	file := map[string]any{
		"id": e.ID, "reference": e.Reference, "declared": declared(e.Declared), "contacts": e.Contacts(), "state": e.State,
		"checklist": questionsOf(journey.VisitQuestions(), r.language()),
	}
	if a := p.appointmentOf(e); a != nil {
		file["appointment"] = a
	}
	if e.Visit != nil {
		file["visit"] = map[string]any{"at": e.Visit.At, "own": e.Visit.By.ID == r.who.Subject,
			"extracted": e.Visit.Extracted}
	}
	return map[string]any{"file": file}, nil
}

// visitor returns the capacity in which an account sees a check in person.
func (p *Plane) visitor(r *request) enrolment.Actor {
	if r.who.Has(login.Registrar) {
		return enrolment.Actor{Role: enrolment.Registrar, ID: r.who.Subject}
	}
	return enrolment.Actor{Role: enrolment.Reviewer, ID: r.who.Subject}
}

func (p *Plane) recordInPerson(r *request) (any, error) {
	var body struct {
		Accept    bool                `json:"accept"`
		Reason    string              `json:"reason"`
		Extracted enrolment.Extracted `json:"extracted"`
		Checklist map[string]bool     `json:"checklist"`
	}
	if err := r.decode(&body); err != nil {
		return nil, err
	}
	e, err := p.journey.RecordInPerson(r.Context(), p.visitor(r), r.id(), enrolment.RecordInPerson{
		Accept: body.Accept, Reason: shortened(body.Reason), Extracted: body.Extracted, Checklist: body.Checklist,
	})
	if err != nil {
		return nil, err
	}
	return map[string]any{"outcome": string(e.State), "second": e.Visit != nil}, nil
}
