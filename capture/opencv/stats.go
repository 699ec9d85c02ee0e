package opencv

import (
	"cmp"
	"slices"
)

// quantile of unordered values, which it sorts. q is 0..1; 0 for no values.
func quantile[T cmp.Ordered](v []T, q float64) T {
	var zero T
	if len(v) == 0 {
		return zero
	}
	slices.Sort(v)
	return v[min(len(v)-1, max(0, int(q*float64(len(v)-1)+0.5)))]
}
