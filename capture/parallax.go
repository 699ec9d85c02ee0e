package capture

import "math"

// OffPlane measures how far a face's movement between two frames departs from that of a
// flat picture: the residual of the best projective map from one frame's landmarks to the
// other's, as root mean square over the distance of the eyes. The jaw's outline is left
// out, since it slides along a turning head. False without 68 points, or if they span no
// plane.
func OffPlane(from, to []Point) (float64, bool) {
	if len(from) != 68 || len(to) != 68 {
		return 0, false
	}
	a, b := from[17:], to[17:]
	eyes := math.Hypot(from[45].X-from[36].X, from[45].Y-from[36].Y)
	seen := math.Hypot(to[45].X-to[36].X, to[45].Y-to[36].Y)
	if eyes < 4 || seen < 4 {
		return 0, false
	}
	m, ok := planeMap(a, b, eyes)
	if !ok {
		return 0, false
	}
	sum := 0.0
	for i := range a {
		x, y := m.apply((a[i].X-a[0].X)/eyes, (a[i].Y-a[0].Y)/eyes)
		dx, dy := x-(b[i].X-b[0].X)/eyes, y-(b[i].Y-b[0].Y)/eyes
		sum += dx*dx + dy*dy
	}
	return math.Sqrt(sum/float64(len(a))) * eyes / math.Max(eyes, seen), true
}

// projective is a projective map: x' = (m0·x + m1·y + m2) / (m6·x + m7·y + 1), y' with m3
// to m5.
type projective [8]float64

func (m projective) apply(x, y float64) (px, py float64) {
	w := m[6]*x + m[7]*y + 1
	return (m[0]*x + m[1]*y + m[2]) / w, (m[3]*x + m[4]*y + m[5]) / w
}

// planeMap returns the least-squares map from a to b. Both are taken relative to their
// first point, in a unit of length.
func planeMap(a, b []Point, unit float64) (projective, bool) {
	var n [8][9]float64 // the normal equations, the right side last
	for i := range a {
		x, y := (a[i].X-a[0].X)/unit, (a[i].Y-a[0].Y)/unit
		u, v := (b[i].X-b[0].X)/unit, (b[i].Y-b[0].Y)/unit
		for _, row := range [2][9]float64{{x, y, 1, 0, 0, 0, -u * x, -u * y, u}, {0, 0, 0, x, y, 1, -v * x, -v * y, v}} {
			for r := range 8 {
				for c := range 9 {
					n[r][c] += row[r] * row[c]
				}
			}
		}
	}
	return solve(n)
}

// solve is Gaussian elimination with partial pivoting.
func solve(n [8][9]float64) (projective, bool) {
	for k := range 8 {
		pivot := k
		for r := k; r < 8; r++ {
			if math.Abs(n[r][k]) > math.Abs(n[pivot][k]) {
				pivot = r
			}
		}
		if math.Abs(n[pivot][k]) < 1e-9 {
			return projective{}, false
		}
		n[k], n[pivot] = n[pivot], n[k]
		for r := range 8 {
			if r == k {
				continue
			}
			f := n[r][k] / n[k][k]
			for c := k; c < 9; c++ {
				n[r][c] -= f * n[k][c]
			}
		}
	}
	var m projective
	for k := range m {
		m[k] = n[k][8] / n[k][k]
	}
	return m, true
}

// Doubt is something for a reviewer to look at. It refuses nothing.
type Doubt struct {
	Name  string  `json:"name"`
	Score float64 `json:"score"`
	Limit float64 `json:"limit"` // a doubt if Score is below it
}

// The doubts about a selfie.
const (
	DoubtFlat    = "flat"    // what turned was as flat as a photo
	DoubtSwapped = "swapped" // the face of the gestures is not the still's
)

func (s *StepRecord) doubt(d Doubt) {
	for i := range s.Doubts {
		if s.Doubts[i].Name == d.Name {
			s.Doubts[i] = d
			return
		}
	}
	s.Doubts = append(s.Doubts, d)
}

// watchTurn records how far a turning face departs from a plane.
func (f *Flow) watchTurn(m *Moves, face *FaceMeasurements) {
	if m.Gestures[m.Index] == ComeCloser {
		return
	}
	if off, ok := OffPlane(f.neutral, face.Landmarks); ok {
		m.OffPlane = max(m.OffPlane, off)
		m.Turns++
	}
}

// doubtFlat runs after the last gesture. Without a frame to judge by it records no doubt:
// the skipped gesture is noted already.
func (f *Flow) doubtFlat(s *StepRecord) {
	limit := f.limits().Challenge.OffPlaneMin
	if m := s.Moves; m.Turns > 0 && m.OffPlane < limit {
		s.doubt(Doubt{DoubtFlat, m.OffPlane, limit})
	}
}

// Compared records the similarity, as a cosine, of the faces of the gestures and of the
// kept selfie. It reports whether it is a doubt.
func (f *Flow) Compared(score float64) bool {
	s := f.record(Selfie)
	limit := f.limits().Challenge.SamePerson
	if s == nil || score >= limit {
		return false
	}
	s.doubt(Doubt{DoubtSwapped, score, limit})
	return true
}
