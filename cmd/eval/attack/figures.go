package attack

import (
	"fmt"
	"slices"
	"strconv"

	"visavis/capture"
	"visavis/cmd/eval/fit"
)

// Limits are the limits of the signals by name.
type Limits map[string]float64

// mayMark is the share of honest samples that one signal may mark where its limit is set:
// all signals together are to stay below five in a hundred.
const mayMark = 0.02

// sureOf is the share of attacks that a limit would notice that lies no nearer to honest
// scores than it has to.
const sureOf = 0.75

// Fitted are limits that mark few of the honest samples: each lies between the lowest
// honest score that it does not mark and the scores of three in four of the attacks that it
// notices.
func Fitted(samples []Sample) Limits {
	limits := Limits{}
	for _, signal := range Signals() {
		limits[signal.Name] = signal.Limit
		if signal.Limit == 0 {
			limits[signal.Name] = fitted(samples, signal)
		}
	}
	return limits
}

// realPrint is the highest limit of a screen's trace: guilloches and halftones of 350 real
// pictures have a pattern of up to 0.2, and the bench's composed ones less.
const realPrint = 0.8

// realDots is the highest limit of a screen's dots: of 164 real pictures of documents three had more than 0.15 of
// their neighbouring parts alike, two of them of low contrast on purpose.
const realDots = 0.85

// realLattices is the highest limit of a print's dots: of 190 real pictures of documents none had a second lattice
// that stood out by 0.4, by the labelled outline, and of 159 none by 0.3 in the one that was found.
const realLattices = 0.58

func fitted(samples []Sample, signal Signal) float64 {
	var honest, attacks []float64
	for _, s := range samples {
		switch v, known := s.Scores[signal.Name]; {
		case !known:
		case s.Kind == Honest:
			honest = append(honest, v)
		case signal.against(s.Kind):
			attacks = append(attacks, v)
		}
	}
	if len(honest) == 0 {
		return 0
	}
	slices.Sort(honest)
	limit := honest[int(mayMark*float64(len(honest)))]
	attacks = slices.DeleteFunc(attacks, func(v float64) bool { return v >= limit })
	if slices.Sort(attacks); len(attacks) > 0 {
		limit = signal.Towards*limit + (1-signal.Towards)*attacks[int(sureOf*float64(len(attacks)-1))]
	}
	switch signal.Name {
	case capture.DoubtScreenTrace:
		limit = min(limit, realPrint)
	case capture.DoubtScreenDots:
		limit = min(limit, realDots)
	case capture.DoubtPrintDots:
		limit = min(limit, realLattices)
	}
	short, _ := strconv.ParseFloat(strconv.FormatFloat(limit, 'g', 3, 64), 64)
	return short
}

// OutOfFold are the limits of each fold, set on the others.
func OutOfFold(samples []Sample) (folds [Folds]Limits) {
	for i := range folds {
		var others []Sample
		for _, s := range samples {
			if s.Fold() != i {
				others = append(others, s)
			}
		}
		folds[i] = Fitted(others)
	}
	return folds
}

// Doubts are the signals that mark a sample.
func (l Limits) Doubts(s Sample) []string {
	var out []string
	for _, signal := range Signals() {
		if v, known := s.Scores[signal.Name]; known && v < l[signal.Name] {
			out = append(out, signal.Name)
		}
	}
	return out
}

// Share is k of n, with Wilson's 95 % interval.
type Share struct{ K, N int }

// Value of the share; 0 of nothing.
func (s Share) Value() float64 {
	if s.N == 0 {
		return 0
	}
	return float64(s.K) / float64(s.N)
}

// Interval of the share; of nothing the whole range.
func (s Share) Interval() (lo, hi float64) {
	return fit.Wilson(s.K, s.N)
}

// String is the share in percent with its interval.
func (s Share) String() string {
	lo, hi := s.Interval()
	return fmt.Sprintf("%.1f %% (%.1f to %.1f)", 100*s.Value(), 100*lo, 100*hi)
}

func (s *Share) count(yes bool) {
	s.N++
	if yes {
		s.K++
	}
}

// KindFigures are those of one kind of attack. A share counts what was not noticed.
type KindFigures struct {
	Part Part
	Kind string
	// Missed by all signals together: APCER, the attacks taken for honest.
	Missed Share
	// Best is the signal that alone notices most, MissedByBest what it does not.
	Best         string
	MissedByBest Share
	// Worst are the details of attacks that no signal noticed, with their scores.
	Worst []string
}

// Figures are what limits make of samples that they were not set on.
type Figures struct {
	Kinds []KindFigures
	// Marked honest samples by signal: BPCER.
	Marked map[string]Share
	// Noticed by signal: of the attacks of the kinds that it is made to notice.
	Noticed map[string]Share
	// MarkedOf are honest samples that any signal marks, by part.
	MarkedOf map[Part]Share
	// Session is the share of honest sessions that any signal marks, of a document, a face, a
	// camera and a light each, drawn evenly from all honest samples of these.
	Session Share
	// Missed of all attacks together.
	Missed Share
}

// Judge judges each sample by the limits of its fold.
func Judge(samples []Sample) Figures {
	folds := OutOfFold(samples)
	f := Figures{Marked: map[string]Share{}, Noticed: map[string]Share{}, MarkedOf: map[Part]Share{}}
	marks := map[Part][]bool{}
	for _, s := range samples {
		doubts := folds[s.Fold()].Doubts(s)
		if s.Kind != Honest {
			f.Missed.count(len(doubts) == 0)
			continue
		}
		for name := range s.Scores {
			share := f.Marked[name]
			share.count(slices.Contains(doubts, name))
			f.Marked[name] = share
		}
		share := f.MarkedOf[s.Part]
		share.count(len(doubts) > 0)
		f.MarkedOf[s.Part] = share
		marks[s.Part] = append(marks[s.Part], len(doubts) > 0)
	}
	sessions := min(len(marks[Document]), len(marks[Face]), len(marks[Camera]))
	for i := range sessions {
		marked := false
		for _, of := range marks { // evenly from all of a part, of which there are more or, of lights, fewer
			marked = marked || of[i*len(of)/sessions]
		}
		f.Session.count(marked)
	}
	for _, part := range Parts() {
		for _, kind := range kinds(samples, part) {
			f.Kinds = append(f.Kinds, f.kind(samples, folds, part, kind))
		}
	}
	return f
}

// ByLight is what the screen's colours alone make of a kind of selfie.
type ByLight struct {
	Kind string
	// Measured and Marked are of all captures of the kind, MarkedOfMeasured of those that were
	// measured.
	Measured, Marked, MarkedOfMeasured Share
}

// Colours are what the screen's colours alone make of each kind of selfie, honest ones first.
func Colours(samples []Sample) []ByLight {
	folds := OutOfFold(samples)
	var out []ByLight
	for _, kind := range append([]string{Honest}, kinds(samples, Light)...) {
		of := ByLight{Kind: kind}
		for _, s := range samples {
			if s.Part != Light || s.Kind != kind {
				continue
			}
			score, measured := s.Scores[capture.DoubtLightNotSeen]
			marked := measured && score < folds[s.Fold()][capture.DoubtLightNotSeen]
			of.Measured.count(measured)
			of.Marked.count(marked)
			if measured {
				of.MarkedOfMeasured.count(marked)
			}
		}
		out = append(out, of)
	}
	return out
}

// kind counts one kind, and adds to what each signal notices.
func (f *Figures) kind(samples []Sample, folds [Folds]Limits, part Part, kind string) KindFigures {
	k := KindFigures{Part: part, Kind: kind}
	noticed := map[string]int{}
	for _, s := range samples {
		if s.Part != part || s.Kind != kind {
			continue
		}
		doubts := folds[s.Fold()].Doubts(s)
		k.Missed.count(len(doubts) == 0)
		for _, d := range doubts {
			noticed[d]++
		}
		if len(doubts) == 0 {
			k.Worst = append(k.Worst, s.words())
		}
	}
	for _, signal := range Signals() {
		n := noticed[signal.Name]
		if n > noticed[k.Best] || k.Best == "" {
			k.Best = signal.Name
		}
		if signal.against(kind) {
			share := f.Noticed[signal.Name]
			share.K, share.N = share.K+n, share.N+k.Missed.N
			f.Noticed[signal.Name] = share
		}
	}
	k.MissedByBest = Share{k.Missed.N - noticed[k.Best], k.Missed.N}
	return k
}

// words are the detail of a sample and its scores.
func (s Sample) words() string {
	out := s.Detail
	if out == "" {
		out = s.Of
	}
	for _, signal := range Signals() {
		if v, known := s.Scores[signal.Name]; known && !slices.Contains(capture.CameraDoubts()[:2], signal.Name) {
			out += fmt.Sprintf(", %s %.2f", signal.Name, v)
		}
	}
	return out
}
