package retention

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"visavis/enrolment"
	"visavis/enrolment/evidence"
	"visavis/enrolment/jobs"
	"visavis/enrolment/store"
)

// Mailer tells a person that their enrolment was deleted, under which rule, with the
// signed receipt. r is the record as it was.
type Mailer interface {
	Deleted(ctx context.Context, r enrolment.Record, rule string, receipt []byte) error
}

// Queue takes the reminders to send; *jobs.Queue is one.
type Queue interface {
	Enqueue(ctx context.Context, tx *store.Tx, job jobs.Job) error
}

// Config is what a Retention needs. Keeper, with its Store, and Rules are required.
type Config struct {
	Keeper *evidence.Keeper
	Rules  enrolment.Rules
	// Queue takes reminders; nil: nobody is reminded.
	Queue Queue
	// Changed is told of each record that is changed, as journey.Config's; nil: nobody is.
	Changed func(ctx context.Context, tx *store.Tx, r enrolment.Record) error
	// Mailer tells of deletions; nil: nobody is told.
	Mailer Mailer
	// Logger gets what happens; nil: nothing is logged.
	Logger *slog.Logger
}

// Retention keeps what must be kept and deletes the rest. Make it with New.
type Retention struct {
	cfg   Config
	store *store.Store
}

var _ jobs.Sweeper = (*Retention)(nil)

// New makes a Retention.
func New(c Config) (*Retention, error) {
	if c.Keeper == nil || c.Keeper.Store == nil || c.Keeper.Bucket == nil || c.Keeper.Signer == nil {
		return nil, errors.New("retention: a Keeper with store, bucket and signer is required")
	}
	if c.Rules.OpenFor <= 0 || c.Rules.KeepReceipts <= 0 {
		return nil, errors.New("retention: the rules are required: without them everything would be due")
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return &Retention{cfg: c, store: c.Keeper.Store}, nil
}

// DeleteOnRequest deletes an enrolment at its applicant's wish and returns the signed
// receipt; again it returns the same. The error is enrolment.ErrOwed for a file that
// its provider has to keep, store.ErrNotFound where there was none. Whose it is, the
// caller has checked.
func (r *Retention) DeleteOnRequest(ctx context.Context, id string) ([]byte, error) {
	now := time.Now()
	d, err := r.delete(ctx, id, now, func(record enrolment.Record) (enrolment.Deletion, bool, error) {
		deletion, err := r.cfg.Rules.DeletionOnRequest(record, now)
		return deletion, err == nil, err
	})
	if err != nil {
		return nil, err
	}
	r.tell(ctx, []deleted{d})
	return r.receipt(ctx, id)
}

// DeleteDue deletes an enrolment if it is due, as after a cancellation, and returns
// the signed receipt; nil when it is not due. The error is store.ErrNotFound where
// there was none.
func (r *Retention) DeleteDue(ctx context.Context, id string) ([]byte, error) {
	kept := false
	now := time.Now()
	d, err := r.delete(ctx, id, now, func(record enrolment.Record) (enrolment.Deletion, bool, error) {
		deletion, due := r.cfg.Rules.Deletion(record, now)
		kept = !due
		return deletion, due, nil
	})
	if err != nil || kept {
		return nil, err
	}
	r.tell(ctx, []deleted{d})
	return r.receipt(ctx, id)
}

// deleted is an enrolment that is no more, for as long as it takes to tell.
type deleted struct {
	record  enrolment.Record
	rule    string
	receipt []byte // nil: there was nothing to delete
}

// delete deletes an enrolment if decide says so.
func (r *Retention) delete(ctx context.Context, id string, now time.Time,
	decide func(enrolment.Record) (enrolment.Deletion, bool, error)) (d deleted, err error) {
	d.receipt, err = r.cfg.Keeper.Delete(ctx, id, now, func(record enrolment.Record) (enrolment.Deletion, bool, error) {
		deletion, due, err := decide(record)
		d.record, d.rule = record, deletion.Rule
		return deletion, due, err
	})
	if err == nil && d.receipt != nil {
		r.cfg.Logger.InfoContext(ctx, "enrolment deleted", "reference", d.record.Reference, "rule", d.rule)
	}
	return d, err
}

// receipt returns the stored receipt of a deletion.
func (r *Retention) receipt(ctx context.Context, id string) ([]byte, error) {
	var all []store.Receipt
	err := r.store.InTx(ctx, func(tx *store.Tx) (err error) {
		all, err = tx.Receipts(ctx, id)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("retention: %w", err)
	}
	if len(all) == 0 {
		return nil, store.ErrNotFound
	}
	return []byte(all[len(all)-1].Body), nil
}

const (
	// tellWithin bounds one e-mail.
	tellWithin = 20 * time.Second
	// failures in a row after which the mail server counts as down: a sweep has two
	// minutes, and the addresses are not kept for a better time.
	failures = 3
)

// tell writes to those whose enrolments are gone.
func (r *Retention) tell(ctx context.Context, gone []deleted) {
	failed := 0
	for _, d := range gone {
		if r.cfg.Mailer == nil || d.receipt == nil || failed == failures {
			continue
		}
		within, cancel := context.WithTimeout(ctx, tellWithin)
		err := r.cfg.Mailer.Deleted(within, d.record, d.rule, d.receipt)
		cancel()
		if err == nil {
			failed = 0
			continue
		}
		failed++
		r.cfg.Logger.WarnContext(ctx, "nobody was told of a deletion", "reference", d.record.Reference, "err", err)
	}
}
