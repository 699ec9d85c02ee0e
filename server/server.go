package server

import (
	"context"
	"log/slog"
	"net/http"

	"github.com/gorilla/mux"

	"visavis/limits"
	"visavis/protocol"
	"visavis/server/assets"
	"visavis/server/live"
)

// Server serves the pages, the sockets and the fallbacks. Make it with New.
type Server struct {
	cfg      Config
	log      *slog.Logger
	register *register
	meter    *limits.Meter
	sessions sessionSockets
	crew     *crew // works on the messages of sockets
	metrics  *metrics
	assets   *assets.Set
	plane    *live.Plane
	refusals refusals // set by Handler

	base context.Context //nolint:containedctx // ends with Shutdown; parent of every connection
	stop context.CancelFunc
}

// New makes a Server. It fails if the Config is incomplete or a page is missing.
func New(cfg Config) (*Server, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	s := &Server{
		cfg:      cfg,
		log:      cfg.Logger,
		register: newRegister(),
		meter:    limits.NewMeter(cfg.Limits.limitRows()...),
	}
	s.base, s.stop = context.WithCancel(context.Background())
	s.crew = newCrew(s.base.Done())
	s.metrics = newMetrics(s.register)
	s.plane = live.NewPlane(live.Deps{
		Service: cfg.Service, Analyzer: cfg.Analyzer, Subjects: subjectsOf(cfg.Enrolments), Sink: cfg.Sink,
		CompareFaces: cfg.CompareFaces,
		Judging:      cfg.Judging,
		Site:         cfg.Site, Challenge: cfg.Challenge, Container: cfg.Container,
		Origin: cfg.Origin, Origins: cfg.Origins, TrustURL: cfg.TrustURL,
		Store: cfg.Limits.Store, Analysis: cfg.Limits.Analysis, Absent: cfg.Limits.Absent,
		Metrics: live.NewMetrics(s.metrics.registry), Logger: cfg.Logger, Tracer: cfg.Tracer,
	})
	if s.assets = cfg.Pages; s.assets != nil {
		return s, nil
	}
	if s.assets, err = assets.New(cfg.Static, cfg.Reload); err != nil {
		return nil, err
	}
	return s, nil
}

// Handler returns the handler of all routes.
func (s *Server) Handler() http.Handler {
	r := mux.NewRouter()
	r.HandleFunc("/healthz", s.healthz).Methods(http.MethodGet, http.MethodHead)
	r.HandleFunc("/readyz", s.readyz).Methods(http.MethodGet, http.MethodHead)
	if s.cfg.MetricsToken != "" {
		r.Handle("/metrics", withToken(s.cfg.MetricsToken, s.metrics.handler())).Methods(http.MethodGet)
	}

	r.HandleFunc("/ws/desktop", s.serveDesktop).Methods(http.MethodGet)
	r.HandleFunc("/ws/phone", s.servePhone).Methods(http.MethodGet)
	r.Handle("/api/sessions", s.posted(s.openSession)).Methods(http.MethodPost)
	r.HandleFunc("/api/desktop/state", s.desktopState).Methods(http.MethodGet)
	r.Handle("/api/desktop", s.posted(s.postDesktop)).Methods(http.MethodPost)
	r.Handle("/api/phone", s.posted(s.postPhone)).Methods(http.MethodPost)

	if s.cfg.Enrolments != nil {
		s.refusals = refusals{}
		s.cfg.Enrolments.Routes(r, s.host())
	}
	r.HandleFunc("/", s.page("home.html", false)).Methods(http.MethodGet, http.MethodHead)
	if s.cfg.Companion {
		r.HandleFunc("/companion", s.page("companion.html", false)).Methods(http.MethodGet, http.MethodHead)
	}
	r.HandleFunc("/p", s.page("phone.html", true)).Methods(http.MethodGet, http.MethodHead)
	r.MatcherFunc(func(r *http.Request, _ *mux.RouteMatch) bool {
		_, mangled := secretPageOf(r.URL.Path)
		return mangled
	}).HandlerFunc(s.toSecretPage).Methods(http.MethodGet, http.MethodHead)
	if len(s.cfg.SecurityContacts) > 0 {
		r.HandleFunc(securityTextPath, s.securityText).Methods(http.MethodGet, http.MethodHead)
	}
	r.HandleFunc("/trust", s.page("trust.html", false)).Methods(http.MethodGet, http.MethodHead)
	r.PathPrefix("/protocol/").Handler(http.StripPrefix("/protocol/", contract())).Methods(http.MethodGet, http.MethodHead)
	for _, dir := range fileFolders {
		r.PathPrefix(dir).Handler(s.assets).Methods(http.MethodGet, http.MethodHead)
	}
	r.NotFoundHandler = http.HandlerFunc(s.notFound)
	r.MethodNotAllowedHandler = s.wrongMethod(r)
	return s.observed(r)
}

// posted guards a POST: it checks the Origin, and that the server is not draining.
func (s *Server) posted(next http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case !s.originAllowed(r):
			writeError(w, protocol.Error{Code: protocol.CodeOriginRefused, Text: "this origin may not post"})
		case s.register.isDraining():
			writeError(w, protocol.Error{Code: protocol.CodeUnavailable, Text: "going down"})
		default:
			next(w, r)
		}
	})
}

// socketContext returns the context of one socket. It ends only with the server: a
// hijacked request's context does not report that the peer is gone; a read does.
func (s *Server) socketContext() (context.Context, context.CancelFunc) {
	return context.WithCancel(s.base)
}

// streamContext returns the context of a long request. It ends with the request or the
// server.
func (s *Server) streamContext(r *http.Request) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(r.Context())
	unhook := context.AfterFunc(s.base, cancel)
	return ctx, func() {
		unhook()
		cancel()
	}
}

// Drain makes /readyz fail and refuses new connections. Open ones go on.
func (s *Server) Drain() { s.register.drain() }

// Shutdown closes every connection in good order, waits for their handlers until ctx
// ends, and then cuts the rest.
func (s *Server) Shutdown(ctx context.Context) error {
	err := s.register.goodbye(ctx)
	s.stop()
	if err == nil { // else a handler still works, and may go on for as long as it likes
		s.crew.all.Wait()
	}
	s.plane.Close()
	return err
}

// logEnd writes the one log line of a connection.
func (s *Server) logEnd(ctx context.Context, role, reference string, end *live.Ending) {
	s.metrics.closed(role, end)
	attrs := []any{"role", role, "session", reference}
	if end != nil {
		attrs = append(attrs, "code", int(end.Code))
		if end.Cause != nil {
			attrs = append(attrs, "err", end.Cause)
		}
	}
	s.log.DebugContext(ctx, "connection over", attrs...)
}
