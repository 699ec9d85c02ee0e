package face

import (
	"fmt"
	"math"

	"gocv.io/x/gocv"

	"visavis/capture"
)

// landmarks is the number of points of the landmark network, in the order of
// iBUG's 300-W: 0 to 16 jaw, 17 to 26 brows, 27 to 35 nose, 36 to 47 eyes, 48 to
// 67 mouth; left of the picture first.
const landmarks = 68

// pointsOf reads the landmarks in a grey chip; what stands upright in the chip
// turned by angle is what the network sees. The points are in chip pixels.
func (f *Models) pointsOf(grey gocv.Mat, x, y, side, angle float64) ([]capture.Point, error) {
	want := f.landmark.side.X
	patch := newPatch(grey, x, y, side, angle, want)
	defer patch.Close()
	out, err := f.landmark.run(patch, 1.0/256, gocv.NewScalar(0, 0, 0, 0), false)
	if err != nil {
		return nil, fmt.Errorf("reading landmarks: %w", err)
	}
	sin, cos := math.Sincos(angle * math.Pi / 180)
	points := make([]capture.Point, landmarks)
	for i := range points {
		dx := (float64(out[0][2*i]) - 0.5) * side
		dy := (float64(out[0][2*i+1]) - 0.5) * side
		points[i] = capture.Point{X: x + dx*cos - dy*sin, Y: y + dx*sin + dy*cos}
	}
	return points, nil
}

// mean is the centre of some landmarks.
func mean(points []capture.Point, which ...int) capture.Point {
	var m capture.Point
	for _, i := range which {
		m.X += points[i].X / float64(len(which))
		m.Y += points[i].Y / float64(len(which))
	}
	return m
}

// eyeCentres are the centres of the eyes, the one at the picture's left first.
func eyeCentres(p []capture.Point) (left, right capture.Point) {
	return mean(p, 36, 37, 38, 39, 40, 41), mean(p, 42, 43, 44, 45, 46, 47)
}

// eyeLine is the clockwise angle in degrees of the line through the eyes.
func eyeLine(p []capture.Point) float64 {
	l, r := eyeCentres(p)
	return math.Atan2(r.Y-l.Y, r.X-l.X) * 180 / math.Pi
}
