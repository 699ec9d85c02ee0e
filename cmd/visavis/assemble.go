package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gorilla/mux"

	"visavis/capture/worker"
	"visavis/demo"
	"visavis/enrolment"
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

// assemble makes the parts of the record plane, each after those that it asks.
func (e *recordPlane) assemble(ctx context.Context, c Config, key []byte, pool *worker.Pool,
	where *listeners, spans *traces) error {
	if err := e.keeper.Store.Migrate(ctx, jobs.Migration(e.keeper.Store)); err != nil {
		return err
	}
	if err := e.openIssuer(ctx, c, key, where); err != nil {
		return err
	}
	accounts, err := newLogin(c, key, where.origin, store.EndedLogins{Store: e.keeper.Store}, e.auditLogin, e.log)
	if err != nil {
		return err
	}
	vars := c.vars()
	if err := texts.KeepAll(ctx, e.keeper.Bucket, vars); err != nil {
		return fmt.Errorf("--evidence-url: %w", err) // the first thing that is written there
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
	if err := e.openJourney(c, key, vars, mailer, later); err != nil {
		return err
	}
	kept, err := retention.New(retention.Config{Keeper: e.keeper, Rules: c.Journey.rules(), Queue: later, Mailer: mailer,
		Changed: e.sites.Changed, Logger: e.log})
	if err != nil {
		return err
	}
	if err := e.openQueue(c, pool, spans, mailer, kept); err != nil {
		return err
	}
	later.queue = e.queue
	called, err := c.Issuing.webhook(e.service.AskIssuer)
	if err != nil {
		return err
	}
	forSites, err := e.forSites(c, kept, where.origin)
	if err != nil {
		return err
	}
	if err := e.openCast(c, kept); err != nil {
		return err
	}
	e.plane, err = enrolments.New(enrolments.Config{
		Sites: e.sites, Origin: where.origin,
		More:    forSites,
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

// openIssuer opens who issues certificates, with what proves and signs. When it fails, e.issuing stays empty.
func (e *recordPlane) openIssuer(ctx context.Context, c Config, key []byte, where *listeners) error {
	issuing, err := openIssuing(ctx, c, key, e.keeper.Store, where.authorityURL())
	if err != nil {
		return err
	}
	e.issuing = issuing
	if issuing.certificates == nil {
		return nil
	}
	issuing.certificates.Proofs, err = c.proofs(ctx, e.keeper, issuing.certificates.Keys)
	if err != nil {
		return err
	}
	issuing.certificates.Signatures = signatures(issuing.certificates, issuing.ca)
	return nil
}

// openJourney opens the operations on enrolments, of which sites are told.
func (e *recordPlane) openJourney(c Config, key []byte, vars texts.Vars, mailer *mail.Mailer, later *laterQueue) error {
	service, err := journey.New(journey.Config{
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
	e.service = service
	e.sites.Use(service)
	return nil
}

// openQueue opens the queue of jobs; none runs before start.
func (e *recordPlane) openQueue(c Config, pool *worker.Pool, spans *traces, mailer *mail.Mailer,
	kept *retention.Retention) error {
	transfers, err := e.transferrer(c, kept)
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
	return err
}

// forSites returns what adds the routes for other sites' servers: the API, and the one with which they have hashes
// signed.
func (e *recordPlane) forSites(c Config, kept *retention.Retention,
	origin func() string) (func(*mux.Router, server.Host), error) {
	answers, err := api.New(api.Config{
		Registry: e.sites, Journey: e.service, Retention: kept, Origin: origin,
		Certificates: e.issuing.certificates != nil,
		TestIssuer:   c.Issuing.Issuer == "test", Sign: e.keeper.Signer.SignProof, PublicPEM: e.keeper.Signer.PublicPEM,
		Calls: c.Journey.APIRate, Logger: e.log,
	})
	if err != nil {
		return nil, err
	}
	remote, err := e.remoteSigning(c, origin)
	if err != nil {
		return nil, err
	}
	return func(r *mux.Router, h server.Host) {
		answers.Routes(r, h)
		remote(r, h)
	}, nil
}

// openCast makes the demonstration's applicants; there are none elsewhere.
func (e *recordPlane) openCast(c Config, kept *retention.Retention) error {
	if !e.demo {
		return nil
	}
	cast, err := demo.New(demo.Config{
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
	e.cast = cast
	return nil
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
