package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/gorilla/mux"
	"github.com/prometheus/client_golang/prometheus"

	"visavis/capture/worker"
	"visavis/demo"
	"visavis/enrolment"
	"visavis/enrolment/evidence"
	"visavis/enrolment/jobs"
	"visavis/enrolment/journey"
	"visavis/enrolment/mail"
	"visavis/enrolment/retention"
	"visavis/enrolment/store"
	"visavis/enrolment/texts"
	"visavis/identity"
	"visavis/server"
	"visavis/server/api"
	"visavis/server/csc"
	"visavis/server/enrolments"
	"visavis/sites"
	"visavis/sites/registry"
	"visavis/sites/webhook"
	"visavis/specimen"
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

func (e *recordPlane) assemble(ctx context.Context, c Config, key []byte, pool *worker.Pool,
	where *listeners, spans *traces) (err error) {
	if err := e.keeper.Store.Migrate(ctx, jobs.Migration(e.keeper.Store)); err != nil {
		return err
	}
	issuing, err := openIssuing(ctx, c, key, e.keeper.Store, where.authorityURL())
	if err != nil {
		return err // e.issuing stays empty: close does nothing
	}
	e.issuing = issuing
	if e.issuing.certificates != nil {
		if e.issuing.certificates.Proofs, err = c.proofs(ctx, e.keeper, e.issuing.certificates.Keys); err != nil {
			return err
		}
		e.issuing.certificates.Signatures = signatures(e.issuing.certificates, e.issuing.ca)
	}
	accounts, err := newLogin(c, key, where.origin, store.EndedLogins{Store: e.keeper.Store}, e.auditLogin, e.log)
	if err != nil {
		return err
	}
	vars := c.vars()
	if err := texts.KeepAll(ctx, e.keeper.Bucket, vars); err != nil {
		return err
	}
	mailer, err := e.mailer(c, vars, where.origin)
	if err != nil {
		return err
	}
	later := &laterQueue{}
	e.demo, e.data = c.demo(), c.Data
	if err := e.openSites(key, later, &c.Journey); err != nil {
		return err
	}
	e.service, err = journey.New(journey.Config{
		Keeper: e.keeper, Queue: later, Rules: c.Journey.rules(), Hours: c.Journey.hours,
		Desk:         c.Journey.desk,
		Text:         textOf(vars),
		Reaches:      mailer.Reaches,
		SMS:          c.SMS.journey(mailer),
		MobileNeeded: c.Journey.MobileNeeded.on,
		AddressKey:   key,
		Certificates: e.issuing.certificates,
		Changed:      e.sites.Changed,
		Logger:       e.log,
	})
	if err != nil {
		return err
	}
	e.sites.Use(e.service)
	kept, err := retention.New(retention.Config{Keeper: e.keeper, Rules: c.Journey.rules(), Queue: later, Mailer: mailer,
		Changed: e.sites.Changed, Logger: e.log})
	if err != nil {
		return err
	}
	transfers, err := e.transferrer(c, kept)
	if err != nil {
		return err
	}
	called, err := c.Issuing.webhook(e.service.AskIssuer)
	if err != nil {
		return err
	}
	e.queue, err = jobs.New(jobs.Config{
		Store: e.keeper.Store, Logger: e.log, Tracer: spans.of("enrolment/jobs"),
		Instance: c.Journey.Instance, Mailer: mailer,
		Sweeper: sweeper{kept, e.service, e.sites}, Issuer: e.issuer(), Deliverer: e.sites, Sent: e.service.LetterSent,
		SiteMailer: mailer, Advancer: e.sites, Stamper: c.Storage.stamper(e.keeper),
		Transferrer: transfers,
		Verifier: &journey.Verifier{
			Service: e.service, Zones: pool, Fields: pool, Faces: pool, Limits: identity.DefaultFaceLimits(),
			Accepts: identity.Policy{Specimens: c.Journey.Specimens.on, States: c.Journey.states}, Logger: e.log,
		},
	})
	if err != nil {
		return err
	}
	later.queue = e.queue
	answers, err := api.New(api.Config{
		Registry: e.sites, Journey: e.service, Retention: kept, Origin: where.origin,
		Certificates: e.issuing.certificates != nil,
		TestIssuer:   c.Issuing.Issuer == "test", Sign: e.keeper.Signer.SignProof, PublicPEM: e.keeper.Signer.PublicPEM,
		Calls: c.Journey.APIRate, Logger: e.log,
	})
	if err != nil {
		return err
	}
	remote, err := e.remoteSigning(c, where.origin)
	if err != nil {
		return err
	}
	if e.demo {
		e.cast, err = demo.New(demo.Config{
			Fonts:   specimen.Paths{Portrait: c.portrait()},
			Journey: e.service, Logger: e.log,
			Delete: func(ctx context.Context, id string) error {
				_, err := kept.DeleteOnRequest(ctx, id)
				return err
			},
		})
		if err != nil {
			return err
		}
	}
	e.plane, err = enrolments.New(enrolments.Config{
		Sites: e.sites, Origin: where.origin,
		More: func(r *mux.Router, h server.Host) {
			answers.Routes(r, h)
			remote(r, h)
		},
		Cast:    e.casting(),
		Journey: e.service, Accounts: accounts, Demo: c.demo(), TestIssuer: c.Issuing.Issuer == "test", Retention: kept,
		Webhook:      called,
		Operator:     enrolments.Operator{Name: c.Journey.Operator, Role: c.Journey.OperatorRole},
		Price:        c.Journey.Price,
		MobileNeeded: c.Journey.MobileNeeded.on,
		InPerson:     c.Journey.inPerson(),
		Location:     c.Journey.zone,
		TextPage: func(kind enrolment.ConsentKind, language string) (page []byte, tag string) {
			text := texts.Of(kind, language, vars)
			return text.HTML, text.Language
		},
		Outbox: func() any { return append([]mail.Message{}, mailer.Outbox()...) }, // never null
		Ping:   e.keeper.Store.Ping,
		Logger: e.log,
	})
	return err
}

// remoteSigning returns what adds the API with which sites have hashes signed; nothing where no keys are held.
func (e *recordPlane) remoteSigning(c Config, origin func() string) (func(*mux.Router, server.Host), error) {
	if e.issuing.certificates == nil || e.issuing.certificates.Keys == nil {
		return func(*mux.Router, server.Host) {}, nil
	}
	signing, err := csc.New(csc.Config{
		Registry: e.sites, Journey: e.service, Origin: origin, Name: cmp.Or(c.Journey.Operator, c.Site),
		Country: e.issuing.certificates.Country, Calls: c.Journey.APIRate, Logger: e.log,
	})
	if err != nil {
		return nil, err
	}
	return signing.Routes, nil
}

// portrait is the face of drawn specimens, beside the models; empty where it is not
// there.
func (c *Config) portrait() string {
	path := filepath.Join(c.Models, "astronaut.png")
	if _, err := os.Stat(path); err != nil {
		return ""
	}
	return path
}

// casting is the cast as the pages know it; nil where there is none.
func (e *recordPlane) casting() enrolments.Cast {
	if e.cast == nil {
		return nil
	}
	return e.cast
}

// openSites opens what is known of other sites; key is the instances' shared secret.
func (e *recordPlane) openSites(key []byte, later *laterQueue, j *journeySettings) error {
	secrets, err := sites.NewSecrets(key)
	if err != nil {
		return err
	}
	sender := webhook.New(webhook.Config{Private: j.PrivateEndpoints.on})
	e.sites, err = registry.New(registry.Config{
		Store: e.keeper.Store, Secrets: secrets, Queue: later, Sender: sender, Fetcher: sender,
		Keep: j.rules().KeepVerifications, Logger: e.log,
	})
	e.keeper.Deleted = e.sites.Deleted
	return err
}

// demo tells whether nobody offers the service: accounts are the demonstration's.
func (c *Config) demo() bool { return c.Env != "production" && c.Login.Issuer == "" }

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
