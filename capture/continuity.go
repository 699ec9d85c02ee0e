package capture

import (
	"math"
	"slices"
)

// A [DocumentMeasurements.Look] has LookColumns × LookRows cells.
const (
	LookColumns = 24
	LookRows    = 16
)

// The doubts about what a picture shows.
const (
	// DoubtStillDiffers: the still shows another document than the preview before it.
	DoubtStillDiffers = "still-differs"
	// DoubtScreenTrace: the still has some of the pattern that a screen's dots leave, less
	// than is refused.
	DoubtScreenTrace = "screen-trace"
	// DoubtScreenDots: neighbouring parts of the still have the same fine pattern, as a
	// screen's dots leave it where perspective or fineness hide it from DoubtScreenTrace.
	DoubtScreenDots = "screen-dots"
	// DoubtPrintDots: the still shows two lattices of dots that are turned against each other in
	// the document's plane, as the inks of a laser printer are.
	DoubtPrintDots = "print-dots"
	// DoubtNoColour: a side that genuine documents may print in black alone has no colour.
	DoubtNoColour = "no-colour"
)

// Alike is how much two looks show the same document, as a correlation, -1..1: the better
// one of the two upright or one upside down. Slow changes of the light do not count. False
// without both.
func Alike(a, b []byte) (float64, bool) {
	const n = LookColumns * LookRows
	if len(a) != n || len(b) != n {
		return 0, false
	}
	x, y := detail(a), detail(b)
	if x == nil || y == nil {
		return 0, false
	}
	upright, turned := 0.0, 0.0
	for i := range x {
		upright, turned = upright+x[i]*y[i], turned+x[i]*y[n-1-i]
	}
	return max(upright, turned), true
}

// detail is a look without its slow changes, of mean 0 and length 1. Nil if it shows
// nothing.
func detail(look []byte) []float64 {
	const reach = 3
	out := make([]float64, len(look))
	length := 0.0
	for y := range LookRows {
		for x := range LookColumns {
			sum, n := 0.0, 0.0
			for j := max(0, y-reach); j <= min(LookRows-1, y+reach); j++ {
				for i := max(0, x-reach); i <= min(LookColumns-1, x+reach); i++ {
					sum, n = sum+float64(look[j*LookColumns+i]), n+1
				}
			}
			v := float64(look[y*LookColumns+x]) - sum/n
			out[y*LookColumns+x] = v
			length += v * v
		}
	}
	if length < 1 {
		return nil
	}
	length = math.Sqrt(length)
	for i := range out {
		out[i] /= length
	}
	return out
}

// StillScores are the scores by doubt of a still and of the newest preview before it, or
// nil.
func StillScores(still Measurements, before *Measurements) map[string]float64 {
	scores := map[string]float64{}
	switch {
	case still.Document != nil && still.Document.Found:
		d := still.Document
		scores[DoubtScreenTrace], scores[DoubtScreenDots], scores[DoubtPrintDots] = 1-d.Moire, 1-d.Dots, 1-d.PrintDots
		if before != nil && before.Document != nil && before.Document.Found {
			if alike, ok := Alike(d.Look, before.Document.Look); ok {
				scores[DoubtStillDiffers] = alike
			}
		}
	case still.Face != nil && still.Face.Count > 0:
		scores[DoubtScreenTrace], scores[DoubtScreenDots] = 1-still.Face.Moire, 1-still.Face.Dots
	}
	return scores
}

// doubtStill records the doubts about a still, in the place of those about the still before it.
func (f *Flow) doubtStill(s *StepRecord, m Measurements) {
	limits := f.limits().Presence
	scores := StillScores(m, f.before)
	for _, name := range []string{DoubtStillDiffers, DoubtScreenTrace, DoubtScreenDots, DoubtPrintDots} {
		if score, known := scores[name]; known {
			s.weigh(Doubt{name, score, limits.Of(name)})
		} else {
			s.weigh(Doubt{Name: name}) // a doubt about the still before is none about this one
		}
	}
	s.weigh(f.colourless(s, m))
}

// colourless is the doubt about a still of a side that may be printed in black alone, where
// a missing colour refuses nothing.
func (f *Flow) colourless(s *StepRecord, m Measurements) Doubt {
	doubt := Doubt{Name: DoubtNoColour}
	if d, info := m.Document, f.info(s, Still); d != nil && d.Found {
		l := f.limits().Document
		if !coloured(info.Document, info.Step, sideSeen(info, d, l).content, d.Series) {
			doubt.Score, doubt.Limit = d.Saturation, l.SaturationMin.Still
		}
	}
	return doubt
}

// worsen records a doubt if its score is below its limit and below what the step has of
// that name. It reports whether anything changed.
func (s *StepRecord) worsen(d Doubt) bool {
	i := slices.IndexFunc(s.Doubts, func(have Doubt) bool { return have.Name == d.Name })
	if d.Score >= d.Limit || i >= 0 && s.Doubts[i].Score <= d.Score {
		return false
	}
	s.doubt(d)
	return true
}

// weigh records a doubt if its score is below its limit, and takes one of its name back
// otherwise. It reports whether anything changed.
func (s *StepRecord) weigh(d Doubt) bool {
	i := slices.IndexFunc(s.Doubts, func(have Doubt) bool { return have.Name == d.Name })
	switch {
	case d.Score < d.Limit:
		changed := i < 0 || s.Doubts[i] != d
		s.doubt(d)
		return changed
	case i >= 0:
		s.Doubts = slices.Delete(s.Doubts, i, i+1)
		return true
	}
	return false
}
