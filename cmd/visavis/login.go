package main

import (
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
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
	// Idle ends a login of whom nothing was heard for so long.
	Idle time.Duration

	roles map[string]string
}

func (l *loginSettings) flags(f *flag.FlagSet) {
	f.StringVar(&l.Issuer, "oidc-issuer", "", "OpenID Connect provider that knows people (default: the demonstration's accounts; required in production)")
	f.StringVar(&l.ClientID, "oidc-client-id", "", "this server's client id at the provider")
	f.StringVar(&l.ClientSecret, "oidc-client-secret", "", "its secret; none: a public client; prefer VISAVIS_OIDC_CLIENT_SECRET")
	f.StringVar(&l.Scopes, "oidc-scopes", "openid profile email phone", "scopes to ask for")
	f.DurationVar(&l.Idle, "login-idle", time.Hour, "ends a login of whom nothing was heard for so long")
	f.StringVar(&l.RolesClaim, "oidc-roles-claim", "roles", "claim that holds roles, a path with dots, e.g. realm_access.roles")
	f.StringVar(&l.Roles, "oidc-roles", "", "what its values mean here, e.g. id-review=reviewer,id-desk=registrar (default: reviewer and registrar by name)")
}

// complete refuses what contradicts.
func (l *loginSettings) complete(c *Config) error {
	if l.Idle < time.Minute || l.Idle > 8*time.Hour {
		return fmt.Errorf("--login-idle=%s: want 1m to 8h", l.Idle)
	}
	if l.Issuer == "" {
		return nil
	}
	if l.ClientID == "" || c.PublicURL == "" {
		return errors.New("--oidc-issuer: --oidc-client-id and --public-url are required with it; register PUBLIC_URL/login/callback at the provider")
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
func newLogin(c Config, key []byte, origin func() string, ended login.Ended, audit func(*http.Request, login.Event), log *slog.Logger) (*login.Login, error) {
	config := login.Config{Secret: key, Ended: ended, Idle: c.Login.Idle, Audit: audit, Production: c.Env == "production", Logger: log}
	if l := c.Login; l.Issuer != "" {
		config.OIDC = &login.OIDC{
			Issuer: l.Issuer, ClientID: l.ClientID, ClientSecret: l.ClientSecret, RolesClaim: l.RolesClaim, Roles: l.roles, Origin: origin,
			Scopes: strings.FieldsFunc(l.Scopes, func(r rune) bool { return r == ' ' || r == ',' }),
		}
	}
	l, err := login.New(config)
	if err != nil {
		return nil, fmt.Errorf("--oidc-issuer: %w", err)
	}
	return l, nil
}

// auditLogin notes logins and their ends beside what people do. Logins that fail are
// in the log alone: whoever makes them would fill the records.
func (e *recordPlane) auditLogin(r *http.Request, event login.Event) {
	if event.What == "login-failed" {
		return
	}
	by := enrolment.Actor{Role: enrolment.Role(event.Role), ID: event.Subject}
	if err := e.service.Audit(r.Context(), by, journey.AuditLogin, "", event.What); err != nil {
		e.log.ErrorContext(r.Context(), "a login is not audited", "err", err)
	}
}
