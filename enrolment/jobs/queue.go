package jobs

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
	"github.com/riverqueue/river/rivertype"
	"go.opentelemetry.io/otel/trace"

	"visavis/enrolment/store"
)

const (
	// JobTimeout is the longest that a job may take: a verification reads a few
	// pictures in seconds, and a mail server may be slow.
	JobTimeout = 2 * time.Minute
	// RescueAfter is when another instance takes a job of one that is gone.
	RescueAfter = 5 * time.Minute
	// sweepEvery is how often retention looks: due times are in days.
	sweepEvery = time.Hour
	// deliveries is the queue of messages to endpoints, deliverers how many are sent at
	// once: they wait for others most of the time.
	deliveries = "deliveries"
	deliverers = 60
	// transfers is the queue of files to the provider, transferrers how many are sent at
	// once: each is a few megabytes in memory.
	transfers    = "transfers"
	transferrers = 2
	// mostRunning is the most that the list of River's client returns. An instance works
	// on some 20 jobs at once.
	mostRunning = 10_000
	// fetchEvery is the least time between two looks for jobs: River's own tenth of a second would bound a queue to
	// ten times as many jobs a second as it has workers.
	fetchEvery = 20 * time.Millisecond
	// pollEvery is how often deliveries are looked for in SQLite, which tells nobody of a new one.
	pollEvery = 200 * time.Millisecond
	// attempts of a job, about a day with River's growing pauses.
	attempts = 12
)

// Config is what a Queue needs. Verifier, Mailer and Sweeper are required to
// Start, not to Enqueue.
type Config struct {
	Store    *store.Store
	Verifier Verifier
	Mailer   Mailer
	Sweeper  Sweeper
	// Issuer may be nil: then nothing asks for certificates.
	Issuer Issuer
	// Deliverer may be nil: then no endpoint is told of anything.
	Deliverer Deliverer
	// Transferrer may be nil: then transfers are neither asked for nor enqueued.
	Transferrer Transferrer
	// SiteMailer and Advancer may be nil: then sites send no letters, and tests plan nothing.
	SiteMailer SiteMailer
	Advancer   Advancer
	// Sent may be nil: then nobody notes which letters went.
	Sent Sent
	// Stamper may be nil: then stamps are neither asked for nor enqueued.
	Stamper Stamper
	Logger  *slog.Logger
	// Instance is this instance's own name, the same after a restart, never that of
	// another that runs. Empty: left to RescueAfter.
	Instance string
	// Workers is how many jobs run at once. Default 2.
	Workers int
	// Tracer makes a span of each attempt of a job. nil: none.
	Tracer trace.Tracer
}

// Queue enqueues jobs and works on them. It may be used by any number of
// goroutines.
type Queue struct {
	store    *store.Store
	instance string
	stamps   bool
	sends    bool // transfers
	// One of the two, as the store has it.
	sqlite   *river.Client[*sql.Tx]
	postgres *river.Client[pgx.Tx]
}

// Migration brings River's tables up to date; hand it to Store.Migrate.
func Migration(s *store.Store) func(context.Context) error {
	return func(ctx context.Context) error {
		if s.Postgres() != nil {
			return migrate(ctx, riverpgxv5.New(s.Postgres()))
		}
		return migrate(ctx, riversqlite.New(s.SQLite()))
	}
}

func migrate[T any](ctx context.Context, driver riverdriver.Driver[T]) error {
	m, err := rivermigrate.New(driver, &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return fmt.Errorf("jobs: %w", err)
	}
	if _, err := m.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("jobs: %w", err)
	}
	return nil
}

// New makes a Queue on a migrated store.
func New(c Config) (*Queue, error) {
	q := &Queue{store: c.Store, instance: c.Instance, stamps: c.Stamper != nil, sends: c.Transferrer != nil}
	config := &river.Config{
		ID: c.Instance, Logger: c.Logger, JobTimeout: JobTimeout, RescueStuckJobsAfter: RescueAfter, MaxAttempts: attempts,
		FetchCooldown: fetchEvery,
	}
	if c.Tracer != nil {
		config.Middleware = []rivertype.Middleware{&traces{tracer: c.Tracer}}
	}
	if c.Verifier != nil && c.Mailer != nil && c.Sweeper != nil {
		workers := river.NewWorkers()
		err := errors.Join(
			river.AddWorkerSafely(workers, &verificationWorker{store: c.Store, verifier: c.Verifier}),
			river.AddWorkerSafely(workers, &emailWorker{store: c.Store, mailer: c.Mailer, sent: c.Sent}),
			river.AddWorkerSafely(workers, &retentionWorker{sweeper: c.Sweeper}))
		if c.Issuer != nil {
			err = errors.Join(err, river.AddWorkerSafely(workers, &certificateWorker{store: c.Store, issuer: c.Issuer}))
		}
		if c.Deliverer != nil {
			err = errors.Join(err, river.AddWorkerSafely(workers, &deliveryWorker{deliverer: c.Deliverer}))
		}
		if c.Transferrer != nil {
			err = errors.Join(err, river.AddWorkerSafely(workers, &transferWorker{transferrer: c.Transferrer}))
		}
		if c.SiteMailer != nil {
			err = errors.Join(err, river.AddWorkerSafely(workers, &siteLetterWorker{mailer: c.SiteMailer}))
		}
		if c.Advancer != nil {
			err = errors.Join(err, river.AddWorkerSafely(workers, &advanceWorker{advancer: c.Advancer}))
		}
		if c.Stamper != nil {
			err = errors.Join(err, river.AddWorkerSafely(workers, &stampWorker{stamper: c.Stamper}))
		}
		if err != nil {
			return nil, fmt.Errorf("jobs: %w", err)
		}
		config.Workers = workers
		config.Queues = map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: max(c.Workers, 2)}}
		if c.Deliverer != nil {
			of := river.QueueConfig{MaxWorkers: deliverers}
			if c.Store.SQLite() != nil {
				of.FetchPollInterval = pollEvery
			}
			config.Queues[deliveries] = of
		}
		if c.Transferrer != nil {
			config.Queues[transfers] = river.QueueConfig{MaxWorkers: transferrers}
		}
		config.PeriodicJobs = []*river.PeriodicJob{hourly(Retention{})}
		if c.Stamper != nil {
			config.PeriodicJobs = append(config.PeriodicJobs, hourly(Stamp{}))
		}
	}
	var err error
	if c.Store.Postgres() != nil {
		q.postgres, err = river.NewClient(riverpgxv5.New(c.Store.Postgres()), config)
	} else {
		q.sqlite, err = river.NewClient(riversqlite.New(c.Store.SQLite()), config)
	}
	if err != nil {
		return nil, fmt.Errorf("jobs: %w", err)
	}
	return q, nil
}

// hourly has a job done at the start and every hour.
func hourly(job Job) *river.PeriodicJob {
	return river.NewPeriodicJob(river.PeriodicInterval(sweepEvery),
		func() (river.JobArgs, *river.InsertOpts) { return job, nil }, &river.PeriodicJobOpts{RunOnStart: true})
}

// Enqueue enqueues a job in the transaction that asks for it. A Delivery, a Transfer or an Advance that
// waits already is done now instead, so that each has one that waits.
func (q *Queue) Enqueue(ctx context.Context, tx *store.Tx, job Job) error {
	if _, stamp := job.(Stamp); stamp && !q.stamps {
		return nil
	}
	if _, transfer := job.(Transfer); transfer && !q.sends {
		return nil
	}
	var err error
	if late, ok := job.(putOff); ok {
		err = q.enqueueOne(ctx, tx, late)
	} else {
		_, err = q.insert(ctx, tx, job)
	}
	if err != nil {
		return fmt.Errorf("jobs: %w", err)
	}
	return nil
}

func (q *Queue) insert(ctx context.Context, tx *store.Tx, job Job) (*rivertype.JobInsertResult, error) {
	if tx.Postgres != nil {
		return q.postgres.InsertTx(ctx, tx.Postgres, job, nil)
	}
	return q.sqlite.InsertTx(ctx, tx.SQLite, job, nil)
}

// enqueueOne inserts a job, or has the one that waits done now. One that runs does not count: it may have read what
// this transaction changes and be about to put itself off, so another waits behind it.
func (q *Queue) enqueueOne(ctx context.Context, tx *store.Tx, job putOff) error {
	for n := 0; ; n++ {
		in, err := q.insert(ctx, tx, job.turn(n))
		switch {
		case err != nil:
			return err
		case !in.UniqueSkippedAsDuplicate:
			return nil
		case in.Job.State == rivertype.JobStateRunning:
			continue
		case tx.Postgres != nil:
			_, err = q.postgres.JobRetryTx(ctx, tx.Postgres, in.Job.ID)
		default:
			_, err = q.sqlite.JobRetryTx(ctx, tx.SQLite, in.Job.ID)
		}
		return err
	}
}

// Start takes up what a killed server left, and works until Stop. ctx bounds the
// start alone.
func (q *Queue) Start(ctx context.Context) error {
	if err := q.takeUp(ctx); err != nil {
		return fmt.Errorf("jobs: %w", err)
	}
	ctx = context.WithoutCancel(ctx) // Stop ends it, with time to finish
	if q.postgres != nil {
		return q.postgres.Start(ctx)
	}
	return q.sqlite.Start(ctx)
}

// Stop lets the running jobs finish until ctx ends, then cancels them: they are
// tried again.
func (q *Queue) Stop(ctx context.Context) error {
	var stop, now func(context.Context) error
	if q.postgres != nil {
		stop, now = q.postgres.Stop, q.postgres.StopAndCancel
	} else {
		stop, now = q.sqlite.Stop, q.sqlite.StopAndCancel
	}
	if err := stop(ctx); err == nil {
		return nil
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	return now(last)
}

// takeUp makes the jobs available that no living process works on: with SQLite all
// that are running, with PostgreSQL those of this instance's name.
func (q *Queue) takeUp(ctx context.Context) error {
	if q.postgres != nil {
		return takeUp(ctx, q.postgres, func(job *rivertype.JobRow) bool {
			return q.instance != "" && len(job.AttemptedBy) > 0 && job.AttemptedBy[len(job.AttemptedBy)-1] == q.instance
		})
	}
	return takeUp(ctx, q.sqlite, func(*rivertype.JobRow) bool { return true })
}

// takeUp rescues the running jobs that are mine. A job that was running at the end of its last attempt is given
// up: else one that kills the server would kill it at every start.
//
// River's client lists the jobs but cannot rescue one: JobRetry leaves a running job alone, and the client's own
// rescuer waits for RescueStuckJobsAfter. So this calls the statement of that rescuer in River's driver.
func takeUp[T any](ctx context.Context, client *river.Client[T], mine func(*rivertype.JobRow) bool) error {
	running, err := client.JobList(ctx, river.NewJobListParams().States(rivertype.JobStateRunning).First(mostRunning))
	if err != nil {
		return err
	}
	now := time.Now().UTC()
	rescue := &riverdriver.JobRescueManyParams{StuckHorizon: now.Add(24 * time.Hour)} // whenever its attempt began
	for _, job := range running.Jobs {
		if !mine(job) {
			continue
		}
		reason, err := json.Marshal(rivertype.AttemptError{At: now, Attempt: job.Attempt, Error: "the server ended"})
		if err != nil {
			return err
		}
		state, finalized := rivertype.JobStateAvailable, (*time.Time)(nil)
		if job.Attempt >= job.MaxAttempts {
			state, finalized = rivertype.JobStateDiscarded, &now
		}
		rescue.ID = append(rescue.ID, job.ID)
		rescue.Error = append(rescue.Error, reason)
		rescue.FinalizedAt = append(rescue.FinalizedAt, finalized)
		rescue.ScheduledAt = append(rescue.ScheduledAt, job.ScheduledAt)
		rescue.State = append(rescue.State, string(state))
	}
	if len(rescue.ID) == 0 {
		return nil
	}
	_, err = client.Driver().GetExecutor().JobRescueMany(ctx, rescue)
	return err
}
