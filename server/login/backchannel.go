package login

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
)

const (
	// logoutEvent is what a logout token is about.
	logoutEvent = "http://schemas.openid.net/event/backchannel-logout"
	// tokenLasts is how old a logout token without an end may be.
	tokenLasts = 5 * time.Minute
	// clockSkew is how far ahead a provider's clock may be.
	clockSkew = time.Minute
	// maxForm is ample for a logout token, in bytes.
	maxForm = 32 << 10
	// readWithin bounds reading a body.
	readWithin = 10 * time.Second
)

// backChannel takes back logins that the provider has ended (OpenID Connect
// Back-Channel Logout 1.0): one session of it, or all of somebody.
func (l *Login) backChannel(w http.ResponseWriter, r *http.Request) {
	// httptest.ResponseRecorder has no deadlines
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(readWithin))
	w.Header().Set("Cache-Control", "no-store")
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	ctx, cancel := l.provider.within(r)
	defer cancel()
	if err := r.ParseForm(); err != nil {
		answer(w, http.StatusBadRequest, map[string]string{"error": "invalid_request"})
		return
	}
	t, err := l.provider.logoutToken(ctx, r.PostForm.Get("logout_token"))
	if err != nil {
		l.log.WarnContext(ctx, "a logout of the provider is refused", "err", err)
		answer(w, http.StatusBadRequest, map[string]string{"error": "invalid_request"})
		return
	}
	if used, err := l.ended.EndedAt(ctx, keyOfToken(t.ID)); err == nil && !used.IsZero() {
		w.WriteHeader(http.StatusOK) // a repeated token must not end a login that began after it
		return
	}
	keys := []string{keyOfAccount(fromOIDC + t.Subject)}
	if t.Session != "" {
		keys = []string{keyOfProvider(t.Session)}
		if t.Subject != "" {
			keys = append(keys, keyOfNameless(fromOIDC+t.Subject))
		}
	}
	now := time.Now() // ours, not the provider's: the two clocks may differ
	for _, key := range append(keys, keyOfToken(t.ID)) {
		err = errors.Join(err, l.ended.End(ctx, key, now, now.Add(lasts)))
	}
	if err != nil {
		l.log.ErrorContext(ctx, "a login is not taken back", "err", err)
		answer(w, http.StatusServiceUnavailable, map[string]string{"error": "temporarily_unavailable"})
		return
	}
	subject := ""
	if t.Subject != "" {
		subject = fromOIDC + t.Subject
	}
	l.audit(r, Event{What: "logout-provider", Subject: subject})
	w.WriteHeader(http.StatusOK)
}

// logoutToken is what a provider says of a logout.
type logoutToken struct {
	Subject string                     `json:"sub"`
	Session string                     `json:"sid"`
	ID      string                     `json:"jti"`
	Nonce   json.RawMessage            `json:"nonce"`
	Expiry  json.RawMessage            `json:"exp"`
	Events  map[string]json.RawMessage `json:"events"`
}

// logoutToken verifies a token: signature, issuer, audience and age as of an ID
// token's, and that it is none.
func (p *provider) logoutToken(ctx context.Context, raw string) (logoutToken, error) {
	var t logoutToken
	if raw == "" {
		return t, errors.New("no logout token")
	}
	d, err := p.discover(ctx)
	if err != nil {
		return t, err
	}
	// Older providers give it no end: its age counts then.
	verified, err := d.VerifierContext(ctx, &oidc.Config{ClientID: p.cfg.ClientID, SkipExpiryCheck: true}).Verify(ctx, raw)
	if err != nil {
		return t, err
	}
	if err := verified.Claims(&t); err != nil {
		return t, errors.New("the logout token cannot be read")
	}
	now := time.Now()
	made := verified.IssuedAt
	var event map[string]json.RawMessage
	switch {
	case len(t.Nonce) > 0:
		return t, errors.New("a nonce: it is an ID token")
	case json.Unmarshal(t.Events[logoutEvent], &event) != nil:
		return t, errors.New("it is about no logout")
	case t.Subject == "" && t.Session == "":
		return t, errors.New("it names nobody")
	case t.ID == "":
		return t, errors.New("it has no id")
	case made.IsZero() || made.After(now.Add(clockSkew)):
		return t, fmt.Errorf("made at %s, it is %s", made.Format(time.RFC3339), now.Format(time.RFC3339))
	case len(t.Expiry) > 0 && now.After(verified.Expiry.Add(clockSkew)), len(t.Expiry) == 0 &&
		now.After(made.Add(tokenLasts)):
		return t, errors.New("it is over")
	}
	return t, nil
}
