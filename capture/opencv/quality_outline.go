package opencv

import "math"

// coveredShare is the longest stretch of the outline, as a share of all of it,
// at which the document's edge is not seen although it is seen on the rest of
// that side: something lies over it.
func coveredShare(s searched) float64 {
	const stretches = 32
	q := s.corners.scaled(s.picture.scale(s.width))
	sc := scorer{s.picture, s.edges}
	worst := 0.0
	perimeter := 0.0
	for k := range 4 {
		perimeter += q.side(k)
	}
	for k := range 4 {
		a, b := q[k], q[(k+1)%4]
		length := distance(a, b)
		var seen [stretches]float64
		for i := range stretches {
			t0, t1 := 0.04+0.92*float64(i)/stretches, 0.04+0.92*float64(i+1)/stretches
			seen[i] = sc.stretchSupport(lerp(a, b, t0), lerp(a, b, t1))
		}
		run, longest, present := 0, 0, 0
		for _, v := range seen {
			if v < 0.25 {
				run++
				longest = max(longest, run)
			} else {
				run = 0
				present++
			}
		}
		if present >= stretches/3 && longest >= 2 {
			worst += float64(longest) / stretches * length * 0.92 / perimeter
		}
	}
	return math.Min(1, worst)
}
