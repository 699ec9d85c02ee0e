package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humamux"

	"visavis/limits"
	"visavis/server"
	"visavis/sites"
	"visavis/sites/registry"
)

// Version is the API's. A key is bound to the one that it was made for; there is one.
const Version = "2026-11-29"

type requestKey struct{}

// admit lets a request with a good key through, within its rate.
func (a *API) admit(h server.Host) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		r, w := humamux.Unwrap(ctx)
		request := w.Header().Get("X-Request-Id")
		w.Header().Set("Visavis-Version", Version)
		refuse := func(p *Problem) {
			p.RequestID = request
			w.Header().Set("Content-Type", "application/problem+json")
			w.WriteHeader(p.Status)
			_ = json.NewEncoder(w).Encode(p) // the client went away: there is nobody to tell
		}
		if want := r.Header.Get("Visavis-Version"); want != "" && want != Version {
			refuse(newProblem(http.StatusBadRequest, codeBadRequest,
				fmt.Sprintf("Visavis-Version %q: this server speaks %s", want, Version)))
			return
		}
		secret, ok := secretOf(r)
		site, key, err := a.cfg.Registry.Caller(ctx.Context(), secret)
		switch {
		case errors.Is(err, registry.ErrKey):
			left, err := a.meter.TakeOne(h.Network(r).Addr(), limits.CallsStrangers)
			if p := a.rated(w, "address", limits.CallsStrangers.Of(), left, err); p != nil {
				refuse(p)
				return
			}
			w.Header().Set("WWW-Authenticate", `Bearer realm="visavis"`)
			detail := "no key: send Authorization: Bearer vv_…"
			if ok {
				detail = "the key is none of this server's, was revoked or has ended"
			}
			refuse(newProblem(http.StatusUnauthorized, codeNoKey, detail))
			return
		case err != nil:
			a.log.ErrorContext(ctx.Context(), "a key cannot be looked for", "request", request, "err", err)
			refuse(problemOf(err))
			return
		}
		left, err := a.meter.TakeOneOfKey(key.ID, limits.Calls)
		if p := a.rated(w, "key", a.calls, left, err); p != nil {
			refuse(p)
			return
		}
		h.Repaid(r) // the key's rate counts it
		if scope := scopeOf(ctx.Operation()); !key.May(scope) {
			refuse(newProblem(http.StatusForbidden, codeScope, fmt.Sprintf("this key has the scopes %v, this call wants %q",
				key.Scopes, scope)))
			return
		}
		ctx = huma.WithValue(ctx, requestKey{}, request)
		next(huma.WithValue(ctx, callerKey{}, caller{site, key}))
	}
}

func scopeOf(o *huma.Operation) sites.Scope {
	for _, s := range o.Security {
		if scopes := s["key"]; len(scopes) > 0 {
			return sites.Scope(scopes[0])
		}
	}
	return sites.Write
}

// secretOf is the key of a request: a bearer token, or the user of basic
// authentication, as curl -u KEY: sends it.
func secretOf(r *http.Request) (string, bool) {
	if user, _, ok := r.BasicAuth(); ok {
		return user, true
	}
	scheme, token, ok := strings.Cut(r.Header.Get("Authorization"), " ")
	if !ok || !strings.EqualFold(scheme, "bearer") {
		return "", false
	}
	return strings.TrimSpace(token), true
}

// rated writes the headers of draft-ietf-httpapi-ratelimit-headers, and returns the
// problem of a reached limit: nil while there is something left. name is the policy's.
func (a *API) rated(w http.ResponseWriter, name string, row limits.Row, left limits.Left, err error) *Problem {
	w.Header().Set("RateLimit-Policy", fmt.Sprintf("%q;q=%d;w=%d", name, row.Number, int(row.Per.Seconds())))
	w.Header().Set("RateLimit", fmt.Sprintf("%q;r=%d;t=%d", name, left.Number, limits.Seconds(left.Full)))
	refused, ok := errors.AsType[*limits.Refused](err)
	if !ok {
		return nil
	}
	w.Header().Set("Retry-After", strconv.Itoa(limits.Seconds(refused.RetryAfter)))
	return newProblem(http.StatusTooManyRequests, codeTooMany, refused.Text())
}

// LinkPath is where a link leads; its secret follows. LetterPath is that of a letter's
// link: its page waits for a click, because mail servers open links.
const (
	LinkPath   = "/v#"
	LetterPath = "/v?letter#"
)

// linkOf is the address that a site sends its person to.
func (a *API) linkOf(_ context.Context, v sites.Verification) string {
	return a.cfg.Origin() + LinkPath + a.cfg.Registry.Link(v)
}
