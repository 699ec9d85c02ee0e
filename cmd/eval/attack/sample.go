package attack

import (
	"bufio"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"visavis/capture"
)

// Part is what of a session a sample is.
type Part string

// The parts.
const (
	Document Part = "document"
	Face     Part = "face"
	Camera   Part = "camera"
	Light    Part = "light" // a selfie with its gestures and under the colours of a phone's screen
)

// Parts are all parts, in the order of a table of samples.
func Parts() []Part { return []Part{Document, Face, Camera, Light} }

// Replaced are samples with those of one part anew and the others as they are.
func Replaced(samples []Sample, part Part, anew []Sample) []Sample {
	var out []Sample
	for _, p := range Parts() {
		from := samples
		if p == part {
			from = anew
		}
		for _, s := range from {
			if s.Part == p {
				out = append(out, s)
			}
		}
	}
	return out
}

// Honest is the kind of a capture without an attack.
const Honest = "honest"

// The scores that are measured besides those with a limit of their own.
const (
	copySignal    = "copy"            // colourfulness: a copy without colours is refused below its limit
	gestureSignal = "gesture-skipped" // a head that did not turn as asked
)

// Sample is what was measured of one capture.
type Sample struct {
	Part Part
	Kind string // Honest, or that of the attack
	// Detail says how the attack was made.
	Detail string
	// Of names the document, face or camera. Samples with the same name share a fold.
	Of string
	// Scores by signal. A lower one is a doubt.
	Scores map[string]float64
}

// Folds is how many folds there are.
const Folds = 5

// Fold of a sample: the same for all of a document, person or model of camera.
func (s Sample) Fold() int {
	h := fnv.New32a()
	h.Write([]byte(s.Of))
	return int(h.Sum32() % Folds)
}

// Signal is a score with a limit below which it is a doubt.
type Signal struct {
	Name string
	// Limit is a limit that the bench may not change. 0: the bench fits one.
	Limit float64
	Unit  string
	// Towards is where a fitted limit lies between the attacks, 0, and honest captures, 1.
	Towards float64
	// Against are the beginnings of the kinds that the signal is made to notice. A fitted limit
	// is set against them.
	Against []string
}

// against tells whether a signal is made to notice a kind of attack.
func (s Signal) against(kind string) bool {
	return slices.ContainsFunc(s.Against, func(start string) bool { return strings.HasPrefix(kind, start) })
}

// screenTowards is Signal.Towards of the patterns of screens and print. It was set by hand, for
// the dots of either after seeing the bench's scores.
const screenTowards = 0.75

// Signals are all signals. A limit keeps more distance from honest captures where they
// differ by model of camera, and less where they are all alike.
func Signals() []Signal {
	l := capture.DefaultLimits()
	heads := []string{"printed photo", "bent photo", "photo with cut-out eyes", "face warped", "photo on paper"}
	screens := []string{"screen", "video", "replayed video"}
	return []Signal{
		{capture.DoubtVirtualCamera, l.Presence.Of(capture.DoubtVirtualCamera), "0: a program's label, 1: another", 0,
			[]string{"label"}},
		{capture.DoubtCameraSize, l.Presence.Of(capture.DoubtCameraSize), "0: not as reported, 1: as reported", 0,
			[]string{"sizes"}},
		{capture.DoubtCameraFacts, 0, "share of the facts that hold", 0.5, []string{"nothing", "recorded"}},
		{capture.DoubtFrameTimes, 0, "ms from a nominal rate", 0.25, []string{"exact"}},
		{capture.DoubtRepeatedFrames, 0, "pictures over frames", 0.5, []string{"recorded"}},
		{capture.DoubtExposureSettles, 0, "% that brightness moves", 0.25, []string{"recorded", "virtual camera"}},
		{capture.DoubtCameraOpens, 0, "ms from asking to the first picture", 0.25, []string{"recorded", "virtual camera"}},
		{capture.DoubtCameraResizes, 0, "ms from asking to the first frame, 0: none", 0.25, []string{"recorded", "virtual camera"}},
		{capture.DoubtTorchNotSeen, 0, "% that the picture follows", 0.25, []string{"nothing", "virtual camera"}},
		{capture.DoubtStillDiffers, 0, "correlation", 0.5, []string{"still of another document"}},
		{capture.DoubtScreenTrace, 0, "1 − pattern", screenTowards, screens},
		{capture.DoubtScreenDots, 0, "1 − share of alike neighbours", screenTowards, screens},
		{capture.DoubtPrintDots, 0, "1 − how far the second stands out", screenTowards,
			[]string{"colour print, laser", "laminated colour print, laser"}},
		{copySignal, l.Document.SaturationMin.Still, "colourfulness", 0, []string{"grey copy"}},
		{gestureSignal, 1, "turn over the asked one", 0, heads},
		{capture.DoubtFlat, l.Challenge.OffPlaneMin, "distance of the eyes", 0, heads},
		{capture.DoubtLightNotSeen, l.Challenge.LightMin, "correlation", 0, []string{injected}},
		{capture.DoubtSwapped, l.Challenge.SamePerson, "cosine", 0, []string{"still of another person"}},
	}
}

// Write writes samples as a table, one line each.
func Write(w io.Writer, samples []Sample) error {
	b := bufio.NewWriter(w)
	signals := Signals()
	fmt.Fprint(b, "part\tkind\tdetail\tof")
	for _, s := range signals {
		fmt.Fprint(b, "\t", s.Name)
	}
	fmt.Fprintln(b)
	for _, s := range samples {
		fmt.Fprintf(b, "%s\t%s\t%s\t%s", s.Part, s.Kind, s.Detail, s.Of)
		for _, signal := range signals {
			fmt.Fprint(b, "\t")
			if v, known := s.Scores[signal.Name]; known {
				fmt.Fprint(b, strconv.FormatFloat(v, 'f', 4, 64))
			}
		}
		fmt.Fprintln(b)
	}
	return b.Flush()
}

// Read reads the table of samples.
func Read(r io.Reader) ([]Sample, error) {
	lines := bufio.NewScanner(r)
	if !lines.Scan() {
		return nil, errors.New("table of samples: it is empty")
	}
	names := strings.Split(lines.Text(), "\t")
	const fixed = 4
	known := map[string]bool{}
	for _, s := range Signals() {
		known[s.Name] = true
	}
	if len(names) <= fixed {
		return nil, fmt.Errorf("table of samples: %d columns, want more than %d", len(names), fixed)
	}
	for _, n := range names[fixed:] {
		if !known[n] {
			return nil, fmt.Errorf("table of samples: column %q is no signal", n)
		}
	}
	var out []Sample
	for line := 2; lines.Scan(); line++ {
		cells := strings.Split(lines.Text(), "\t")
		if len(cells) != len(names) {
			return nil, fmt.Errorf("table of samples: line %d has %d columns, want %d", line, len(cells), len(names))
		}
		s := Sample{Part: Part(cells[0]), Kind: cells[1], Detail: cells[2], Of: cells[3], Scores: map[string]float64{}}
		for i, cell := range cells[fixed:] {
			if cell == "" {
				continue
			}
			v, err := strconv.ParseFloat(cell, 64)
			if err != nil {
				return nil, fmt.Errorf("table of samples: line %d: %w", line, err)
			}
			s.Scores[names[fixed+i]] = v
		}
		out = append(out, s)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("table of samples: %w", err)
	}
	return out, nil
}

// kinds of attack of a part, in the order of their names.
func kinds(samples []Sample, part Part) []string {
	seen := map[string]bool{}
	for _, s := range samples {
		if s.Part == part && s.Kind != Honest {
			seen[s.Kind] = true
		}
	}
	return slices.Sorted(maps.Keys(seen))
}
