package journey

import (
	"context"
	"slices"
	"time"

	"visavis/enrolment"
	"visavis/enrolment/store"
)

// SlotTaken says that a slot is full, over, or not one of the desk's.
const SlotTaken InputProblem = "slot-taken"

// Slot is a time at which a registrar receives people, and how many more it takes.
type Slot struct {
	At   time.Time
	Left int
}

// Desk returns when registrars receive people; nil: without appointments.
func (s *Service) Desk() *Desk { return s.cfg.Desk }

// Slots returns the slots that an applicant may book, in their order. The booked one counts
// as free. Empty unless the enrolment waits for a visit by appointment.
func (s *Service) Slots(ctx context.Context, subject, id string) (out []Slot, err error) {
	r, err := s.Own(ctx, subject, id)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(s.cfg.Rules.Allowed(r.State, enrolment.Applicant), enrolment.ActionBook) {
		return nil, nil
	}
	from := s.now()
	until := from.Add(ahead)
	var booked []enrolment.Appointment
	err = s.cfg.Keeper.Store.InTx(ctx, func(tx *store.Tx) error {
		booked, err = tx.Booked(ctx, from, until.Add(longest*time.Minute), id)
		return err
	})
	for _, at := range s.cfg.Desk.slots(from, until) {
		if left := s.cfg.Desk.left(at, booked); left > 0 {
			out = append(out, Slot{at, left})
		}
	}
	return out, err
}

// Book books a slot in the place of the one that was booked before. *InputError of SlotTaken
// if it cannot be had.
func (s *Service) Book(ctx context.Context, subject, id string, at time.Time) (enrolment.Record, error) {
	desk, taken := s.cfg.Desk, &InputError{Field: "at", Problem: SlotTaken}
	e := enrolment.BookAppointment{Appointment: enrolment.Appointment{At: at.UTC()}}
	if desk != nil {
		e.Minutes = int(desk.length.Minutes())
	}
	return s.change(ctx, id, change{
		by: applicant(subject), event: e,
		check: func(before enrolment.Record) error {
			now := s.now()
			if before.Owner == subject && before.State == enrolment.InPerson && desk != nil &&
				!(at.After(now) && at.Before(now.Add(ahead)) && slices.ContainsFunc(desk.slots(at, at.Add(1)), at.Equal)) {
				return taken
			}
			return nil
		},
		also: func(ctx context.Context, tx *store.Tx) error {
			// A concurrent booking on another instance waits here and then counts this one.
			if err := tx.Lock(ctx, "appointments"); err != nil {
				return err
			}
			others, err := tx.Booked(ctx, at, at.Add(desk.length), id)
			if err == nil && desk.left(at.UTC(), others) < 1 {
				err = taken
			}
			return err
		},
	})
}

// GiveBack frees the slot that was booked.
func (s *Service) GiveBack(ctx context.Context, subject, id string) (enrolment.Record, error) {
	return s.do(ctx, id, applicant(subject), enrolment.GiveBackAppointment{})
}

// mostExpected bounds the registrars' list.
const mostExpected = 200

// Expected returns the enrolments with an appointment from the beginning of the desk's day
// on, in their order, without those of sites' tests. It is for lists of times and references: who reads more of an
// enrolment calls ByReference, which the audit notes.
func (s *Service) Expected(ctx context.Context) (list []enrolment.Record, err error) {
	if s.cfg.Desk == nil {
		return nil, nil
	}
	now := s.now().In(s.cfg.Desk.Zone())
	today := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, now.Location())
	err = s.cfg.Keeper.Store.InTx(ctx, func(tx *store.Tx) error {
		list, err = tx.WithAppointments(ctx, today, mostExpected)
		return err
	})
	// One that expired a moment ago has none any more, while its row is there until it is deleted.
	return slices.DeleteFunc(list, func(r enrolment.Record) bool { return r.Appointment == nil }), err
}
