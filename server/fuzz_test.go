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

	"visavis/capture"
	"visavis/pairing"
	"visavis/protocol"
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

// storedRecord is a capture in the middle, as the store holds it.
func storedRecord(f *testing.F, challenge bool) []byte {
	f.Helper()
	flow, err := capture.NewFlow(capture.IdentityCard, capture.FlowOptions{Challenge: challenge, Intn: func(int) int { return 0 }})
	if err != nil {
		f.Fatal(err)
	}
	m, err := goodAnalysis(f.Context(), capture.Frame{Step: capture.DocumentFront, Document: capture.IdentityCard, Width: 960, Height: 720})
	if err != nil {
		f.Fatal(err)
	}
	flow.Still(m, [32]byte{1}, true, time.Unix(1_800_000_000, 0))
	b, err := json.Marshal(&captureState{Document: capture.IdentityCard, Started: true, Flow: &flow, Upload: &upload{Step: "document-front", Seq: 1, Parts: 3}})
	if err != nil {
		f.Fatal(err)
	}
	return b
}

// FuzzStoredRecord reads what a store may return, of another version or damaged:
// either it is refused, or everything that is done with a record can be done, and
// it is stored again as it was read.
func FuzzStoredRecord(f *testing.F) {
	for _, challenge := range []bool{false, true} {
		f.Add(storedRecord(f, challenge))
	}
	f.Add([]byte(`null`))
	f.Add([]byte(`{"flow":{"steps":[{"step":"selfie","phase":"gesture","moves":{"gestures":[]}}]}}`))
	f.Add([]byte(`{"document":"passport","flow":{"document":"passport","steps":[{"step":"document-front","phase":"tilt"}]},"tooMany":true}`))
	f.Add([]byte(`{"flow":{"steps":[]},"upload":{"parts":-1}}`))
	f.Fuzz(func(t *testing.T, stored []byte) {
		r, err := decodeState(stored)
		if err != nil || r == nil {
			return
		}
		sess := pairing.Session{State: pairing.Paired, Flow: stored}
		for _, role := range []string{RoleDesktop, RolePhone} {
			if _, err := protocol.Encode(ProgressOf(sess, role, time.Unix(1_800_000_000, 0))); err != nil {
				t.Fatalf("progress: %v", err)
			}
		}
		kept, err := json.Marshal(r)
		if err != nil {
			t.Fatalf("store again: %v", err)
		}
		again, err := decodeState(kept)
		if err != nil {
			t.Fatalf("what was stored is refused: %v", err)
		}
		if twice, err := json.Marshal(again); err != nil || !bytes.Equal(kept, twice) {
			t.Fatalf("stored again it is another: %s, then %s (%v)", kept, twice, err)
		}
		if r.Flow == nil {
			return
		}
		if r.Upload != nil {
			partRefused(r, protocol.Frame{Step: r.Upload.Step, Seq: r.Upload.Seq, Parts: r.Upload.Parts})
		}
		if c := r.Flow.Asked(); c != nil {
			if _, err := protocol.Encode(wireChallenge(*c)); err != nil {
				t.Fatalf("challenge: %v", err)
			}
		}
		for _, step := range []capture.Step{capture.DocumentFront, capture.DocumentBack, capture.Selfie} {
			m, err := goodAnalysis(t.Context(), capture.Frame{Step: step, Document: r.Document, Width: 960, Height: 720})
			if err != nil {
				t.Fatal(err)
			}
			r.Flow.Preview(m, time.Unix(1_800_000_010, 0))
			r.Flow.Still(m, [32]byte{2}, false, time.Unix(1_800_000_011, 0))
			_, _ = r.Flow.Skip("gesture") // not now is an answer too
			_, _ = r.Flow.Retake(step)
		}
	})
}

// FuzzPartsOfAStill sends the parts of a picture in any order and number, some
// twice and some never: it is assembled when every part is there, to the same
// bytes, and not before.
func FuzzPartsOfAStill(f *testing.F) {
	f.Add(uint8(3), []byte{0, 1, 2}, []byte("a picture in three parts"))
	f.Add(uint8(3), []byte{2, 2, 0}, []byte("one is missing"))
	f.Add(uint8(1), []byte{0}, []byte("x"))
	f.Add(uint8(5), []byte{4, 3, 2, 1, 0, 0, 9}, []byte("backwards"))
	f.Add(uint8(0), []byte{}, []byte{})
	f.Fuzz(func(t *testing.T, parts uint8, order, picture []byte) {
		n := int(parts)%maxParts + 1
		if len(picture) < n {
			return // a part has a byte at least
		}
		store := pairing.NewMemory(pairing.MemoryLimits{})
		defer store.Close()
		cfg := testConfig(t, store, io.Discard)
		sess, _, err := cfg.Service.Open(t.Context(), pairing.OpenRequest{})
		if err != nil {
			t.Fatal(err)
		}
		u := &upload{Step: "selfie", Seq: 1, Parts: n}
		c := &capturing{plane: &Plane{Deps: Deps{Service: cfg.Service}}, id: sess.ID}
		cut := func(i int) []byte { return picture[i*len(picture)/n : (i+1)*len(picture)/n] }
		sent := map[int]bool{}
		for _, o := range order {
			i := int(o) % n
			if err := cfg.Service.PutPart(t.Context(), sess.ID, u.name(), i, cut(i), pairing.MaxStill); err != nil {
				t.Fatal(err)
			}
			sent[i] = true
		}
		jpeg, whole, err := c.assemble(t.Context(), u)
		if err != nil || whole != (len(sent) == n) {
			t.Fatalf("%d of %d parts: whole %v, error %v", len(sent), n, whole, err)
		}
		if whole && !bytes.Equal(jpeg, picture) {
			t.Fatalf("%d bytes came out of %d", len(jpeg), len(picture))
		}
	})
}

// FuzzEventStream writes messages with any words in them as server-sent events: a
// reader that follows the standard gets the same messages, each as one event.
func FuzzEventStream(f *testing.F) {
	f.Add("Exemple", "Firefox, Windows")
	f.Add("a\nb\r\ndata: c\n\n", "\u2028\u0085")
	f.Add("\xff\x00", "event: x")
	f.Fuzz(func(t *testing.T, site, name string) {
		site, name = strings.ToValidUTF8(site, "?"), strings.ToValidUTF8(name, "?")
		out := NewOutbox()
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
		`{"type":"hello","token":"AAAA"}`, `{"type":"beat"}`, `{"language":"fr","new":true}`, `{"type":"claim","code":"BCDFGHJK","device":"x"}`,
		`[`, `null`, `{"type":"extend"}`, `{"type":"set-address","origin":"https://visavis.example"}`, `{"type":"skip","challenge":"tilt"}`, "\x01\x01\x01\x00",
	} {
		f.Add(uint8(0), []byte(seed))
		f.Add(uint8(1), []byte(seed))
		f.Add(uint8(2), []byte(seed))
	}
	frame, err := protocol.PackFrame(protocol.Frame{Kind: protocol.Still, Step: "selfie", Seq: 3, Part: 1, Parts: 4, Data: []byte("\xff\xd8")})
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
