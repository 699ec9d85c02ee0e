package login

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

const (
	// flowCookie holds what a login under way has to prove when it comes back.
	flowCookie = "__Host-visavis-oidc"
	// flowLasts is enough to find a password and a second factor.
	flowLasts = 10 * time.Minute
	// providerWithin bounds one call to the provider.
	providerWithin = 10 * time.Second
)

// Problem says on the login page why a way through a provider led nowhere.
type Problem string

// The problems.
const (
	Denied      Problem = "denied"      // the person or the provider said no
	Expired     Problem = "expired"     // it took too long, or began in another browser
	Unavailable Problem = "unavailable" // the provider cannot be reached
	Failed      Problem = "failed"      // its answer is not right; the log says why
)

// OIDC is an OpenID Connect provider: any that publishes a discovery document.
type OIDC struct {
	// Issuer is its address, as its discovery document says it. https, but for a
	// provider on this machine.
	Issuer string
	// ClientID and ClientSecret name this server there. Without a secret it is a
	// public client: PKCE is used either way.
	ClientID, ClientSecret string
	// Scopes to ask for. Default openid, profile, email, phone.
	Scopes []string
	// RolesClaim is the claim that holds roles, a path with dots where it is nested
	// ("realm_access.roles"). Default "roles".
	RolesClaim string
	// Roles gives for a value of the claim one of our roles. Default: each by its own
	// name. Everybody who logs in is an applicant besides.
	Roles map[string]string
	// SitesClaim is the claim that holds the ids of the sites for which somebody works, a path
	// as RolesClaim. Empty: nobody works for a site.
	SitesClaim string
	// AsksAddresses has addresses confirmed by a letter though the provider calls them
	// verified: for one that is not trusted with that.
	AsksAddresses bool
	// Origin returns this server's address. Origin()+"/login/callback" is the redirect
	// URI, Origin()+"/" where the provider leads to after logging out: register both.
	Origin func() string
	// Client makes the calls. Default: one with a timeout.
	Client *http.Client
}

// mapped are the roles that a provider may give. SiteStaff follows from its sites.
var mapped = []string{Applicant, Reviewer, Registrar, Operator, PersonalData}

func (c *OIDC) complete() error {
	u, err := url.Parse(c.Issuer)
	local := err == nil && (u.Hostname() == "localhost" || u.Hostname() == "127.0.0.1" || u.Hostname() == "::1")
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && (u.Scheme != "http" || !local):
		return errors.New("login: the provider's issuer is an https address")
	case c.ClientID == "" || c.Origin == nil:
		return errors.New("login: the provider's client id and this server's address are required")
	}
	for value, role := range c.Roles {
		if !slices.Contains(mapped, role) {
			return fmt.Errorf("login: %q is mapped to %q, want one of %v", value, role, mapped)
		}
	}
	if len(c.Scopes) == 0 {
		c.Scopes = []string{oidc.ScopeOpenID, "profile", "email", "phone"}
	}
	if c.RolesClaim == "" {
		c.RolesClaim = "roles"
	}
	if len(c.Roles) == 0 {
		c.Roles = map[string]string{}
		for _, role := range mapped {
			c.Roles[role] = role
		}
	}
	if c.Client == nil {
		c.Client = &http.Client{Timeout: providerWithin}
	}
	return nil
}

// provider talks to one OpenID Connect provider.
type provider struct {
	cfg   OIDC
	log   *slog.Logger
	known atomic.Pointer[discovered]
}

// discovered is what the provider's document says.
type discovered struct {
	*oidc.Provider
	keys       oidc.KeySet
	endSession string // empty: it has none
	saysIssuer bool   // it names itself in its answers (RFC 9207)
}

// discover reads the provider's document, once it can be had: a server starts
// without its provider, and finds it later.
func (p *provider) discover(ctx context.Context) (*discovered, error) {
	if d := p.known.Load(); d != nil {
		return d, nil
	}
	found, err := oidc.NewProvider(ctx, p.cfg.Issuer)
	if err != nil {
		return nil, err
	}
	var more struct {
		EndSession string `json:"end_session_endpoint"`
		SaysIssuer bool   `json:"authorization_response_iss_parameter_supported"`
		Keys       string `json:"jwks_uri"`
	}
	if err := found.Claims(&more); err != nil {
		return nil, err
	}
	keys := oidc.NewRemoteKeySet(oidc.ClientContext(context.WithoutCancel(ctx), p.cfg.Client), more.Keys)
	d := &discovered{found, keys, more.EndSession, more.SaysIssuer}
	p.known.Store(d)
	return d, nil
}

// within bounds the calls that one request makes to the provider.
func (p *provider) within(r *http.Request) (context.Context, context.CancelFunc) {
	return context.WithTimeout(oidc.ClientContext(r.Context(), p.cfg.Client), providerWithin)
}

func (p *provider) oauth(d *discovered) *oauth2.Config {
	return &oauth2.Config{
		ClientID: p.cfg.ClientID, ClientSecret: p.cfg.ClientSecret, Endpoint: d.Endpoint(), Scopes: p.cfg.Scopes,
		RedirectURL: strings.TrimRight(p.cfg.Origin(), "/") + "/login/callback",
	}
}

// flow is a login under way: what its answer must match, and where it goes on.
type flow struct {
	State    string `json:"state"`
	Nonce    string `json:"nonce"`
	Verifier string `json:"verifier"` // of PKCE
	Next     string `json:"next"`
}

// beginOIDC sends the browser to the provider.
func (l *Login) beginOIDC(w http.ResponseWriter, r *http.Request) {
	next := ownPath(r.URL.Query().Get("next"), "")
	ctx, cancel := l.provider.within(r)
	defer cancel()
	d, err := l.provider.discover(ctx)
	if err != nil {
		l.log.WarnContext(ctx, "the login provider cannot be reached", "err", err)
		back(w, r, Unavailable, next)
		return
	}
	f := flow{State: rand.Text(), Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier(), Next: next}
	if err := setCookie(w, l.seal, flowCookie, f, time.Now().Add(flowLasts)); err != nil {
		l.log.ErrorContext(ctx, "login failed", "err", err)
		back(w, r, Failed, next)
		return
	}
	http.Redirect(w, r, l.provider.oauth(d).AuthCodeURL(f.State, oidc.Nonce(f.Nonce),
		oauth2.S256ChallengeOption(f.Verifier)), http.StatusFound)
}

// endOIDC takes the browser that comes back from the provider.
func (l *Login) endOIDC(w http.ResponseWriter, r *http.Request) {
	f, _, err := readCookie[flow](r, l.seal, flowCookie)
	dropCookie(w, flowCookie) // an answer counts once
	answered := r.URL.Query()
	if err != nil || subtle.ConstantTimeCompare([]byte(f.State), []byte(answered.Get("state"))) != 1 {
		back(w, r, Expired, f.Next)
		return
	}
	ctx, cancel := l.provider.within(r)
	defer cancel()
	account, session, err := l.provider.account(ctx, f, answered)
	if err == nil {
		err = l.begin(w, account, session)
	}
	if err != nil {
		problem := problemOf(err)
		l.audit(r, Event{What: "login-failed", Problem: problem})
		l.log.WarnContext(ctx, "login failed", "problem", string(problem), "err", err)
		back(w, r, problem, f.Next)
		return
	}
	l.audit(r, Event{What: "login", Subject: account.Subject, Role: account.role()})
	http.Redirect(w, r, ownPath(f.Next, account.home()), http.StatusFound)
}

// errDenied is a provider's no.
var errDenied = errors.New("the provider says access_denied")

func problemOf(err error) Problem {
	var unreachable *url.Error
	switch {
	case errors.Is(err, errDenied):
		return Denied
	case errors.As(err, &unreachable), errors.Is(err, context.DeadlineExceeded), errors.Is(err, errNoUserinfo):
		return Unavailable
	}
	return Failed
}

// back leads to the login page, which says what went wrong.
func back(w http.ResponseWriter, r *http.Request, p Problem, next string) {
	q := url.Values{"error": {string(p)}}
	if next != "" {
		q.Set("next", next)
	}
	http.Redirect(w, r, "/login?"+q.Encode(), http.StatusFound)
}

// account checks a provider's answer and returns whom it names, and the provider's
// own session if it names that too.
func (p *provider) account(ctx context.Context, f flow, answered url.Values) (a Account, session string, err error) {
	d, err := p.discover(ctx)
	if err != nil {
		return Account{}, "", err
	}
	if iss := answered.Get("iss"); iss != p.cfg.Issuer && (iss != "" || d.saysIssuer) {
		return Account{}, "", errors.New("the answer is of another provider")
	}
	switch answered.Get("error") {
	case "":
	case "access_denied":
		return Account{}, "", errDenied
	default:
		return Account{}, "", fmt.Errorf("the provider says %.60q", answered.Get("error"))
	}
	token, err := p.oauth(d).Exchange(ctx, answered.Get("code"), oauth2.VerifierOption(f.Verifier))
	if err != nil {
		return Account{}, "", exchangeError(err)
	}
	said, err := p.claims(ctx, d, token, f.Nonce)
	if err != nil {
		return Account{}, "", err
	}
	a, err = said.account(p.cfg.RolesClaim, p.cfg.Roles, p.cfg.SitesClaim)
	a.EmailVerified = a.EmailVerified && !p.cfg.AsksAddresses
	return a, said.token.text("sid"), err
}

// exchangeError leaves out the provider's answer, which may hold anything.
func exchangeError(err error) error {
	if refused, ok := errors.AsType[*oauth2.RetrieveError](err); ok {
		return fmt.Errorf("the provider refuses the code: status %d, %.60q", refused.Response.StatusCode, refused.ErrorCode)
	}
	return err
}

// claims verifies the ID token and asks for what the provider tells elsewhere.
func (p *provider) claims(ctx context.Context, d *discovered, token *oauth2.Token, nonce string) (said, error) {
	raw, ok := token.Extra("id_token").(string)
	if !ok {
		return said{}, errors.New("the provider sends no ID token")
	}
	id, err := d.VerifierContext(ctx, &oidc.Config{ClientID: p.cfg.ClientID}).Verify(ctx, raw)
	if err != nil {
		return said{}, err
	}
	if subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(nonce)) != 1 {
		return said{}, errors.New("the ID token is of another login")
	}
	if id.AccessTokenHash != "" {
		if err := id.VerifyAccessToken(token.AccessToken); err != nil {
			return said{}, err
		}
	}
	var s said
	if err := id.Claims(&s.token); err != nil {
		return said{}, err
	}
	if err := s.token.authorized(p.cfg.ClientID, id.Audience); err != nil {
		return said{}, err
	}
	if d.UserInfoEndpoint() != "" {
		if s.userinfo, err = p.userinfo(ctx, d, token, id.Subject); err != nil {
			return said{}, err
		}
	}
	return s, nil
}
