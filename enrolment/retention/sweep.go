package retention

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"visavis/enrolment"
	"visavis/enrolment/jobs"
	"visavis/enrolment/store"
)

const (
	// page is how many records are read in one transaction.
	page = 100
	// remindBefore is when a person is told that their enrolment closes. No longer
	// than River keeps what it has done (24 hours), by which it knows that the
	// reminder was sent.
	remindBefore = 24 * time.Hour
)

// system acts in the log of an enrolment.
var system = enrolment.Actor{Role: enrolment.System, ID: "retention"}

// Sweep implements jobs.Sweeper: it reminds those whose enrolments close soon,
// expires what waited too long, deletes what is due, removes what interrupted
// deletions left in the bucket, and drops receipts that are old enough. One that
// fails does not hold the others.
func (r *Retention) Sweep(ctx context.Context, now time.Time) error {
	var gone []deleted
	var failed []error
	err := r.walk(ctx, now, func(record enrolment.Record) {
		d, err := r.sweepOne(ctx, record, now, false)
		if err != nil {
			failed = append(failed, fmt.Errorf("retention: %s: %w", record.Reference, err))
		}
		if d.receipt != nil {
			gone = append(gone, d)
		}
	})
	orphans, orphansErr := r.removeOrphans(ctx)
	var dropped int64
	dropErr := r.store.InTx(ctx, func(tx *store.Tx) (err error) {
		if dropped, err = tx.DropReceipts(ctx, now.Add(-r.cfg.Rules.KeepReceipts)); err != nil {
			return err
		}
		if err := tx.DropOld(ctx, now.Add(-r.cfg.Rules.KeepCounts()), now.Add(-r.cfg.Rules.KeepAudit)); err != nil {
			return err
		}
		return r.dropRegister(ctx, tx, now)
	})
	r.tell(ctx, gone)
	r.cfg.Logger.InfoContext(ctx, "retention swept", "deleted", len(gone), "orphans", orphans, "receiptsDropped", dropped,
		"failed", len(failed))
	return errors.Join(append(failed, err, orphansErr, dropErr)...)
}

// dropRegister removes the certificates whose time in the register is over, and
// whose enrolments are gone.
func (r *Retention) dropRegister(ctx context.Context, tx *store.Tx, now time.Time) error {
	for after := ""; ; {
		old, err := tx.OldCertificates(ctx, now.Add(-r.cfg.Rules.KeepRegister), after, page)
		if err != nil || len(old) == 0 {
			return err
		}
		for _, c := range old {
			after = c.ID
			if c.Value.Details.NotAfter.Add(r.cfg.Rules.KeepRegister).After(now) {
				continue
			}
			if _, err := tx.Load(ctx, c.Enrolment); !errors.Is(err, store.ErrNotFound) {
				if err != nil {
					return err
				}
				continue
			}
			if err := tx.DropCertificate(ctx, c.ID); err != nil {
				return err
			}
		}
	}
}

// walk hands over every record, the longest quiet first, outside any transaction.
func (r *Retention) walk(ctx context.Context, now time.Time, f func(enrolment.Record)) error {
	after, afterID := time.Time{}, ""
	for {
		var records []enrolment.Record
		err := r.store.InTx(ctx, func(tx *store.Tx) (err error) {
			records, err = tx.QuietSince(ctx, now, after, afterID, page)
			return err
		})
		if err != nil {
			return fmt.Errorf("retention: %w", err)
		}
		for _, record := range records {
			if err := ctx.Err(); err != nil {
				return fmt.Errorf("retention: %w", err)
			}
			f(record)
			after, afterID = record.LastAction, record.ID
		}
		if len(records) < page {
			return nil
		}
	}
}

// SweepOne does with one enrolment what is due at a time that a test's clock shows. store.ErrNotFound.
func (r *Retention) SweepOne(ctx context.Context, id string, now time.Time) error {
	var record enrolment.Record
	err := r.store.InTx(ctx, func(tx *store.Tx) (err error) {
		record, err = tx.Load(ctx, id)
		return err
	})
	if err != nil {
		return err
	}
	d, err := r.sweepOne(ctx, record, now, true)
	r.tell(ctx, []deleted{d})
	return err
}

// sweepOne does what is due of an enrolment; early: by a test's clock.
func (r *Retention) sweepOne(ctx context.Context, record enrolment.Record, now time.Time, early bool) (deleted, error) {
	if _, due := r.cfg.Rules.Deletion(record, now); !due {
		return deleted{}, errors.Join(r.remind(ctx, record, now, early), r.transfer(ctx, record))
	}
	if err := r.expire(ctx, record.ID, now); err != nil {
		return deleted{}, err
	}
	return r.delete(ctx, record.ID, now, func(record enrolment.Record) (enrolment.Deletion, bool, error) {
		d, due := r.cfg.Rules.Deletion(record, now)
		return d, due, nil
	})
}

// expire notes that an enrolment waited too long, so that the file's last entry, by
// which its receipt knows it, says how it ended.
func (r *Retention) expire(ctx context.Context, id string, now time.Time) error {
	return r.store.InTx(ctx, func(tx *store.Tx) error {
		record, err := tx.Load(ctx, id)
		if errors.Is(err, store.ErrNotFound) {
			return nil // somebody else was faster
		}
		if err != nil || r.cfg.Rules.ExpiresAt(record).IsZero() {
			return err
		}
		next, err := r.cfg.Rules.Apply(record, system, enrolment.Expire{}, now)
		if err != nil || next.Rev == record.Rev {
			if errors.Is(err, enrolment.ErrNotDue) {
				return nil // the person came back in the meantime
			}
			return err
		}
		return r.save(ctx, tx, next)
	})
}

// HandedOver notes that somebody acknowledged that they have an issued enrolment's
// file; the clock of its deletion runs from then. Idempotent. store.ErrNotFound,
// *enrolment.StateError.
func (r *Retention) HandedOver(ctx context.Context, id string, e enrolment.HandOver) error {
	return r.store.InTx(ctx, func(tx *store.Tx) error {
		record, err := tx.Load(ctx, id)
		if err != nil {
			return err
		}
		next, err := r.cfg.Rules.Apply(record, system, e, time.Now().UTC().Truncate(time.Millisecond))
		if err != nil || next.Rev == record.Rev {
			return err
		}
		return r.save(ctx, tx, next)
	})
}

// save stores a record's next rev, tells of it and lists its transition.
func (r *Retention) save(ctx context.Context, tx *store.Tx, next enrolment.Record) error {
	if err := tx.Save(ctx, next); err != nil {
		return err
	}
	if r.cfg.Changed != nil {
		if err := r.cfg.Changed(ctx, tx, next); err != nil {
			return err
		}
	}
	return r.cfg.Keeper.Transition(ctx, tx, next.ID, next.Last)
}

// remind tells a person that their enrolment closes soon. Where enrolments stay open
// for hardly longer, there is nothing to remind of.
func (r *Retention) remind(ctx context.Context, record enrolment.Record, now time.Time, early bool) error {
	closes := r.cfg.Rules.ExpiresAt(record)
	if r.cfg.Queue == nil || closes.IsZero() || closes.Sub(now) > remindBefore ||
		closes.Sub(record.LastAction) <= 2*remindBefore {
		return nil
	}
	return r.store.InTx(ctx, func(tx *store.Tx) error {
		letter := jobs.Email{Enrolment: record.ID, Template: "expiring", Early: early}
		return r.cfg.Queue.Enqueue(ctx, tx, jobs.Reminder{Email: letter})
	})
}

// transfer has a file handed over that still is owed: the job may have been given up, or
// the recipient set since.
func (r *Retention) transfer(ctx context.Context, record enrolment.Record) error {
	if r.cfg.Queue == nil || !r.cfg.Rules.Owes(record) {
		return nil
	}
	return r.store.InTx(ctx, func(tx *store.Tx) error {
		return r.cfg.Queue.Enqueue(ctx, tx, jobs.Transfer{Enrolment: record.ID})
	})
}

// removeOrphans removes what deletions that were interrupted left in the bucket. The
// receipt is the proof that it was one: a bucket with another database's files, or a
// database that was put back from a backup, loses nothing.
func (r *Retention) removeOrphans(ctx context.Context) (removed int, err error) {
	folders, err := r.folders(ctx)
	if err != nil {
		return 0, err
	}
	var failed []error
	for _, id := range folders {
		orphan, err := r.isOrphan(ctx, id)
		if err == nil && orphan {
			_, err = r.cfg.Keeper.Delete(ctx, id, time.Now(), func(enrolment.Record) (enrolment.Deletion, bool, error) {
				return enrolment.Deletion{}, false, nil // it is there after all
			})
			removed++
		}
		if err != nil {
			failed = append(failed, fmt.Errorf("retention: %w", err))
		}
	}
	return removed, errors.Join(failed...)
}

func (r *Retention) isOrphan(ctx context.Context, id string) (orphan bool, err error) {
	err = r.store.InTx(ctx, func(tx *store.Tx) error {
		if _, err := tx.Load(ctx, id); !errors.Is(err, store.ErrNotFound) {
			return err
		}
		receipts, err := tx.Receipts(ctx, id)
		orphan = len(receipts) > 0
		return err
	})
	return orphan, err
}

// folders lists the enrolments that have blobs.
func (r *Retention) folders(ctx context.Context) ([]string, error) {
	all, err := r.cfg.Keeper.Bucket.Folders(ctx)
	if err != nil {
		return nil, fmt.Errorf("retention: %w", err)
	}
	var out []string
	for _, id := range all {
		if uuid.Validate(id) == nil {
			out = append(out, id)
		}
	}
	return out, nil
}
