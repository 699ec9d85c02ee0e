package face

import (
	"image"
	"image/color"
	"math"

	"gocv.io/x/gocv"

	"visavis/capture"
)

// chipSide is the side in pixels of the square cut around a face on which all
// further networks look. The face's box takes the middle half.
const chipSide = 256

// aliasing is how many times smaller bilinear sampling may make a picture before
// it skips pixels that matter; area means cost more than all other steps.
const aliasing = 2

// chip says how a chip lies in the picture: a square around (x, y), the box's
// side doubled, turned clockwise by angle (degrees) so that the face stands
// upright in it.
type chip struct {
	x, y, side float64
	angle      float64
}

// toPicture maps a point of the chip, in chip pixels, into the picture.
func (c chip) toPicture(p capture.Point) capture.Point {
	s := c.side / chipSide
	dx, dy := (p.X-chipSide/2)*s, (p.Y-chipSide/2)*s
	sin, cos := math.Sincos(c.angle * math.Pi / 180)
	return capture.Point{X: c.x + dx*cos - dy*sin, Y: c.y + dx*sin + dy*cos}
}

// newAffine is the 2×3 matrix OpenCV wants; the caller closes it.
func newAffine(a, b, c, d, e, f float64) gocv.Mat {
	m := gocv.NewMatWithSize(2, 3, gocv.MatTypeCV64F)
	for i, v := range [6]float64{a, b, c, d, e, f} {
		m.SetDoubleAt(i/3, i%3, v)
	}
	return m
}

// newChip cuts the chip out of a picture of any type; the caller closes it. Parts
// outside the picture repeat its edge. A large face is first brought to about the
// chip's size with area means, because warping alone would alias.
func newChip(img gocv.Mat, c chip) gocv.Mat {
	reach := c.side * 0.75 // half the diagonal
	x0, y0 := int(math.Floor(c.x-reach)), int(math.Floor(c.y-reach))
	x1, y1 := int(math.Ceil(c.x+reach)), int(math.Ceil(c.y+reach))
	r := image.Rect(x0, y0, x1, y1).Intersect(image.Rect(0, 0, img.Cols(), img.Rows()))
	out := gocv.NewMat()
	if r.Dx() < 2 || r.Dy() < 2 {
		out.Close()
		return gocv.NewMatWithSizeFromScalar(gocv.NewScalar(0, 0, 0, 0), chipSide, chipSide, img.Type())
	}
	part := img.Region(r)
	defer part.Close()
	shrink := max(1, c.side/chipSide)
	if shrink < aliasing {
		shrink = 1
	}
	small, size := part, r.Size()
	if shrink > 1 {
		size = image.Pt(max(2, int(math.Round(float64(r.Dx())/shrink))), max(2, int(math.Round(float64(r.Dy())/shrink))))
		small = gocv.NewMat()
		defer small.Close()
		gocv.Resize(part, &small, size, 0, 0, gocv.InterpolationArea)
	}
	fx, fy := float64(size.X)/float64(r.Dx()), float64(size.Y)/float64(r.Dy())
	// Chip = turn back by angle around the centre, then scale.
	s := chipSide / c.side
	sin, cos := math.Sincos(c.angle * math.Pi / 180)
	cx, cy := (c.x-float64(r.Min.X))*fx, (c.y-float64(r.Min.Y))*fy
	a, b := s*cos/fx, s*sin/fy
	d, e := -s*sin/fx, s*cos/fy
	m := newAffine(a, b, chipSide/2-a*cx-b*cy, d, e, chipSide/2-d*cx-e*cy)
	defer m.Close()
	gocv.WarpAffineWithParams(small, &out, m, image.Pt(chipSide, chipSide),
		gocv.InterpolationLinear, gocv.BorderReplicate, color.RGBA{})
	return out
}

// newPatch cuts a square around (x, y) of the chip, turned clockwise by angle,
// and brings it to the wanted side; the caller closes it.
func newPatch(chip gocv.Mat, x, y, side, angle float64, want int) gocv.Mat {
	s := float64(want) / side
	sin, cos := math.Sincos(angle * math.Pi / 180)
	a, b := s*cos, s*sin
	d, e := -s*sin, s*cos
	half := float64(want) / 2
	m := newAffine(a, b, half-a*x-b*y, d, e, half-d*x-e*y)
	defer m.Close()
	out := gocv.NewMat()
	gocv.WarpAffineWithParams(chip, &out, m, image.Pt(want, want),
		gocv.InterpolationLinear, gocv.BorderReplicate, color.RGBA{})
	return out
}
