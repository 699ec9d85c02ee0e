package csc

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gorilla/mux"

	"visavis/enrolment/journey"
	"visavis/limits"
	"visavis/server"
	"visavis/sites"
	"visavis/sites/registry"
)

// Config is what an API needs. Registry, Journey and Origin are required.
type Config struct {
	Registry *registry.Registry
	Journey  *journey.Service
	// Origin returns this server's address.
	Origin func() string
	// Name of the service, and Country where it is offered (ISO 3166-1 alpha-2).
	Name, Country string
	// Calls bounds the calls of one key, in the time of limits.Calls. Default: its number.
	Calls  int
	Logger *slog.Logger
}

// API answers other sites. Make it with New.
type API struct {
	cfg   Config
	log   *slog.Logger
	meter *limits.Meter
}

// New makes an API.
func New(cfg Config) (*API, error) {
	if cfg.Registry == nil || cfg.Journey == nil || cfg.Origin == nil {
		return nil, errors.New("csc: Registry, Journey and Origin are required")
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	calls := limits.Calls.Of()
	calls.Number = cmp.Or(int64(cfg.Calls), calls.Number)
	return &API{cfg: cfg, log: cfg.Logger, meter: limits.NewMeter(calls)}, nil
}

const (
	// Base is the path of the API's methods.
	Base = "/csc/v2/"
	// below is where the standard's paths are, of whatever version.
	below = "/csc/"
	// maxBody is ample for any call.
	maxBody = 64 << 10
	// callWithin bounds a call: the issuer is asked, and a key may be in a module elsewhere.
	callWithin = 15 * time.Second
)

// method is a method that wants an access token. It answers with a status and a body.
type method func(ctx context.Context, by journey.Asker, p params) (int, any, error)

// methods are the methods of the standard that there are, without those of OAuth 2.0.
func (a *API) methods() map[string]method {
	return map[string]method{
		"credentials/list":           a.list,
		"credentials/info":           a.info,
		"credentials/getChallenge":   a.challenge,
		"credentials/authorize":      a.authorize,
		"credentials/authorizeCheck": a.check,
		"signatures/signHash":        a.signHash,
	}
}

// Routes adds the routes.
func (a *API) Routes(r *mux.Router, h server.Host) {
	r.HandleFunc(Base+serviceInfo, a.service).Methods(http.MethodPost)
	r.HandleFunc(Base+tokenEndpoint, a.token(h)).Methods(http.MethodPost)
	for path, do := range a.methods() {
		r.HandleFunc(Base+path, a.admitted(h, do)).Methods(http.MethodPost)
	}
	h.Refuses(below, func(w http.ResponseWriter, status int, _, text string) {
		said := &Error{Code: unavailable, Description: text}
		switch status {
		case http.StatusInternalServerError:
			said.Code = serverError
		case http.StatusMethodNotAllowed:
			said.Code = invalidRequest
		case http.StatusNotFound: // CSC API 2.0 has 501 for an unknown method
			status, said.Code = http.StatusNotImplemented, invalidRequest
			said.Description = "there is no such method: POST " + Base + serviceInfo + " lists those that there are"
		}
		write(w, status, said)
	})
}

// The codes of errors (CSC API 2.0, 10.2).
const (
	invalidRequest     = "invalid_request"
	invalidToken       = "invalid_token"
	invalidScope       = "invalid_scope"
	invalidAuthData    = "invalid_authentication_data"
	unauthorizedClient = "unauthorized_client"
	accessDenied       = "access_denied"
	serverError        = "server_error"
	unavailable        = "temporarily_unavailable"
)

// Error is the body of every error response.
type Error struct {
	Code        string `json:"error"`
	Description string `json:"error_description"`

	status int // 0: 400
}

// Error implements error.
func (e *Error) Error() string { return e.Code + ": " + e.Description }

// bad is the error of a request that is not as it has to be.
func bad(format string, values ...any) *Error {
	return &Error{Code: invalidRequest, Description: fmt.Sprintf(format, values...)}
}

func write(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the client went away: there is nobody to tell
}

// refuse answers with an error. One that is no *Error is this server's.
func (a *API) refuse(ctx context.Context, w http.ResponseWriter, err error) {
	said, known := errors.AsType[*Error](err)
	if !known {
		said = a.errorOf(ctx, err, w.Header().Get("X-Request-Id"))
	}
	if said.Code == invalidToken {
		w.Header().Set("WWW-Authenticate", `Bearer realm="visavis", error="invalid_token"`)
	}
	write(w, cmp.Or(said.status, http.StatusBadRequest), said)
}

// withinRate counts a call of a key; an error where there were too many.
func (a *API) withinRate(w http.ResponseWriter, key sites.Key) error {
	_, err := a.meter.TakeOneOfKey(key.ID, limits.Calls)
	return rated(w, err)
}

// rated returns the error of a reached limit, and says in the head when to try again; nil while something is left.
func rated(w http.ResponseWriter, err error) error {
	refused, ok := errors.AsType[*limits.Refused](err)
	if !ok {
		return nil
	}
	w.Header().Set("Retry-After", strconv.Itoa(limits.Seconds(refused.RetryAfter)))
	return &Error{Code: unavailable, Description: refused.Text(), status: http.StatusTooManyRequests}
}

// admitted lets requests with a good access token through, within their key's rate.
func (a *API) admitted(h server.Host, do method) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), callWithin)
		defer cancel()
		site, key, err := a.caller(ctx, r)
		if err != nil {
			if many := a.stranger(w, r, h); many != nil {
				err = many
			}
			a.refuse(ctx, w, err)
			return
		}
		if err := a.withinRate(w, key); err != nil {
			a.refuse(ctx, w, err)
			return
		}
		h.Repaid(r) // the key's rate counts it
		p, err := read(w, r)
		if err != nil {
			a.refuse(ctx, w, err)
			return
		}
		status, body, err := do(ctx, journey.Asker{Site: site, Key: key.ID}, p)
		if err != nil {
			a.refuse(ctx, w, err)
			return
		}
		write(w, status, body)
	}
}

// stranger counts a request without a good key or token; an error where there were too many.
func (a *API) stranger(w http.ResponseWriter, r *http.Request, h server.Host) error {
	_, err := a.meter.TakeOne(h.Network(r).Addr(), limits.CallsStrangers)
	return rated(w, err)
}

// caller returns whose access token a request has.
func (a *API) caller(ctx context.Context, r *http.Request) (s sites.Site, k sites.Key, err error) {
	given := r.Header.Get("Authorization")
	scheme, token, ok := strings.Cut(given, " ")
	switch {
	case given == "":
		return s, k, &Error{Code: invalidToken, status: http.StatusUnauthorized,
			Description: "no access token: send Authorization: Bearer with one from " + Base + tokenEndpoint}
	case !ok || !strings.EqualFold(scheme, "bearer"):
		return s, k, bad("Malformed authorization header")
	}
	s, k, err = a.cfg.Registry.CallerByToken(ctx, strings.TrimSpace(token))
	switch {
	case errors.Is(err, registry.ErrKey):
		return s, k, &Error{Code: invalidToken, status: http.StatusUnauthorized,
			Description: "the access token is none of this server's, or it or its key has ended"}
	case err == nil && !k.May(sites.Sign):
		return s, k, &Error{Code: unauthorizedClient, status: http.StatusForbidden,
			Description: "the key lacks the scope sign"}
	}
	return s, k, err
}
