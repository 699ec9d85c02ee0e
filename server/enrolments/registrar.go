package enrolments

import (
	"visavis/enrolment"
)

// registrarFile is the enrolment that a person came to have checked.
func (p *Plane) registrarFile(r *request) (any, error) {
	e, err := p.journey.ByReference(r.Context(), r.URL.Query().Get("reference"))
	if err != nil {
		return nil, err
	}
	return map[string]any{"file": map[string]any{
		"id": e.ID, "reference": e.Reference, "declared": declared(e.Declared), "state": e.State,
	}}, nil
}

func (p *Plane) recordInPerson(r *request) (any, error) {
	var body struct {
		Accept    bool                `json:"accept"`
		Reason    string              `json:"reason"`
		Extracted enrolment.Extracted `json:"extracted"`
	}
	if err := r.decode(&body); err != nil {
		return nil, err
	}
	_, err := p.journey.RecordInPerson(r.Context(), r.who.Subject, r.id(), enrolment.RecordInPerson{
		Accept: body.Accept, Reason: words(body.Reason), Extracted: body.Extracted,
	})
	return struct{}{}, err
}
