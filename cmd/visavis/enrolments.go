package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"visavis/capture/worker"
	"visavis/demo"
	"visavis/enrolment"
	"visavis/enrolment/evidence"
	"visavis/enrolment/jobs"
	"visavis/enrolment/journey"
	"visavis/enrolment/mail"
	"visavis/enrolment/retention"
	"visavis/server"
	"visavis/server/enrolments"
	"visavis/sites/registry"
)

// recordPlane is the parts of the record plane.
type recordPlane struct {
	plane   *enrolments.Plane
	service *journey.Service
	keeper  *evidence.Keeper
	queue   *jobs.Queue
	sites   *registry.Registry
	issuing *issuing
	log     *slog.Logger
	letters *prometheus.CounterVec // by result

	failures loginFailures

	demo    bool
	data    string // the folder of the demonstration's key
	testKey string // of the demonstration's site

	cast *demo.Cast // of the demonstration; nil: there is none

	closeRecords func()
	leave        func()             // ends being in use
	stop         context.CancelFunc // of listening; nil before start
	running      sync.WaitGroup
}

// openEnrolments opens the records, brings their tables up to date, and puts the
// parts together. Nothing runs before start. With enrolments off it is nil.
func openEnrolments(ctx context.Context, c Config, key []byte, pool *worker.Pool, where *listeners,
	spans *traces, log *slog.Logger) (e *recordPlane, err error) {
	if !c.Enrolments.on {
		return nil, nil //nolint:nilnil // a setting; every method knows nil
	}
	e = &recordPlane{
		log: log.With("component", "enrolments"), issuing: &issuing{close: func() error { return nil }},
		letters: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "visavis_letters_total", Help: "Letters by result; all but sent: somebody did not get one.",
		}, []string{"result"}),
	}
	for _, r := range mail.Results() {
		// The series begins at 0, so that an alert rule finds it before the first failure.
		e.letters.WithLabelValues(string(r))
	}
	if e.keeper, e.closeRecords, err = c.Storage.open(ctx, false); err != nil {
		return nil, err
	}
	if e.leave, err = c.Storage.use(ctx, e.keeper, false); err != nil {
		e.closeRecords()
		return nil, fmt.Errorf("keys: they are being rotated, or %w", err)
	}
	if err := e.assemble(ctx, c, key, pool, where, spans); err != nil {
		return nil, errors.Join(err, e.close())
	}
	return e, nil
}

// sweeper deletes what is due, reminds those whose certificates end, and takes up
// what was given up.
type sweeper struct {
	*retention.Retention
	service *journey.Service
	sites   *registry.Registry
}

// Sweep implements jobs.Sweeper.
func (s sweeper) Sweep(ctx context.Context, now time.Time) error {
	return errors.Join(s.Retention.Sweep(ctx, now), s.service.Remind(ctx), s.service.Resume(ctx), s.sites.Sweep(ctx),
		s.service.ExtendProofs(ctx, now), s.service.ForgetSignings(ctx, now))
}

// issuer asks for certificates; nil where there is nobody to ask.
func (e *recordPlane) issuer() jobs.Issuer {
	if e.issuing.certificates == nil {
		return nil
	}
	return e.service
}

// requestKinds are the texts of the last agreement, which the letter "terms" has
// attached.
var requestKinds = []enrolment.ConsentKind{enrolment.Subscription, enrolment.Archive, enrolment.Publication}

// start begins the jobs and the news of other instances.
func (e *recordPlane) start(ctx context.Context) error {
	if e == nil {
		return nil
	}
	if e.demo {
		var err error
		if e.testKey, err = testSite(ctx, e.sites, e.data, "Site de démonstration"); err != nil {
			return err
		}
	}
	if err := e.queue.Start(ctx); err != nil {
		return err
	}
	listening, stop := context.WithCancel(context.WithoutCancel(ctx)) // close ends it, after the last request
	e.stop = stop
	e.running.Go(func() { e.service.Listen(listening) })
	e.running.Go(func() { e.keeper.KeepAnchoring(listening, e.log) })
	return nil
}

// jobsWithin is how long running jobs may take to end at a stop; after it they are
// tried again at the next start.
const jobsWithin = 10 * time.Second

// close ends the jobs, then closes the records.
func (e *recordPlane) close() error {
	if e == nil {
		return nil
	}
	var err error
	if e.cast != nil {
		e.cast.Close()
	}
	if e.stop != nil {
		e.stop()
		ctx, cancel := context.WithTimeout(context.Background(), jobsWithin)
		defer cancel()
		err = e.queue.Stop(ctx)
		e.running.Wait()
	}
	err = errors.Join(err, e.issuing.close())
	e.leave()
	e.closeRecords()
	return err
}

// announce says on a terminal with which key a site may try the API.
func (e *recordPlane) announce(env environment, origin string) {
	if e == nil || e.testKey == "" || !isTerminal(env.stderr) {
		return
	}
	fmt.Fprintf(env.stderr, "  Other sites, for tests    curl -u %s: %s/v1/verifications\n\n", e.testKey, origin)
}

// authority serves the test authority's lists; nil without it.
func (e *recordPlane) authority() http.Handler {
	if e == nil {
		return nil
	}
	return e.issuing.authority
}

// journey is the part that the server needs.
func (e *recordPlane) enrolments() server.Enrolments {
	if e == nil {
		return nil
	}
	return e.plane
}

// metrics adds the letters and what the review's statistics say.
func (e *recordPlane) metrics(r prometheus.Registerer) error {
	if e == nil {
		return nil
	}
	return errors.Join(r.Register(e.letters), r.Register(reviewMetrics{e.service.Stats, e.service.Owed, e.log}))
}
