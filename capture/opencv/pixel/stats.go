package pixel

import (
	"cmp"
	"slices"
)

// Quantile of unordered values, which it sorts. q is 0..1; 0 for no values.
func Quantile[T cmp.Ordered](v []T, q float64) T {
	var zero T
	if len(v) == 0 {
		return zero
	}
	slices.Sort(v)
	return v[min(len(v)-1, max(0, int(q*float64(len(v)-1)+0.5)))]
}

// Quantile of the grey levels, 0..255. q is 0..1.
func (g Grey) Quantile(q float64) float64 {
	var levels [256]int
	for _, v := range g.Pix {
		levels[v]++
	}
	return float64(LevelAt(levels, len(g.Pix), q))
}

// LevelAt is a quantile of n values that are counted by level.
func LevelAt(levels [256]int, n int, q float64) int {
	left := min(n-1, max(0, int(q*float64(n-1)+0.5)))
	for level, count := range levels {
		if left -= count; left < 0 {
			return level
		}
	}
	return 0
}

// Fade rises from 0 at a to 1 at b.
func Fade(v, a, b float64) float64 { return min(1, max(0, (v-a)/(b-a))) }
