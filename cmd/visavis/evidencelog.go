package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"visavis/enrolment"
	"visavis/enrolment/evidence"
	"visavis/enrolment/store"
)

var errNoLog = errors.New("there is no log outside of the database: --log-url is off")

// printHead prints the signed head of the log: kept where nobody who runs this
// server can reach it, it shows later that nothing was rolled back.
func printHead(ctx context.Context, r *storage, env environment) error {
	k, done, err := r.open(ctx, true)
	if err != nil {
		return err
	}
	defer done()
	if k.Ledger == nil {
		return errNoLog
	}
	head, err := k.Ledger.Head(ctx)
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(env.stdout, k.Ledger.Note(head))
	return err
}

// verifyAll checks every file, the log, and that no file is gone without a trace.
func verifyAll(ctx context.Context, r *storage, since string, env environment) error {
	k, done, err := r.open(ctx, true)
	if err != nil {
		return err
	}
	defer done()
	if err := verifySince(ctx, k, since, env); err != nil {
		return err
	}
	count, wrong, err := checkAll(ctx, k, env.stdout)
	if err != nil {
		return err
	}
	if wrong {
		return errProblems
	}
	fmt.Fprintf(env.stdout, "ok: %d files, each whole, none gone without a deletion\n", count)
	return nil
}

// checkAll checks every file and that none is gone without a trace. It reports what is
// wrong and returns how many there are.
func checkAll(ctx context.Context, k *evidence.Keeper, report io.Writer) (count int, wrong bool, err error) {
	missing, err := k.Missing(ctx)
	if err != nil {
		return 0, false, err
	}
	wrong = len(missing) > 0
	for _, id := range missing {
		fmt.Fprintf(report, "WRONG %s: the file is gone, and no deletion stands in the log\n", printable(id))
	}
	err = eachEnrolment(ctx, k, func(id string) error {
		v, err := k.Verify(ctx, id)
		if err != nil && !errors.Is(err, store.ErrNotFound) { // deleted meanwhile
			return err
		}
		count++
		if v.OK() {
			return nil
		}
		wrong = true
		return ignore(printVerification(v, environment{stdout: report}), errProblems)
	})
	return count, wrong, err
}

func ignore(err, known error) error {
	if errors.Is(err, known) {
		return nil
	}
	return err
}

// verifySince shows that the log goes on from a head that was kept elsewhere.
func verifySince(ctx context.Context, k *evidence.Keeper, since string, env environment) error {
	if since == "" {
		return nil
	}
	if k.Ledger == nil {
		return errNoLog
	}
	note, err := os.ReadFile(since)
	if err != nil {
		return err
	}
	older, err := k.Ledger.ParseNote(string(note))
	if err != nil {
		return fmt.Errorf("%s: %w", since, err)
	}
	now, err := k.Ledger.Head(ctx)
	if err != nil {
		return err
	}
	if err := k.Ledger.Consistent(ctx, older, now); err != nil {
		return err
	}
	fmt.Fprintf(env.stdout, "the log goes on from head %d of %s to head %d\n", older.Size,
		older.At.Format(time.RFC3339), now.Size)
	return nil
}

// eachEnrolment calls f for each enrolment, outside of any transaction.
func eachEnrolment(ctx context.Context, k *evidence.Keeper, f func(id string) error) error {
	const page = 100
	after, afterID, now := time.Time{}, "", time.Now().Add(time.Hour)
	for {
		var some []enrolment.Record
		err := k.Store.InTx(ctx, func(tx *store.Tx) (err error) {
			some, err = tx.QuietSince(ctx, now, after, afterID, page)
			return err
		})
		if err != nil || len(some) == 0 {
			return err
		}
		for _, r := range some {
			if err := f(r.ID); err != nil {
				return err
			}
			after, afterID = r.LastAction, r.ID
		}
	}
}
