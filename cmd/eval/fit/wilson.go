package fit

import "math"

// Wilson returns Wilson's 95 % interval of a share of k in n, 0..1; of nothing the whole range.
func Wilson(k, n int) (lo, hi float64) {
	if n == 0 {
		return 0, 1
	}
	const z = 1.959964 // of the normal distribution, 95 % two-sided
	p, m := float64(k)/float64(n), float64(n)
	centre := (p + z*z/(2*m)) / (1 + z*z/m)
	half := z / (1 + z*z/m) * math.Sqrt(p*(1-p)/m+z*z/(4*m*m))
	return max(0, centre-half), min(1, centre+half)
}

// Upper is the upper end of Wilson's 95 % interval of k in n.
func Upper(k, n int) float64 {
	_, hi := Wilson(k, n)
	return hi
}
