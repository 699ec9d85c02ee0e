package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"visavis/capture"
	"visavis/client"
	"visavis/qa/mock"
	"visavis/qa/recording"
)

// recorded plays a scenario and gives the file of what passed.
func recorded(t *testing.T, scenario string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a.jsonl")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w := recording.NewWriter(file, "https://recorded.invalid", time.Now(), false)
	o := Options{Own: true, Lie: recordWith(w), Client: client.Config{Language: "fr"}}
	if err := played(t.Context(), scenarioFile(scenario), o); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	file.Close()
	return path
}

// replayed plays a recording against a mock server, and gives its recording and what
// qa diff says.
func replayed(t *testing.T, original string, spoil func(*capture.Measurements)) (diff string, err error) {
	t.Helper()
	pair, _, err := mock.SelfSigned()
	if err != nil {
		t.Fatal(err)
	}
	server, err := mock.Start(mock.Config{TLS: pair, NoChallenge: true, Spoil: spoil})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	other := filepath.Join(t.TempDir(), "b.jsonl")
	var out bytes.Buffer
	err = runReplay(t.Context(), []string{"-server", server.URL, "-out", other, original}, &out, &out)
	if err != nil && spoil == nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	var said bytes.Buffer
	err = runDiff(context.Background(), []string{original, other}, &said, &said)
	return said.String(), err
}

// A recorded session replays to the same verdicts, and a version that measures
// otherwise is seen verdict by verdict.
func TestReplayGivesTheSameVerdicts(t *testing.T) {
	notUnderRace(t)
	original := recorded(t, "passport")
	if diff, err := replayed(t, original, nil); err != nil || !strings.Contains(diff, "all the same") {
		t.Errorf("against the same: %v\n%s", err, diff)
	}
	soft := func(m *capture.Measurements) {
		if m.Document != nil {
			m.Document.Sharpness /= 3
		}
	}
	if diff, err := replayed(t, original, soft); err == nil || !strings.Contains(diff, "hint=blurred") {
		t.Errorf("a version that sees all blurred: %v\n%s", err, diff)
	}
}

// A recording holds no secret, and a line that was changed is seen.
func TestARecordingIsChainedAndHoldsNoSecret(t *testing.T) {
	notUnderRace(t)
	path := recorded(t, "pair-by-qr")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	entries, err := recording.Read(path)
	if err != nil || len(entries) < 8 {
		t.Fatalf("%d entries, %v", len(entries), err)
	}
	for _, e := range entries {
		if bytes.Contains(e.Text, []byte(`"token":"`)) && !bytes.Contains(e.Text, []byte(`"token":"…"`)) ||
			bytes.Contains(e.Text, []byte(`"deviceSecret":"`)) && !bytes.Contains(e.Text, []byte(`"deviceSecret":"…"`)) {
			t.Errorf("a secret: %.200s", e.Text)
		}
	}
	changed := bytes.Replace(data, []byte(`"scanned"`), []byte(`"waiting"`), 1)
	if bytes.Equal(changed, data) {
		changed = bytes.Replace(data, []byte(`"comparing"`), []byte(`"waiting"`), 1)
	}
	if err := os.WriteFile(path, changed, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := recording.Read(path); err == nil || !strings.Contains(err.Error(), "chain") {
		t.Errorf("a changed line: %v", err)
	}
}

// A recording is cut to what is needed for a verdict.
func TestShrinkKeepsWhatIsNeeded(t *testing.T) {
	notUnderRace(t)
	original := recorded(t, "other-side")
	small := filepath.Join(t.TempDir(), "small.jsonl")
	var out bytes.Buffer
	if err := runShrink(t.Context(), []string{"-server", "own", "-verdict", "hint=other-side", "-out", small, original}, &out, &out); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	entries, err := recording.Read(small)
	if err != nil || len(entries) != 4 { // header, choose-document, start, one preview
		t.Errorf("%d entries are left, %v: %s", len(entries), err, out.String())
	}
	if err := runShrink(t.Context(), []string{"-server", "own", "-verdict", "hint=glare", "-out", small, original}, &out, &out); err == nil {
		t.Error("a verdict that was never seen was found")
	}
}
