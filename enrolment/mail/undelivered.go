package mail

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"visavis/email"
	"visavis/enrolment"
	"visavis/enrolment/store"
)

// Result is how a letter ended.
type Result string

// The results. The last four are kept with the enrolment, see
// store.Tx.UndeliveredOf.
const (
	Sent           Result = "sent"
	noAddress      Result = "address"     // none, or one that cannot be
	refusedAddress Result = "refused"     // the mail server does not take the address, for good
	noUTF8         Result = "utf8"        // the mail server has no SMTPUTF8, which the address needs
	unavailable    Result = "unavailable" // not now: the job is tried again
)

// Results returns all of them.
func Results() []Result { return []Result{Sent, noAddress, refusedAddress, noUTF8, unavailable} }

// undeliverable is a letter that trying again does not help.
type undeliverable struct {
	reason Result
	code   int // of the mail server; 0: it was not asked
}

// Error implements error.
func (e *undeliverable) Error() string {
	if e.code != 0 {
		return fmt.Sprintf("mail: the server does not take the address (code %d)", e.code)
	}
	return "mail: the letter cannot be sent: " + string(e.reason)
}

// undelivered keeps with the enrolment that a letter could not be sent, and counts
// it: no letter is lost without a trace. It returns an error where trying again may
// help.
func (m *Mailer) undelivered(ctx context.Context, log *slog.Logger, r enrolment.Record, letter string,
	err error) error {
	reason := unavailable
	final, ok := errors.AsType[*undeliverable](err)
	if ok {
		reason = final.reason
		log.ErrorContext(ctx, "a letter cannot be sent", "reason", string(reason), "code", final.code)
		err = nil
	}
	m.cfg.Count(reason)
	ctx = context.WithoutCancel(ctx) // the failure may be an expired context
	noted := m.cfg.Store.InTx(ctx, func(tx *store.Tx) error {
		if _, err := tx.Load(ctx, r.ID); errors.Is(err, store.ErrNotFound) {
			return nil // the enrolment was deleted meanwhile
		}
		note := store.Undelivered{Letter: letter, Reason: string(reason), At: time.Now()}
		return errors.Join(tx.NoteUndelivered(ctx, r.ID, note), m.cfg.Seal(ctx, tx, r.ID))
	})
	return errors.Join(err, noted)
}

// delivered forgets an earlier failure.
func (m *Mailer) delivered(ctx context.Context, r enrolment.Record) error {
	m.cfg.Count(Sent)
	ctx = context.WithoutCancel(ctx)
	err := m.cfg.Store.InTx(ctx, func(tx *store.Tx) error {
		if forgot, err := tx.ForgetUndelivered(ctx, r.ID); err != nil || !forgot {
			return err
		}
		return m.cfg.Seal(ctx, tx, r.ID)
	})
	if err != nil {
		// An error would have the letter sent again.
		m.cfg.Logger.WarnContext(ctx, "a letter that was sent is not noted", "reference", r.Reference, "err", err)
	}
	return nil
}

// asksWithin bounds asking the mail server for what it offers.
const asksWithin = 5 * time.Second

// extension is whether the mail server offers one, as far as known.
type extension struct{ state atomic.Int32 }

// learn keeps what a connection showed.
func (e *extension) learn(offered bool) {
	if offered {
		e.state.Store(1)
	} else {
		e.state.Store(-1)
	}
}

// Reaches refuses an address that the mail server cannot write to, with an
// *email.Error: one that needs SMTPUTF8 where it is not offered. A server that
// cannot be asked refuses nothing; the letter that fails later is noted.
func (m *Mailer) Reaches(a email.Address) error {
	if m.cfg.SMTP == nil || !a.NeedsUTF8() {
		return nil
	}
	if m.utf8.state.Load() <= 0 { // a newly configured server is asked again
		ctx, cancel := context.WithTimeout(context.Background(), asksWithin)
		defer cancel()
		conn, err := m.dial(ctx)
		if err != nil {
			m.cfg.Logger.WarnContext(ctx, "the mail server cannot be asked for SMTPUTF8", "err", err)
			return nil
		}
		_ = conn.Quit()
	}
	if m.utf8.state.Load() < 0 {
		return email.Unwritable()
	}
	return nil
}
