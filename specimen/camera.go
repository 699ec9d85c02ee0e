package specimen

import "math"

// Pose is where the camera stands over the table: what it looks at lies in the
// plane of the table, its origin at the document's centre.
type Pose struct {
	// Fill is the document's width over the frame's width, seen straight on.
	Fill float64
	// X and Y shift the document in the frame, over the frame's width and height.
	X, Y float64
	// Rotation in the frame's plane, degrees clockwise.
	Rotation float64
	// TiltX and TiltY turn the document out of the frame's plane, degrees:
	// positive TiltX brings the right edge nearer, positive TiltY the lower edge.
	TiltX, TiltY float64
}

// matrix is a homography, row by row.
type matrix [9]float64

// project returns the homography from millimetres on the plane to pixels of a
// w × h frame, for a document of width millimetres. The focal length equals the
// frame's long side, about that of a phone.
func (p Pose) project(w, h int, width float64) matrix {
	focal := float64(max(w, h))
	distance := width * focal / (p.Fill * float64(w))
	rad := math.Pi / 180
	sr, cr := math.Sincos(p.Rotation * rad)
	sx, cx := math.Sincos(p.TiltX * rad)
	sy, cy := math.Sincos(p.TiltY * rad)
	// Columns of the rotation: where the plane's x and y axes point, z away from
	// the camera.
	turn := func(x, y float64) (float64, float64, float64) {
		x1, y1 := x*cr-y*sr, x*sr+y*cr
		x2, z2 := x1*cx, -x1*sx
		y3, z3 := y1*cy, z2-y1*sy
		return x2, y3, z3
	}
	ax, ay, az := turn(1, 0)
	bx, by, bz := turn(0, 1)
	u0, v0 := float64(w)*(0.5+p.X), float64(h)*(0.5+p.Y)
	return matrix{
		focal*ax + u0*az, focal*bx + u0*bz, u0 * distance,
		focal*ay + v0*az, focal*by + v0*bz, v0 * distance,
		az, bz, distance,
	}
}

func (m matrix) apply(x, y float64) (float64, float64) {
	w := m[6]*x + m[7]*y + m[8]
	return (m[0]*x + m[1]*y + m[2]) / w, (m[3]*x + m[4]*y + m[5]) / w
}

// inverse returns the homography back, up to a factor, which does not matter.
func (m matrix) inverse() matrix {
	return matrix{
		m[4]*m[8] - m[5]*m[7], m[2]*m[7] - m[1]*m[8], m[1]*m[5] - m[2]*m[4],
		m[5]*m[6] - m[3]*m[8], m[0]*m[8] - m[2]*m[6], m[2]*m[3] - m[0]*m[5],
		m[3]*m[7] - m[4]*m[6], m[1]*m[6] - m[0]*m[7], m[0]*m[4] - m[1]*m[3],
	}
}

// Corners returns where the corners of a document of width × height millimetres
// appear in a w × h frame, in pixels: top left, top right, bottom right, bottom
// left of the document itself. They may lie outside the frame.
func (p Pose) Corners(w, h int, width, height float64) [4][2]float64 {
	m := p.project(w, h, width)
	var corners [4][2]float64
	for i, at := range [4][2]float64{{-1, -1}, {1, -1}, {1, 1}, {-1, 1}} {
		x, y := m.apply(at[0]*width/2, at[1]*height/2)
		corners[i] = [2]float64{x, y}
	}
	return corners
}

// hand is the movement of a hand that tries to hold still: slow drift and a
// small, quick tremor, all from the seed.
type hand struct {
	phases [12]float64
	speeds [12]float64
	amount float64
}

func newHand(seed uint64, amount float64) hand {
	r := newRand(seed, "hand")
	h := hand{amount: amount}
	for i := range h.phases {
		h.phases[i] = 2 * math.Pi * r.Float64()
		h.speeds[i] = 2 * math.Pi * (0.12 + 0.2*r.Float64()) // drift: one sway in 3 to 8 s
		if i%2 == 1 {
			h.speeds[i] = 2 * math.Pi * (3 + 3*r.Float64()) // tremor
		}
	}
	return h
}

// at returns the pose at t seconds around base.
func (h hand) at(base Pose, t float64) Pose {
	sway := func(i int, drift, tremor float64) float64 {
		return h.amount * (drift*math.Sin(h.speeds[2*i]*t+h.phases[2*i]) + tremor*math.Sin(h.speeds[2*i+1]*t+h.phases[2*i+1]))
	}
	base.X += sway(0, 0.006, 0.0004)
	base.Y += sway(1, 0.008, 0.0006)
	base.Rotation += sway(2, 0.8, 0.03)
	base.TiltX += sway(3, 1.4, 0.04)
	base.TiltY += sway(4, 1.4, 0.04)
	base.Fill *= 1 + sway(5, 0.012, 0.0005)
	return base
}
