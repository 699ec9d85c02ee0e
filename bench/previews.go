package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"visavis/capture"
	"visavis/capture/opencv"
	"visavis/capture/opencv/pixel"
	"visavis/cmd/eval/compose"
	"visavis/cmd/eval/subject"
	"visavis/specimen"
)

// apartMost is by how much two runs may differ in a figure that counts.
const apartMost = 0.05

// Goals of previews, as multiples of the grey decode of the same frames.
const (
	guidedMeanGoal, guidedP95Goal = 6, 15
	kindMeanGoal                  = 10
)

// previewGroup is previews of one kind.
type previewGroup struct {
	name   string
	frames []capture.Frame
}

// cost is what the verdicts of a group cost in one run, in processor time.
type cost struct {
	decode    time.Duration   // mean over the frames
	perFrame  []time.Duration // of each frame's verdict, ascending
	mean, p95 float64         // of the verdicts, as multiples of decode
}

// runPreviews measures verdicts of composed previews of every kind and of guided sequences.
func runPreviews(ctx context.Context, args []string) error {
	f := flag.NewFlagSet("bench previews", flag.ContinueOnError)
	out := f.String("out", "bench.json", "JSON file to write the figures into")
	models := f.String("models", "var/models", "folder of the face models")
	each := f.Int("each", 32, "previews of each kind")
	guided := f.Int("guided", 4, "guided hands, each of which is shown the hints and told them")
	if err := f.Parse(args); err != nil {
		return err
	}
	runtime.GOMAXPROCS(1) // as a worker
	a, err := opencv.New(opencv.Config{ModelDir: *models})
	if err != nil {
		return err
	}
	defer func() { _ = a.Close() }()
	groups, err := previewGroups(ctx, a, *models, *each, *guided)
	if err != nil {
		return err
	}
	fmt.Printf("%s\n%d previews and %d of guided sequences, one thread, processor time\n",
		processor(), count(groups[:len(groups)-1]), len(groups[len(groups)-1].frames))
	var runs [2]map[string]cost
	for i := range runs {
		if runs[i], err = measureGroups(ctx, a, groups); err != nil {
			return err
		}
	}
	figures := map[string]float64{}
	fmt.Printf("%-14s %6s %9s %9s %9s %8s %8s  %s\n", "kind", "n", "decode", "mean", "p95", "mean ×", "p95 ×", "")
	for _, g := range groups {
		printGroup(os.Stdout, g, runs[0][g.name], runs[1][g.name], figures)
	}
	stages, err := stagesOf(ctx, a, groups)
	if err != nil {
		return err
	}
	printStages(os.Stdout, stages, count(groups))
	return merge(*out, figures)
}

func count(groups []previewGroup) int {
	n := 0
	for _, g := range groups {
		n += len(g.frames)
	}
	return n
}

// processor is the name of the machine's processor and how many threads of it there are.
func processor() string {
	text, err := os.ReadFile("/proc/cpuinfo")
	name := "an unknown processor"
	for line := range strings.Lines(string(text)) {
		if key, value, ok := strings.Cut(line, ":"); err == nil && ok && strings.TrimSpace(key) == "model name" {
			name = strings.TrimSpace(value)
		}
	}
	return fmt.Sprintf("%s, %d threads, %s", name, runtime.NumCPU(), runtime.GOARCH)
}

// previewGroups are the previews that are measured; the guided ones come last.
func previewGroups(ctx context.Context, a *opencv.Analyzer, models string, each, guided int) ([]previewGroup, error) {
	assets, err := specimen.LoadAssets(specimen.Paths{Portrait: filepath.Join(models, "astronaut.png")})
	if err != nil {
		return nil, err
	}
	groups, err := composedGroups(assets, each)
	if err != nil {
		return nil, err
	}
	selfies, err := selfieGroup(assets, each)
	if err != nil {
		return nil, err
	}
	sequences, err := guidedGroup(ctx, a, assets, guided)
	return append(groups, selfies, sequences), err
}

// kindOf is the group of a document's side.
func kindOf(d compose.Document) string {
	if d.Asked == capture.Passport {
		return "passport"
	}
	kind := map[capture.Document]string{capture.IdentityCard: "card", capture.ResidencePermit: "permit"}[d.Asked]
	return kind + map[capture.Step]string{capture.DocumentFront: "-front", capture.DocumentBack: "-back"}[d.Step]
}

// composedGroups are drawn documents before drawn cameras, half of them with a fault. wrong
// are cards where a passport is asked for.
func composedGroups(assets *specimen.Assets, each int) ([]previewGroup, error) {
	documents, err := compose.Drawn(2, assets)
	if err != nil {
		return nil, err
	}
	of := map[string][]compose.Document{}
	for _, d := range documents {
		of[kindOf(d)] = append(of[kindOf(d)], d)
		if kindOf(d) == "card-front" {
			d.Asked = capture.Passport
			of["wrong"] = append(of["wrong"], d)
		}
	}
	var groups []previewGroup
	for i, name := range []string{"card-front", "card-back", "permit-front", "permit-back", "passport", "wrong"} {
		g := previewGroup{name: name}
		composer := compose.Composer{Documents: of[name], Seed: uint64(77 + i)}
		for n := range each {
			picture, err := composer.Frame(n)
			if err != nil {
				return nil, err
			}
			d := picture.Document
			frame, err := capture.NewFrame(d.Step, capture.Preview, d.Asked, 1, time.Time{}, picture.JPEG)
			if err != nil {
				return nil, err
			}
			g.frames = append(g.frames, frame)
		}
		groups = append(groups, g)
	}
	return groups, nil
}

// selfieGroup is faces in every condition that a face is taken in.
func selfieGroup(assets *specimen.Assets, each int) (previewGroup, error) {
	g := previewGroup{name: "selfie"}
	conditions := slices.DeleteFunc(specimen.Conditions(), func(c specimen.Condition) bool {
		return !specimen.Face.Takes(c)
	})
	for n := range each {
		shot, err := specimen.NewShot(specimen.ShotRequest{
			View: specimen.Face, Condition: conditions[n%len(conditions)], Seed: uint64(4000 + n),
		}, nil, assets)
		if err != nil {
			return g, err
		}
		jpeg, err := specimen.EncodeJPEG(shot.At(float64(n)/8), 80)
		if err != nil {
			return g, err
		}
		frame, err := capture.NewFrame(capture.Selfie, capture.Preview, "", 1, time.Time{}, jpeg)
		if err != nil {
			return g, err
		}
		g.frames = append(g.frames, frame)
	}
	return g, nil
}

// watched keeps the previews that it is asked about.
type watched struct {
	*opencv.Analyzer
	mu     sync.Mutex
	frames []capture.Frame
}

func (w *watched) Analyze(ctx context.Context, f capture.Frame) (capture.Measurements, error) {
	if f.Kind == capture.Preview {
		w.mu.Lock()
		w.frames = append(w.frames, f)
		w.mu.Unlock()
	}
	return w.Analyzer.Analyze(ctx, f)
}

// guidedGroup is what the virtual hands of the evaluation show while they follow the hints.
func guidedGroup(ctx context.Context, a *opencv.Analyzer, assets *specimen.Assets, hands int) (previewGroup, error) {
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return previewGroup{}, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	w := &watched{Analyzer: a}
	_, err = subject.Run(ctx, subject.Options{
		Dir: dir, Only: []string{"guide"}, Engine: w, Parallel: 1, Assets: assets,
		Effort: float64(hands) / subject.GuideRuns, Log: io.Discard, Now: time.Now(),
	})
	return previewGroup{"guided", w.frames}, err
}

// measureGroups is one run over all groups.
func measureGroups(ctx context.Context, a *opencv.Analyzer, groups []previewGroup) (map[string]cost, error) {
	costs := map[string]cost{}
	for _, g := range groups {
		if _, err := a.Analyze(ctx, g.frames[0]); err != nil { // makes tables and loads networks first
			return nil, err
		}
		var decode time.Duration
		var verdicts []time.Duration
		for _, f := range g.frames {
			began := usedOfProcessor()
			m, err := pixel.Decode(f, false, 1)
			m.Close()
			if err != nil {
				return nil, err
			}
			decoded := usedOfProcessor()
			if _, err := a.Analyze(ctx, f); err != nil {
				return nil, err
			}
			decode += decoded - began
			verdicts = append(verdicts, usedOfProcessor()-decoded)
		}
		costs[g.name] = costOf(decode/time.Duration(len(g.frames)), verdicts)
	}
	return costs, nil
}

func costOf(decode time.Duration, verdicts []time.Duration) cost {
	slices.Sort(verdicts)
	var sum time.Duration
	for _, v := range verdicts {
		sum += v
	}
	base := float64(decode) * float64(len(verdicts))
	p95 := verdicts[min(len(verdicts)-1, len(verdicts)*95/100)]
	return cost{decode, verdicts, float64(sum) / base, float64(p95) / float64(decode)}
}

// usedOfProcessor is what this process has used of the processor, its garbage collection too.
func usedOfProcessor() time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &t); err != nil {
		panic(err) // Linux has this clock
	}
	return time.Duration(t.Nano())
}

// printGroup prints the mean of two runs, and keeps as a figure what they agree in.
func printGroup(w io.Writer, g previewGroup, a, b cost, figures map[string]float64) {
	ms := func(d time.Duration) string { return fmt.Sprintf("%.1f ms", d.Seconds()*1000) }
	decode := (a.decode + b.decode) / 2
	mean, apart := both(a.mean, b.mean)
	p95, apart95 := both(a.p95, b.p95)
	meanGoal, p95Goal := float64(kindMeanGoal), 0.0
	if g.name == "guided" {
		meanGoal, p95Goal = guidedMeanGoal, guidedP95Goal
	}
	said := verdictOf("mean", mean, meanGoal, apart)
	if p95Goal > 0 {
		said += "; " + verdictOf("p95", p95, p95Goal, apart95)
	} else if apart95 > apartMost {
		said += fmt.Sprintf("; p95 does not count: the runs are %.0f %% apart", 100*apart95)
	}
	fmt.Fprintf(w, "%-14s %6d %9s %9s %9s %8.1f %8.1f  %s\n", g.name, len(g.frames), ms(decode),
		ms(time.Duration(float64(decode)*mean)), ms(time.Duration(float64(decode)*p95)), mean, p95, said)
	if apart <= apartMost {
		figures["preview_"+g.name+"_mean_ratio"] = mean
	}
	if apart95 <= apartMost {
		figures["preview_"+g.name+"_p95_ratio"] = p95
	}
}

// both is the mean of two runs' figures, and how far apart they are.
func both(a, b float64) (mean, apart float64) { return (a + b) / 2, max(a, b)/min(a, b) - 1 }

func verdictOf(name string, figure, goal, apart float64) string {
	switch {
	case apart > apartMost:
		return fmt.Sprintf("%s does not count: the runs are %.0f %% apart", name, 100*apart)
	case figure <= goal:
		return fmt.Sprintf("%s <= %g: met", name, goal)
	}
	return fmt.Sprintf("%s <= %g: MISSED", name, goal)
}
