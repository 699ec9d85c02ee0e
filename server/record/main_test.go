package record_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
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
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"visavis/capture"
	"visavis/certificate"
	"visavis/certificate/keys"
	"visavis/certificate/testca"
	"visavis/enrolment"
	"visavis/enrolment/evidence"
	"visavis/enrolment/jobs"
	"visavis/enrolment/journey"
	"visavis/enrolment/retention"
	"visavis/enrolment/store"
	"visavis/enrolment/store/storetest"
	"visavis/identity"
	"visavis/pairing"
	"visavis/server"
	"visavis/server/login"
	"visavis/server/record"
	"visavis/specimen"
)

var postgres storetest.Server

func TestMain(m *testing.M) {
	code := m.Run()
	postgres.Stop()
	os.Exit(code)
}

// reader reads every document as its text says, and compares every pair of faces
// as its score says.
type reader struct {
	mu    sync.Mutex
	lines []string
	print []identity.Field
	title identity.Kind
	score float64
	hold  chan struct{} // closed when readings may go on; nil: at once
	asked int
	// blurred is how many readings to come have a digit that was not seen well.
	blurred int
}

func (r *reader) ReadZone(ctx context.Context, _ identity.ZoneRequest) (identity.ZoneReading, error) {
	r.mu.Lock()
	hold, lines := r.hold, r.lines
	r.asked++
	sure := 0.95
	if r.blurred > 0 {
		r.blurred--
		birth := lines[1][13:19]
		lines, sure = []string{lines[0], strings.Replace(lines[1], birth, "8"+birth[1:], 1)}, 0.3
	}
	r.mu.Unlock()
	if hold != nil {
		select {
		case <-hold:
		case <-ctx.Done():
			return identity.ZoneReading{}, ctx.Err()
		}
	}
	seen := identity.Sighting{Lines: lines}
	for _, line := range lines {
		seen.Sure = append(seen.Sure, slices.Repeat([]float64{sure}, len(line)))
	}
	reading, worst := identity.ReadSighting(seen)
	return identity.ZoneReading{Reading: reading, Recognised: lines, Sure: seen.Sure, Confidence: worst}, nil
}

// times is how often a zone was asked for.
func (r *reader) times() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.asked
}

func (r *reader) ReadFields(context.Context, identity.FieldRequest) (identity.PrintedSide, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return identity.PrintedSide{Kind: r.title, Fields: r.print, Words: 20}, nil
}

func (r *reader) CompareFaces(context.Context, identity.FacePair) (identity.FaceScore, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return identity.FaceScore{Score: r.score, FoundA: true, FoundB: true}, nil
}

// passport is what a passport says.
type passport struct{ code, surname, given, birth, expiry string }

func (p passport) lines(t *testing.T) []string {
	t.Helper()
	digit := func(s string) string {
		d, err := specimen.CheckDigit(s)
		if err != nil {
			t.Fatal(err)
		}
		return string(d)
	}
	pad := func(s string, n int) string { return (s + "<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<")[:n] }
	number := "24AB12345"
	second := number + digit(number) + "FRA" + p.birth + digit(p.birth) + "F" + p.expiry + digit(p.expiry) + pad("", 14)
	second += digit(pad("", 14))
	return []string{pad(pad(p.code, 2)+"FRA"+p.surname+"<<"+p.given, 44), second + digit(second[0:10]+second[13:20]+second[21:43])}
}

func inYears(n int) string { return time.Now().AddDate(n, 0, 0).Format("060102") }

// valid is the passport of the demonstration's first applicant.
func valid() passport {
	return passport{"P", "SPECIMEN", "MAEVA<CLAIRE", "900713", inYears(5)}
}

// instance is one server.
type instance struct {
	*httptest.Server
	service *journey.Service
	keeper  *evidence.Keeper
	reader  *reader
	log     *logBuffer
	stop    func() // in order, once
}

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

// place is where instances share what they keep.
type place struct {
	url, folder string
	sessions    pairing.Store
	rules       enrolment.Rules
	letters     *letters
	challenge   bool
	wrap        func(server.Journey) server.Journey         // nil: the plane as it is
	bucket      string                                      // URL of the evidence's; empty: a folder
	issuer      func(certificate.Issuer) certificate.Issuer // in the authority's place; nil: itself
	ca          *testca.CA                                  // of the instance started last
}

type letters struct {
	mu   sync.Mutex
	sent []string
}

func (l *letters) Mail(_ context.Context, _ int64, m jobs.Email) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sent = append(l.sent, m.Template)
	return nil
}

func (l *letters) list() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]string{}, l.sent...)
}

// Sweep implements jobs.Sweeper: nothing is due in a test of minutes.
func (l *letters) Sweep(context.Context, time.Time) error { return nil }

func newPlace(t *testing.T, url string) *place {
	t.Helper()
	sessions := pairing.NewMemory(pairing.MemoryLimits{})
	t.Cleanup(func() { _ = sessions.Close() })
	rules := enrolment.DefaultRules(identity.DefaultFaceLimits().Same)
	rules.BlindShare = 0
	return &place{url: url, folder: t.TempDir(), sessions: sessions, rules: rules, letters: &letters{}}
}

func sqlitePlace(t *testing.T) *place {
	t.Helper()
	return newPlace(t, filepath.Join(t.TempDir(), "test.db"))
}

func textOf(kind enrolment.ConsentKind, language string) journey.Text {
	return journey.Text{Kind: kind, Version: "1", Language: language, Title: string(kind), Hash: fmt.Sprintf("%064x", len(kind))}
}

type later struct{ *jobs.Queue }

// start starts an instance at a place.
func (p *place) start(t *testing.T, name string) *instance {
	t.Helper()
	ctx := context.Background() // the instance ends when it is stopped
	in := &instance{reader: &reader{score: 0.9}, log: &logBuffer{}}
	in.reader.lines = valid().lines(t)
	log := slog.New(slog.NewTextHandler(in.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	records, err := store.Open(ctx, store.Config{URL: p.url})
	must(t, err)
	must(t, records.Migrate(ctx, jobs.Migration(records)))
	in.keeper = &evidence.Keeper{Store: records}
	in.keeper.Bucket, err = evidence.OpenBucket(ctx, p.evidence())
	must(t, err)
	in.keeper.Master, err = evidence.OpenMaster(filepath.Join(p.folder, "master.key"))
	must(t, err)
	in.keeper.Signer, err = evidence.OpenSigner(filepath.Join(p.folder, "signing.key"))
	must(t, err)
	queue := &later{}
	issuing := p.authority(t, records)
	in.service, err = journey.New(journey.Config{Keeper: in.keeper, Queue: queue, Certificates: issuing, Rules: p.rules, Text: textOf, MobileNeeded: true, Logger: log})
	must(t, err)
	queue.Queue, err = jobs.New(jobs.Config{
		Store: records, Mailer: p.letters, Sweeper: p.letters, Issuer: in.service, Instance: name, Logger: log,
		Verifier: &journey.Verifier{
			Service: in.service, Zones: in.reader, Fields: in.reader, Faces: in.reader, Limits: identity.DefaultFaceLimits(), Specimens: true, Logger: log,
		},
	})
	must(t, err)
	accounts, err := login.New(login.Config{Secret: bytes.Repeat([]byte{7}, 32)})
	must(t, err)
	kept, err := retention.New(retention.Config{Keeper: in.keeper, Rules: p.rules, Logger: log})
	must(t, err)
	plane, err := record.New(record.Config{
		Retention: kept,
		Journey:   in.service, Accounts: accounts, Demo: true, Logger: log, Ping: records.Ping,
		TextPage: func(kind enrolment.ConsentKind, _ string) []byte { return []byte(kind) },
	})
	must(t, err)
	srv := p.server(t, plane, log, func() string { return in.URL })
	in.Server = httptest.NewTLSServer(srv.Handler())
	must(t, queue.Start(ctx))
	listening, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	running.Go(func() { in.service.Listen(listening) })
	in.stop = sync.OnceFunc(func() {
		bye, done := context.WithTimeout(ctx, 10*time.Second)
		defer done()
		_ = srv.Shutdown(bye)
		in.CloseClientConnections()
		in.Close()
		cancel()
		now, done := context.WithTimeout(ctx, 100*time.Millisecond)
		defer done()
		_ = queue.Stop(now)
		running.Wait()
		_ = in.keeper.Bucket.Close()
		_ = records.Close()
	})
	t.Cleanup(func() {
		in.stop()
		if t.Failed() {
			t.Log(in.log.String())
		}
	})
	return in
}

// evidence is where the evidence lies: a folder unless the place says else.
func (p *place) evidence() string {
	if p.bucket != "" {
		return p.bucket
	}
	return filepath.Join(p.folder, "evidence")
}

// authority is the test authority, whose lists are served by the test itself.
func (p *place) authority(t *testing.T, records *store.Store) *journey.Certificates {
	t.Helper()
	keeper, err := keys.OpenFiles(filepath.Join(p.folder, "private"), bytes.Repeat([]byte{9}, 32))
	must(t, err)
	p.ca, err = testca.Open(context.Background(), testca.Config{
		Dir: filepath.Join(p.folder, "ca"), Keys: keeper, Store: store.TestAuthority{Store: records}, BaseURL: "http://127.0.0.1:1",
	})
	must(t, err)
	issuer := certificate.Issuer(p.ca)
	if p.issuer != nil {
		issuer = p.issuer(p.ca)
	}
	return &journey.Certificates{
		Desk: &certificate.Desk{Issuer: issuer, Profile: p.ca.Profile()}, Keys: keeper, Soon: 30 * 24 * time.Hour, Country: "FR",
	}
}

func (p *place) server(t *testing.T, plane *record.Plane, log *slog.Logger, origin func() string) *server.Server {
	t.Helper()
	service, err := pairing.NewService(p.sessions, pairing.Config{Secret: bytes.Repeat([]byte{7}, 32)})
	must(t, err)
	var trip server.Journey = plane
	if p.wrap != nil {
		trip = p.wrap(plane)
	}
	page := &fstest.MapFile{Data: []byte("<!doctype html><p>page</p>")}
	srv, err := server.New(server.Config{
		Service: service, Analyzer: capture.AnalyzerFunc(goodAnalysis), Journey: trip, Challenge: p.challenge, Site: "Exemple", Companion: true, Origin: origin, Logger: log,
		Static: fstest.MapFS{
			"home.html": page, "companion.html": page, "phone.html": page, "trust.html": page, "login.html": page,
			"signature.html": page, "request.html": page, "review.html": page,
		},
	})
	must(t, err)
	return srv
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// browser is one person's.
type browser struct {
	t       *testing.T
	in      *instance
	http    *http.Client
	cookies []*http.Cookie
}

func (in *instance) browser(t *testing.T, account string) *browser {
	t.Helper()
	b := &browser{t: t, in: in, http: in.Client()}
	b.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	if account != "" {
		b.want(http.StatusOK, "POST", "/api/login/demo", map[string]string{"account": account}, nil)
	}
	return b
}

// at is the same browser at another instance.
func (b *browser) at(in *instance) *browser {
	other := *b
	other.in, other.http = in, in.Client()
	return &other
}

func (b *browser) do(method, path string, body any) (status int, header http.Header, answer []byte) {
	b.t.Helper()
	var content io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		must(b.t, err)
		content = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(b.t.Context(), method, b.in.URL+path, content)
	must(b.t, err)
	for _, c := range b.cookies {
		req.AddCookie(c)
	}
	res, err := b.http.Do(req)
	must(b.t, err)
	defer res.Body.Close()
	for _, c := range res.Cookies() {
		b.cookies = slices.DeleteFunc(b.cookies, func(old *http.Cookie) bool { return old.Name == c.Name })
		b.cookies = append(b.cookies, c)
	}
	answer, err = io.ReadAll(res.Body)
	must(b.t, err)
	return res.StatusCode, res.Header, answer
}

// want fails unless the answer has the status, and decodes it.
func (b *browser) want(status int, method, path string, body, into any) {
	b.t.Helper()
	got, _, answer := b.do(method, path, body)
	if got != status {
		b.t.Fatalf("%s %s: %d %s, want %d", method, path, got, answer, status)
	}
	if into != nil {
		must(b.t, json.Unmarshal(answer, into))
	}
}

// view is what of an enrolment the tests look at.
type view struct {
	ID        string
	Reference string
	State     enrolment.State
	Allowed   []enrolment.Action
	Document  string
	Missing   []string
	Taken     []string
	Again     *enrolment.Again
	Declared  enrolment.Declaration
	Extracted *enrolment.Extracted
	Pictures  []struct{ URL string }
	Attempts  struct {
		Left int
		Next time.Time
	}
	Wait    *struct{ From, To, Queue int }
	Refusal *struct {
		Reason      string
		Automatic   bool
		Contestable bool
		Contested   bool
	}
	Texts []struct{ Kind, Version, Hash, Language string }
}

func (b *browser) begin() view {
	b.t.Helper()
	var v view
	b.want(http.StatusOK, "POST", "/api/enrolments", map[string]string{"language": "fr"}, &v)
	return v
}

func (b *browser) see(id string) view {
	b.t.Helper()
	var v view
	b.want(http.StatusOK, "GET", "/api/enrolments/"+id, nil, &v)
	return v
}

// act posts one action of an enrolment.
func (b *browser) act(id, action string, body any) view {
	b.t.Helper()
	var v view
	b.want(http.StatusOK, "POST", "/api/enrolments/"+id+"/"+action, body, &v)
	return v
}

func yes(v view) map[string]any {
	var list []map[string]any
	for _, t := range v.Texts {
		list = append(list, map[string]any{"kind": t.Kind, "version": t.Version, "hash": t.Hash, "language": t.Language, "yes": true})
	}
	return map[string]any{"answers": list}
}

// await waits until an enrolment is in a state.
func (b *browser) await(id string, want enrolment.State) view {
	b.t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; {
		v := b.see(id)
		if v.State == want {
			return v
		}
		if time.Now().After(deadline) {
			b.t.Fatalf("the enrolment is %s (%+v), want %s", v.State, v.Refusal, want)
		}
		<-time.After(20 * time.Millisecond)
	}
}

func (b *browser) roots() *tls.Config {
	pool := x509.NewCertPool()
	pool.AddCert(b.in.Certificate())
	return &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
}

// testJPEG draws a small picture that the header check takes; n makes it differ.
func testJPEG(t *testing.T, n int) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 960, 720))
	for i := range 40 {
		img.Set(i*8+n%300, 10+n%300, color.RGBA{uint8(n * 20), uint8(n / 7), 50, 255})
	}
	var b bytes.Buffer
	must(t, jpeg.Encode(&b, img, nil))
	return b.Bytes()
}

// goodAnalysis measures every frame as a good one of its step.
func goodAnalysis(_ context.Context, f capture.Frame) (capture.Measurements, error) {
	m := capture.Measurements{Width: f.Width, Height: f.Height, Step: f.Step}
	w, h := float64(f.Width), float64(f.Height)
	if f.Step == capture.Selfie {
		m.Face = &capture.FaceMeasurements{
			Count: 1, Confidence: 0.9, Box: [4]float64{w * .3, h * .25, w * .4, h * .5}, Height: 0.5, EyesOpen: 0.9,
			Sharpness: 0.8, Brightness: 130, Evenness: 0.9, FrameBrightness: 120, Print: make([]byte, 64),
		}
		return m, nil
	}
	m.Document = &capture.DocumentMeasurements{
		Found: true, Confidence: 0.9, Shape: capture.ShapeCard, Aspect: 1.586,
		Corners: [4]capture.Point{{X: w * .15, Y: h * .2}, {X: w * .85, Y: h * .2}, {X: w * .85, Y: h * .8}, {X: w * .15, Y: h * .8}},
		Fill:    0.8, Area: 0.5, Margin: 0.1, Sharpness: 0.8, Brightness: 140, Contrast: 120, Saturation: 40, LetterHeight: 20, DPI: 300,
		FrameBrightness: 120, Print: make([]byte, 64),
	}
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
