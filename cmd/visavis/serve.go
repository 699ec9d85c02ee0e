package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"visavis/capture"
	"visavis/capture/worker"
	"visavis/identity"
	"visavis/localca"
	"visavis/pairing"
	"visavis/qa/lab"
	"visavis/server"
)

// stopWithin bounds the ordered stop: more, and a supervisor loses patience.
const stopWithin = 15 * time.Second

// serve runs the companion server until ctx ends, then stops it in order:
// readiness red, goodbyes, handlers, workers, store.
func serve(ctx context.Context, args []string, env environment) (err error) {
	c, err := parseConfig(args, env)
	if err != nil {
		return err
	}
	if env.hide != nil {
		if err := env.hide(); err != nil {
			return err
		}
	}
	log := newLogger(c, env)
	for _, m := range c.misspelt {
		log.Warn("a variable of the environment is no setting and was left alone", "name", m.name, "meant", m.near)
	}
	key, err := c.secret()
	if err != nil {
		return err
	}
	spans, err := openTraces(ctx, c, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, spans.close()) }()
	store, service, err := openSessions(ctx, c, key, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	pool, err := startWorkers(c, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, pool.Close()) }()
	where, err := listen(ctx, c)
	if err != nil {
		return err
	}
	defer where.close()
	records, err := openEnrolments(ctx, c, key, pool, where, spans, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, records.close()) }()
	qa := openLab(c, where, log)
	if qa != nil {
		defer func() { err = errors.Join(err, qa.Close()) }()
	}
	known, err := openPlaces(c.Places)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, known.close()) }()
	srv, err := newServer(c, service, pool, records, where, known, qa, spans, log)
	if err != nil {
		return err
	}
	where.authority = records.authority()
	if err := records.start(ctx); err != nil {
		return err
	}
	pages := withLab(c, qa, srv.Handler())
	pages.ready = func() { records.announce(env, where.originAt("localhost")) }
	return serveUntil(ctx, srv, pages, where, env, log)
}

// newServer puts the parts together.
func newServer(c Config, service *pairing.Service, pool *worker.Pool, records *recordPlane, where *listeners,
	known *places, qa *lab.Lab, spans *traces, log *slog.Logger) (*server.Server, error) {
	proxies, err := c.proxies()
	if err != nil {
		return nil, err
	}
	contacts, err := securityContacts(c.SecurityContact)
	if err != nil {
		return nil, err
	}
	pages, err := where.assets()
	if err != nil {
		return nil, err
	}
	var analyzer capture.Analyzer = pool
	var tap server.Tap
	if qa != nil {
		analyzer, tap = qa.Analyzer(pool), qa
	}
	srv, err := server.New(server.Config{
		Service:        service,
		Analyzer:       analyzer,
		Tap:            tap,
		Pages:          pages,
		Site:           c.Site,
		Place:          known.of,
		Origin:         where.origin,
		Origins:        where.origins,
		AllowedOrigins: where.allowed,
		PageOrigins:    where.pageOrigins,
		Container:      localca.InContainer(),
		TrustURL:       where.trustURL,
		Challenge:      c.Challenge.on,
		CompareFaces:   faceComparison(pool),
		Companion:      c.Companion.on,
		MetricsToken:   c.MetricsToken,

		SecurityContacts: contacts,

		Enrolments:     records.enrolments(),
		TrustedProxies: proxies,
		Limits:         server.Limits{SocketsTotal: socketsTotal()},
		Logger:         log.With("component", "server"),
		Tracer:         spans.of("server/live"),
	})
	if err != nil {
		return nil, err
	}
	return srv, errors.Join(records.metrics(srv.Registry()), workerMetrics(srv.Registry(), pool))
}

// workerMetrics counts what the workers do and cost.
func workerMetrics(r prometheus.Registerer, pool *worker.Pool) error {
	var errs []error
	for name, m := range map[string]struct {
		help  string
		value func(worker.Stats) float64
	}{
		"restarts_total":     {"Worker processes that ended or were ended.", func(s worker.Stats) float64 { return float64(s.Restarts) }},
		"cpu_seconds_total":  {"Processor time of workers for frames and readings.", func(s worker.Stats) float64 { return s.Used.Seconds() }},
		"waited_total":       {"Calls that found no free worker in time.", func(s worker.Stats) float64 { return float64(s.Waited) }},
		"sessions_cut_total": {"Sessions ended because their pictures stopped workers.", func(s worker.Stats) float64 { return float64(s.Offended) }},
	} {
		errs = append(errs, r.Register(
			prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "visavis_worker_" + name, Help: m.help},
				func() float64 { return m.value(pool.Stats()) })))
	}
	return errors.Join(errs...)
}

// faceComparison lets the workers compare the faces of two pictures.
func faceComparison(pool *worker.Pool) func(ctx context.Context, a, b []byte) (float64, bool, error) {
	return func(ctx context.Context, a, b []byte) (float64, bool, error) {
		s, err := pool.CompareFaces(ctx, identity.FacePair{A: a, B: b})
		return s.Score, s.FoundA && s.FoundB, err
	}
}

// serveUntil answers until ctx ends or a listener fails, then stops in order.
func serveUntil(ctx context.Context, srv *server.Server, pages served, where *listeners, env environment,
	log *slog.Logger) error {
	main := &http.Server{
		Handler:           where.strict.with(where.withRoot(pages.handler)),
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    32 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	main.RegisterOnShutdown(pages.drain)
	failed := make(chan error, 3)
	go func() { failed <- main.Serve(where.main) }()
	others := map[net.Listener]*http.Server{}
	if where.plain != nil {
		others[where.plain] = where.plainServer(log)
	}
	if where.debug != nil {
		others[where.debug] = debugServer(srv.Metrics(), log)
		log.Info("debug listener open", "address", where.debug.Addr().String())
	}
	for l, s := range others {
		go func() { failed <- s.Serve(l) }()
	}
	where.announce(env, log)
	pages.ready()
	var failure error
	select {
	case <-ctx.Done():
	case failure = <-failed:
	}
	log.Info("stopping")
	bye, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopWithin)
	defer cancel()
	srv.Drain()
	err := srv.Shutdown(bye)
	err = errors.Join(err, main.Shutdown(bye))
	for _, s := range others {
		err = errors.Join(err, s.Shutdown(bye))
	}
	log.Info("stopped")
	return errors.Join(failure, err)
}

// openSessions opens the store and the rules over it.
func openSessions(
	ctx context.Context, c Config, key []byte, log *slog.Logger,
) (pairing.Store, *pairing.Service, error) {
	var store pairing.Store
	var err error
	if c.RedisURL == "" {
		store = pairing.NewMemory(pairing.MemoryLimits{})
	} else if store, err = pairing.NewRedis(ctx, pairing.RedisConfig{URLs: list(c.RedisURL), Logger: log}); err != nil {
		return nil, nil, fmt.Errorf("--redis-url: %w", err)
	}
	service, err := pairing.NewService(store, c.pairingConfig(key))
	if err != nil {
		return nil, nil, errors.Join(err, store.Close())
	}
	return store, service, nil
}

// startWorkers starts this program again as worker processes.
func startWorkers(c Config, log *slog.Logger) (*worker.Pool, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("start workers: %w", err)
	}
	models, err := filepath.Abs(c.Models)
	if err != nil {
		return nil, fmt.Errorf("--models: %w", err)
	}
	return worker.New(worker.Config{
		Command: []string{self, "worker"},
		N:       c.Workers,
		Env:     []string{variable("models") + "=" + models},
		Logger:  log.With("component", "worker"),
	})
}

// close releases the listeners that no server has taken over.
func (l *listeners) close() {
	for _, n := range []net.Listener{l.main, l.plain, l.debug} {
		if n != nil {
			_ = n.Close() // closed already after an ordered stop
		}
	}
}
