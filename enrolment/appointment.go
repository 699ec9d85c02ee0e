package enrolment

import "time"

// Appointment is a slot at a registrar's desk.
type Appointment struct {
	At      time.Time `json:"at"`
	Minutes int       `json:"minutes"` // its length
}

// Until is when it ends.
func (a Appointment) Until() time.Time { return a.At.Add(time.Duration(a.Minutes) * time.Minute) }

// BookAppointment books a slot in the place of the one that was booked before. Whether the
// slot exists and is free is the caller's to know.
type BookAppointment struct{ Appointment }

// GiveBackAppointment frees the slot that was booked.
type GiveBackAppointment struct{}

func (BookAppointment) action() Action     { return ActionBook }
func (GiveBackAppointment) action() Action { return ActionGiveBack }

func (e BookAppointment) apply(r *Record, _ Actor, _ *Rules, now time.Time) (string, error) {
	if !e.At.After(now) || e.Minutes < 1 {
		return "", &ValueError{Action: ActionBook, Field: "at"}
	}
	booked := Appointment{e.At.UTC(), e.Minutes}
	if r.Appointment != nil && *r.Appointment == booked {
		return "", errNoChange
	}
	r.Appointment = &booked
	return booked.At.Format(time.RFC3339), nil
}

func (GiveBackAppointment) apply(r *Record, _ Actor, _ *Rules, _ time.Time) (string, error) {
	if r.Appointment == nil {
		return "", errNoChange
	}
	r.Appointment = nil
	return "", nil
}
