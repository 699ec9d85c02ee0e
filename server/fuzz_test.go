package server

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"visavis/pairing"
	"visavis/protocol"
	"visavis/server/live"
)

// fuzzServer is a server with one paired session, for targets that need a way in.
type fuzzServer struct {
	handler         http.Handler
	desktop, device string // secrets
}

func newFuzzServer(f *testing.F) fuzzServer {
	f.Helper()
	store := pairing.NewMemory(pairing.MemoryLimits{})
	f.Cleanup(func() { _ = store.Close() })
	cfg := testConfig(f, store, io.Discard)
	cfg.Limits = Limits{Messages: 1e9, MessagesBurst: 1e9, Bytes: 1e12, BytesBurst: 1e12}
	s, err := New(cfg)
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = s.Shutdown(f.Context()) })
	ctx := f.Context()
	_, desktop, err := cfg.Service.Open(ctx, pairing.OpenRequest{Language: "fr"})
	if err != nil {
		f.Fatal(err)
	}
	sess, err := cfg.Service.ByDesktop(ctx, desktop)
	if err != nil {
		f.Fatal(err)
	}
	_, code, err := cfg.Service.ShowCode(ctx, sess.ID, "a", false)
	if err != nil {
		f.Fatal(err)
	}
	_, device, err := cfg.Service.Claim(ctx, pairing.Ticket{Token: code.Token}, pairing.ClaimRequest{})
	if err != nil {
		f.Fatal(err)
	}
	return fuzzServer{handler: s.Handler(), desktop: string(desktop), device: string(device)}
}

// FuzzEventStream writes messages with any words in them as server-sent events: a
// reader that follows the standard gets the same messages, each as one event.
func FuzzEventStream(f *testing.F) {
	f.Add("Exemple", "Firefox, Windows")
	f.Add("a\nb\r\ndata: c\n\n", "\u2028\u0085")
	f.Add("\xff\x00", "event: x")
	f.Fuzz(func(t *testing.T, site, name string) {
		site, name = strings.ToValidUTF8(site, "?"), strings.ToValidUTF8(name, "?")
		out := live.NewOutbox()
		sent := []protocol.Message{
			protocol.Invitation{Site: site, Desktop: name}, protocol.Notice{Code: name}, protocol.Error{Code: site, Text: name},
		}
		out.Put(sent...)
		w := httptest.NewRecorder()
		e := &eventStream{w: w, control: http.NewResponseController(w), limit: time.Second}
		if e.flush(out) {
			t.Fatalf("the stream ended: %v", e.err)
		}
		// Lines end with CR LF, LF or CR; an empty one ends the event.
		text := strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(w.Body.String())
		events := strings.Split(strings.TrimSuffix(text, "\n\n"), "\n\n")
		if len(events) != len(sent) {
			t.Fatalf("%d events, want %d: %q", len(events), len(sent), text)
		}
		for i, event := range events {
			data, ok := strings.CutPrefix(event, "data: ")
			got, err := protocol.Decode([]byte(data))
			if !ok || err != nil {
				t.Fatalf("event %q: %v", event, err)
			}
			before, _ := protocol.Encode(sent[i])
			after, err := protocol.Encode(got)
			if err != nil || !bytes.Equal(before, after) {
				t.Fatalf("%s became %s", before, after)
			}
		}
	})
}

// FuzzPostedBodies sends any body to the POST addresses: the answer is JSON with a
// status that is no fault of ours, and the server lives.
func FuzzPostedBodies(f *testing.F) {
	store := newFuzzServer(f)
	for _, seed := range []string{
		`{"type":"hello","token":"AAAA"}`, `{"type":"beat"}`, `{"language":"fr","new":true}`,
		`{"type":"claim","code":"BCDFGHJK","device":"x"}`,
		`[`, `null`, `{"type":"extend"}`, `{"type":"set-address","origin":"https://visavis.example"}`,
		`{"type":"skip","challenge":"tilt"}`, "\x01\x01\x01\x00",
	} {
		f.Add(uint8(0), []byte(seed))
		f.Add(uint8(1), []byte(seed))
		f.Add(uint8(2), []byte(seed))
	}
	frame, err := protocol.PackFrame(protocol.Frame{Kind: protocol.Still, Step: "selfie", Seq: 3, Part: 1, Parts: 4,
		Data: []byte("\xff\xd8")})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(uint8(3), frame)
	f.Fuzz(func(t *testing.T, way uint8, body []byte) {
		path := [...]string{"/api/sessions", "/api/desktop?tab=a", "/api/phone", "/api/phone"}[way%4]
		req := httptest.NewRequest(http.MethodPost, path, bytes.NewReader(body))
		req.Header.Set("Content-Type", "application/json")
		if way%4 == 3 {
			req.Header.Set("Content-Type", "application/octet-stream")
		}
		req.Header.Set("Visavis-Device", store.device)
		req.Header.Set("Cookie", cookieName+"="+store.desktop)
		w := httptest.NewRecorder()
		store.handler.ServeHTTP(w, req)
		if w.Code == http.StatusInternalServerError {
			t.Fatalf("POST %s: %d %s", path, w.Code, w.Body)
		}
		if !json.Valid(w.Body.Bytes()) {
			t.Fatalf("POST %s: %q is no JSON", path, w.Body)
		}
		if n := w.Body.Len(); n > 64<<10 {
			t.Fatalf("POST %s: %d bytes answer %d", path, n, len(body))
		}
	})
}
