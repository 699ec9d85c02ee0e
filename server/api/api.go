package api

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humamux"
	"github.com/gorilla/mux"

	"visavis/enrolment/journey"
	"visavis/limits"
	"visavis/server"
	"visavis/sites"
	"visavis/sites/registry"
)

// Config is what an API needs. Registry, Journey, Retention and Origin are required.
type Config struct {
	Registry  *registry.Registry
	Journey   *journey.Service
	Retention Retention
	// Origin returns the address that links carry.
	Origin func() string
	// Certificates says that certificates are issued here; TestIssuer that they are
	// worth nothing.
	Certificates, TestIssuer bool
	// Sign signs an evidence file's manifest; PublicPEM is what checks it.
	Sign      func(manifest []byte) []byte
	PublicPEM func() ([]byte, error)
	// Calls bounds the calls of one key, in the time of limits.Calls. Default: its number.
	Calls  int
	Logger *slog.Logger
}

// Retention hands out all that is kept of an enrolment, and deletes it;
// *retention.Retention is one.
type Retention interface {
	registry.Deleter
	registry.Sweeper
	Exporter
}

// API answers other sites. Make it with New.
type API struct {
	cfg   Config
	log   *slog.Logger
	meter *limits.Meter
	calls limits.Row // of one key
	huma  huma.API   // of the routes that were added last
}

// New makes an API.
func New(cfg Config) (*API, error) {
	if cfg.Registry == nil || cfg.Journey == nil || cfg.Retention == nil || cfg.Origin == nil || cfg.Sign == nil ||
		cfg.PublicPEM == nil {
		return nil, errors.New("api: Registry, Journey, Retention, Origin, Sign and PublicPEM are required")
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	problems()
	calls := limits.Calls.Of()
	calls.Number = cmp.Or(int64(cfg.Calls), calls.Number)
	return &API{cfg: cfg, log: cfg.Logger, meter: limits.NewMeter(calls), calls: calls}, nil
}

const (
	// base is the path that all calls are below.
	base = "/v1/"
	// maxBody is ample for any call.
	maxBody = 64 << 10
	// bodyWithin is until a body is there.
	bodyWithin = 10 * time.Second
	// callWithin bounds a call but one that waits for events.
	callWithin = 15 * time.Second
)

// Routes adds the routes.
func (a *API) Routes(r *mux.Router, h server.Host) {
	a.huma = humamux.New(r, a.openAPI())
	a.huma.UseMiddleware(a.admit(h))
	a.verifications()
	a.artefacts()
	a.events()
	a.endpoints()
	a.describe(r)
	h.Refuses(base, func(w http.ResponseWriter, status int, code, text string) {
		if status == http.StatusNotFound {
			text += "; /v1/openapi.json says what there is"
		}
		newProblem(status, strings.ReplaceAll(code, "-", "_"), text).write(w)
	})
}

// caller is whose key a request came with.
type caller struct {
	site sites.Site
	key  sites.Key
}

type callerKey struct{}

func callerOf(ctx context.Context) caller {
	c, _ := ctx.Value(callerKey{}).(caller)
	return c
}

// operation adds what every operation has. scope is what its key needs.
func operation(o huma.Operation, scope sites.Scope, errs ...int) huma.Operation {
	o.Security = []map[string][]string{{"key": {string(scope)}}}
	o.MaxBodyBytes, o.BodyReadTimeout = maxBody, bodyWithin
	o.RejectUnknownQueryParameters = true
	o.Errors = append(o.Errors, http.StatusUnauthorized, http.StatusForbidden, http.StatusTooManyRequests,
		http.StatusUnprocessableEntity,
		http.StatusInternalServerError, http.StatusServiceUnavailable)
	o.Errors = append(o.Errors, errs...)
	if o.Method == http.MethodPost || o.Method == http.MethodPatch {
		o.Errors = append(o.Errors, http.StatusBadRequest, http.StatusRequestTimeout, http.StatusRequestEntityTooLarge,
			http.StatusUnsupportedMediaType)
	}
	return o
}

// handle registers an operation whose errors are problems.
func handle[I, O any](a *API, o huma.Operation, do func(context.Context, caller, *I) (*O, error)) {
	huma.Register(a.huma, o, func(ctx context.Context, in *I) (*O, error) {
		if o.Metadata["waits"] == nil {
			bounded, cancel := context.WithTimeout(ctx, callWithin)
			defer cancel()
			ctx = bounded
		}
		out, err := do(ctx, callerOf(ctx), in)
		if err == nil {
			return out, nil
		}
		p := *problemOf(err)
		p.RequestID, _ = ctx.Value(requestKey{}).(string)
		if p.Status >= http.StatusInternalServerError {
			a.log.ErrorContext(ctx, "api call failed", "operation", o.OperationID, "request", p.RequestID, "err", err)
		}
		return nil, &p
	})
}

// mine returns the caller's verification. store.ErrNotFound of another site's.
func (a *API) mine(ctx context.Context, c caller, id string) (sites.Verification, error) {
	return a.cfg.Registry.Get(ctx, c.site.ID, id)
}
