package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/pprof/profile"

	"visavis/capture"
	"visavis/cmd/eval/compose"
)

func TestACostIsAMultipleOfTheDecodeOfTheSameFrames(t *testing.T) {
	verdicts := make([]time.Duration, 0, 40)
	for range 38 {
		verdicts = append(verdicts, 20*time.Millisecond)
	}
	verdicts = append(verdicts, 60*time.Millisecond, 60*time.Millisecond)
	c := costOf(2*time.Millisecond, verdicts)
	if c.mean != 11 || c.p95 != 30 {
		t.Errorf("mean %v and p95 %v, want 11 and 30", c.mean, c.p95)
	}
}

func TestAFigureCountsWhereTwoRunsAgree(t *testing.T) {
	g := previewGroup{name: "guided", frames: make([]capture.Frame, 40)}
	for name, of := range map[string]struct {
		b    cost
		kept map[string]float64
		said []string
	}{
		"both": {cost{mean: 5.1, p95: 16.4}, map[string]float64{"preview_guided_mean_ratio": 5.05,
			"preview_guided_p95_ratio": 16.2}, []string{"mean <= 6: met", "p95 <= 15: MISSED"}},
		"mean alone": {cost{mean: 5.1, p95: 18}, map[string]float64{"preview_guided_mean_ratio": 5.05},
			[]string{"mean <= 6: met", "p95 does not count"}},
		"none": {cost{mean: 7, p95: 18}, nil, []string{"mean does not count", "p95 does not count"}},
	} {
		figures, out := map[string]float64{}, &strings.Builder{}
		printGroup(out, g, cost{mean: 5, p95: 16}, of.b, figures)
		if len(figures) != len(of.kept) {
			t.Errorf("%s: figures %v, want %v", name, figures, of.kept)
		}
		for key, want := range of.kept {
			if d := figures[key] - want; d > 1e-9 || d < -1e-9 {
				t.Errorf("%s: %s is %v, want %v", name, key, figures[key], want)
			}
		}
		for _, want := range of.said {
			if !strings.Contains(out.String(), want) {
				t.Errorf("%s: no %q in %q", name, want, out)
			}
		}
	}
}

// sampled is a sample of a profile: its functions from the innermost one.
func sampled(kind string, ms int64, functions ...string) *profile.Sample {
	s := &profile.Sample{Value: []int64{1, ms * int64(time.Millisecond)}}
	if kind != "" {
		s.Label = map[string][]string{"kind": {kind}}
	}
	for _, name := range functions {
		s.Location = append(s.Location, &profile.Location{Line: []profile.Line{{Function: &profile.Function{Name: name}}}})
	}
	return s
}

func TestASampleBelongsToTheInnermostStage(t *testing.T) {
	const opencv = "visavis/capture/opencv"
	list := stagesIn(&profile.Profile{Sample: []*profile.Sample{
		sampled("document", 30, "runtime.cgocall", opencv+"/outline.findLines", opencv+"/outline.Search"),
		sampled("document", 10, opencv+"/outline.findLines", opencv+"/outline.Search"),
		sampled("document", 20, "runtime.cgocall", opencv+"/face.detectBy", opencv+".(*Analyzer).lookForPortrait"),
		sampled("document", 5, "runtime.mallocgc", opencv+".(*Analyzer).document"),
		sampled("selfie", 50, "runtime.cgocall", opencv+"/face.detectBy"),
		sampled("", 999, "runtime.gcBgMarkWorker"),
	}})
	want := []stage{
		{"lines", 40 * time.Millisecond, "document"}, {"face detector", 20 * time.Millisecond, "document"},
		{"anything else", 5 * time.Millisecond, "document"}, {"face detector", 50 * time.Millisecond, "selfie"},
	}
	if len(list) != len(want) {
		t.Fatalf("%+v, want %+v", list, want)
	}
	for i := range want {
		if list[i] != want[i] {
			t.Errorf("row %d: %+v, want %+v", i, list[i], want[i])
		}
	}
	out := &strings.Builder{}
	printStages(out, list, 7)
	if !strings.Contains(out.String(), "61.5 %") {
		t.Errorf("no share of 40 in 65 ms:\n%s", out)
	}
}

func TestKindsOfPreviews(t *testing.T) {
	for want, d := range map[string]compose.Document{
		"passport":    {Asked: capture.Passport, Step: capture.DocumentFront},
		"card-front":  {Asked: capture.IdentityCard, Step: capture.DocumentFront},
		"permit-back": {Asked: capture.ResidencePermit, Step: capture.DocumentBack},
	} {
		if got := kindOf(d); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// A stage whose function has another name today would be counted as something else.
func TestTheFunctionsOfTheStagesAreThere(t *testing.T) {
	for name := range stages {
		dir, function, _ := strings.Cut(name, ".")
		if dir = filepath.Join("../capture/opencv", dir); strings.HasSuffix(dir, "opencv/opencv") {
			dir = "../capture/opencv"
		}
		receiver, method, isMethod := strings.Cut(function, ".")
		if !isMethod {
			receiver, method = "", function
		}
		receiver = strings.Trim(receiver, "(*)")
		declared := regexp.MustCompile(`(?m)^func ` + method + `\(`)
		if receiver != "" {
			declared = regexp.MustCompile(`(?m)^func \((\w+ )?\*?` + receiver + `\) ` + method + `\(`)
		}
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(files, func(file string) bool {
			source, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			return declared.Match(source)
		}) {
			t.Errorf("no function %s", name)
		}
	}
}
