package mock

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"visavis/capture"
	"visavis/pairing"
	"visavis/server"
	"visavis/server/assets"
	"visavis/static"
)

// Config of a mock server. The zero value listens on a free port of the loopback
// address, asks for challenges and has the limits of a real server but for those of
// one address: scripted clients come in numbers.
type Config struct {
	Listen string // default 127.0.0.1:0
	TLS    *tls.Config
	Site   string // default "QA"
	// Origin is the address that links carry, where a proxy stands before the server;
	// default the server's own.
	Origin      string
	NoChallenge bool
	// Untagged says what a picture without a comment shows, by the time since the
	// server started and its step; nil: what the step asks for, in good condition.
	Untagged func(since time.Duration, step capture.Step) Shown
	// Spoil, when set, changes what is measured of every picture: a version that
	// measures otherwise.
	Spoil func(*capture.Measurements)
	// Judging are other limits than a real server judges against: a version that decides
	// otherwise. nil: its own.
	Judging *capture.Limits
	// Pairing and Limits replace the limits of a real server; their zero fields do
	// not.
	Pairing pairing.Config
	Limits  server.Limits
	Logger  *slog.Logger
	// Analyze, when set, stands before the analysis, to make it fail.
	Analyze func(capture.Analyzer) capture.Analyzer
	// Tap watches what passes, as [server.Config] has it.
	Tap server.Tap
	// Wrap, when set, stands before every request: a proxy that lies, a recorder.
	Wrap func(http.Handler) http.Handler
}

// Server is a running mock server.
type Server struct {
	URL    string
	server *server.Server
	http   *http.Server
	store  interface{ Close() error }
	served chan error
}

// many is the number of sessions, claims and sockets of one address: enough for any
// number of scenarios at once.
const many = 1_000_000

func (c Config) limits() (pairing.Config, server.Limits) {
	p, l := c.Pairing, c.Limits
	p.Secret = make([]byte, 32)
	rand.Read(p.Secret)
	for _, n := range []*int{&p.SessionsPerHour, &p.ClaimsPer10Min, &p.InvitesPer10Min, &p.TypedPer10Min,
		&p.TypedMissesPerHour, &p.TypedMissesPer10Min} {
		if *n == 0 {
			*n = many
		}
	}
	if l.Messages == 0 {
		l.Messages, l.MessagesBurst = many, many
	}
	if l.Bytes == 0 {
		l.Bytes, l.BytesBurst = 1<<40, 1<<40
	}
	if l.Sockets == 0 {
		l.Sockets = many
	}
	return p, l
}

// Start serves until Close. A TLS configuration is needed by browsers and by
// clients that keep cookies; nil speaks plain HTTP.
func Start(c Config) (*Server, error) {
	if c.Listen == "" {
		c.Listen = "127.0.0.1:0"
	}
	if c.Site == "" {
		c.Site = "QA"
	}
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", c.Listen)
	if err != nil {
		return nil, fmt.Errorf("mock server: %w", err)
	}
	scheme := "http"
	if c.TLS != nil {
		scheme, listener = "https", tls.NewListener(listener, c.TLS)
	}
	s := &Server{URL: scheme + "://" + listener.Addr().String(), served: make(chan error, 1)}
	if err := s.build(c); err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	go func() { s.served <- s.http.Serve(listener) }() // ends with Close
	return s, nil
}

// pages are read and compressed once: scenarios start many servers.
var pages = sync.OnceValues(func() (*assets.Set, error) { return assets.New(static.Files, false) })

func (s *Server) build(c Config) error {
	read, err := pages()
	if err != nil {
		return fmt.Errorf("mock server: %w", err)
	}
	limits, bounds := c.limits()
	store := pairing.NewMemory(pairing.MemoryLimits{})
	s.store = store
	service, err := pairing.NewService(store, limits)
	if err != nil {
		return fmt.Errorf("mock server: %w", err)
	}
	started := time.Now()
	var analyzer capture.Analyzer = capture.AnalyzerFunc(
		func(ctx context.Context, f capture.Frame) (capture.Measurements, error) {
			shown, said := Read(f.JPEG)
			if !said {
				shown = untagged(c.Untagged, time.Since(started), f.Step)
			}
			m, err := Measure(ctx, f, shown)
			if c.Spoil != nil && err == nil {
				c.Spoil(&m)
			}
			return m, err
		})
	if c.Analyze != nil {
		analyzer = c.Analyze(analyzer)
	}
	s.server, err = server.New(server.Config{
		Service: service, Pages: read, Site: c.Site, Companion: true, Challenge: !c.NoChallenge,
		Judging:        c.Judging,
		Origin:         func() string { return cmp.Or(c.Origin, s.URL) },
		AllowedOrigins: func() []string { return []string{s.URL} }, Limits: bounds, Logger: c.Logger, Tap: c.Tap,
		Analyzer: analyzer,
	})
	if err != nil {
		return fmt.Errorf("mock server: %w", err)
	}
	mux := http.NewServeMux()
	mux.Handle("/", s.server.Handler())
	mux.HandleFunc("GET /qa/picture.jpg", picture)
	var handler http.Handler = mux
	if c.Wrap != nil {
		handler = c.Wrap(handler)
	}
	s.http = &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second,
		ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)}
	return nil
}

// picture is a plain picture for clients that have none.
func picture(w http.ResponseWriter, _ *http.Request) {
	data, err := blank(1280, 720)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "image/jpeg")
	_, _ = w.Write(data) // the client went away: there is nobody to tell
}

// Moving is for [Config.Untagged]: what the step asks for, by somebody who never
// holds still for long, so that every movement that may be asked for is seen.
func Moving(since time.Duration, step capture.Step) Shown {
	s := Asked(step)
	s.Moment = int64(since)
	turn := int(since / (150 * time.Millisecond))
	if step != capture.Selfie {
		s.TiltX, s.TiltY = float64(turn%3)*7, float64(turn%3)*7
		return s
	}
	switch turn % 8 {
	case 5:
		s.Yaw = 25
	case 6:
		s.Yaw = -25
	case 7:
		s.Closer = 1.9 // too near for a good preview, so that no gesture is measured against it
	}
	return s
}

// untagged is what a picture that says nothing shows.
func untagged(by func(time.Duration, capture.Step) Shown, since time.Duration, step capture.Step) Shown {
	if by != nil {
		return by(since, step)
	}
	return Asked(step)
}

// Asked is what a step asks for, in good condition.
func Asked(step capture.Step) Shown {
	return Shown{View: map[capture.Step]string{capture.DocumentFront: "front", capture.DocumentBack: "back",
		capture.Selfie: "face"}[step]}
}

// Close says goodbye to every connection and waits for their end.
func (s *Server) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	err := errors.Join(s.server.Shutdown(ctx), s.http.Close(), s.store.Close())
	if served := <-s.served; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}
