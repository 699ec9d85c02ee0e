package enrolment

import (
	"errors"
	"slices"
	"testing"
	"time"
)

func TestAnAppointmentIsBookedChangedAndGivenBack(t *testing.T) {
	rules := DefaultRules(faceThreshold)
	r := at(t, InPerson)
	now := r.Last.At
	day := now.Add(24 * time.Hour).Truncate(time.Minute)
	paris := time.FixedZone("CET", 3600)
	for _, wrong := range []Appointment{{now, 20}, {now.Add(-time.Minute), 20}, {day, 0}, {}} {
		var bad *ValueError
		_, err := rules.Apply(r, applicant, BookAppointment{wrong}, now)
		if !errors.As(err, &bad) || bad.Field != "at" {
			t.Errorf("%+v: %v, want a *ValueError of at", wrong, err)
		}
	}
	booked := walk(t, r, step{applicant, BookAppointment{Appointment{day.In(paris), 20}}})
	if a := booked.Appointment; a == nil || *a != (Appointment{day.UTC(), 20}) ||
		!a.Until().Equal(day.Add(20*time.Minute)) {
		t.Fatalf("booked %+v", a)
	}
	again, err := rules.Apply(booked, applicant, BookAppointment{Appointment{day, 20}}, now)
	if err != nil || again.Rev != booked.Rev {
		t.Errorf("the same again: rev %d to %d, %v", booked.Rev, again.Rev, err)
	}
	changed := walk(t, booked, step{applicant, BookAppointment{Appointment{day.Add(time.Hour), 20}}})
	if changed.Appointment.At.Sub(booked.Appointment.At) != time.Hour {
		t.Errorf("changed from %v to %v", booked.Appointment, changed.Appointment)
	}
	if !rules.ExpiresAt(changed).After(changed.Appointment.At) {
		t.Errorf("it expires on %v, before the appointment of %v", rules.ExpiresAt(changed), changed.Appointment.At)
	}
	back := walk(t, changed, step{applicant, GiveBackAppointment{}})
	if back.Appointment != nil || back.State != InPerson {
		t.Errorf("given back: %+v", back.Appointment)
	}
}

// Whatever ends the wait for a visit frees the slot.
func TestNoSlotIsHeldByWhoDoesNotCome(t *testing.T) {
	rules := DefaultRules(faceThreshold)
	book := BookAppointment{Appointment{t0.Add(48 * time.Hour), 20}}
	booked := walk(t, at(t, InPerson), step{applicant, book})
	late := booked.Last.At.Add(rules.InPersonFor)
	other := specimen
	other.Surname = "Other"
	for name, c := range map[string]struct {
		by  Actor
		e   Event
		now time.Time
		to  State
	}{
		"remote":   {applicant, GoRemote{}, booked.Last.At, Declared},
		"cancel":   {applicant, Cancel{}, booked.Last.At, Cancelled},
		"expire":   {system, Expire{}, late, Expired},
		"accepted": {registrar, RecordInPerson{Accept: true, Extracted: specimen}, booked.Last.At, ToConfirm},
		"refused":  {registrar, RecordInPerson{Reason: "no-document"}, booked.Last.At, Refused},
	} {
		r, err := rules.Apply(booked, c.by, c.e, c.now)
		if err != nil || r.State != c.to || r.Appointment != nil {
			t.Errorf("%s: %s with %v, %v, want %s with none", name, r.State, r.Appointment, err, c.to)
		}
	}
	r, err := rules.Apply(booked, registrar, RecordInPerson{Accept: true, Extracted: other}, booked.Last.At)
	if err != nil || r.State != InPerson || r.Appointment == nil {
		t.Errorf("it waits for a second person: %s with %v, %v", r.State, r.Appointment, err)
	}
}

func TestWithoutADeskNothingIsBooked(t *testing.T) {
	rules := DefaultRules(faceThreshold)
	book := BookAppointment{Appointment{t0.Add(48 * time.Hour), 20}}
	booked := walk(t, at(t, InPerson), step{applicant, book})
	rules.NoAppointments = true // the operator closed it meanwhile
	may := rules.Allowed(InPerson, Applicant)
	if slices.Contains(may, ActionBook) || !slices.Contains(may, ActionGiveBack) {
		t.Errorf("allowed: %v", may)
	}
	var state *StateError
	e := BookAppointment{Appointment{t0.Add(72 * time.Hour), 20}}
	if _, err := rules.Apply(booked, applicant, e, booked.Last.At); !errors.As(err, &state) {
		t.Errorf("booked: %v, want a *StateError", err)
	}
	back, err := rules.Apply(booked, applicant, GiveBackAppointment{}, booked.Last.At)
	if err != nil || back.Appointment != nil {
		t.Errorf("given back: %v, %v", back.Appointment, err)
	}
}
