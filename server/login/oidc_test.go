package login

import (
	"bytes"
	"context"
	"crypto/rand"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/gorilla/mux"
	"github.com/zitadel/oidc/v3/example/server/storage"
	zoidc "github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// people of the provider, by user name; the password is each one's own name.
type people map[string]*storage.User

func (p people) GetUserByID(id string) *storage.User {
	for _, u := range p {
		if u.ID == id {
			return u
		}
	}
	return nil
}

func (p people) GetUserByUsername(name string) *storage.User { return p[name] }

func (p people) ExampleClientID() string { return "unused" }

// registry is the provider's memory: its example's, with roles, and with where to go
// after logging out.
type registry struct {
	*storage.Storage
	roles map[string]any // by subject
	after string
}

func (s *registry) SetUserinfoFromToken(ctx context.Context, info *zoidc.UserInfo, token, subject,
	origin string) error {
	if err := s.Storage.SetUserinfoFromToken(ctx, info, token, subject, origin); err != nil {
		return err
	}
	info.AppendClaims("realm_access", map[string]any{"roles": s.roles[subject]})
	return nil
}

type client struct {
	op.Client
	after string
}

func (c client) PostLogoutRedirectURIs() []string { return []string{c.after} }

func (s *registry) GetClientByClientID(ctx context.Context, id string) (op.Client, error) {
	c, err := s.Storage.GetClientByClientID(ctx, id)
	return client{c, s.after}, err
}

const (
	clientID     = "visavis"
	clientSecret = "secret-of-the-client"
)

// site is our server beside a real provider.
type site struct {
	*httptest.Server
	provider *httptest.Server
	login    *Login
	log      *bytes.Buffer
	down     atomic.Bool // the provider answers nothing
}

func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{log: &bytes.Buffer{}}
	// Ours speaks TLS, as its cookies want, at another host than the provider.
	routes := mux.NewRouter()
	s.Server = httptest.NewTLSServer(routes)
	t.Cleanup(s.Close)
	providerRoutes := http.NewServeMux()
	s.provider = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.down.Load() {
			panic(http.ErrAbortHandler)
		}
		providerRoutes.ServeHTTP(w, r)
	}))
	t.Cleanup(s.provider.Close)
	issuer := strings.Replace(s.provider.URL, "127.0.0.1", "localhost", 1)
	newProvider(t, issuer, s.URL, providerRoutes)
	s.login = newLogin(t, Config{
		Production: true, Logger: slog.New(slog.NewTextHandler(s.log, nil)),
		OIDC: &OIDC{
			Issuer: issuer, ClientID: clientID, ClientSecret: clientSecret, RolesClaim: "realm_access.roles",
			Roles: map[string]string{"visavis-relecture": Reviewer, "guichet": Registrar}, Origin: func() string {
				return s.URL
			},
		},
	})
	s.login.Routes(routes, Host{Post: func(next http.HandlerFunc) http.Handler { return next }})
	routes.NotFoundHandler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte(r.URL.RequestURI()))
	})
	return s
}

func newProvider(t *testing.T, issuer, ours string, routes *http.ServeMux) {
	t.Helper()
	known := people{
		"maeva": {ID: "id-maeva", Username: "maeva", Password: "maeva", FirstName: "Maéva Claire", LastName: "Specimen",
			Email: "maeva.specimen@example.org", EmailVerified: true, Phone: "+33639980012", PhoneVerified: true},
		"reviewer": {ID: "id-reviewer", Username: "reviewer", Password: "reviewer", FirstName: "Relecteur", LastName: "Specimen", Email: "r@example.org"},
	}
	web := storage.WebClient(clientID, clientSecret, ours+"/login/callback")
	memory := &registry{
		Storage: storage.NewStorageWithClients(known, map[string]*storage.Client{clientID: web}),
		roles:   map[string]any{"id-maeva": []string{"king"}, "id-reviewer": []string{"visavis-relecture", "offline_access"}},
		after:   ours + "/",
	}
	config := &op.Config{CodeMethodS256: true, DefaultLogoutRedirectURI: "/bye"}
	if _, err := rand.Read(config.CryptoKey[:]); err != nil {
		t.Fatal(err)
	}
	provider, err := op.NewProvider(config, memory, op.StaticIssuer(issuer), op.WithAllowInsecure())
	if err != nil {
		t.Fatal(err)
	}
	// Where the provider asks for the password: this test gives it in the address.
	routes.HandleFunc("/login/username", func(w http.ResponseWriter, r *http.Request) {
		id, name := r.FormValue("authRequestID"), r.FormValue("name")
		if name == "" {
			return // the page with the form
		}
		if err := memory.CheckUsernamePassword(name, name, id); err != nil {
			http.Error(w, err.Error(), http.StatusForbidden)
			return
		}
		http.Redirect(w, r, op.AuthCallbackURL(provider)(op.ContextWithIssuer(r.Context(), issuer), id), http.StatusFound)
	})
	routes.Handle("/", provider)
}

// browser is one person's, with cookies of its own.
type browser struct {
	t *testing.T
	s *site
	*http.Client
}

func (s *site) browser(t *testing.T) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	b := &browser{t, s, s.Client()}
	c := *s.Client()
	c.Jar = jar
	b.Client = &c
	return b
}

// open follows every redirect and returns where it ends; one that stop says yes to
// is not followed.
func (b *browser) open(address string, stop func(*url.URL) bool) *url.URL {
	b.t.Helper()
	c := *b.Client
	c.CheckRedirect = func(r *http.Request, _ []*http.Request) error {
		if stop != nil && stop(r.URL) {
			return http.ErrUseLastResponse
		}
		return nil
	}
	r, err := c.Get(address)
	if err != nil {
		b.t.Fatal(err)
	}
	defer r.Body.Close()
	if location, err := r.Location(); err == nil {
		return location
	}
	return r.Request.URL
}

func isCallback(u *url.URL) bool { return u.Path == "/login/callback" }

// signIn goes as far as the provider's answer, and returns it without following it.
func (b *browser) signIn(name, next string) *url.URL {
	b.t.Helper()
	form := b.open(b.s.URL+"/login/oidc?next="+url.QueryEscape(next), nil)
	if form.Path != "/login/username" {
		b.t.Fatalf("led to %s, want the provider's form", form)
	}
	q := form.Query()
	q.Set("name", name)
	form.RawQuery = q.Encode()
	return b.open(form.String(), isCallback)
}

// account is who the browser is logged in as.
func (b *browser) account() (Account, bool) {
	b.t.Helper()
	u, err := url.Parse(b.s.URL)
	if err != nil {
		b.t.Fatal(err)
	}
	r := httptest.NewRequestWithContext(b.t.Context(), http.MethodGet, "/", nil)
	for _, c := range b.Jar.Cookies(u) {
		r.AddCookie(c)
	}
	return b.s.login.Account(r)
}

func TestLoginThroughAProvider(t *testing.T) {
	s := newSite(t)
	b := s.browser(t)
	end := b.open(b.signIn("maeva", "/request?id=7").String(), nil)
	if end.RequestURI() != "/request?id=7" || end.Host != strings.TrimPrefix(s.URL, "https://") {
		t.Errorf("ends at %s", end)
	}
	a, ok := b.account()
	if !ok || a.Subject != "oidc:id-maeva" || a.Name != "Maéva Claire Specimen" || a.GivenNames != "Maéva Claire" ||
		a.Surname != "Specimen" ||
		a.Email != "maeva.specimen@example.org" || a.Mobile != "+33639980012" || len(a.Roles) != 1 || !a.Has(Applicant) {
		t.Errorf("%+v, %v", a, ok)
	}
	r := s.browser(t)
	if end := r.open(r.signIn("reviewer", "").String(), nil); end.Path != "/signature" {
		t.Errorf("without a next: %s", end)
	}
	if a, _ := r.account(); !a.Has(Reviewer) || !a.Has(Applicant) || a.Has(Registrar) {
		t.Errorf("reviewer %+v: want the role", a)
	}
}

func TestTheRequestProvesWhoseItIs(t *testing.T) {
	s := newSite(t)
	b := s.browser(t)
	ask := b.open(s.URL+"/login/oidc", func(u *url.URL) bool { return u.Path == "/authorize" })
	q := ask.Query()
	if q.Get("code_challenge_method") != "S256" || len(q.Get("code_challenge")) != 43 || len(q.Get("state")) < 26 ||
		len(q.Get("nonce")) < 26 ||
		q.Get("response_type") != "code" || q.Get("redirect_uri") != s.URL+"/login/callback" ||
		!strings.Contains(q.Get("scope"), "openid") {
		t.Errorf("%s", ask)
	}
	if second := b.open(s.URL+"/login/oidc", func(u *url.URL) bool { return u.Path == "/authorize" }).Query(); second.Get(
		"state") == q.Get("state") ||
		second.Get("nonce") == q.Get("nonce") || second.Get("code_challenge") == q.Get("code_challenge") {
		t.Error("the second login proves the same")
	}
}

// Each of these must end on the login page, with nobody logged in.
func TestAnswersThatAreNotOurs(t *testing.T) {
	tests := map[string]struct {
		change func(t *testing.T, b *browser, answer *url.URL)
		want   Problem
	}{
		"another state": {func(_ *testing.T, _ *browser, u *url.URL) { set(u, "state", strings.Repeat("A", 26)) }, Expired},
		"no state":      {func(_ *testing.T, _ *browser, u *url.URL) { set(u, "state", "") }, Expired},
		"another browser": {func(_ *testing.T, b *browser, _ *url.URL) {
			jar, _ := cookiejar.New(nil)
			b.Jar = jar
		}, Expired},
		"an answer that was used": {func(t *testing.T, b *browser, u *url.URL) {
			b.open(u.String(), nil)
			if _, ok := b.account(); !ok {
				t.Error("the first time it counts")
			}
			here, _ := url.Parse(b.s.URL)
			b.Jar.SetCookies(here, []*http.Cookie{{Name: cookieName, Path: "/", MaxAge: -1, Secure: true}})
		}, Expired},
		"the person says no": {func(_ *testing.T, _ *browser, u *url.URL) { set(u, "error", "access_denied") }, Denied},
		"the provider fails": {func(_ *testing.T, _ *browser, u *url.URL) { set(u, "error", "server_error") }, Failed},
		"no such code":       {func(_ *testing.T, _ *browser, u *url.URL) { set(u, "code", "made-up") }, Failed},
		"the code of another login": {func(t *testing.T, b *browser, u *url.URL) {
			other := b.s.browser(t).signIn("reviewer", "/")
			set(u, "code", other.Query().Get("code"))
		}, Failed},
		"the answer of another provider": {func(_ *testing.T, _ *browser, u *url.URL) { set(u, "iss", "https://evil.example") }, Failed},
		"the provider is gone":           {func(_ *testing.T, b *browser, _ *url.URL) { b.s.down.Store(true) }, Unavailable},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := newSite(t)
			b := s.browser(t)
			answer := b.signIn("maeva", "/privacy")
			tt.change(t, b, answer)
			end := b.open(answer.String(), nil)
			next := end.Query().Get("next")
			if end.Path != "/login" || end.Query().Get("error") != string(tt.want) || next != "/privacy" && tt.want != Expired {
				t.Errorf("ends at %s, want the problem %q", end, tt.want)
			}
			if a, ok := b.account(); ok {
				t.Errorf("logged in as %+v", a)
			}
			if log := s.log.String(); strings.Contains(log, "Specimen") || strings.Contains(log, "maeva") ||
				strings.Contains(log, clientSecret) || strings.Contains(log, answer.Query().Get("code")) {
				t.Errorf("log: %s", log)
			}
		})
	}
}

func set(u *url.URL, name, value string) {
	q := u.Query()
	q.Set(name, value)
	u.RawQuery = q.Encode()
}

func TestAProviderThatComesLater(t *testing.T) {
	s := newSite(t)
	s.down.Store(true)
	b := s.browser(t)
	if end := b.open(s.URL+"/login/oidc?next=/privacy",
		nil); end.RequestURI() != "/login?error=unavailable&next=%2Fprivacy" {
		t.Errorf("ends at %s", end)
	}
	s.down.Store(false)
	b.open(b.signIn("maeva", "").String(), nil)
	if _, ok := b.account(); !ok {
		t.Error("not logged in once the provider is there")
	}
}

func TestNoOneIsSentElsewhere(t *testing.T) {
	s := newSite(t)
	b := s.browser(t)
	if end := b.open(b.signIn("maeva", "https://evil.example/").String(), nil); end.Path != "/signature" ||
		!strings.HasPrefix(end.String(), s.URL) {
		t.Errorf("ends at %s", end)
	}
}

func TestLogoutAtTheProvider(t *testing.T) {
	s := newSite(t)
	b := s.browser(t)
	b.open(b.signIn("maeva", "").String(), nil)
	out := func() string {
		r, err := b.Post(s.URL+"/api/logout", "application/json", nil)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		var body bytes.Buffer
		if _, err := body.ReadFrom(r.Body); err != nil {
			t.Fatal(err)
		}
		return body.String()
	}
	said := out()
	_, next, found := strings.Cut(strings.TrimSpace(said), `{"next":"`)
	if _, ok := b.account(); ok || !found {
		t.Fatalf("still logged in: %v, said %s", ok, said)
	}
	next = strings.ReplaceAll(strings.TrimSuffix(next, `"}`), `\u0026`, "&")
	if end := b.open(next, nil); end.String() != s.URL+"/" {
		t.Errorf("the provider leads to %s, want %s/", end, s.URL)
	}
	if said := out(); strings.TrimSpace(said) != "{}" {
		t.Errorf("logged out twice: %s", said)
	}
}

func TestNoDemoBesideAProvider(t *testing.T) {
	l := newSite(t).login
	if c := l.Choices(); len(c.Demo) != 0 || !c.OIDC {
		t.Errorf("%+v", c)
	}
	answer, said := post(t, l, "/api/login/demo", `{"account":"maeva"}`)
	if answer.StatusCode != http.StatusForbidden || len(answer.Cookies()) != 0 {
		t.Errorf("status %d, %v", answer.StatusCode, said)
	}
}
