package face

import (
	"fmt"
	"math"

	"gocv.io/x/gocv"

	"visavis/capture"
)

const (
	// netYaw and netPitch are what the pose network reads of frontal faces.
	netYaw, netPitch = 2, 8
	// fitPitch and fitSlope bring the fitted head's pitch to the same scale: open
	// and closed mouths stretch it.
	fitPitch, fitSlope = 5, 0.8
)

// pose is yaw, pitch and roll in degrees with the signs of
// capture.FaceMeasurements.
type pose struct{ yaw, pitch, roll float64 }

// modelPoint is where a landmark lies on an average head: millimetres, x to the
// picture's right, y down, z away from the camera, from the point between the
// eyes. Points on the jaw's outline are left out: they slide as the head turns.
type modelPoint struct {
	landmark int
	x, y, z  float64
}

// headModel is one half of the head, mirrored for the other; z is set by common
// anthropometry (nose 20 mm before the root, eyes' outer corners 16 mm behind).
func headModel() []modelPoint {
	half := []struct {
		left, right int
		x, y, z     float64
	}{
		{17, 26, 58, -18, 26}, {19, 24, 36, -29, 6}, {21, 22, 11, -22, -4},
		{36, 45, 45, 0, 17}, {39, 42, 17, 2, 9},
		{31, 35, 13, 42, -7}, {48, 54, 25, 67, 3},
	}
	model := []modelPoint{
		{27, 0, -3, -3}, {28, 0, 9, -10}, {29, 0, 21, -17}, {30, 0, 33, -23},
		{33, 0, 44, -11}, {51, 0, 62, -12}, {57, 0, 78, -9}, {8, 0, 112, -2},
	}
	for _, h := range half {
		model = append(model, modelPoint{h.left, -h.x, h.y, h.z}, modelPoint{h.right, h.x, h.y, h.z})
	}
	return model
}

// poseOf fits the head to the landmarks under a far camera and returns its turn.
// False when the points do not span a head.
func poseOf(points []capture.Point, head []modelPoint) (pose, bool) {
	var n, mx, my, mz, px, py float64
	for _, m := range head {
		n++
		mx, my, mz = mx+m.x, my+m.y, mz+m.z
		px, py = px+points[m.landmark].X, py+points[m.landmark].Y
	}
	mx, my, mz, px, py = mx/n, my/n, mz/n, px/n, py/n
	var a [3][3]float64
	var bx, by [3]float64
	for _, m := range head {
		v := [3]float64{m.x - mx, m.y - my, m.z - mz}
		dx, dy := points[m.landmark].X-px, points[m.landmark].Y-py
		for i := range 3 {
			for j := range 3 {
				a[i][j] += v[i] * v[j]
			}
			bx[i] += v[i] * dx
			by[i] += v[i] * dy
		}
	}
	r1, ok1 := solve3(a, bx)
	r2, ok2 := solve3(a, by)
	if !ok1 || !ok2 {
		return pose{}, false
	}
	s1, s2 := norm3(r1), norm3(r2)
	if s1 < 1e-9 || s2 < 1e-9 {
		return pose{}, false
	}
	r1, r2 = orthonormal(r1, r2)
	r3 := cross3(r1, r2)
	const deg = 180 / math.Pi
	return pose{
		yaw:   math.Asin(max(-1, min(1, r3[0]))) * deg,
		pitch: -math.Atan2(r3[1], r3[2]) * deg,
		roll:  math.Atan2(r2[0], r1[0]) * deg,
	}, true
}

func dot3(a, b [3]float64) float64 { return a[0]*b[0] + a[1]*b[1] + a[2]*b[2] }

func norm3(a [3]float64) float64 { return math.Sqrt(dot3(a, a)) }

func cross3(a, b [3]float64) [3]float64 {
	return [3]float64{a[1]*b[2] - a[2]*b[1], a[2]*b[0] - a[0]*b[2], a[0]*b[1] - a[1]*b[0]}
}

// orthonormal makes two vectors of length one at right angles, both moved alike.
func orthonormal(a, b [3]float64) (x, y [3]float64) {
	unit := func(v [3]float64) [3]float64 {
		n := norm3(v)
		return [3]float64{v[0] / n, v[1] / n, v[2] / n}
	}
	a, b = unit(a), unit(b)
	var sum, difference [3]float64
	for i := range 3 {
		sum[i], difference[i] = a[i]+b[i], a[i]-b[i]
	}
	sum, difference = unit(sum), unit(difference)
	for i := range 3 {
		x[i] = (sum[i] + difference[i]) / math.Sqrt2
		y[i] = (sum[i] - difference[i]) / math.Sqrt2
	}
	return x, y
}

// solve3 solves a·x = b.
func solve3(a [3][3]float64, b [3]float64) ([3]float64, bool) {
	col := func(j int) [3]float64 { return [3]float64{a[0][j], a[1][j], a[2][j]} }
	c0, c1, c2 := col(0), col(1), col(2)
	det := dot3(c0, cross3(c1, c2))
	if math.Abs(det) < 1e-9 {
		return [3]float64{}, false
	}
	return [3]float64{
		dot3(b, cross3(c1, c2)) / det, dot3(c0, cross3(b, c2)) / det, dot3(c0, cross3(c1, b)) / det,
	}, true
}

// poseByNet asks the pose network about the middle of a colour chip, the face's
// box having this side. The numbers beside the pose are the deviations of its own
// three answers in degrees, large where it does not know.
func (f *Models) poseByNet(cut gocv.Mat, box float64) (pose, [3]float64, error) {
	n := f.pose
	patch := newPatch(cut, chipSide/2, chipSide/2, box*1.5, 0, n.side.X)
	defer patch.Close()
	// The network was trained on ImageNet's mean and deviation; one deviation
	// for the three channels differs by under 2 %.
	out, err := n.run(patch, 1/(255*0.226), gocv.NewScalar(123.7, 116.3, 103.5, 0), true)
	if err != nil {
		return pose{}, [3]float64{}, fmt.Errorf("estimating the pose: %w", err)
	}
	var v, spread [3]float64
	for i := range v {
		v[i], spread[i] = expectation(out[i])
	}
	// It counts yaw the other way round, and reads -9 of a frontal face.
	return pose{yaw: -v[0] - netYaw, pitch: v[1] + netPitch, roll: v[2]}, spread, nil
}

// expectation is the mean and the deviation, in degrees, of a head of 66 bins of
// 3 degrees.
func expectation(logits []float32) (mean, deviation float64) {
	top := float64(logits[0])
	for _, l := range logits {
		top = max(top, float64(l))
	}
	var sum, first, second float64
	for i, l := range logits {
		e := math.Exp(float64(l) - top)
		d := float64(3*i) - 99
		sum, first, second = sum+e, first+e*d, second+e*d*d
	}
	mean = first / sum
	return mean, math.Sqrt(max(0, second/sum-mean*mean))
}

// poseFor is the pose of a face in its upright chip. The two ways err on different
// faces, so a still takes both where the network is sure.
func (f *Models) poseFor(bgr gocv.Mat, l look, kind capture.Kind) (pose, error) {
	p, ok := poseOf(l.points, f.head)
	if !ok {
		p = pose{roll: eyeLine(l.points)}
	}
	p.pitch = fitSlope*p.pitch + fitPitch
	if kind != capture.Still {
		return p, nil
	}
	cut := newChip(bgr, l.chip)
	defer cut.Close()
	n, spread, err := f.poseByNet(cut, boxSide)
	if err != nil {
		return pose{}, err
	}
	if spread[0] < 15 {
		p.yaw = (p.yaw + n.yaw) / 2
	}
	if spread[1] < 15 {
		p.pitch = (p.pitch + n.pitch) / 2
	}
	return p, nil
}
