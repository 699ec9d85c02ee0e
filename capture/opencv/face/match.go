package face

import (
	"errors"
	"fmt"
	"image"
	"image/color"
	"math"

	"gocv.io/x/gocv"

	"visavis/capture"
	"visavis/identity"
)

// errNoFace says that a picture to compare shows no face.
var errNoFace = errors.New("no face to compare")

func cosine(x, y []float64) float64 {
	var xy, xx, yy float64
	for i := range x {
		xy, xx, yy = xy+x[i]*y[i], xx+x[i]*x[i], yy+y[i]*y[i]
	}
	if xx == 0 || yy == 0 {
		return 0
	}
	return xy / math.Sqrt(xx*yy)
}

// template is the face network's description of the largest face, and where it is
// in the picture.
func (f *Models) template(bgr gocv.Mat) ([]float64, *identity.Box, error) {
	l, err := f.faceToCompare(bgr)
	if err != nil {
		return nil, nil, err
	}
	cut := newChip(bgr, l.chip)
	defer cut.Close()
	aligned := newAligned(cut, l.points)
	defer aligned.Close()
	sum := make([]float64, f.feature.outs[0].size)
	mirrored := gocv.NewMat()
	defer mirrored.Close()
	gocv.Flip(aligned, &mirrored, 1)
	// A face and its mirror image are the same person; their sum depends less on
	// where the light comes from.
	for _, img := range []gocv.Mat{aligned, mirrored} {
		out, err := f.feature.run(img, 1.0/128, gocv.NewScalar(127, 127, 127, 0), false)
		if err != nil {
			return nil, nil, fmt.Errorf("describing a face: %w", err)
		}
		for i := range sum {
			sum[i] += float64(out[0][i])
		}
		clear(out[0])
	}
	return sum, l.det.share(bgr), nil
}

// share is a box as a share of its picture.
func (d detection) share(img gocv.Mat) *identity.Box {
	w, h := float64(img.Cols()), float64(img.Rows())
	left, top := max(d.x, 0), max(d.y, 0)
	return &identity.Box{X: left / w, Y: top / h, Width: (min(d.x+d.w, w) - left) / w, Height: (min(d.y+d.h, h) - top) / h}
}

// faceToCompare is the largest face, or on a document the largest that may be one:
// a printed portrait does not always pass for a living one.
func (f *Models) faceToCompare(bgr gocv.Mat) (look, error) {
	grey := gocv.NewMat()
	defer grey.Close()
	if bgr.Empty() || bgr.Type() != gocv.MatTypeCV8UC3 {
		return look{}, errPicture
	}
	gocv.CvtColor(bgr, &grey, gocv.ColorBGRToGray)
	if err := checkPictures(bgr, grey); err != nil {
		return look{}, err
	}
	found, err := f.found(bgr, grey, f.ways(bgr, capture.Still), Worked())
	if err != nil {
		return look{}, err
	}
	if len(found) > 0 {
		return found[0], nil
	}
	var candidates []detection
	for _, turns := range [][]int{{0}, {0, 2}, {1, 3}} {
		more, err := f.detectTurned(f.detector, bgr, turns, portraitScore)
		if err != nil {
			return look{}, err
		}
		candidates = append(candidates, more...)
	}
	best, size := look{}, 0.0
	for i, d := range candidates {
		if i == 2*lookedAt {
			break
		}
		l, sure, err := f.printed(grey, d)
		if err != nil {
			return look{}, err
		}
		if sure > 0.5 && d.upright() > size {
			best, size = l, d.upright()
		}
	}
	if size == 0 {
		return look{}, errNoFace
	}
	return best, nil
}

// fivePoints are the eyes, the nose's tip and the corners of the mouth.
func fivePoints(p []capture.Point) [5]capture.Point {
	return [5]capture.Point{
		mean(p, 37, 38, 40, 41), mean(p, 43, 44, 46, 47), p[30], mean(p, 48, 60), mean(p, 54, 64),
	}
}

// alignedPoints is where the network expects the five points in its 112 × 112
// pixels: the layout that the networks of this family are trained with.
func alignedPoints() [5]capture.Point {
	return [5]capture.Point{{X: 38.2946, Y: 51.6963}, {X: 73.5318, Y: 51.5014}, {X: 56.0252, Y: 71.7366},
		{X: 41.5493, Y: 92.3655}, {X: 70.7299, Y: 92.2041}}
}

// newAligned moves, turns and scales a face so that its five points fit best; the
// caller closes it.
func newAligned(cut gocv.Mat, points []capture.Point) gocv.Mat {
	a, b, c, d := similarity(fivePoints(points), alignedPoints())
	m := newAffine(a, -b, c, b, a, d)
	defer m.Close()
	out := gocv.NewMat()
	gocv.WarpAffineWithParams(cut, &out, m, image.Pt(112, 112), gocv.InterpolationLinear, gocv.BorderReplicate,
		color.RGBA{})
	return out
}

// similarity is the best x' = a·x - b·y + c, y' = b·x + a·y + d in least squares.
func similarity(from, to [5]capture.Point) (a, b, c, d float64) {
	var fx, fy, tx, ty float64
	for i := range from {
		fx, fy = fx+from[i].X/5, fy+from[i].Y/5
		tx, ty = tx+to[i].X/5, ty+to[i].Y/5
	}
	var dot, cross, norm float64
	for i := range from {
		x, y, u, v := from[i].X-fx, from[i].Y-fy, to[i].X-tx, to[i].Y-ty
		dot, cross, norm = dot+x*u+y*v, cross+x*v-y*u, norm+x*x+y*y
	}
	if norm < 1e-9 {
		return 1, 0, tx - fx, ty - fy
	}
	a, b = dot/norm, cross/norm
	return a, b, tx - a*fx + b*fy, ty - b*fx - a*fy
}
