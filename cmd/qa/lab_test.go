package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"io"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"visavis/client"
	"visavis/qa/lab"
	"visavis/qa/mock"
	"visavis/qa/recording"
)

// labServer is a mock server that a lab watches, and its address.
func labServer(t *testing.T, c lab.Config) (*lab.Lab, string) {
	t.Helper()
	pair, _, err := mock.SelfSigned()
	if err != nil {
		t.Fatal(err)
	}
	l := lab.New(c)
	server, err := mock.Start(mock.Config{
		TLS: pair, NoChallenge: true, Tap: l, Wrap: l.Handler,
		Analyze: l.Analyzer,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		l.Drain()
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	return l, server.URL
}

// against are the options to play against a mock server that is there.
func against(address string) Options {
	return Options{Tagged: true, Client: client.Config{
		Server: address, Language: "fr", TLS: &tls.Config{InsecureSkipVerify: true}}}
}

// asked asks the lab, and gives status and body.
func asked(t *testing.T, method, address, body string, header ...string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	web := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	defer web.CloseIdleConnections()
	answer, err := web.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	said, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(said)
}

// A server that records gives one file a session in the format of qa record, which
// replays to the same verdicts; by sockets and by HTTP.
func TestAServerRecordsEachSession(t *testing.T) {
	notUnderRace(t)
	for name, noSocket := range map[string]bool{"sockets": false, "HTTP": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			l, address := labServer(t, lab.Config{Folder: folder, Server: func() string { return "https://recorded.invalid" }})
			o := against(address)
			o.Client.NoSocket = noSocket
			for range 2 {
				if err := played(t.Context(), scenarioFile("passport"), o); err != nil {
					t.Fatal(err)
				}
			}
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
			files, err := filepath.Glob(filepath.Join(folder, "*.jsonl"))
			if err != nil || len(files) != 2 {
				t.Fatalf("%d files of two sessions, %v", len(files), err)
			}
			entries, err := recording.Read(files[0])
			if err != nil {
				t.Fatal(err)
			}
			if h := entries[0].Header; h.Server != "https://recorded.invalid" || h.Build == "" {
				t.Errorf("header %+v", h)
			}
			for _, e := range entries {
				if bytes.Contains(e.Text, []byte(`"deviceSecret":"`)) && !bytes.Contains(e.Text, []byte(`"deviceSecret":"…"`)) {
					t.Errorf("a secret: %.200s", e.Text)
				}
			}
			if len(verdicts(entries)) < 4 {
				t.Errorf("%d verdicts were recorded", len(verdicts(entries)))
			}
			if diff, err := replayed(t, files[0], nil); err != nil || !strings.Contains(diff, "all the same") {
				t.Errorf("replayed: %v\n%s", err, diff)
			}
		})
	}
}

// A recording without pictures shows nobody.
func TestARecordingMayBeBlurred(t *testing.T) {
	notUnderRace(t)
	folder := t.TempDir()
	l, address := labServer(t, lab.Config{Folder: folder, Blur: true})
	if err := played(t.Context(), scenarioFile("picture-too-small"), against(address)); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(folder, "*.jsonl"))
	if err != nil || len(files) != 1 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	entries, err := recording.Read(files[0])
	if err != nil || !entries[0].Header.Blurred {
		t.Fatalf("%+v, %v", entries[0].Header, err)
	}
	var out bytes.Buffer
	err = runReplay(t.Context(), []string{"-server", address, "-out", filepath.Join(folder, "again"), files[0]}, &out,
		&out)
	if err == nil || !strings.Contains(err.Error(), "nothing to judge") {
		t.Errorf("a blurred recording was replayed: %v", err)
	}
}

// The faults of the /qa page happen: a phone's socket is dropped, a picture is answered
// busy, a socket is slow; wrong ones and those of another site's page are refused with words.
func TestTheLabMakesFaults(t *testing.T) {
	notUnderRace(t)
	_, address := labServer(t, lab.Config{})
	s, err := parseScenario([]byte(`
name: dropped by the page
about: a button of the /qa page drops the phone's socket, which comes back
steps:
  - open:
  - claim:
  - choose: {code: right}
  - expect: {message: progress, where: {state: paired}}
  - choose: {document: identity-card}
  - http:
      path: /qa/sessions
      status: 200
      where: {sessions.0.sockets: any, sessions.0.progress.state: any}
      save: {reference: sessions.0.reference}
  - http: {method: POST, path: "/qa/sessions/${reference}/faults?drop=phone", status: 200, where: {dropped: 1}}
  - expect: {message: closed}
  - resume: phone
  - expect: {message: welcome, where: {progress.document: identity-card}}
  - start:
  - http: {method: POST, path: "/qa/sessions/${reference}/faults?busy=2", status: 200}
  - send: {step: document-front, until: {message: frame-result, where: {status: busy, code: busy}}}
  - send: {step: document-front}
  - http: {method: POST, path: "/qa/sessions/${reference}/faults?slow=1500", status: 200}
  - send: {step: document-back, condition: dark, until: {message: frame-result, where: {hint: too-dark}}}
  - assert: max(preview) > 1500ms
  - http: {method: POST, path: "/qa/sessions/${reference}/faults?slow=0", status: 200}
  - send: {step: document-back}
  - http: {path: "/qa/sessions/${reference}/messages", status: 200, where: {messages.0.session: any}}
  - http: {path: "/qa/sessions/${reference}/frame.jpg", status: 200}
  - http: {path: "/qa/sessions/${reference}/recording.jsonl", status: 200}
  - http: {path: "/qa/sessions/NOBODY/messages", status: 404}
  - http: {method: POST, path: "/qa/sessions/${reference}/faults?slow=999999", status: 400}
  - http: {method: POST, path: "/qa/sessions/${reference}/faults", status: 400}
`), nil)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := play(t.Context(), s, against(address), &printer{out: &out, start: time.Now()}); err != nil {
		t.Errorf("%v\n%s", err, out.String())
	}
	if status, body := asked(t, "POST", address+"/qa/sessions/X/faults?drop=phone", "", "Origin", "https://evil.invalid",
		"Sec-Fetch-Site", "cross-site"); status != 403 {
		t.Errorf("a page of another site pressed a button: %d %s", status, body)
	}
}

// What happens to sessions is told as it comes, each event once, in order.
func TestTheLabTellsEvents(t *testing.T) {
	notUnderRace(t)
	_, address := labServer(t, lab.Config{})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address+"/qa/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	web := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	defer web.CloseIdleConnections()
	stream, err := web.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Body.Close()
	lines := bufio.NewScanner(stream.Body)
	lines.Buffer(nil, 1<<20)
	if !lines.Scan() { // the comment: it is open
		t.Fatal(lines.Err())
	}
	if err := played(t.Context(), scenarioFile("passport"), against(address)); err != nil {
		t.Fatal(err)
	}
	var types []string
	isEvent := false
	for !slices.Contains(types, lab.EventDone) && lines.Scan() {
		line := lines.Text()
		if kind, ok := strings.CutPrefix(line, "event: "); ok {
			isEvent = kind == "event"
		}
		if data, ok := strings.CutPrefix(line, "data: "); ok && isEvent {
			var e lab.Event
			if err := json.Unmarshal([]byte(data), &e); err != nil || e.ID == "" || e.Data.Reference == "" {
				t.Fatalf("%v: %s", err, data)
			}
			types = append(types, strings.TrimSuffix(e.Type+" "+e.Data.Step, " "))
		}
	}
	want := []string{lab.EventOpened, lab.EventJoined, lab.EventTaken + " document-front", lab.EventTaken + " selfie",
		lab.EventDone}
	if !slices.Equal(types, want) {
		t.Errorf("events %q, want %q", types, want)
	}
}

// The scripted camera says what it sees, and a wrong scene is refused with what would
// be right.
func TestTheScriptedCamera(t *testing.T) {
	_, address := labServer(t, lab.Config{Draw: func(lab.Scene) ([]byte, error) { return []byte("JPEG"), nil }})
	for body, want := range map[string]string{
		`{"condition":"dark"}`:                    `"condition":"dark"`,
		`[{"condition":"blurred","for":2000},{}]`: `"for":2000`,
		`{"condition":"foggy"}`:                   `condition "foggy": want one of`,
		`[{},{}]`:                                 `only the last may go without`,
		`{"colour":1}`:                            `unknown field "colour"`,
		`{"view":"moon"}`:                         `view "moon": want one of`,
		`{"kind":"library-card"}`:                 `library-card`,
		`[]`:                                      `0 scenes: want 1 to`,
		`{"condition":"dark","answer":"sometimes"}`:    `answer "sometimes": want`,
		`{"condition":"` + strings.Repeat("x", 5000):   `4 kB at most`,
		`{"view":"face","condition":"dark","seed":77}`: `"seed":77`,
	} {
		if status, said := asked(t, "POST", address+"/qa/camera/one", body); !strings.Contains(said, want) ||
			(status == 200) != strings.HasPrefix(said, "{") {
			t.Errorf("%.60s: %d %s; want %s", body, status, said, want)
		}
	}
	for path, want := range map[string]int{
		"/qa/camera.js": 200, "/qa": 200, "/qa/lab.js": 200, "/qa/picture.jpg?view=front&tiltX=5": 200,
		"/qa/picture.jpg?tiltX=NaN": 400, "/qa/picture.jpg?condition=foggy": 400, "/qa/nothing.js": 404,
	} {
		if status, body := asked(t, "GET", address+path, ""); status != want {
			t.Errorf("%s: %d %.100s, want %d", path, status, body, want)
		}
	}
	for cookie, want := range map[string]bool{"": false, "visavis-qa-camera=one": true} {
		_, body := asked(t, "GET", address+"/p", "", "Cookie", cookie)
		if strings.Contains(body, `<script src="/qa/camera.js"></script>`) != want || !strings.Contains(body, "</html>") {
			t.Errorf("the phone's page with the cookie %q: %.300s", cookie, body)
		}
	}
}
