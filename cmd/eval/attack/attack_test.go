package attack

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"visavis/capture"
	"visavis/capture/opencv"
	"visavis/specimen"
	"visavis/testkit"
)

// committed are the scores that limits, rates and document are written from.
func committed(t *testing.T) []Sample {
	t.Helper()
	return testkit.File(t, filepath.Join("testdata", "scores.tsv"), Read)
}

// What is built in, what reviewers see and what the document says is what eval attack
// writes.
func TestWhatIsShippedIsWhatTheBenchWrites(t *testing.T) {
	testkit.Generated(t, filepath.Join("..", "..", ".."), committed(t), map[string]func(io.Writer, []Sample) error{
		"capture/limits_presence_fitted.go": WriteLimits, "static/js/review/rates.js": WriteRates,
		"docs/presence.md": WriteDocument}, "run eval attack -again")
}

// The scores of the committed table were measured by the rules of today: limits, rates and
// document that are written from older ones say what is no longer true.
func TestScoresWereMeasuredByTheRulesOfToday(t *testing.T) {
	models := filepath.Join("..", "..", "..", "var", "models")
	astronaut := filepath.Join(models, "astronaut.png")
	assets, err := specimen.LoadAssets(specimen.Paths{Portrait: astronaut})
	if _, noModels := os.Stat(filepath.Join(models, "fr_detect.onnx")); err != nil || noModels != nil {
		testkit.Lacking(t, "VISAVIS_REQUIRE_MODELS", "models or typefaces are missing, run scripts/models.sh: %v, %v", err,
			noModels)
	}
	portraits, err := Portraits(astronaut, "")
	if err != nil {
		t.Fatal(err)
	}
	a, err := opencv.New(opencv.Config{ModelDir: models})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = a.Close() }()
	today, err := Probe(t.Context(), a, assets, portraits, "")
	if err != nil {
		t.Fatal(err)
	}
	then := testkit.File(t, filepath.Join("testdata", "probe.tsv"), Read)
	if why := differ(then, today); why != "" {
		t.Errorf("other scores than when testdata/scores.tsv was measured: %s\nmeasure anew: make attack DATA=folder", why)
	}
	seen := map[string]bool{}
	for _, s := range then {
		for name := range s.Scores {
			seen[name] = true
		}
	}
	for _, name := range []string{capture.DoubtStillDiffers, capture.DoubtScreenTrace, capture.DoubtScreenDots,
		capture.DoubtPrintDots, copySignal, gestureSignal, capture.DoubtFlat, capture.DoubtLightNotSeen,
		capture.DoubtSwapped} {
		if !seen[name] {
			t.Errorf("the probe has no score of %s", name)
		}
	}
	today[0].Scores[copySignal] *= 1.2
	if differ(then, today) == "" {
		t.Error("a colour that is measured a fifth higher goes unseen")
	}
}

// differ says where scores differ by more than another processor makes of them; empty if nowhere.
func differ(then, today []Sample) string {
	if len(then) != len(today) {
		return fmt.Sprintf("%d captures, %d today", len(then), len(today))
	}
	for i, s := range then {
		if len(s.Scores) != len(today[i].Scores) {
			return fmt.Sprintf("%s %s: %v, today %v", s.Part, s.Kind, s.Scores, today[i].Scores)
		}
		for name, v := range s.Scores {
			if now, known := today[i].Scores[name]; !known || math.Abs(now-v) > 0.02+0.05*math.Abs(v) {
				return fmt.Sprintf("%s %s: %s %.4f, today %.4f", s.Part, s.Kind, name, v, now)
			}
		}
	}
	return ""
}

// The cameras of the committed scores are those that the code describes and scores today.
func TestCommittedCamerasAreTodays(t *testing.T) {
	var have, want bytes.Buffer
	var cams []Sample
	for _, s := range committed(t) {
		if s.Part == Camera {
			cams = append(cams, s)
		}
	}
	if err := Write(&have, cams); err != nil {
		t.Fatal(err)
	}
	if err := Write(&want, cameras(1, honestCameras, ofEachCamera)); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(have.Bytes(), want.Bytes()) {
		t.Error("cameras are scored otherwise than in testdata/scores.tsv: run eval attack")
	}
}

func TestFewHonestSessionsAreMarked(t *testing.T) {
	f := Judge(committed(t))
	if f.Session.N < 50 || f.Missed.N < 300 {
		t.Fatalf("%d honest sessions and %d attacks: too few to tell", f.Session.N, f.Missed.N)
	}
	for _, part := range Parts() {
		if f.MarkedOf[part].Value() > honestGoal {
			t.Errorf("honest %s marked: %s, want at most %.0f %%", part, f.MarkedOf[part], 100*honestGoal)
		}
	}
	for _, k := range f.Kinds {
		if 1-k.MissedByBest.Value() < kindGoal && whyOf(k.Kind) == "" {
			t.Errorf("%s, %s is missed by %s, and nothing says why", k.Part, k.Kind, k.MissedByBest)
		}
	}
}

// Every honest session has a light, also where fewer of them are played than of the other parts.
func TestASessionHasALight(t *testing.T) {
	var samples []Sample
	for _, part := range []Part{Document, Face, Camera} {
		for i := range 4 {
			samples = append(samples, Sample{Part: part, Kind: Honest, Of: fmt.Sprint(i)})
		}
	}
	for i, score := range []float64{1, -1} {
		samples = append(samples, Sample{Part: Light, Kind: Honest, Of: fmt.Sprint(i),
			Scores: map[string]float64{capture.DoubtLightNotSeen: score}})
	}
	if f := Judge(samples); f.Session != (Share{2, 4}) {
		t.Errorf("%+v of the sessions are marked, want 2 of 4", f.Session)
	}
}

// What the colours alone make of selfies counts those apart that were not measured.
func TestColoursAloneAreCounted(t *testing.T) {
	var samples []Sample
	add := func(kind, name string, scores ...float64) {
		for i, v := range scores {
			samples = append(samples, Sample{Light, kind, "", fmt.Sprint(i), map[string]float64{name: v}})
		}
	}
	add(Honest, capture.DoubtLightNotSeen, 1, 1, -1)
	add(Honest, capture.DoubtFlat, 1) // the gestures were measured, the colours not
	add("injected video", capture.DoubtLightNotSeen, 0, 0)
	add("injected video", capture.DoubtSwapped, 0)
	want := []ByLight{
		{Honest, Share{3, 4}, Share{1, 4}, Share{1, 3}}, {"injected video", Share{2, 3}, Share{2, 3}, Share{2, 2}},
	}
	if have := Colours(samples); !slices.Equal(have, want) {
		t.Errorf("%+v, want %+v", have, want)
	}
}

// Honest sessions have documents of all conditions, those too that come last and are more than there are faces.
func TestSessionsHaveDocumentsOfAllConditions(t *testing.T) {
	var samples []Sample
	for i := range 4 {
		for _, part := range []Part{Face, Camera} {
			samples = append(samples, Sample{Part: part, Kind: Honest, Of: fmt.Sprint(i)})
		}
	}
	for i := range 6 {
		score := 1.0
		if i >= 4 {
			score = -1
		}
		samples = append(samples, Sample{Part: Document, Kind: Honest, Of: fmt.Sprint(i),
			Scores: map[string]float64{capture.DoubtLightNotSeen: score}})
	}
	if f := Judge(samples); f.Session != (Share{1, 4}) { // documents 0, 1, 3 and 4
		t.Errorf("%+v of the sessions are marked, want 1 of 4", f.Session)
	}
}

// What a signal notices counts all kinds that it is made for, those too of which it notices
// little; what else it happens to notice does not count.
func TestASignalIsCountedOnAllThatItIsMadeFor(t *testing.T) {
	var samples []Sample
	score := func(part Part, kind string, v float64) {
		for i := range 10 {
			samples = append(samples, Sample{part, kind, "", fmt.Sprint(i), map[string]float64{capture.DoubtScreenTrace: v}})
		}
	}
	score(Document, Honest, 1)
	score(Document, "screen, stripes", 0.99) // as honest print: missed
	score(Face, "video on a screen, delta", 0.1)
	score(Face, "printed photo", 0.1)
	f := Judge(samples)
	if n := f.Noticed[capture.DoubtScreenTrace]; n != (Share{10, 20}) {
		t.Errorf("a screen's trace: %+v noticed, want 10 of 20", n)
	}
	all := map[string]bool{}
	for _, s := range committed(t) {
		all[s.Kind] = true
	}
	for _, s := range Signals() {
		if len(s.Against) == 0 {
			t.Errorf("%s is made for nothing", s.Name)
		}
		for _, start := range s.Against {
			if !slices.ContainsFunc(slices.Collect(maps.Keys(all)), func(k string) bool { return strings.HasPrefix(k, start) }) {
				t.Errorf("%s is made for %q, and the bench plays no such kind", s.Name, start)
			}
		}
	}
}

func TestSamplesAreReadAsWritten(t *testing.T) {
	want := []Sample{
		{Document, Honest, "", "card 1", map[string]float64{capture.DoubtStillDiffers: -0.25}},
		{Camera, "exact frame times", "30 a second", "a phone", map[string]float64{capture.DoubtFrameTimes: 0}},
	}
	var b bytes.Buffer
	if err := Write(&b, want); err != nil {
		t.Fatal(err)
	}
	text := b.String()
	have, err := Read(strings.NewReader(text))
	if err != nil || len(have) != 2 || have[0].Of != "card 1" || have[0].Scores[capture.DoubtStillDiffers] != -0.25 ||
		len(have[1].Scores) != 1 || have[1].Kind != want[1].Kind {
		t.Errorf("read %+v, %v", have, err)
	}
	for name, wrong := range map[string]string{
		"nothing": "", "no scores": "part\tkind\tdetail\tof\n",
		"a column that is no signal": strings.Replace(text, capture.DoubtFlat, "bent", 1),
		"a line that is cut":         text[:len(text)-3],
		"a word for a number":        strings.Replace(text, "-0.2500", "little", 1),
	} {
		if _, err := Read(strings.NewReader(wrong)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestALimitLiesBetweenHonestOnesAndAttacks(t *testing.T) {
	var samples []Sample
	score := func(kind string, v float64) {
		samples = append(samples, Sample{Face, kind, "", kind, map[string]float64{capture.DoubtScreenTrace: v}})
	}
	for i := range 50 {
		score(Honest, 0.8+float64(i)/1000)
		score("video on a screen", 0.2+float64(i)/1000)
		score("printed photo", 0.79) // what the signal is not made for moves no limit
	}
	limit := Fitted(samples)[capture.DoubtScreenTrace]
	if limit < 0.65 || limit > 0.68 {
		t.Errorf("limit %v, want three quarters of the way from 0.25 to 0.8", limit)
	}
	if d := Fitted(samples).Doubts(samples[1]); len(d) != 1 || d[0] != capture.DoubtScreenTrace {
		t.Errorf("an attack has the doubts %v", d)
	}
}

func TestShares(t *testing.T) {
	// 1 of 10 by Wilson, 1927.
	lo, hi := Share{1, 10}.Interval()
	if math.Abs(lo-0.0179) > 1e-4 || math.Abs(hi-0.4042) > 1e-4 {
		t.Errorf("1 of 10: %v to %v", lo, hi)
	}
	if lo, hi := (Share{}).Interval(); lo != 0 || hi != 1 {
		t.Errorf("of nothing: %v to %v", lo, hi)
	}
}
