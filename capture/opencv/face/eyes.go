package face

import (
	"fmt"
	"math"

	"gocv.io/x/gocv"

	"visavis/capture"
)

// eyeAspect is the height of an eye's opening over its width; first is the
// landmark of its outer or inner corner at the picture's left.
func eyeAspect(p []capture.Point, first int) float64 {
	d := func(i, j int) float64 {
		return math.Hypot(p[first+i].X-p[first+j].X, p[first+i].Y-p[first+j].Y)
	}
	return (d(1, 5) + d(2, 4)) / (2 * max(d(0, 3), 1e-6))
}

// eyeOpenByNet asks the eye network; first is 36 or 42.
func (f *Models) eyeOpenByNet(grey gocv.Mat, p []capture.Point, first int, angle float64) (float64, error) {
	c := mean(p, first+1, first+2, first+4, first+5)
	side := 1.6 * math.Hypot(p[first+3].X-p[first].X, p[first+3].Y-p[first].Y)
	patch := newPatch(grey, c.X, c.Y, max(side, 4), angle, f.eye.side.X)
	defer patch.Close()
	out, err := f.eye.run(patch, 1.0/255, gocv.NewScalar(0, 0, 0, 0), false)
	if err != nil {
		return 0, fmt.Errorf("judging the eyes: %w", err)
	}
	return 1 / (1 + math.Exp(float64(out[0][0]-out[0][1]))), nil
}

const (
	// closedAspect is between closed eyes (0.11 to 0.18) and open ones (0.24 to
	// 0.43); narrow eyes and laughing ones lie around it.
	closedAspect = 0.20
	aspectWidth  = 0.025
	// aspectWeight is the landmarks' part in the judgement. They are believed a
	// little more: the network also takes dark and tilted eyes for closed.
	aspectWeight = 0.55
)

// eyesOpen is the confidence that the eyes are open: the mean of both, since one
// of squinting eyes often passes for closed. Of a face turned away only the nearer
// eye is asked, which is the wider one.
func (l look) eyesOpen() float64 {
	sum, n := 0.0, 0.0
	wide := [2]float64{l.eyeWidth(36), l.eyeWidth(42)}
	for i, first := range [2]int{36, 42} {
		if wide[i] < 0.6*wide[1-i] {
			continue
		}
		sum += aspectWeight*logistic(eyeAspect(l.points, first), closedAspect, aspectWidth) + (1-aspectWeight)*l.eyes[i]
		n++
	}
	return sum / n
}

func (l look) eyeWidth(first int) float64 {
	return math.Hypot(l.points[first+3].X-l.points[first].X, l.points[first+3].Y-l.points[first].Y)
}
