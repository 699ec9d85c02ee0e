package enrolments

import (
	"time"

	"visavis/enrolment"
)

// appointmentView is a slot that was booked. Zone is the desk's, which its times are told in.
type appointmentView struct {
	At    time.Time `json:"at"`
	Until time.Time `json:"until"`
	Zone  string    `json:"zone"`
}

func (p *Plane) appointmentOf(e enrolment.Record) *appointmentView {
	a := e.Appointment
	if a == nil {
		return nil
	}
	return &appointmentView{At: a.At, Until: a.Until(), Zone: p.zoneOf(e)}
}

// zoneOf names the desk's zone, for a browser. Where appointments are no longer offered it is
// that of the letters; the machine's own has no name, and the applicant's stands in for it.
func (p *Plane) zoneOf(e enrolment.Record) string {
	zone := p.cfg.Location
	if desk := p.journey.Desk(); desk != nil {
		zone = desk.Zone()
	}
	if _, err := enrolment.ParseZone(zone.String()); err != nil {
		zone = e.In(time.Time{}, time.UTC).Location()
	}
	return zone.String()
}

// slots returns what an applicant may book.
func (p *Plane) slots(r *request) (any, error) {
	type slot struct {
		At   time.Time `json:"at"`
		Left int       `json:"left"`
	}
	found, err := p.journey.Slots(r.Context(), r.who.Subject, r.id())
	if err != nil {
		return nil, err
	}
	out := make([]slot, 0, len(found))
	for _, s := range found {
		out = append(out, slot(s))
	}
	zone := ""
	if desk := p.journey.Desk(); desk != nil {
		zone = desk.Zone().String()
	}
	return map[string]any{"slots": out, "zone": zone}, nil
}

func (p *Plane) book(r *request) (any, error) {
	var body struct {
		At time.Time `json:"at"`
	}
	if err := r.decode(&body); err != nil {
		return nil, err
	}
	e, err := p.journey.Book(r.Context(), r.who.Subject, r.id(), body.At)
	return p.after(r, e, err)
}

// expected returns today's and the later appointments for the registrars: when, and which
// request. Who it is stands in the file, once its reference is asked for.
func (p *Plane) expected(r *request) (any, error) {
	type entry struct {
		appointmentView
		Reference string `json:"reference"`
	}
	found, err := p.journey.Expected(r.Context())
	if err != nil {
		return nil, err
	}
	list := make([]entry, 0, len(found))
	for _, e := range found {
		list = append(list, entry{*p.appointmentOf(e), e.Reference})
	}
	return map[string]any{"appointments": list, "offered": p.journey.Desk() != nil}, nil
}
