package enrolments_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/gorilla/mux"

	"visavis/capture"
	"visavis/capture/capturetest"
	"visavis/certificate"
	"visavis/certificate/keys"
	"visavis/certificate/proof/xades"
	"visavis/certificate/proof/xades/xadestest"
	"visavis/certificate/testca"
	"visavis/enrolment"
	"visavis/enrolment/bucket"
	"visavis/enrolment/evidence"
	"visavis/enrolment/jobs"
	"visavis/enrolment/journey"
	"visavis/enrolment/retention"
	"visavis/enrolment/store"
	"visavis/identity"
	"visavis/pairing"
	"visavis/server"
	"visavis/server/api"
	"visavis/server/csc"
	"visavis/server/enrolments"
	"visavis/server/login"
	"visavis/sites"
	"visavis/sites/registry"
	"visavis/sites/webhook"
	"visavis/testkit"
)

// instance is one server.
type instance struct {
	*httptest.Server
	service  *journey.Service
	sites    *registry.Registry
	kept     *retention.Retention
	keeper   *evidence.Keeper
	accounts *login.Login
	reader   *reader
	log      *testkit.LogBuffer
	stop     func() // in order, once
}

// place is where instances share what they keep.
type place struct {
	url, folder string
	sessions    pairing.Store
	rules       enrolment.Rules
	letters     *letters
	challenge   bool
	desk        *journey.Desk                                        // nil: no appointments
	sms         *journey.SMS                                         // nil: no text messages
	analyze     capture.AnalyzerFunc                                 // nil: every picture is good
	calls       int                                                  // of one API key in a minute; 0: as many as usual
	messages    float64                                              // of one network, with next to none back; 0: as usual
	wrap        func(server.Enrolments) server.Enrolments            // nil: the plane as it is
	bucket      string                                               // URL of the evidence's; empty: a folder
	issuer      func(certificate.Issuer) certificate.Issuer          // in the authority's place; nil: itself
	transfers   func(*instance) jobs.Transferrer                     // nil: files are handed over by hand
	textPage    func(enrolment.ConsentKind, string) ([]byte, string) // nil: each text is its kind, in every language
	further     bool                                                 // the issuer gets all that an agreement may cover
	ca          *testca.CA                                           // of the instance started last
	seals       *xadestest.Authorities                               // of proofs; made with the first instance
	sources     func(xades.Sources) xades.Sources                    // of proofs, in the place of the seals'; nil: these
	signs       func(xades.Sources) xades.Sources                    // of signed documents, likewise
}

type letters struct {
	mu   sync.Mutex
	sent []string
}

func (l *letters) Mail(_ context.Context, _ int64, m jobs.Email) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sent = append(l.sent, m.Template)
	return nil
}

// MailSite implements jobs.SiteMailer.
func (l *letters) MailSite(_ context.Context, _ int64, m jobs.SiteLetter) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sent = append(l.sent, m.Template+" "+m.ID)
	return nil
}

func (l *letters) list() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]string{}, l.sent...)
}

// Sweep implements jobs.Sweeper: nothing is due in a test of minutes.
func (l *letters) Sweep(context.Context, time.Time) error { return nil }

func newPlace(t *testing.T, url string) *place {
	t.Helper()
	sessions := pairing.NewMemory(pairing.MemoryLimits{})
	t.Cleanup(func() { _ = sessions.Close() })
	rules := enrolment.DefaultRules(identity.DefaultFaceLimits().Same)
	rules.BlindShare = 0
	return &place{url: url, folder: t.TempDir(), sessions: sessions, rules: rules, letters: &letters{}}
}

func sqlitePlace(t *testing.T) *place {
	t.Helper()
	return newPlace(t, filepath.Join(t.TempDir(), "test.db"))
}

func textOf(kind enrolment.ConsentKind, language string) journey.Text {
	return journey.Text{Kind: kind, Version: "1", Language: language, Title: string(kind),
		Hash: fmt.Sprintf("%064x", len(kind))}
}

type later struct{ *jobs.Queue }

// EnqueueDelivery implements registry.Queue.
func (l *later) EnqueueDelivery(ctx context.Context, tx *store.Tx, id string) error {
	return l.Enqueue(ctx, tx, jobs.Delivery{ID: id})
}

// EnqueueLetter implements registry.Queue.
func (l *later) EnqueueLetter(ctx context.Context, tx *store.Tx, name, id string) error {
	return l.Enqueue(ctx, tx, jobs.SiteLetter{Template: name, ID: id})
}

// EnqueueAdvance implements registry.Queue.
func (l *later) EnqueueAdvance(ctx context.Context, tx *store.Tx, verification string) error {
	return l.Enqueue(ctx, tx, jobs.Advance{Verification: verification})
}

// start starts an instance at a place.
func (p *place) start(t *testing.T, name string) *instance {
	t.Helper()
	ctx := context.Background() // the instance ends when it is stopped
	in := &instance{reader: &reader{score: 0.9}, log: &testkit.LogBuffer{}}
	in.reader.lines = valid().lines(t)
	log := slog.New(slog.NewTextHandler(in.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	records, err := store.Open(ctx, store.Config{URL: p.url})
	must(t, err)
	must(t, records.Migrate(ctx, jobs.Migration(records)))
	in.keeper = &evidence.Keeper{Store: records}
	in.keeper.Bucket, err = bucket.Open(p.evidence())
	must(t, err)
	in.keeper.Master, err = evidence.OpenMaster(filepath.Join(p.folder, "master.key"))
	must(t, err)
	in.keeper.Signer, err = evidence.OpenSigner(filepath.Join(p.folder, "signing.key"))
	must(t, err)
	issuing := p.authority(t, records)
	queue := &later{}
	secrets, err := sites.NewSecrets(bytes.Repeat([]byte{7}, 32))
	must(t, err)
	sender := webhook.New(webhook.Config{Private: true, Within: 2 * time.Second})
	in.sites, err = registry.New(registry.Config{
		Store: records, Secrets: secrets, Queue: queue, Sender: sender, Fetcher: sender, Logger: log,
	})
	must(t, err)
	in.keeper.Deleted = in.sites.Deleted
	in.service, err = journey.New(journey.Config{Changed: in.sites.Changed, Keeper: in.keeper, Queue: queue, Desk: p.desk,
		Certificates: issuing, Rules: p.rules, Text: textOf, MobileNeeded: true, SMS: p.sms, Logger: log})
	must(t, err)
	in.sites.Use(in.service)
	var transferrer jobs.Transferrer
	if p.transfers != nil {
		transferrer = p.transfers(in)
	}
	queue.Queue, err = jobs.New(jobs.Config{
		Transferrer: transferrer,
		Store:       records, Mailer: p.letters, Sweeper: p.letters, Issuer: in.service, Deliverer: in.sites,
		SiteMailer: p.letters, Advancer: in.sites, Instance: name, Logger: log,
		Verifier: &journey.Verifier{
			Service: in.service, Zones: in.reader, Fields: in.reader, Faces: in.reader, Limits: identity.DefaultFaceLimits(),
			Accepts: identity.Policy{Specimens: true}, Logger: log,
		},
	})
	must(t, err)
	accounts, err := login.New(login.Config{Secret: bytes.Repeat([]byte{7}, 32)})
	must(t, err)
	kept, err := retention.New(retention.Config{Keeper: in.keeper, Rules: p.rules, Changed: in.sites.Changed, Logger: log})
	in.kept = kept
	must(t, err)
	answers, err := api.New(api.Config{
		Registry: in.sites, Journey: in.service, Retention: kept, Origin: func() string {
			return in.URL
		}, Certificates: true, TestIssuer: true,
		Sign: in.keeper.Signer.SignProof, PublicPEM: in.keeper.Signer.PublicPEM, Calls: p.calls, Logger: log,
	})
	must(t, err)
	in.accounts = accounts
	remote, err := csc.New(csc.Config{
		Registry: in.sites, Journey: in.service, Origin: func() string { return in.URL }, Name: "Exemple", Country: "FR",
		Calls: p.calls, Logger: log,
	})
	must(t, err)
	textPage := p.textPage
	if textPage == nil {
		textPage = func(kind enrolment.ConsentKind, language string) ([]byte, string) { return []byte(kind), language }
	}
	plane, err := enrolments.New(enrolments.Config{
		Retention: kept, Sites: in.sites, Origin: func() string { return in.URL },
		More: func(r *mux.Router, h server.Host) {
			answers.Routes(r, h)
			remote.Routes(r, h)
		},
		Journey: in.service, Accounts: accounts, Demo: true, Logger: log, Ping: records.Ping,
		Outbox:   func() any { return []string{} },
		TextPage: textPage,
	})
	must(t, err)
	srv := p.server(t, plane, log, func() string { return in.URL })
	in.Server = httptest.NewTLSServer(srv.Handler())
	must(t, queue.Start(ctx))
	listening, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	running.Go(func() { in.service.Listen(listening) })
	in.stop = sync.OnceFunc(func() {
		bye, done := context.WithTimeout(ctx, 10*time.Second)
		defer done()
		_ = srv.Shutdown(bye)
		in.CloseClientConnections()
		in.Close()
		cancel()
		now, done := context.WithTimeout(ctx, 100*time.Millisecond)
		defer done()
		_ = queue.Stop(now)
		running.Wait()
		_ = in.keeper.Bucket.Close()
		_ = records.Close()
	})
	t.Cleanup(func() {
		in.stop()
		if t.Failed() {
			t.Log(in.log.String())
		}
	})
	return in
}

// evidence is where the evidence lies: a folder unless the place says else.
func (p *place) evidence() string {
	if p.bucket != "" {
		return p.bucket
	}
	return filepath.Join(p.folder, "evidence")
}

// authority is the test authority, whose lists are served by the test itself.
func (p *place) authority(t *testing.T, records *store.Store) *journey.Certificates {
	t.Helper()
	keeper, err := keys.OpenFiles(filepath.Join(p.folder, "private"), bytes.Repeat([]byte{9}, 32))
	must(t, err)
	p.ca, err = testca.Open(context.Background(), testca.Config{
		Dir: filepath.Join(p.folder, "ca"), Keys: keeper, Store: store.TestAuthority{Store: records},
		BaseURL: "http://127.0.0.1:1",
	})
	must(t, err)
	if p.seals == nil {
		p.seals, err = xadestest.New(time.Now())
		must(t, err)
	}
	issuer := certificate.Issuer(p.ca)
	if p.issuer != nil {
		issuer = p.issuer(p.ca)
	}
	sources := p.seals.Sources()
	if p.sources != nil {
		sources = p.sources(sources)
	}
	signatures := p.seals.Sources()
	if p.signs != nil {
		signatures = p.signs(signatures)
	}
	var scope []certificate.Scope
	var level map[string]string
	if p.further {
		scope, level = certificate.Scopes(), map[string]string{"remote": certificate.LevelExtended}
	}
	return &journey.Certificates{
		Scope: scope, Level: level,
		Desk: &certificate.Desk{Issuer: issuer, Profile: p.ca.Profile()}, Keys: keeper, Soon: 30 * 24 * time.Hour,
		Country: "FR", Proofs: journey.Proofs{Seal: p.seals.Seal, Sources: sources, Status: sources.Status},
		Signatures: signatures,
	}
}

func (p *place) server(t *testing.T, plane *enrolments.Plane, log *slog.Logger, origin func() string) *server.Server {
	t.Helper()
	service, err := pairing.NewService(p.sessions, pairing.Config{Secret: bytes.Repeat([]byte{7}, 32)})
	must(t, err)
	var trip server.Enrolments = plane
	if p.wrap != nil {
		trip = p.wrap(plane)
	}
	page := &fstest.MapFile{Data: []byte("<!doctype html><p>page</p>")}
	analyze := p.analyze
	if analyze == nil {
		analyze = capturetest.GoodAnalysis
	}
	srv, err := server.New(server.Config{
		Service: service, Analyzer: analyze, Enrolments: trip, Challenge: p.challenge, Site: "Exemple", Companion: true,
		Origin: origin, Logger: log, Limits: server.Limits{MessagesBurst: p.messages, Messages: p.messages / 1e6},
		Static: fstest.MapFS{
			"home.html": page, "companion.html": page, "phone.html": page, "trust.html": page, "login.html": page,
			"signature.html": page, "request.html": page, "link.html": page, "review.html": page, "console.html": page,
		},
	})
	must(t, err)
	return srv
}

func countTransitions(t *testing.T, in *instance, id string, a enrolment.Action) (n int) {
	t.Helper()
	must(t, in.keeper.Store.InTx(t.Context(), func(tx *store.Tx) error {
		log, err := tx.Transitions(t.Context(), id)
		for _, l := range log {
			if l.Action == a {
				n++
			}
		}
		return err
	}))
	return n
}

// redisStore starts a Redis for one test.
func redisStore(t *testing.T) pairing.Store {
	t.Helper()
	path, err := exec.LookPath("redis-server")
	if err != nil {
		testkit.Lacking(t, "VISAVIS_REQUIRE_REDIS", "no redis-server in PATH; scripts/setup.sh names it")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	port := l.Addr().(*net.TCPAddr).Port
	must(t, l.Close())
	// killed below
	cmd := exec.Command(path, "--port", fmt.Sprint(port), "--bind", "127.0.0.1", "--save", "", "--dir", t.TempDir())
	must(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	var s pairing.Store
	waitFor(t, func() bool {
		s, err = pairing.NewRedis(t.Context(), pairing.RedisConfig{URLs: []string{fmt.Sprintf("redis://127.0.0.1:%d", port)}})
		return err == nil
	})
	t.Cleanup(func() { _ = s.Close() })
	return s
}
