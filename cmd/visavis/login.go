package main

import (
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"visavis/enrolment"
	"visavis/enrolment/journey"
	"visavis/server/login"
)

// loginSettings are the settings of logging in.
type loginSettings struct {
	// Issuer is an OpenID Connect provider. Default none: the demonstration's
	// accounts, which production refuses.
	Issuer string
	// ClientID and ClientSecret name this server there; without a secret it is a
	// public client.
	ClientID, ClientSecret string
	// Scopes to ask for, separated by spaces or commas.
	Scopes string
	// RolesClaim is the claim that holds roles, a path with dots; Roles what its
	// values mean here, "their-value=reviewer,other=registrar".
	RolesClaim, Roles string
	// SitesClaim is the claim that holds the sites for which somebody works.
	SitesClaim string
	// TrustEmail: an address that the provider calls verified needs no letter. on, off.
	TrustEmail onOff
	// Idle ends a login of whom nothing was heard for so long.
	Idle time.Duration

	roles map[string]string
}

func (l *loginSettings) flags(f *flag.FlagSet) {
	f.StringVar(&l.Issuer, "oidc-issuer", "",
		"OpenID Connect provider that knows people (default: the demonstration's accounts; required in production)")
	f.StringVar(&l.ClientID, "oidc-client-id", "", "this server's client id at the provider")
	f.StringVar(&l.ClientSecret, "oidc-client-secret", "",
		"its secret; none: a public client; prefer VISAVIS_OIDC_CLIENT_SECRET")
	f.StringVar(&l.Scopes, "oidc-scopes", "openid profile email phone", "scopes to ask for")
	onOffVar(f, &l.TrustEmail, "oidc-trust-email", "on",
		"an e-mail address that the provider calls verified needs no letter to confirm it; off: every address gets one")
	f.DurationVar(&l.Idle, "login-idle", time.Hour, "ends a login of whom nothing was heard for so long")
	f.StringVar(&l.RolesClaim, "oidc-roles-claim", "roles",
		"claim that holds roles, a path with dots, e.g. realm_access.roles")
	f.StringVar(&l.Roles, "oidc-roles", "", "what its values mean here, e.g. id-review=reviewer,id-desk=registrar "+
		"(default: reviewer, registrar, operator and personal-data by name)")
	f.StringVar(&l.SitesClaim, "oidc-sites-claim", "",
		"claim that holds the ids of the sites whose own people somebody is one of; they see these in the console")
}

// complete refuses what contradicts.
func (l *loginSettings) complete(c *Config) error {
	if l.Idle < time.Minute || l.Idle > 8*time.Hour {
		return fmt.Errorf("--login-idle=%s: want 1m to 8h", l.Idle)
	}
	if l.TrustEmail.text != "on" && l.TrustEmail.text != "off" {
		return fmt.Errorf("--oidc-trust-email=%s: want on or off", l.TrustEmail.text)
	}
	if l.Issuer == "" {
		return nil
	}
	if l.ClientID == "" || c.PublicURL == "" {
		return errors.New("--oidc-issuer: --oidc-client-id and --public-url are required with it; register " +
			"PUBLIC_URL/login/callback at the provider")
	}
	for _, pair := range list(l.Roles) {
		value, role, found := strings.Cut(pair, "=")
		if !found || value == "" {
			return fmt.Errorf("--oidc-roles: %q, want value=role", pair)
		}
		if l.roles == nil {
			l.roles = map[string]string{}
		}
		l.roles[value] = role
	}
	return nil
}

// newLogin makes who knows people; origin is this server's address.
func newLogin(c Config, key []byte, origin func() string, ended login.Ended, audit func(*http.Request, login.Event),
	log *slog.Logger) (*login.Login, error) {
	config := login.Config{Secret: key, Ended: ended, Idle: c.Login.Idle, Audit: audit,
		Production: c.Env == "production", Logger: log}
	if l := c.Login; l.Issuer != "" {
		config.OIDC = &login.OIDC{
			Issuer: l.Issuer, ClientID: l.ClientID, ClientSecret: l.ClientSecret, RolesClaim: l.RolesClaim, Roles: l.roles,
			SitesClaim: l.SitesClaim, Origin: origin,
			AsksAddresses: !l.TrustEmail.on,
			Scopes:        strings.FieldsFunc(l.Scopes, func(r rune) bool { return r == ' ' || r == ',' }),
		}
	}
	l, err := login.New(config)
	if err != nil {
		return nil, fmt.Errorf("--oidc-issuer: %w", err)
	}
	return l, nil
}

// failuresEach are the failed logins that are noted in a failureWindow: anybody may
// fail, and nobody may fill the records by it. The log has every one.
const (
	failuresEach  = 20
	failureWindow = time.Minute
)

// loginFailures counts failed logins, so that some are noted and the others counted.
type loginFailures struct {
	mu    sync.Mutex
	since time.Time
	seen  int
}

// note returns what is noted of one more failure. It is empty where enough were noted
// in this window; the next window's first note tells how many those were.
func (f *loginFailures) note(what string, now time.Time) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	if now.Sub(f.since) >= failureWindow {
		if left := f.seen - failuresEach; left > 0 {
			what += fmt.Sprintf(" (%d before it are not noted)", left)
		}
		f.since, f.seen = now, 0
	}
	if f.seen++; f.seen > failuresEach {
		return ""
	}
	return what
}

// auditLogin notes logins, their failures and their ends beside what people do.
func (e *recordPlane) auditLogin(r *http.Request, event login.Event) {
	what := event.What
	if event.What == "login-failed" {
		if what = e.failures.note(what+": "+string(event.Problem), time.Now()); what == "" {
			return
		}
	}
	by := enrolment.Actor{Role: enrolment.Role(event.Role), ID: event.Subject}
	if err := e.service.Audit(r.Context(), by, journey.AuditLogin, "", what); err != nil {
		e.log.ErrorContext(r.Context(), "a login is not audited", "err", err)
	}
}
