package capture

import "math"

// FrameInfo says what a frame should show.
type FrameInfo struct {
	Step     Step
	Kind     Kind
	Document Document
	// Layout of the document, as found on its accepted front; empty if unknown.
	Layout Layout
}

// Check compares one measured value with its limits.
type Check struct {
	Name  string   `json:"name"`
	OK    bool     `json:"ok"`
	Value float64  `json:"value"`
	Min   *float64 `json:"min,omitempty"`
	Max   *float64 `json:"max,omitempty"`
	Unit  string   `json:"unit,omitempty"`
	// Quality: a still that fails only such checks may be kept after two attempts.
	Quality bool `json:"quality,omitempty"`
	// Advice: the check guides and never refuses.
	Advice bool `json:"advice,omitempty"`
}

// Verdict is the judgement of one frame.
type Verdict struct {
	// Good reports that every check that can refuse passes.
	Good bool
	// Hint is the one thing to do next, or empty. A good frame may carry the hint of an
	// advice.
	Hint   Hint
	Toward Direction // with HintMove
	// Checks in the order of their hints' priority. A check that depends on a failed one
	// is left out.
	Checks []Check
	// Progress of the framing, from 0 (nothing found) to 1 (good).
	Progress float64
	// Layout of the document, set on a good document-front.
	Layout Layout
}

// Quality reports whether a frame is refused for quality alone.
func (v Verdict) Quality() bool {
	for _, c := range v.Checks {
		if !c.OK && !c.Quality && !c.Advice {
			return false
		}
	}
	return !v.Good
}

// Judge compares measurements with limits. It is pure: equal values give equal verdicts.
// prev holds the measurements of the previous preview, for movement, or nil. Measurements
// without what the step needs are judged as nothing found.
func Judge(f FrameInfo, m Measurements, prev *Measurements, l Limits) Verdict {
	j := judgement{info: f}
	if f.Step.IsDocument() {
		var before *DocumentMeasurements
		if prev != nil {
			before = prev.Document
		}
		j.document(m, before, prev, l.Document)
	} else {
		j.selfie(m, prev, l.Selfie)
	}
	return j.verdict()
}

// judgement collects checks in the order of priority. The first failing one gives the
// hint.
type judgement struct {
	info   FrameInfo
	checks []Check
	hint   Hint
	toward Direction
	advice Hint
	refuse bool
	layout Layout
	score  float64 // sum over the checks, 1 each when it holds
}

// option says how a check counts.
type option uint8

const (
	quality option = 1 << iota // may be kept all the same
	advised                    // never refuses
)

// atLeast and atMost check one value and report whether it passes.
func (j *judgement) atLeast(name string, value float64, limit Pair, unit string, h Hint, o option) bool {
	minimum := limit.of(j.info.Kind)
	near := 0.0
	if minimum > 0 && value > 0 {
		near = value / minimum
	}
	return j.add(Check{Name: name, OK: value >= minimum, Value: value, Min: &minimum, Unit: unit}, near, h, "", o)
}

func (j *judgement) atMost(name string, value float64, limit Pair, unit string, h Hint, o option) bool {
	maximum := limit.of(j.info.Kind)
	near := 0.0
	if value > 0 && maximum > 0 {
		near = maximum / value
	}
	return j.add(Check{Name: name, OK: value <= maximum, Value: value, Max: &maximum, Unit: unit}, near, h, "", o)
}

// within checks one value against two limits with different hints.
func (j *judgement) within(name string, value float64, lowest, highest Pair, unit string, low, high Hint,
	o option) bool {
	minimum, maximum := lowest.of(j.info.Kind), highest.of(j.info.Kind)
	h, near := low, 0.0
	switch {
	case value > maximum:
		h, near = high, maximum/value
	case value > 0 && minimum > 0:
		near = value / minimum
	}
	ok := value >= minimum && value <= maximum
	return j.add(Check{Name: name, OK: ok, Value: value, Min: &minimum, Max: &maximum, Unit: unit}, near, h, "", o)
}

// add records a check. near is how near a failed one is, 0..1.
func (j *judgement) add(c Check, near float64, h Hint, toward Direction, o option) bool {
	if math.IsNaN(c.Value) || math.IsInf(c.Value, 0) {
		c.Value, c.OK = 0, false // JSON holds no such number, and it means nothing was measured
	}
	c.Quality, c.Advice = o&quality != 0, o&advised != 0
	j.checks = append(j.checks, c)
	switch {
	case c.OK:
		j.score++
		return true
	case c.Advice:
		j.score++
		if j.advice == HintNone {
			j.advice = h
		}
		return false
	}
	j.score += min(max(near, 0), 1) * 0.9 // a failed check never counts like one that holds
	if !j.refuse {
		j.refuse, j.hint, j.toward = true, h, toward
	}
	return false
}

func (j *judgement) verdict() Verdict {
	v := Verdict{Good: !j.refuse, Hint: j.hint, Toward: j.toward, Checks: j.checks, Layout: j.layout}
	switch {
	case v.Good:
		v.Hint, v.Progress = j.advice, 1
	case len(j.checks) > 1:
		v.Progress = j.score / float64(len(j.checks))
	}
	return v
}
