package login

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/gorilla/mux"
)

const (
	// cookieName names the login. The prefix has browsers bind it to this host.
	cookieName = "__Host-visavis-login"
	// lasts is a working day.
	lasts = 8 * time.Hour
	// idleDefault is NIST SP 800-63B-4's hour of inactivity.
	idleDefault = time.Hour
	// maxBody is ample for the name of an account.
	maxBody = 4 << 10
)

// Config is what a Login needs.
type Config struct {
	// Secret is the instances' shared one, 32 bytes or more. Cookies are sealed with
	// a key derived from it.
	Secret []byte
	// OIDC is the provider that knows people; nil: the demonstration's accounts.
	OIDC *OIDC
	// Production refuses the demonstration's accounts.
	Production bool
	// Ended is the list of logins that were taken back, which all instances share;
	// nil: one of this instance's own.
	Ended Ended
	// Idle ends a login of whom nothing was heard for so long. Default one hour.
	Idle time.Duration
	// Audit is told of logins, of those that fail, and of their ends; nil: the log has
	// them alone.
	Audit func(*http.Request, Event)
	// Logger gets logins that fail, without names; nil: nothing is logged.
	Logger *slog.Logger
}

// Login knows who asks. Make it with New.
type Login struct {
	cfg   Config
	seal  *sealer
	ended Ended
	idle  time.Duration
	log   *slog.Logger
	host  Host
	// One of the two.
	demo     []Account
	provider *provider
}

// New makes a Login.
func New(c Config) (*Login, error) {
	seal, err := newSealer(c.Secret, "visavis login cookie v2")
	if err != nil {
		return nil, err
	}
	l := &Login{cfg: c, seal: seal, ended: c.Ended, idle: c.Idle, log: c.Logger}
	if l.ended == nil {
		l.ended = &Memory{}
	}
	if l.idle <= 0 {
		l.idle = idleDefault
	}
	if l.log == nil {
		l.log = slog.New(slog.DiscardHandler)
	}
	switch {
	case c.OIDC != nil:
		l.provider = &provider{cfg: *c.OIDC, log: l.log}
		if err := l.provider.cfg.complete(); err != nil {
			return nil, err
		}
		return l, nil
	case c.Production:
		return nil, errors.New(
			"login: the demonstration's accounts are refused in production: set an OpenID Connect provider")
	}
	l.demo = demoAccounts()
	return l, nil
}

// Choices says how one may log in.
func (l *Login) Choices() Choices {
	c := Choices{Demo: []Choice{}, OIDC: l.provider != nil}
	for _, a := range l.demo {
		c.Demo = append(c.Demo, Choice{ID: a.Subject[len(fromDemo):], Name: a.Name, Roles: a.Roles})
	}
	return c
}

// Host is what the server does for the login.
type Host struct {
	// Post guards POSTs: their Origin and their address's share.
	Post func(http.HandlerFunc) http.Handler
	// EndSession ends the pairing that the request's cookie names, and drops the
	// cookie; nil: there is none.
	EndSession func(http.ResponseWriter, *http.Request)
}

// Routes adds the routes of the login, and has every request of the router count as
// a sign of life. It is called once, before any request.
func (l *Login) Routes(r *mux.Router, h Host) {
	l.host = h
	r.Use(l.touch)
	r.Handle("/api/login/demo", h.Post(l.demoLogin)).Methods(http.MethodPost)
	r.Handle("/api/logout", h.Post(l.logout)).Methods(http.MethodPost)
	if l.provider != nil {
		r.HandleFunc("/login/oidc", l.beginOIDC).Methods(http.MethodGet)
		r.HandleFunc("/login/callback", l.endOIDC).Methods(http.MethodGet)
		r.HandleFunc("/login/backchannel", l.backChannel).Methods(http.MethodPost) // by the provider, who has no Origin
	}
}

// demoLogin logs in as one of the demonstration's accounts.
func (l *Login) demoLogin(w http.ResponseWriter, r *http.Request) {
	var asked struct {
		Account string `json:"account"`
		Next    string `json:"next"`
		// Beside logs a member of staff in beside the applicant of the same browser.
		Beside bool `json:"beside"`
	}
	body, whole := read(w, r)
	if !whole {
		return
	}
	if json.Unmarshal(body, &asked) != nil {
		refuse(w, http.StatusBadRequest, "bad-message", "want JSON with the account's id")
		return
	}
	if len(l.demo) == 0 {
		refuse(w, http.StatusForbidden, "not-allowed", "there are no demonstration accounts: log in with the provider")
		return
	}
	account, ok := l.demoAccount(asked.Account)
	if !ok {
		refuse(w, http.StatusNotFound, "not-found", "no such account")
		return
	}
	name := cookieName
	if asked.Beside {
		if !account.staff() {
			refuse(w, http.StatusForbidden, "not-allowed", "only staff is logged in beside an applicant")
			return
		}
		name = besideName
	}
	if err := l.beginAs(w, name, account, ""); err != nil {
		refuse(w, http.StatusInternalServerError, "internal", "internal error")
		return
	}
	l.audit(r, Event{What: "login", Subject: account.Subject, Role: account.role()})
	answer(w, http.StatusOK, map[string]string{"next": ownPath(asked.Next, account.home())})
}

// read reads a call's body. Where it cannot be read whole, that is answered, and whole is false.
func read(w http.ResponseWriter, r *http.Request) (body []byte, whole bool) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	var over *http.MaxBytesError
	switch {
	case errors.As(err, &over):
		refuse(w, http.StatusRequestEntityTooLarge, "too-large", fmt.Sprintf("want %d bytes at most", over.Limit))
	case err != nil:
		refuse(w, http.StatusBadRequest, "bad-message", "the body ended early")
	}
	return body, err == nil
}

func refuse(w http.ResponseWriter, status int, code, text string) {
	type problem struct {
		Code string `json:"code"`
		Text string `json:"text"`
	}
	answer(w, status, map[string]problem{"error": {code, text}})
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the client went away: there is nobody to tell
}
