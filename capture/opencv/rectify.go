package opencv

/*
#include "pixels.h"
*/
import "C"

import (
	"fmt"
	"image"
	"image/color"
	"math"
	"unsafe"

	"gocv.io/x/gocv"

	"visavis/capture"
)

// lying turns the corners so that the first side is a long one; turns tells by
// how many quarter turns.
func lying(q quad) (out quad, turns int) {
	if q.side(0)+q.side(2) >= q.side(1)+q.side(3) {
		return q, 0
	}
	return quad{q[3], q[0], q[1], q[2]}, 1
}

// rectify warps the quadrilateral of src to a rectangle of width × height pixels.
// The caller closes the Mat, also when there is an error.
func rectify(src gocv.Mat, q quad, width, height int) (gocv.Mat, error) {
	return warp(src, q, width, height, gocv.BorderConstant)
}

// warp is rectify with what stands for pixels outside of src.
func warp(src gocv.Mat, q quad, width, height int, border gocv.BorderType) (gocv.Mat, error) {
	out := gocv.NewMat()
	if src.Empty() || width < 8 || height < 8 || width > 4096 || height > 4096 || !q.possible() {
		return out, fmt.Errorf("rectify to %d×%d: no such outline", width, height)
	}
	from := gocv.NewPoint2fVectorFromPoints([]gocv.Point2f{
		point2f(q[0]), point2f(q[1]), point2f(q[2]), point2f(q[3]),
	})
	defer from.Close()
	w, h := float32(width-1), float32(height-1)
	to := gocv.NewPoint2fVectorFromPoints([]gocv.Point2f{{X: 0, Y: 0}, {X: w, Y: 0}, {X: w, Y: h}, {X: 0, Y: h}})
	defer to.Close()
	m := gocv.GetPerspectiveTransform2f(from, to)
	defer m.Close()
	if m.Empty() {
		return out, fmt.Errorf("rectify: no transform")
	}
	gocv.WarpPerspectiveWithParams(src, &out, m, image.Pt(width, height), gocv.InterpolationLinear, border, color.RGBA{})
	if out.Empty() {
		return out, fmt.Errorf("rectify: nothing came out")
	}
	return out, nil
}

// possible tells whether an outline can be in a picture: convex, and not beyond reach.
func (q quad) possible() bool {
	for _, p := range q {
		if math.Abs(p.X) > 1e5 || math.Abs(p.Y) > 1e5 || math.IsNaN(p.X) || math.IsNaN(p.Y) {
			return false
		}
	}
	return q.convex()
}

func point2f(p capture.Point) gocv.Point2f { return gocv.Point2f{X: float32(p.X), Y: float32(p.Y)} }

// greyPicture is a grey picture as plain bytes.
type greyPicture struct {
	w, h int
	pix  []uint8
}

// octets is the address of pixels that native code reads or fills.
func octets(v []uint8) *C.uint8_t { return (*C.uint8_t)(unsafe.Pointer(&v[0])) }

// flatten is rectify for what is only measured, of a grey Mat: the mapping is exact at
// every eighth pixel and straight between. It is false for what is no such picture or
// outline. Who is done with the pixels may give them back to byteBuffers.
func flatten(src gocv.Mat, q quad, width, height int) (greyPicture, bool) {
	from, err := viewOf(src)
	m, ok := squareTo(q)
	if err != nil || !ok || !q.possible() || min(from.w, from.h) < 2 || min(width, height) < 8 || max(from.w, from.h, width, height) >= 1<<15 {
		return greyPicture{}, false
	}
	out := greyPicture{width, height, byteBuffers.take(width * height)}
	C.visavis_flatten(octets(from.pix), C.int(from.w), C.int(from.h), (*C.double)(&m[0]), octets(out.pix), C.int(width), C.int(height))
	return out, true
}

// newGreyPicture copies a grey Mat.
func newGreyPicture(m gocv.Mat) (greyPicture, error) {
	if m.Empty() || m.Type() != gocv.MatTypeCV8UC1 {
		return greyPicture{}, fmt.Errorf("picture of type %v, want 8-bit grey", m.Type())
	}
	return greyPicture{m.Cols(), m.Rows(), m.ToBytes()}, nil
}

// viewOf is the picture in the Mat's own memory, valid while the Mat lives.
func viewOf(m gocv.Mat) (greyPicture, error) {
	if m.Empty() || m.Type() != gocv.MatTypeCV8UC1 || !m.IsContinuous() {
		return greyPicture{}, fmt.Errorf("picture of type %v, want 8-bit grey", m.Type())
	}
	pix, err := m.DataPtrUint8()
	if err != nil {
		return greyPicture{}, err
	}
	return greyPicture{m.Cols(), m.Rows(), pix}, nil
}

// turnedRight is the picture turned by 90 degrees clockwise.
func (g greyPicture) turnedRight() greyPicture {
	out := greyPicture{g.h, g.w, make([]uint8, len(g.pix))}
	for y := range g.h {
		for x := range g.w {
			out.pix[x*g.h+g.h-1-y] = g.pix[y*g.w+x]
		}
	}
	return out
}

// levels counts the grey levels in a part of the picture.
func (g greyPicture) levels(part image.Rectangle) (counts [256]int) {
	part = part.Intersect(image.Rect(0, 0, g.w, g.h))
	if part.Empty() {
		return counts
	}
	var native [256]C.int32_t
	C.visavis_levels(octets(g.pix), C.int(g.w), C.int(part.Min.X), C.int(part.Min.Y), C.int(part.Dx()), C.int(part.Dy()), &native[0])
	for i, n := range native {
		counts[i] = int(n)
	}
	return counts
}

// over counts the pixels that are at least of a grey level.
func (g greyPicture) over(level uint8) int {
	if len(g.pix) == 0 {
		return 0
	}
	return int(C.visavis_over(octets(g.pix), C.int(len(g.pix)), C.uint8_t(level)))
}
