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

// quantile of the grey levels, 0..255. q is 0..1.
func (g greyPicture) quantile(q float64) float64 {
	var histogram [256]int
	for _, v := range g.pix {
		histogram[v]++
	}
	left := int(q * float64(len(g.pix)-1))
	for level, n := range histogram {
		if left -= n; left < 0 {
			return float64(level)
		}
	}
	return 0
}
