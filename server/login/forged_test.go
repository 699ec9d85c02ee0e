package login

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
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
	noToken  bool
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
		"iss": f.url, "aud": "visavis", "sub": "someone", "email": "signed@example.org",
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
		said = f.userinfo
	case "/token":
		token := map[string]any{"access_token": "access", "token_type": "Bearer", "expires_in": 60}
		if !f.noToken {
			token["id_token"] = f.sign()
		}
		said = token
	}
	_ = json.NewEncoder(w).Encode(said)
}

func (f *forger) sign() string {
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: f.signer, KeyID: "1"}}, nil)
	if err != nil {
		f.t.Error(err)
		return ""
	}
	body, err := json.Marshal(f.token)
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
		"of a provider that must name itself":    {func(f *forger) { f.document["authorization_response_iss_parameter_supported"] = true }, false},
		"of a provider without user information": {func(f *forger) { delete(f.document, "userinfo_endpoint") }, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			f := newForger(t)
			var log strings.Builder
			l := newLogin(t, Config{
				Logger: slog.New(slog.NewTextHandler(&log, nil)),
				OIDC:   &OIDC{Issuer: f.url, ClientID: "visavis", Origin: func() string { return "https://visavis.example" }},
			})
			routes := mux.NewRouter()
			l.Routes(routes, func(next http.HandlerFunc) http.Handler { return next })
			begun := call(t, routes, "/login/oidc", nil)
			q := begun.query(t)
			f.token["nonce"] = q.Get("nonce")
			tt.forge(f)
			// A forgery of the document is read by a login that has not seen it.
			l.provider.known.Store(nil)
			done := call(t, routes, "/login/callback?code=x&state="+q.Get("state"), begun.cookies)
			var account Account
			logged := false
			for _, c := range done.cookies {
				if c.Name == cookieName {
					account, logged = l.Account(withCookie(t, c))
				}
			}
			if logged != tt.good || !tt.good && done.query(t).Get("error") != string(Failed) {
				t.Errorf("logged in: %v, sent to %s; log: %s", logged, done.location, log.String())
			}
			if logged && (account.Subject != "oidc:someone" || account.Email != "signed@example.org") {
				t.Errorf("account %+v: want what is signed to count", account)
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
