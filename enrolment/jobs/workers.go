package jobs

import (
	"context"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"

	"visavis/enrolment/store"
)

// complete marks a job as done in a transaction.
func complete[T river.JobArgs](ctx context.Context, tx *store.Tx, job *river.Job[T]) error {
	if tx.Postgres != nil {
		_, err := river.JobCompleteTx[*riverpgxv5.Driver](ctx, tx.Postgres, job)
		return err
	}
	_, err := river.JobCompleteTx[*riversqlite.Driver](ctx, tx.SQLite, job)
	return err
}

type verificationWorker struct {
	river.WorkerDefaults[Verification]
	store    *store.Store
	verifier Verifier
}

// Work implements river.Worker.
func (w *verificationWorker) Work(ctx context.Context, job *river.Job[Verification]) error {
	finish, err := w.verifier.Verify(ctx, job.Args.Enrolment)
	if err != nil {
		return err
	}
	return w.store.InTx(ctx, func(tx *store.Tx) error {
		if err := finish(ctx, tx); err != nil {
			return err
		}
		return complete(ctx, tx, job)
	})
}

// snoozed puts a job off that has more to do after a while; River does not count that as an
// attempt.
func snoozed(again time.Duration, err error) error {
	if err == nil && again > 0 {
		return river.JobSnooze(again)
	}
	return err
}

type certificateWorker struct {
	river.WorkerDefaults[Certificate]
	store  *store.Store
	issuer Issuer
}

// Work implements river.Worker.
func (w *certificateWorker) Work(ctx context.Context, job *river.Job[Certificate]) error {
	finish, again, err := w.issuer.Issue(ctx, job.Args.ID)
	if err != nil {
		return err
	}
	err = w.store.InTx(ctx, func(tx *store.Tx) error {
		if err := finish(ctx, tx); err != nil || again > 0 {
			return err
		}
		return complete(ctx, tx, job)
	})
	return snoozed(again, err)
}

type deliveryWorker struct {
	river.WorkerDefaults[Delivery]
	deliverer Deliverer
}

// Work implements river.Worker.
func (w *deliveryWorker) Work(ctx context.Context, job *river.Job[Delivery]) error {
	return snoozed(w.deliverer.Deliver(ctx, job.Args.ID))
}

type transferWorker struct {
	river.WorkerDefaults[Transfer]
	transferrer Transferrer
}

// Work implements river.Worker.
func (w *transferWorker) Work(ctx context.Context, job *river.Job[Transfer]) error {
	return snoozed(w.transferrer.Transfer(ctx, job.Args.Enrolment))
}

type emailWorker struct {
	river.WorkerDefaults[Email]
	store  *store.Store
	mailer Mailer
	sent   Sent // may be nil
}

// Work implements river.Worker.
func (w *emailWorker) Work(ctx context.Context, job *river.Job[Email]) error {
	if err := w.mailer.Mail(ctx, job.ID, job.Args); err != nil {
		return err
	}
	// Nothing stands between the mail server's answer and this transaction: a crash between them sends the letter twice.
	return w.store.InTx(ctx, func(tx *store.Tx) error {
		if w.sent != nil {
			if err := w.sent(ctx, tx, job.Args); err != nil {
				return err
			}
		}
		return complete(ctx, tx, job)
	})
}

type siteLetterWorker struct {
	river.WorkerDefaults[SiteLetter]
	mailer SiteMailer
}

// Work implements river.Worker.
func (w *siteLetterWorker) Work(ctx context.Context, job *river.Job[SiteLetter]) error {
	return w.mailer.MailSite(ctx, job.ID, job.Args)
}

type advanceWorker struct {
	river.WorkerDefaults[Advance]
	advancer Advancer
}

// Work implements river.Worker.
func (w *advanceWorker) Work(ctx context.Context, job *river.Job[Advance]) error {
	return snoozed(w.advancer.AdvanceDue(ctx, job.Args.Verification))
}

type stampWorker struct {
	river.WorkerDefaults[Stamp]
	stamper Stamper
}

// Work implements river.Worker.
func (w *stampWorker) Work(ctx context.Context, _ *river.Job[Stamp]) error {
	return w.stamper.Stamp(ctx)
}

type retentionWorker struct {
	river.WorkerDefaults[Retention]
	sweeper Sweeper
}

// Work implements river.Worker.
func (w *retentionWorker) Work(ctx context.Context, _ *river.Job[Retention]) error {
	return w.sweeper.Sweep(ctx, time.Now())
}
