package server

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/coder/websocket"

	"visavis/capture"
	"visavis/pairing"
	"visavis/protocol"
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

func testConfig(t *testing.T, store pairing.Store, log io.Writer) Config {
	t.Helper()
	service, err := pairing.NewService(store, pairing.Config{Secret: bytes.Repeat([]byte{7}, 32), SessionsPerHour: 10000, ClaimsPer10Min: 10000, InvitesPer10Min: 10000})
	if err != nil {
		t.Fatal(err)
	}
	page := &fstest.MapFile{Data: []byte("<!doctype html>" + strings.Repeat("<p>page</p>", 100))}
	return Config{
		Service:  service,
		Analyzer: capture.AnalyzerFunc(goodAnalysis),
		Static: fstest.MapFS{
			"home.html": page, "companion.html": page, "phone.html": page, "trust.html": page,
			"js/app.js": &fstest.MapFile{Data: []byte(strings.Repeat("// a\n", 100))}, "test/secret.js": &fstest.MapFile{Data: []byte("x")},
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
	for k, v := range header {
		req.Header[k] = v
	}
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

// client is one end of a socket in a test.
type client struct {
	t    *testing.T
	conn *websocket.Conn
	rev  int64
}

func (in *instance) dial(t *testing.T, role string, header http.Header) *client {
	t.Helper()
	conn, _, err := websocket.Dial(t.Context(), in.http.URL+"/ws/"+role, &websocket.DialOptions{
		Subprotocols: []string{protocol.Subprotocol}, HTTPHeader: header,
	})
	if err != nil {
		t.Fatalf("dial %s: %v", role, err)
	}
	conn.SetReadLimit(1 << 20)
	t.Cleanup(func() { _ = conn.CloseNow() })
	return &client{t: t, conn: conn}
}

// dialDesktop connects a desktop and says hello.
func (in *instance) dialDesktop(t *testing.T, cookie *http.Cookie) *client {
	t.Helper()
	c := in.dial(t, "desktop", http.Header{"Cookie": {cookie.Name + "=" + cookie.Value}})
	c.send(protocol.Hello{})
	return c
}

func (c *client) send(m protocol.Message) {
	c.t.Helper()
	b, err := protocol.Encode(m)
	if err != nil {
		c.t.Fatal(err)
	}
	c.sendText(b)
}

func (c *client) sendText(b []byte) {
	c.t.Helper()
	if err := c.conn.Write(c.t.Context(), websocket.MessageText, b); err != nil {
		c.t.Fatalf("write: %v", err)
	}
}

func (c *client) sendFrame(f protocol.Frame) {
	c.t.Helper()
	b, err := protocol.PackFrame(f)
	if err != nil {
		c.t.Fatal(err)
	}
	if err := c.conn.Write(c.t.Context(), websocket.MessageBinary, b); err != nil {
		c.t.Fatalf("write: %v", err)
	}
}

// next reads one message, within 10 s.
func (c *client) next() (protocol.Message, error) {
	ctx, cancel := context.WithTimeout(c.t.Context(), 10*time.Second)
	defer cancel()
	_, b, err := c.conn.Read(ctx)
	if err != nil {
		return nil, err
	}
	m, err := protocol.Decode(b)
	if p, ok := m.(protocol.Progress); ok {
		c.rev = p.Rev
	}
	return m, err
}

// expect reads until a message of the type M that ok takes comes.
func expect[M protocol.Message](c *client, what string, ok func(M) bool) M {
	c.t.Helper()
	var seen []string
	for {
		m, err := c.next()
		if err != nil {
			c.t.Fatalf("waiting for %s: %v; seen %s", what, err, strings.Join(seen, " "))
		}
		if want, is := m.(M); is && (ok == nil || ok(want)) {
			return want
		}
		b, _ := json.Marshal(m)
		seen = append(seen, string(m.MessageType())+string(b[:min(len(b), 300)]))
	}
}

func (c *client) expectState(state string) protocol.Progress {
	c.t.Helper()
	return expect(c, "state "+state, func(p protocol.Progress) bool { return p.State == state })
}

// expectClose reads until the socket is closed and compares the code.
func (c *client) expectClose(code protocol.CloseCode) {
	c.t.Helper()
	for {
		if _, err := c.next(); err != nil {
			if got := websocket.CloseStatus(err); int(got) != int(code) {
				c.t.Fatalf("close code %d, want %d (%v)", got, code, err)
			}
			return
		}
	}
}

// tokenOf is the token in a link's fragment.
func tokenOf(t *testing.T, url string) string {
	t.Helper()
	_, token, ok := strings.Cut(url, "#")
	if !ok {
		t.Fatalf("link %q has no fragment", url)
	}
	return token
}

// pair joins a phone to the session that the desktop shows a code of, up to the
// chosen comparison code. It returns the phone and its device secret.
func (in *instance) pair(t *testing.T, desktop *client) (*client, string) {
	t.Helper()
	pairing := expect[protocol.Pairing](desktop, "a code", nil)
	phone := in.dial(t, "phone", nil)
	phone.send(protocol.Hello{Token: tokenOf(t, pairing.URL)})
	expect[protocol.Invitation](phone, "the invitation", nil)
	desktop.expectState(protocol.StateScanned)
	phone.send(protocol.Claim{})
	welcome := expect[protocol.Welcome](phone, "the welcome", nil)
	comparing := desktop.expectState(protocol.StateComparing)
	phone.send(protocol.ChooseCode{Code: comparing.Code})
	phone.expectState(protocol.StatePaired)
	desktop.expectState(protocol.StatePaired)
	return phone, welcome.DeviceSecret
}

// start chooses a document and opens the camera.
func (c *client) start(doc string) {
	c.t.Helper()
	c.send(protocol.ChooseDocument{Document: doc})
	c.send(protocol.Start{CameraWidth: 1280, CameraHeight: 720})
	c.expectState(protocol.StateCapturing)
}

// captureStep sends previews until the still is asked for, and the still.
func (c *client) captureStep(step string, seq *uint32, jpeg []byte) {
	c.t.Helper()
	request := c.preview(step, seq, jpeg)
	c.still(step, request.Seq, jpeg, 3)
	result := expect[protocol.StillResult](c, "the still's result", nil)
	if !result.Accepted {
		c.t.Fatalf("still of %s refused: %+v", step, result)
	}
}

// preview sends previews until a still is asked for.
func (c *client) preview(step string, seq *uint32, jpeg []byte) protocol.CaptureStill {
	c.t.Helper()
	for range 5 {
		*seq++
		c.sendFrame(protocol.Frame{Kind: protocol.Preview, Step: step, Seq: *seq, CapturedAt: time.Now(), Parts: 1, Data: jpeg})
		r := expect(c, "the frame's result", func(r protocol.FrameResult) bool { return r.Seq == *seq })
		if r.Status != "judged" || !r.Good {
			c.t.Fatalf("preview of %s: %+v", step, r)
		}
		if r.Streak == capture.StreakGood {
			return expect[protocol.CaptureStill](c, "the still's request", nil)
		}
	}
	c.t.Fatalf("no still of %s was asked for", step)
	return protocol.CaptureStill{}
}

// still sends a picture in n parts, of which those in skip are left out.
func (c *client) still(step string, seq uint32, jpeg []byte, n int, skip ...int) {
	c.t.Helper()
	size := (len(jpeg) + n - 1) / n
	for i := range n {
		left := false
		for _, s := range skip {
			left = left || s == i
		}
		if left {
			continue
		}
		c.sendFrame(protocol.Frame{
			Kind: protocol.Still, Step: step, Seq: seq, CapturedAt: time.Now(), Part: i, Parts: n,
			Data: jpeg[i*size : min(len(jpeg), (i+1)*size)],
		})
	}
}
