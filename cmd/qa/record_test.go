package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"reflect"
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
	return replayedOn(t, original, mock.Config{Spoil: spoil})
}

func replayedOn(t *testing.T, original string, c mock.Config) (diff string, err error) {
	t.Helper()
	pair, _, err := mock.SelfSigned()
	if err != nil {
		t.Fatal(err)
	}
	c.TLS, c.NoChallenge = pair, true
	server, err := mock.Start(c)
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	other := filepath.Join(t.TempDir(), "b.jsonl")
	var out bytes.Buffer
	err = runReplay(t.Context(), []string{"-server", server.URL, "-out", other, original}, &out, &out)
	if err != nil && c.Spoil == nil {
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
	if err := runShrink(t.Context(), []string{"-server", "own", "-verdict", "hint=other-side", "-out", small, original},
		&out, &out); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	entries, err := recording.Read(small)
	if err != nil || len(entries) != 4 { // header, choose-document, start, one preview
		t.Errorf("%d entries are left, %v: %s", len(entries), err, out.String())
	}
	if err := runShrink(t.Context(), []string{"-server", "own", "-verdict", "hint=glare", "-out", small, original}, &out,
		&out); err == nil {
		t.Error("a verdict that was never seen was found")
	}
}

// changed are measurements as another version would take them, each past one limit.
var changed = map[string]func(*capture.DocumentMeasurements){
	"sharpness": func(d *capture.DocumentMeasurements) { d.Sharpness = 0.1 },
	"light":     func(d *capture.DocumentMeasurements) { d.Brightness, d.FrameBrightness = 20, 20 },
	"glare":     func(d *capture.DocumentMeasurements) { d.Glare = 0.5 },
	"distance":  func(d *capture.DocumentMeasurements) { d.Fill, d.LetterHeight = 0.2, 3 },
	"tilt":      func(d *capture.DocumentMeasurements) { d.Tilt, d.TiltX = 40, 40 },
	"cover":     func(d *capture.DocumentMeasurements) { d.Covered = 0.4 },
	"screen":    func(d *capture.DocumentMeasurements) { d.Moire = 0.99 },
	"edge":      func(d *capture.DocumentMeasurements) { d.Margin, d.OffsetX = -0.2, 0.3 },
	"document":  func(d *capture.DocumentMeasurements) { d.Found = false },
}

// qa diff shows each planted change, of a recording that replays to the same verdicts
// where nothing is changed.
func TestDiffShowsEachPlantedChange(t *testing.T) {
	notUnderRace(t)
	original := recorded(t, "passport")
	for name, change := range changed {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			diff, err := replayed(t, original, func(m *capture.Measurements) {
				if m.Document != nil {
					change(m.Document)
				}
			})
			if err == nil || !strings.Contains(diff, "verdicts differ") && !strings.Contains(diff, "  + ") {
				t.Errorf("%v\n%s", err, diff)
			}
		})
	}
}

// shown are the limits that a good passport and a good selfie are judged against.
var shown = map[string][]string{
	"Document": {
		"BrightnessMin", "ConfidenceMin", "ContrastMin", "CoveredMax", "FillMax", "FillMin", "GlareMax", "MoireMax",
		"OverMax",
		"SaturationMin", "SharpnessMin", "TiltMax", "UnderMax",
	},
	"Selfie": {
		"BrightnessMax", "BrightnessMin", "ConfidenceMin", "CoveredMax", "EvennessMin", "HeightMax", "HeightMin", "MarginMin",
		"OverMax", "PitchMax", "RollMax", "SharpnessMin", "UnderMax", "YawMax",
	},
}

// qa diff shows each limit that another version has changed, though by so little that every verdict is the same.
func TestDiffShowsEachChangedLimit(t *testing.T) {
	notUnderRace(t)
	original := recorded(t, "passport")
	for of, names := range shown {
		for _, name := range names {
			t.Run(of+" "+name, func(t *testing.T) {
				t.Parallel()
				limits := capture.DefaultLimits()
				limit := reflect.ValueOf(&limits).Elem().FieldByName(of).FieldByName(name).Addr().Interface().(*capture.Pair)
				limit.Preview *= 1.0001
				limit.Still *= 1.0001
				diff, err := replayedOn(t, original, mock.Config{Judging: &limits})
				if err == nil || !strings.Contains(err.Error(), "verdicts differ") || strings.Contains(diff, "no verdict") {
					t.Errorf("%v\n%s", err, diff)
				}
			})
		}
	}
}

// qa diff shows of two verdicts what differs, and the whole of one that stands alone.
func TestDiffShowsWhatChanged(t *testing.T) {
	const before = "judged good=true hint= brightness=true[45,225]"
	const after = "judged good=true hint= brightness=true[20,225]"
	for _, test := range []struct{ verdict, other, want string }{
		{before, after, "brightness=true[45,225]"}, {after, before, "brightness=true[20,225]"}, {before, before, ""},
		{"no verdict", before, "no verdict"},
	} {
		if got := without(test.verdict, test.other); got != test.want {
			t.Errorf("%s without %s: %q, want %q", test.verdict, test.other, got, test.want)
		}
	}
}
