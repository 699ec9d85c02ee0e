package fit

import "math"

// Upper is the upper end of Wilson's 95 % interval of k in n.
func Upper(k, n int) float64 {
	if n == 0 {
		return 1
	}
	const z = 1.959964
	p, m := float64(k)/float64(n), float64(n)
	return min(1, (p+z*z/(2*m)+z*math.Sqrt(p*(1-p)/m+z*z/(4*m*m)))/(1+z*z/m))
}
