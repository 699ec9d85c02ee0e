package subject

import (
	"math"
	"math/rand/v2"
	"slices"

	"visavis/cmd/eval/fit"
)

const (
	z95       = 1.959964 // of the normal distribution, 95 % two-sided
	resamples = 1000     // of the bootstrap: its ends then move by 1 in 100 of the interval
	statsSeed = 20       // any number: fixed, so that the same values give the same interval
)

// AUC is the chance that a wrong case has a higher score than a right one, ties
// half, with DeLong's 95 % interval; where every case is on its side, DeLong knows
// no spread, and the lower end is that of a share of the fewer cases.
func AUC(right, wrong []float64) (value, lo, hi float64) {
	if len(right) == 0 || len(wrong) == 0 {
		return 0, 0, 1
	}
	r, w := sorted(right), sorted(wrong)
	perWrong, perRight := make([]float64, len(wrong)), make([]float64, len(right))
	for i, v := range wrong {
		below, equal := place(r, v)
		perWrong[i] = (below + equal/2) / float64(len(r))
		value += perWrong[i]
	}
	for i, v := range right {
		below, equal := place(w, v)
		perRight[i] = 1 - (below+equal/2)/float64(len(w))
	}
	value /= float64(len(wrong))
	deviation := math.Sqrt(variance(perWrong)/float64(len(wrong)) + variance(perRight)/float64(len(right)))
	lo, hi = max(0, value-z95*deviation), min(1, value+z95*deviation)
	if value == 1 {
		fewer := min(len(right), len(wrong))
		lo, _ = fit.Wilson(fewer, fewer)
	}
	return value, lo, hi
}

// place returns how many of sorted values are below v, and how many equal it.
func place(values []float64, v float64) (below, equal float64) {
	first, _ := slices.BinarySearch(values, v)
	after := first
	for after < len(values) && values[after] == v {
		after++
	}
	return float64(first), float64(after - first)
}

func variance(v []float64) float64 {
	if len(v) < 2 {
		return 0
	}
	m, sum := mean(v), 0.0
	for _, x := range v {
		sum += (x - m) * (x - m)
	}
	return sum / float64(len(v)-1)
}

func mean(v []float64) float64 {
	sum := 0.0
	for _, x := range v {
		sum += x
	}
	return sum / float64(max(1, len(v)))
}

func sorted(v []float64) []float64 {
	v = slices.Clone(v)
	slices.Sort(v)
	return v
}

// quantile of values, between the two nearest.
func quantile(v []float64, q float64) float64 {
	if len(v) == 0 {
		return 0
	}
	v = sorted(v)
	at := q * float64(len(v)-1)
	i := int(at)
	if i+1 >= len(v) {
		return v[len(v)-1]
	}
	return v[i] + (at-float64(i))*(v[i+1]-v[i])
}

// bootstrap is the 95 % interval of a figure over n cases: figure gets which cases
// were drawn, with repetitions.
func bootstrap(n int, figure func(drawn []int) float64) (lo, hi float64) {
	if n == 0 {
		return 0, 0
	}
	r := rand.New(rand.NewPCG(statsSeed, uint64(n)))
	values := make([]float64, 0, resamples)
	drawn := make([]int, n)
	for range resamples {
		for i := range drawn {
			drawn[i] = r.IntN(n)
		}
		values = append(values, figure(drawn))
	}
	return quantile(values, 0.025), quantile(values, 0.975)
}

// tarAt is the share of same pairs whose score is above that of all but a share far
// of the others.
func tarAt(same, other []float64, far float64) (tar, threshold float64) {
	if len(same) == 0 || len(other) == 0 {
		return 0, 0
	}
	other = sorted(other)
	threshold = other[max(0, min(len(other)-1, int(math.Ceil(float64(len(other))*(1-far)))-1))]
	over := 0
	for _, s := range same {
		if s > threshold {
			over++
		}
	}
	return float64(over) / float64(len(same)), threshold
}
