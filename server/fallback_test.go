package server

import (
	"bufio"
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"visavis/capture"
	"visavis/capture/capturetest"
	"visavis/protocol"
)

// poster is a phone or desktop on the POST way.
type poster struct {
	t      *testing.T
	in     *instance
	path   string
	header http.Header
	rev    int64
	status int
	code   string // of the error, if one
}

// send posts a message and returns the answers.
func (p *poster) send(m protocol.Message) []protocol.Message {
	p.t.Helper()
	b, err := protocol.Encode(m)
	if err != nil {
		p.t.Fatal(err)
	}
	return p.post(b, "application/json")
}

func (p *poster) sendFrame(f protocol.Frame) []protocol.Message {
	p.t.Helper()
	return p.post(packed(p.t, f), "application/octet-stream")
}

func (p *poster) post(body []byte, kind string) []protocol.Message {
	p.t.Helper()
	p.header.Set("Content-Type", kind)
	p.header.Set("Visavis-Rev", strconv.FormatInt(p.rev, 10))
	return p.read(p.in.do(p.t, http.MethodPost, p.path, bytes.NewReader(body), p.header))
}

func (p *poster) read(a answer) []protocol.Message {
	p.t.Helper()
	var reply struct {
		Messages []json.RawMessage
		Error    protocol.Error
	}
	if err := json.Unmarshal(a.body, &reply); err != nil {
		p.t.Fatalf("answer %q: %v", a.body, err)
	}
	p.status, p.code = a.status, reply.Error.Code
	var out []protocol.Message
	for _, raw := range reply.Messages {
		m, err := protocol.Decode(raw)
		if err != nil {
			p.t.Fatal(err)
		}
		if progress, ok := m.(protocol.Progress); ok {
			p.rev = progress.Rev
		}
		out = append(out, m)
	}
	return out
}

// find returns the message of type M among the answers.
func find[M protocol.Message](t *testing.T, messages []protocol.Message) M {
	t.Helper()
	for _, m := range messages {
		if want, ok := m.(M); ok {
			return want
		}
	}
	var want M
	t.Fatalf("no %s in %+v", want.MessageType(), messages)
	return want
}

// TestWholeSessionWithoutWebSockets walks a session by POSTs and polling alone.
func TestWholeSessionWithoutWebSockets(t *testing.T) {
	store := newStore(t)
	in, other := newTestServer(t, store), newTestServer(t, store)
	cookie := in.openSession(t)
	auth := http.Header{"Cookie": {cookie.Name + "=" + cookie.Value}}
	desktop := &poster{t: t, in: in, path: "/api/desktop?tab=a", header: auth}
	first := desktop.send(protocol.Hello{})
	if w := find[protocol.Welcome](t, first); w.Progress == nil || w.Progress.State != protocol.StateWaiting {
		t.Fatalf("welcome: %+v", w)
	}
	code := find[protocol.Pairing](t, first)

	phone := &poster{t: t, in: other, path: "/api/phone", header: http.Header{}}
	token := tokenOf(t, code.URL)
	find[protocol.Invitation](t, phone.send(protocol.Hello{Token: token}))
	welcome := find[protocol.Welcome](t, phone.send(protocol.Claim{Token: token}))
	phone.header.Set("Visavis-Device", welcome.DeviceSecret)
	poll := func() []protocol.Message {
		return desktop.read(in.do(t, http.MethodGet, "/api/desktop/state?tab=a&since="+
			strconv.FormatInt(desktop.rev, 10), nil, auth))
	}
	comparing := find[protocol.Progress](t, poll())
	if p := find[protocol.Progress](t,
		phone.send(protocol.ChooseCode{Code: comparing.Code})); p.State != protocol.StatePaired {
		t.Fatalf("state %s, want paired", p.State)
	}
	phone.send(protocol.ChooseDocument{Document: "passport"})
	if p := find[protocol.Progress](t, phone.send(protocol.Start{})); p.State != protocol.StateCapturing {
		t.Fatalf("state %s, want capturing", p.State)
	}
	poll() // begins to follow: the next one sees live pictures
	var seq uint32
	for _, step := range []string{"document-front", "selfie"} {
		phone.captureByPost(step, &seq)
	}
	if p := find[protocol.Progress](t, poll()); p.State != protocol.StateDone {
		t.Fatalf("state %s at the end, want done", p.State)
	}
}

func (p *poster) captureByPost(step string, seq *uint32) {
	p.t.Helper()
	jpeg := capturetest.JPEG(p.t, 1)
	var request protocol.CaptureStill
	for range capture.StreakGood {
		*seq++
		answers := p.sendFrame(protocol.Frame{Kind: protocol.Preview, Step: step, Seq: *seq, CapturedAt: time.Now(),
			Parts: 1, Data: jpeg})
		r := find[protocol.FrameResult](p.t, answers)
		if r.Status != "judged" {
			p.t.Fatalf("%s: %+v", step, r)
		}
		if r.Streak == capture.StreakGood {
			request = find[protocol.CaptureStill](p.t, answers)
		}
	}
	p.beat()
	f := protocol.Frame{Kind: protocol.Still, Step: step, Seq: request.Seq, CapturedAt: time.Now(), Parts: 2}
	f.Data = jpeg[:100]
	find[protocol.PartAck](p.t, p.sendFrame(f))
	f.Part, f.Data = 1, jpeg[100:]
	first := find[protocol.StillResult](p.t, p.sendFrame(f))
	if !first.Accepted {
		p.t.Fatalf("still of %s: %+v", step, first)
	}
	if step != "document-front" {
		return // the session is done
	}
	// A part that is posted again, since its answer was lost, is not judged again.
	again := find[protocol.StillResult](p.t, p.sendFrame(f))
	if again.Seq != first.Seq || !again.Accepted || again.Code != "" || again.StillsLeft != first.StillsLeft {
		p.t.Errorf("still of %s again: %+v, want %+v", step, again, first)
	}
}

func (p *poster) beat() {
	p.t.Helper()
	if got := p.send(protocol.Beat{}); len(got) != 0 {
		p.t.Fatalf("a beat with nothing new brought %+v", got)
	}
}

func TestFallbackRefusals(t *testing.T) {
	in := newTestServer(t, newStore(t))
	stranger := &poster{t: t, in: in, path: "/api/phone", header: http.Header{}}
	tests := []struct {
		name   string
		do     func()
		status int
		code   string
	}{
		{"a beat of nobody", func() { stranger.send(protocol.Beat{}) }, 401, protocol.CodeInvalidToken},
		{"an unknown token", func() { stranger.send(protocol.Hello{Token: strings.Repeat("A", 43)}) }, 401, protocol.CodeInvalidToken},
		{"a frame of nobody", func() {
			stranger.sendFrame(protocol.Frame{Kind: protocol.Preview, Step: "selfie", Parts: 1, Data: []byte("x")})
		}, 401, protocol.CodeInvalidToken},
		{"no JSON", func() { stranger.post([]byte("{"), "application/json") }, 400, protocol.CodeBadMessage},
		{"a stranger's picture over the limit, which is not read", func() { stranger.post(make([]byte, maxBody+1000), "application/octet-stream") }, 401, protocol.CodeInvalidToken},
		{"a text over the limit", func() { stranger.post(make([]byte, maxText+1), "application/json") }, 413, protocol.CodeTooLarge},
		{"a desktop without cookie", func() {
			stranger.path = "/api/desktop?tab=x"
			stranger.send(protocol.Hello{})
		}, 401, protocol.CodeSessionMissing},
	}
	for _, tt := range tests {
		tt.do()
		if stranger.status != tt.status || stranger.code != tt.code {
			t.Errorf("%s: status %d code %q, want %d %q", tt.name, stranger.status, stranger.code, tt.status, tt.code)
		}
	}
}

// TestEventStream follows a session as server-sent events.
func TestEventStream(t *testing.T) {
	in := newTestServer(t, newStore(t))
	cookie := in.openSession(t)
	auth := http.Header{"Cookie": {cookie.Name + "=" + cookie.Value}}
	desktop := &poster{t: t, in: in, path: "/api/desktop?tab=a", header: auth}
	code := find[protocol.Pairing](t, desktop.send(protocol.Hello{}))

	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, in.http.URL+
		"/api/desktop/state?tab=a&since=0", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header = http.Header{"Cookie": auth["Cookie"], "Accept": {"text/event-stream"}}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if kind := res.Header.Get("Content-Type"); !strings.HasPrefix(kind, "text/event-stream") {
		t.Fatalf("content type %q", kind)
	}
	lines := bufio.NewScanner(res.Body)
	lines.Buffer(nil, 1<<20)
	next := func() protocol.Message {
		for lines.Scan() {
			if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				m, err := protocol.Decode([]byte(data))
				if err != nil {
					t.Fatal(err)
				}
				return m
			}
		}
		return nil
	}
	if p, ok := next().(protocol.Progress); !ok || p.State != protocol.StateWaiting {
		t.Fatal("the stream does not begin with the state")
	}
	phone := in.dial(t, "phone", nil)
	phone.send(protocol.Hello{Token: tokenOf(t, code.URL)})
	phone.send(protocol.Claim{})
	states := map[string]bool{}
	for !states[protocol.StateComparing] {
		p, ok := next().(protocol.Progress)
		if !ok {
			t.Fatalf("the stream ended; states %v", states)
		}
		states[p.State] = true
	}
	// The phone is thrown out: the tab that showed the code gets another one.
	desktop.send(protocol.NotMyPhone{})
	for {
		m := next()
		if m == nil {
			t.Fatal("the stream ended without a new code")
		}
		if _, ok := m.(protocol.Pairing); ok {
			break
		}
	}
	desktop.send(protocol.Cancel{})
	for m := next(); m != nil; m = next() { // the stream ends with the session
		if p, ok := m.(protocol.Progress); ok && p.State == protocol.StateEnded {
			states[p.State] = true
		}
	}
	if !states[protocol.StateEnded] {
		t.Error("the stream did not tell the end")
	}
}
