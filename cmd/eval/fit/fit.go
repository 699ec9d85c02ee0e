package fit

import (
	"math"
	"reflect"
	"slices"

	"visavis/capture"
)

// Limit is a limit that is fitted: where pictures with a fault part from those without.
type Limit struct {
	// Field of capture.DocumentLimits. Highest: more is refused.
	Field   string
	Highest bool
	// Fault whose pictures lie beyond it.
	Fault string
	Value func(capture.DocumentMeasurements) float64
}

// Limits are those that are fitted; the others have reasons of their own.
func Limits() []Limit {
	return []Limit{
		{"BrightnessMin", false, "dark", func(d capture.DocumentMeasurements) float64 { return d.Light() }},
		{"OverMax", true, "bright", func(d capture.DocumentMeasurements) float64 { return d.Over }},
		{"GlareMax", true, "glare", func(d capture.DocumentMeasurements) float64 { return d.Glare }},
		{"CoveredMax", true, "covered", func(d capture.DocumentMeasurements) float64 { return d.Covered }},
		{"SaturationMin", false, "copy", func(d capture.DocumentMeasurements) float64 { return d.Saturation }},
		{"SharpnessMin", false, "blur", func(d capture.DocumentMeasurements) float64 { return d.Sharpness }},
	}
}

// Point of a curve: what a limit would refuse and accept.
type Point struct{ Limit, Refused, Accepted float64 }

// values of the pictures whose outline lies right: good ones and those with the fault. Good
// ones and copies of documents printed in black alone do not count: they look the same.
func (l Limit) values(rows []Row, kind capture.Kind) (good, bad []float64) {
	for _, r := range rows {
		if r.Kind != kind || r.IoU < leastIoU {
			continue
		}
		switch {
		case r.Group == colourless && (r.Fault == "good" || r.Fault == "copy"):
		case r.Fault == "good":
			good = append(good, l.Value(r.Measured))
		case r.Fault == l.Fault:
			bad = append(bad, l.Value(r.Measured))
		}
	}
	return good, bad
}

// refusedWeight is how much worse it is to refuse a good picture than to accept a bad one, as
// shares. The goal of 3 % is for all these limits together, that of 5 % for the fault of each.
var refusedWeight = float64(len(Limits())) * 5 / 3

// Fit sets the limit on rows of a kind of frame: where the shares of good pictures that
// are refused and of bad ones that are accepted are least together. Values that are as good are
// parted where the good pictures have refusedWeight times as much room as the bad ones.
func (l Limit) Fit(rows []Row, kind capture.Kind) float64 {
	good, bad := l.values(rows, kind)
	all := slices.Compact(slices.Sorted(slices.Values(slices.Concat(good, bad))))
	if len(good) == 0 || len(bad) == 0 || len(all) < 2 {
		return math.NaN()
	}
	best, from, to := math.Inf(1), 0, 0
	for i := range len(all) - 1 {
		p := l.at((all[i]+all[i+1])/2, good, bad)
		cost := refusedWeight*p.Refused + p.Accepted
		switch {
		case cost < best-1e-12:
			best, from, to = cost, i, i
		case cost <= best+1e-12 && to == i-1:
			to = i
		}
	}
	return l.between(all[from], all[to+1], 1/(1+refusedWeight))
}

// between is the limit between two values, so much of the way from the bad pictures' one to the good
// ones', by their logarithms where both are positive. It has two digits that count, since more were
// chance, and is rounded to the side that refuses less.
func (l Limit) between(low, high, part float64) float64 {
	round := math.Floor
	if l.Highest {
		round, part = math.Ceil, 1-part
	}
	limit := low + part*(high-low)
	if low > 0 {
		limit = low * math.Pow(high/low, part)
	}
	if limit == 0 {
		return 0
	}
	unit := math.Pow(10, math.Floor(math.Log10(math.Abs(limit)))-1)
	return round(limit/unit) * unit
}

// at is what a limit makes of values.
func (l Limit) at(limit float64, good, bad []float64) Point {
	beyond := func(v float64) bool { return l.Highest && v > limit || !l.Highest && v < limit }
	p := Point{Limit: limit}
	for _, v := range good {
		if beyond(v) {
			p.Refused += 1 / float64(len(good))
		}
	}
	for _, v := range bad {
		if !beyond(v) {
			p.Accepted += 1 / float64(len(bad))
		}
	}
	return p
}

// Curve is what limits around the fitted one would make of the rows.
func (l Limit) Curve(rows []Row, kind capture.Kind, limit float64) []Point {
	good, bad := l.values(rows, kind)
	var list []Point
	for _, k := range []float64{0.5, 0.7, 0.85, 1, 1.2, 1.4, 2} {
		list = append(list, l.at(limit*k, good, bad))
	}
	return list
}

// Fitted are the limits with those that rows set in their places. A limit that cannot be
// set stays as it is.
func Fitted(rows []Row, limits capture.Limits) capture.Limits {
	for _, l := range Limits() {
		p := capture.Pair{Preview: l.Fit(rows, capture.Preview), Still: l.Fit(rows, capture.Still)}
		field := reflect.ValueOf(&limits.Document).Elem().FieldByName(l.Field)
		old := field.Interface().(capture.Pair)
		if math.IsNaN(p.Preview) {
			p.Preview = old.Preview
		}
		if math.IsNaN(p.Still) {
			p.Still = old.Still
		}
		field.Set(reflect.ValueOf(l.stricter(p)))
	}
	return limits
}

// stricter is a pair whose still is as strict as its preview at least: who followed
// every hint of the previews is refused for nothing that they let pass, and what is kept
// is never worse.
func (l Limit) stricter(p capture.Pair) capture.Pair {
	if l.Highest {
		p.Still = min(p.Still, p.Preview)
	} else {
		p.Still = max(p.Still, p.Preview)
	}
	return p
}

// OutOfFold are the limits of each fold, set on the rows of all the others.
func OutOfFold(rows []Row, limits capture.Limits) [Folds]capture.Limits {
	var out [Folds]capture.Limits
	for fold := range Folds {
		var others []Row
		for _, r := range rows {
			if r.Fold() != fold {
				others = append(others, r)
			}
		}
		out[fold] = Fitted(others, limits)
	}
	return out
}
