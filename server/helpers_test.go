package server

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"visavis/capture"
	"visavis/capture/capturetest"
	"visavis/pairing"
	"visavis/testkit"
)

const testOrigin = "https://visavis.example"

// TestMain fails the package when a goroutine is left behind.
func TestMain(m *testing.M) {
	testkit.Main(m)
}

// instance is one server under test.
type instance struct {
	*Server
	http *httptest.Server
	log  *testkit.LogBuffer
}

type option func(*Config)

func newStore(t *testing.T) pairing.Store {
	t.Helper()
	store := pairing.NewMemory(pairing.MemoryLimits{})
	t.Cleanup(func() { _ = store.Close() })
	return store
}

func testConfig(t testing.TB, store pairing.Store, log io.Writer) Config {
	t.Helper()
	service, err := pairing.NewService(store, pairing.Config{Secret: bytes.Repeat([]byte{7}, 32), SessionsPerHour: 10000,
		ClaimsPer10Min: 10000, InvitesPer10Min: 10000, SecondPhonesPerMin: 10000})
	if err != nil {
		t.Fatal(err)
	}
	page := &fstest.MapFile{Data: []byte("<!doctype html><!-- include header.html -->" +
		strings.Repeat("<p>page</p>", 100))}
	return Config{
		Service:  service,
		Analyzer: capture.AnalyzerFunc(capturetest.GoodAnalysis),
		Static: fstest.MapFS{
			"home.html": page, "companion.html": page, "phone.html": page, "trust.html": page,
			"js/app.js": &fstest.MapFile{Data: []byte(strings.Repeat("// a\n", 100))}, "test/secret.js": &fstest.MapFile{Data: []byte("x")},
			"parts/header.html": &fstest.MapFile{Data: []byte("<header>Visavis</header>\n")},
		},
		Site: "Exemple", Companion: true,
		Origin: func() string { return testOrigin },
		Logger: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
}

func newTestServer(t *testing.T, store pairing.Store, options ...option) *instance {
	t.Helper()
	log := &testkit.LogBuffer{}
	cfg := testConfig(t, store, log)
	for _, o := range options {
		o(&cfg)
	}
	s, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	in := &instance{Server: s, http: httptest.NewServer(s.Handler()), log: log}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := s.Shutdown(ctx); err != nil {
			t.Errorf("shutdown: %v", err)
		}
		in.http.Close()
		if t.Failed() {
			t.Log(log.String())
		}
	})
	return in
}

// scrape is what the metrics say.
func scrape(in *instance) string {
	w := httptest.NewRecorder()
	in.Metrics().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	return w.Body.String()
}

// openSession opens a session and returns its cookie.
func (in *instance) openSession(t *testing.T) *http.Cookie {
	t.Helper()
	res := in.post(t, "/api/sessions", `{"language":"fr"}`, nil)
	if res.status != http.StatusOK || len(res.cookies) != 1 {
		t.Fatalf("open session: status %d, %d cookies, body %s", res.status, len(res.cookies), res.body)
	}
	return res.cookies[0]
}

type answer struct {
	status  int
	header  http.Header
	cookies []*http.Cookie
	body    []byte
}

func (in *instance) post(t *testing.T, path, body string, header http.Header) answer {
	t.Helper()
	return in.do(t, http.MethodPost, path, strings.NewReader(body), header)
}

func (in *instance) do(t *testing.T, method, path string, body io.Reader, header http.Header) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, in.http.URL+path, body)
	if err != nil {
		t.Fatal(err)
	}
	maps.Copy(req.Header, header)
	res, err := in.http.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{res.StatusCode, res.Header, res.Cookies(), b}
}

// waitOpen waits until n connections are open.
func (in *instance) waitOpen(t *testing.T, n int) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); in.register.len() != n; {
		if time.Now().After(deadline) {
			t.Fatalf("%d connections are open, want %d", in.register.len(), n)
		}
		<-time.After(time.Millisecond)
	}
}
