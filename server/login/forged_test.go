package login

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/gorilla/mux"
)

// forger is a provider whose every answer the test makes.
type forger struct {
	t        *testing.T
	url      string
	key      *ecdsa.PrivateKey // that its document publishes
	signer   *ecdsa.PrivateKey // that signs
	token    map[string]any    // claims of the ID token
	userinfo map[string]any
	raw      string // instead of userinfo, if not empty
	rawType  string // its media type
	status   int    // of the user information, if not 0
	noToken  bool
	forge    func(claims map[string]any) string // the ID token; nil: sign
	document map[string]any
}

func newForger(t *testing.T) *forger {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	f := &forger{t: t, key: key, signer: key}
	srv := httptest.NewServer(f)
	t.Cleanup(srv.Close)
	f.url = srv.URL
	f.token = map[string]any{
		"iss": f.url, "aud": "visavis", "sub": "someone", "email": "signed@example.org", "email_verified": true,
		"iat": time.Now().Unix(), "exp": time.Now().Add(time.Minute).Unix(),
	}
	f.userinfo = map[string]any{"sub": "someone", "name": "Someone Specimen", "email": "unsigned@example.org"}
	f.document = map[string]any{
		"issuer": f.url, "authorization_endpoint": f.url + "/authorize", "token_endpoint": f.url + "/token", "jwks_uri": f.url + "/keys",
		"userinfo_endpoint": f.url + "/userinfo", "id_token_signing_alg_values_supported": []string{"ES256"},
	}
	return f
}

func (f *forger) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	var said any
	switch r.URL.Path {
	case "/.well-known/openid-configuration":
		said = f.document
	case "/keys":
		said = jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: f.key.Public(), KeyID: "1", Algorithm: "ES256", Use: "sig"}}}
	case "/userinfo":
		if f.rawType != "" {
			w.Header().Set("Content-Type", f.rawType)
		}
		if f.status != 0 {
			w.WriteHeader(f.status)
		}
		if f.raw != "" {
			_, _ = io.WriteString(w, f.raw)
			return
		}
		said = f.userinfo
	case "/token":
		token := map[string]any{"access_token": "access", "token_type": "Bearer", "expires_in": 60}
		if !f.noToken {
			if token["id_token"] = f.sign(f.token); f.forge != nil {
				token["id_token"] = f.forge(f.token)
			}
		}
		said = token
	}
	_ = json.NewEncoder(w).Encode(said)
}

func (f *forger) sign(claims map[string]any) string {
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: f.signer, KeyID: "1"}},
		nil)
	if err != nil {
		f.t.Error(err)
		return ""
	}
	body, err := json.Marshal(claims)
	if err != nil {
		f.t.Error(err)
		return ""
	}
	signed, err := signer.Sign(body)
	if err != nil {
		f.t.Error(err)
		return ""
	}
	text, err := signed.CompactSerialize()
	if err != nil {
		f.t.Error(err)
	}
	return text
}

func TestTokensThatAreNotForThisLogin(t *testing.T) {
	leftHalf := func(token string) string {
		sum := sha256.Sum256([]byte(token))
		return base64.RawURLEncoding.EncodeToString(sum[:16])
	}
	tests := map[string]struct {
		forge func(f *forger)
		good  bool
	}{
		"the right one":                {func(*forger) {}, true},
		"with the access token's hash": {func(f *forger) { f.token["at_hash"] = leftHalf("access") }, true},
		"of another access token":      {func(f *forger) { f.token["at_hash"] = leftHalf("another") }, false},
		"of another login":             {func(f *forger) { f.token["nonce"] = "another" }, false},
		"without a nonce":              {func(f *forger) { f.token["nonce"] = "" }, false},
		"for another client":           {func(f *forger) { f.token["aud"] = "another" }, false},
		"of another provider":          {func(f *forger) { f.token["iss"] = "https://evil.example" }, false},
		"that is over":                 {func(f *forger) { f.token["exp"] = time.Now().Add(-time.Hour).Unix() }, false},
		"of nobody":                    {func(f *forger) { f.token["sub"], f.userinfo["sub"] = "", "" }, false},
		"signed with another key": {func(f *forger) {
			f.signer, _ = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		}, false},
		"that is missing":                        {func(f *forger) { f.noToken = true }, false},
		"with somebody else's user information":  {func(f *forger) { f.userinfo["sub"] = "somebody else" }, false},
		"asked for by us":                        {func(f *forger) { f.token["azp"] = "visavis" }, true},
		"asked for by another client":            {func(f *forger) { f.token["azp"] = "another" }, false},
		"asked for by nobody":                    {func(f *forger) { f.token["azp"] = "" }, false},
		"asked for by several":                   {func(f *forger) { f.token["azp"] = []string{"visavis"} }, false},
		"asked for by a client like us":          {func(f *forger) { f.token["azp"] = "Visavis" }, false},
		"that says null about who asked":         {func(f *forger) { f.token["azp"] = nil }, true},
		"for two, without who asked":             {func(f *forger) { f.token["aud"] = []string{"visavis", "another"} }, false},
		"for two, null about who asked":          {func(f *forger) { f.token["aud"], f.token["azp"] = []string{"another", "visavis"}, nil }, false},
		"for two, asked for by us":               {func(f *forger) { f.token["aud"], f.token["azp"] = []string{"visavis", "another"}, "visavis" }, true},
		"for two, asked for by the other":        {func(f *forger) { f.token["aud"], f.token["azp"] = []string{"visavis", "another"}, "another" }, false},
		"for us in a list":                       {func(f *forger) { f.token["aud"] = []string{"visavis"} }, true},
		"of a provider that must name itself":    {func(f *forger) { f.document["authorization_response_iss_parameter_supported"] = true }, false},
		"of a provider without user information": {func(f *forger) { delete(f.document, "userinfo_endpoint") }, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			f := newForger(t)
			account, problem, log := f.login(t, tt.forge)
			if logged := account.Subject != ""; logged != tt.good || !tt.good && problem != Failed {
				t.Errorf("logged in: %v, problem %q; log: %s", logged, problem, log)
			}
			if tt.good && (account.Subject != "oidc:someone" || account.Email != "signed@example.org") {
				t.Errorf("account %+v: want what is signed to count", account)
			}
		})
	}
}

// login goes through a login whose answers are forged, and returns who is logged
// in, or the problem.
func (f *forger) login(t *testing.T, forge func(f *forger)) (Account, Problem, string) {
	t.Helper()
	var log strings.Builder
	l := newLogin(t, Config{
		Logger: slog.New(slog.NewTextHandler(&log, nil)),
		OIDC:   &OIDC{Issuer: f.url, ClientID: "visavis", Origin: func() string { return "https://visavis.example" }},
	})
	routes := mux.NewRouter()
	l.Routes(routes, Host{Post: func(next http.HandlerFunc) http.Handler { return next }})
	begun := call(t, routes, "/login/oidc", nil)
	q := begun.query(t)
	f.token["nonce"] = q.Get("nonce")
	forge(f)
	// A forgery of the document is read by a login that has not seen it.
	l.provider.known.Store(nil)
	done := call(t, routes, "/login/callback?code=x&state="+q.Get("state"), begun.cookies)
	var account Account
	for _, c := range done.cookies {
		if c.Name == cookieName {
			account, _ = l.Account(withCookie(t, c))
		}
	}
	return account, Problem(done.query(t).Get("error")), log.String()
}

func TestOddUserInformation(t *testing.T) {
	const name = "Someone Specimen"
	for title, tt := range map[string]struct {
		forge func(f *forger)
		name  string // empty: what the ID token says
		want  Problem
	}{
		"a flag as a word":       {func(f *forger) { f.userinfo["email_verified"] = "True" }, name, ""},
		"a flag as a number":     {func(f *forger) { f.userinfo["email_verified"] = 1 }, name, ""},
		"a flag that is null":    {func(f *forger) { f.userinfo["email_verified"] = nil }, name, ""},
		"a flag as an object":    {func(f *forger) { f.userinfo["phone_number_verified"] = map[string]any{"a": 1} }, name, ""},
		"an address as a list":   {func(f *forger) { f.userinfo["email"] = []string{"a", "b"} }, name, ""},
		"a number beyond floats": {func(f *forger) { f.raw = `{"sub":"someone","name":"Someone Specimen","x":1e999}` }, name, ""},
		"a byte order mark":      {func(f *forger) { f.raw = "\ufeff" + `{"sub":"someone","name":"Someone Specimen"}` }, name, ""},
		"said to be text":        {func(f *forger) { f.rawType = "text/plain" }, name, ""},
		"signed":                 {func(f *forger) { f.raw, f.rawType = f.sign(f.userinfo), "application/jwt; charset=utf-8" }, name, ""},
		"a list":                 {func(f *forger) { f.raw = `[{"sub":"someone"}]` }, "", ""},
		"null":                   {func(f *forger) { f.raw = `null` }, "", ""},
		"no JSON":                {func(f *forger) { f.raw = `<html>` }, "", ""},
		"cut":                    {func(f *forger) { f.raw = `{"sub":"someone","name":"Some` }, "", ""},
		"about nobody":           {func(f *forger) { delete(f.userinfo, "sub") }, "", ""},
		"about a number":         {func(f *forger) { f.userinfo["sub"] = 7 }, "", ""},
		"too long":               {func(f *forger) { f.userinfo["x"] = strings.Repeat("x", maxUserinfo) }, "", ""},
		"not allowed":            {func(f *forger) { f.status = http.StatusForbidden }, "", ""},
		"signed by somebody else": {func(f *forger) {
			f.signer, _ = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
			f.rawType, f.raw = "application/jwt", f.sign(f.userinfo)
			f.signer = f.key
		}, "", ""},
		"out of order":              {func(f *forger) { f.status = http.StatusBadGateway }, "", Unavailable},
		"about somebody else":       {func(f *forger) { f.userinfo["sub"] = "somebody" }, "", Failed},
		"about who is called alike": {func(f *forger) { f.userinfo["sub"] = "Someone" }, "", Failed},
	} {
		t.Run(title, func(t *testing.T) {
			f := newForger(t)
			account, problem, log := f.login(t, tt.forge)
			if problem != tt.want || (account.Subject == "oidc:someone") != (tt.want == "") || account.Name != tt.name {
				t.Errorf("%+v, problem %q, want %q and the name %q; log: %s", account, problem, tt.want, tt.name, log)
			}
			if tt.want == "" && account.Email != "signed@example.org" {
				t.Errorf("address %q: want the signed one", account.Email)
			}
			if strings.Contains(log, "Specimen") {
				t.Errorf("log: %s", log)
			}
		})
	}
}

// answered is where a call leads, and the cookies it sets.
type answered struct {
	location string
	cookies  []*http.Cookie
}

func (a answered) query(t *testing.T) url.Values {
	t.Helper()
	u, err := url.Parse(a.location)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query()
}

func call(t *testing.T, h http.Handler, path string, cookies []*http.Cookie) answered {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
	for _, c := range cookies {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return answered{w.Header().Get("Location"), w.Result().Cookies()}
}
