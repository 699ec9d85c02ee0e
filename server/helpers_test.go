package server

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"visavis/capture"
	"visavis/pairing"
)

const testOrigin = "https://visavis.example"

// TestMain fails the package when a goroutine is left behind.
func TestMain(m *testing.M) {
	code := m.Run()
	if code == 0 {
		if left := leftGoroutines(8 * time.Second); left != "" {
			fmt.Fprintf(os.Stderr, "goroutines left behind:\n%s\n", left)
			code = 1
		}
	}
	os.Exit(code)
}

func leftGoroutines(grace time.Duration) string {
	deadline := time.Now().Add(grace)
	for {
		http.DefaultClient.CloseIdleConnections()
		buf := make([]byte, 1<<20)
		stacks := strings.Split(string(buf[:runtime.Stack(buf, true)]), "\n\n")
		var left []string
		for _, s := range stacks[1:] {
			if !strings.Contains(s, "os/signal.") && !strings.Contains(s, "runtime.ensureSigM") {
				left = append(left, s)
			}
		}
		if len(left) == 0 || time.Now().After(deadline) {
			return strings.Join(left, "\n\n")
		}
		<-time.After(10 * time.Millisecond)
	}
}

// logBuffer collects the log, for what must not be in it.
type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// instance is one server under test.
type instance struct {
	*Server
	http *httptest.Server
	log  *logBuffer
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
	service, err := pairing.NewService(store, pairing.Config{Secret: bytes.Repeat([]byte{7}, 32), SessionsPerHour: 10000, ClaimsPer10Min: 10000, InvitesPer10Min: 10000})
	if err != nil {
		t.Fatal(err)
	}
	page := &fstest.MapFile{Data: []byte("<!doctype html><!-- include header.html -->" + strings.Repeat("<p>page</p>", 100))}
	return Config{
		Service:  service,
		Analyzer: capture.AnalyzerFunc(goodAnalysis),
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
	log := &logBuffer{}
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

// goodAnalysis measures every frame as a good one of its step.
func goodAnalysis(_ context.Context, f capture.Frame) (capture.Measurements, error) {
	m := capture.Measurements{Width: f.Width, Height: f.Height, Step: f.Step}
	if f.WantThumbnail {
		m.Thumbnail = []byte("thumbnail")
	}
	if f.Step == capture.Selfie {
		m.Face = goodFace(f.Width, f.Height)
		return m, nil
	}
	m.Document = goodDocument(f.Width, f.Height)
	switch {
	case f.Document == capture.Passport:
		m.Document.Shape, m.Document.Portrait = capture.ShapePage, 0.9
		m.Document.MRZLines, m.Document.MRZConfidence = 2, 0.9
	case f.Step == capture.DocumentFront:
		m.Document.Portrait = 0.9
	default:
		m.Document.MRZLines, m.Document.MRZConfidence = 3, 0.9
	}
	return m, nil
}

func goodDocument(w, h int) *capture.DocumentMeasurements {
	x, y := float64(w), float64(h)
	return &capture.DocumentMeasurements{
		Found: true, Confidence: 0.9, Shape: capture.ShapeCard, Aspect: 1.586,
		Corners: [4]capture.Point{{X: x * .15, Y: y * .2}, {X: x * .85, Y: y * .2}, {X: x * .85, Y: y * .8}, {X: x * .15, Y: y * .8}},
		Fill:    0.8, Area: 0.5, Margin: 0.1, Sharpness: 0.8, Brightness: 140, Contrast: 120, Saturation: 40, LetterHeight: 20, DPI: 300,
		FrameBrightness: 120, Print: make([]byte, 64),
	}
}

func goodFace(w, h int) *capture.FaceMeasurements {
	x, y := float64(w), float64(h)
	return &capture.FaceMeasurements{
		Count: 1, Confidence: 0.9, Box: [4]float64{x * .3, y * .25, x * .4, y * .5}, Height: 0.5, EyesOpen: 0.9,
		Sharpness: 0.8, Brightness: 130, Evenness: 0.9, FrameBrightness: 120, Print: make([]byte, 64),
	}
}

// testJPEG draws a small picture that the header check takes; n makes it differ.
func testJPEG(t *testing.T, n int) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 960, 720))
	for i := range 40 {
		img.Set(i*8+n, 10+n, color.RGBA{uint8(n * 20), 200, 50, 255})
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
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
