package journey

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/google/uuid"

	"visavis/email"
	"visavis/enrolment"
	"visavis/enrolment/evidence"
	"visavis/enrolment/jobs"
	"visavis/enrolment/store"
	"visavis/identity"
	"visavis/limits"
	"visavis/sites"
)

// Enqueuer enqueues a job in the requesting transaction; *jobs.Queue is one.
type Enqueuer interface {
	Enqueue(ctx context.Context, tx *store.Tx, job jobs.Job) error
}

// Text is one document that a person accepts or refuses.
type Text struct {
	Kind     enrolment.ConsentKind
	Version  string
	Language string
	Title    string
	Hash     string // SHA-256 of what is shown, hex
}

// Config of a Service. Keeper, Queue and Text are required.
type Config struct {
	Keeper *evidence.Keeper
	Queue  Enqueuer
	Rules  enrolment.Rules
	// Text returns the current document, in the best-fitting of its languages.
	Text func(kind enrolment.ConsentKind, language string) Text
	// Certificates configures certificates. nil: the journey ends at the request.
	Certificates *Certificates
	// Reaches returns an *email.Error for an undeliverable address. nil: all are
	// deliverable.
	Reaches func(email.Address) error
	// MobileNeeded says that the mobile number is used.
	MobileNeeded bool
	// SMS sends the capture's link to mobile numbers. nil: nobody gets text messages.
	SMS *SMS
	// Changed is called with each created or changed record, in its transaction. Its
	// error rolls back. nil: not called.
	Changed func(ctx context.Context, tx *store.Tx, r enrolment.Record) error
	// AddressKey is the key of the secrets in confirmation letters, the same on all
	// instances. nil: a random key of this instance.
	AddressKey []byte
	// Hours are the reviewers' working hours. The zero value means always.
	Hours Hours
	// Desk is when registrars receive people. nil: without appointments.
	Desk *Desk
	// Reference draws what people know a new enrolment by; another one is drawn where it is taken. nil: six random
	// letters.
	Reference func() string
	// Now is the clock. nil: time.Now.
	Now    func() time.Time
	Logger *slog.Logger
}

// Service implements the operations. Its only state is its subscribers. Safe for
// concurrent use, by any number of instances.
type Service struct {
	cfg Config
	hub hub
	log *slog.Logger
}

// New makes a Service.
func New(cfg Config) (*Service, error) {
	if cfg.Keeper == nil || cfg.Queue == nil || cfg.Text == nil {
		return nil, errors.New("journey: Keeper, Queue and Text are required")
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Reference == nil {
		cfg.Reference = newReference
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if len(cfg.AddressKey) == 0 {
		cfg.AddressKey = make([]byte, 32)
		_, _ = rand.Read(cfg.AddressKey) // never fails: crypto/rand ends the process instead
	}
	cfg.Rules.Questions = asked
	cfg.Rules.NoAppointments = cfg.Desk == nil
	return &Service{cfg: cfg, log: cfg.Logger, hub: hub{open: map[string]map[chan struct{}]struct{}{}}}, nil
}

// Rules returns the effective rules.
func (s *Service) Rules() enrolment.Rules { return s.cfg.Rules }

// now returns the time in the precision of records.
func (s *Service) now() time.Time { return s.cfg.Now().UTC().Truncate(time.Millisecond) }

// tries bounds the attempts of a change after conflicts.
const tries = 20

// do applies an event to an enrolment.
func (s *Service) do(ctx context.Context, id string, by enrolment.Actor, e enrolment.Event) (enrolment.Record, error) {
	return s.change(ctx, id, change{by: by, event: e})
}

// change is an event with the rest of its transaction.
type change struct {
	by    enrolment.Actor // without an ID: the applicant
	event enrolment.Event
	// check may refuse the record before the event. nil: no check.
	check func(before enrolment.Record) error
	// played skips the machines' jobs: the caller supplies their results.
	played bool
	// also runs if the event changes something. nil: nothing.
	also func(context.Context, *store.Tx) error
}

// change applies an event and starts again on a conflict.
func (s *Service) change(ctx context.Context, id string, c change) (enrolment.Record, error) {
	var r enrolment.Record
	changed := false
	var err error
	for range tries {
		err = s.cfg.Keeper.Store.InTx(ctx, func(tx *store.Tx) (err error) {
			r, changed, err = s.step(ctx, tx, id, c)
			return err
		})
		if !errors.Is(err, store.ErrConflict) {
			break
		}
	}
	if err != nil {
		return r, err
	}
	if changed {
		s.hub.tell(id)
		s.log.InfoContext(ctx, "enrolment changed", "reference", r.Reference, "action", r.Last.Action, "from", r.Last.From,
			"to", r.Last.To, "role", r.Last.By.Role)
	}
	return r, nil
}

// actor returns who makes the change.
func (c change) actor(r enrolment.Record) enrolment.Actor {
	if c.by.ID == "" {
		return applicant(r.Owner)
	}
	return c.by
}

// step is one change within a transaction. The manifest entry over all of it comes last.
func (s *Service) step(
	ctx context.Context, tx *store.Tx, id string, c change,
) (r enrolment.Record, changed bool, err error) {
	before, err := tx.Load(ctx, id)
	if err != nil {
		return before, false, err
	}
	if c.check != nil {
		if err := c.check(before); err != nil {
			return before, false, err
		}
	}
	e := c.event
	if begin, ok := e.(enrolment.BeginCapture); ok {
		if begin.Others, err = s.otherAttempts(ctx, tx, before); err != nil {
			return before, false, err
		}
		e = begin
	}
	now := s.now()
	if now.Before(before.Last.At) { // another instance's clock is ahead
		now = before.Last.At
	}
	r, err = s.cfg.Rules.Apply(before, c.actor(before), e, now)
	if many, ok := errors.AsType[*enrolment.LimitError](err); ok && many.What == enrolment.LimitAttempts {
		limits.Count(limits.Attempts)
	}
	if err != nil || r.Rev == before.Rev {
		return r, false, err
	}
	if err := tx.Save(ctx, r); err != nil {
		return before, false, err
	}
	if err := s.withIt(ctx, tx, before, r, e, now, c.played); err != nil {
		return before, false, err
	}
	if c.also != nil {
		if err := c.also(ctx, tx); err != nil {
			return before, false, err
		}
	}
	if s.cfg.Changed != nil {
		if err := s.cfg.Changed(ctx, tx, r); err != nil {
			return before, false, err
		}
	}
	if err := s.cfg.Keeper.Transition(ctx, tx, id, r.Last); err != nil {
		return before, false, err
	}
	return r, true, s.notify(ctx, tx, id)
}

// withIt stores and enqueues what belongs to a transition.
func (s *Service) withIt(ctx context.Context, tx *store.Tx, before, r enrolment.Record, e enrolment.Event,
	now time.Time, played bool) error {
	if err := tx.AddConsents(ctx, stored(r.ID, enrolment.Answers(e), now)); err != nil {
		return err
	}
	if len(r.Attempts) > len(before.Attempts) && r.Last.Action == enrolment.ActionBegin {
		if err := tx.AddAttempt(ctx, attemptOf(r, now)); err != nil {
			return err
		}
	}
	if (before.Appointment != nil || r.Appointment != nil) && !ofTest(r) { // a site's tests take nobody's slot
		if err := tx.SetAppointment(ctx, r.ID, r.Appointment); err != nil {
			return err
		}
	}
	job, template := consequences(r, e)
	if _, machine := job.(jobs.Verification); job != nil && !(machine && played) {
		if err := s.cfg.Queue.Enqueue(ctx, tx, job); err != nil {
			return err
		}
	}
	switch {
	case r.Last.Action == enrolment.ActionConfirmAddress:
		return s.release(ctx, tx, r)
	case r.Last.Action == enrolment.ActionDisownAddress:
		return s.forget(ctx, tx, before)
	case template != "":
		return s.letter(ctx, tx, r, template)
	case r.Last.Action == enrolment.ActionCorrect && r.State != enrolment.Declared && !r.AddressConfirmed():
		return s.askOnce(ctx, tx, r) // in its first state the person is not done with it
	}
	return nil
}

// attemptOf returns an attempt that starts now.
func attemptOf(r enrolment.Record, now time.Time) store.Attempt {
	a := store.Attempt{Enrolment: r.ID, Owner: r.Owner, Person: personHash(r.Declared), At: now}
	if ofTest(r) {
		a.Person = "" // they share their specimen
	}
	return a
}

// ofTest reports whether an enrolment is one of a site's tests.
func ofTest(r enrolment.Record) bool {
	_, live, ok := sites.OfSubject(r.Owner)
	return ok && !live
}

// personHash returns a hash of a declared identity; empty if only names were declared,
// which many people share.
func personHash(d enrolment.Declaration) string {
	if d.BirthDate == "" {
		return ""
	}
	fold := func(name string) string {
		if folded, err := identity.Fold(name); err == nil {
			return folded
		}
		return strings.ToUpper(enrolment.TidyName(name))
	}
	return digest([]byte("person " + fold(d.Surname) + "/" + fold(d.GivenNames) + "/" + d.BirthDate))
}

// otherAttempts returns the times of attempts of the same account or declared identity in
// other enrolments. Concurrent starts wait for this transaction.
func (s *Service) otherAttempts(ctx context.Context, tx *store.Tx, r enrolment.Record) ([]time.Time, error) {
	a := attemptOf(r, s.now())
	for _, name := range []string{"account " + a.Owner, "person " + a.Person} {
		if err := tx.Lock(ctx, name); err != nil {
			return nil, err
		}
	}
	return tx.OtherAttempts(ctx, a, a.At.Add(-s.cfg.Rules.Window))
}

func stored(id string, answers []enrolment.ConsentAnswer, now time.Time) []enrolment.StoredConsent {
	out := make([]enrolment.StoredConsent, len(answers))
	for i, a := range answers {
		out[i] = enrolment.StoredConsent{ConsentAnswer: a, ID: uuid.NewString(), Enrolment: id, At: now}
	}
	return out
}

// Load returns an enrolment without a permission check. store.ErrNotFound.
func (s *Service) Load(ctx context.Context, id string) (r enrolment.Record, err error) {
	err = s.cfg.Keeper.Store.InTx(ctx, func(tx *store.Tx) error {
		r, err = tx.Load(ctx, id)
		return err
	})
	return r, err
}

// Own returns an applicant's enrolment. enrolment.ErrNotOwner if it is another's.
func (s *Service) Own(ctx context.Context, subject, id string) (enrolment.Record, error) {
	r, err := s.Load(ctx, id)
	if err == nil && r.Owner != subject {
		err = enrolment.ErrNotOwner
	}
	if err != nil {
		return enrolment.Record{}, fmt.Errorf("enrolment: %w", err)
	}
	return r, nil
}

// Of returns an applicant's enrolments, the newest first.
func (s *Service) Of(ctx context.Context, subject string) (list []enrolment.Record, err error) {
	err = s.cfg.Keeper.Store.InTx(ctx, func(tx *store.Tx) error {
		list, err = tx.OfOwner(ctx, subject)
		return err
	})
	return list, err
}
