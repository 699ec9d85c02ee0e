package pixel

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

// Lying turns the corners so that the first side is a long one; turns tells by
// how many quarter turns.
func Lying(q Quad) (out Quad, turns int) {
	if q.Side(0)+q.Side(2) >= q.Side(1)+q.Side(3) {
		return q, 0
	}
	return Quad{q[3], q[0], q[1], q[2]}, 1
}

// Rectify warps the quadrilateral of src to a rectangle of width × height pixels.
// The caller closes the Mat, also when there is an error.
func Rectify(src gocv.Mat, q Quad, width, height int) (gocv.Mat, error) {
	return Warp(src, q, width, height, gocv.BorderConstant)
}

// Warp is rectify with what stands for pixels outside of src.
func Warp(src gocv.Mat, q Quad, width, height int, border gocv.BorderType) (gocv.Mat, error) {
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
func (q Quad) possible() bool {
	for _, p := range q {
		if math.Abs(p.X) > 1e5 || math.Abs(p.Y) > 1e5 || math.IsNaN(p.X) || math.IsNaN(p.Y) {
			return false
		}
	}
	return q.Convex()
}

func point2f(p capture.Point) gocv.Point2f { return gocv.Point2f{X: float32(p.X), Y: float32(p.Y)} }

// Grey is a grey picture as plain bytes.
type Grey struct {
	W, H int
	Pix  []uint8
}

// octets is the address of pixels that native code reads or fills.
func octets(v []uint8) *C.uint8_t { return (*C.uint8_t)(unsafe.Pointer(&v[0])) }

// Flatten is rectify for what is only measured, of a grey Mat: the mapping is exact at
// every eighth pixel and straight between. It is false for what is no such picture or
// outline. Who is done with the pixels may give them back to byteBuffers.
func Flatten(src gocv.Mat, q Quad, width, height int) (Grey, bool) {
	from, err := ViewOf(src)
	m, ok := SquareTo(q)
	if err != nil || !ok || !q.possible() || min(from.W, from.H) < 2 || min(width, height) < 8 ||
		max(from.W, from.H, width, height) >= 1<<15 {
		return Grey{}, false
	}
	out := Grey{width, height, ByteBuffers.Take(width * height)}
	C.visavis_flatten(octets(from.Pix), C.int(from.W), C.int(from.H), (*C.double)(&m[0]), octets(out.Pix), C.int(width),
		C.int(height))
	return out, true
}

// NewGrey copies a grey Mat.
func NewGrey(m gocv.Mat) (Grey, error) {
	if m.Empty() || m.Type() != gocv.MatTypeCV8UC1 {
		return Grey{}, fmt.Errorf("picture of type %v, want 8-bit grey", m.Type())
	}
	return Grey{m.Cols(), m.Rows(), m.ToBytes()}, nil
}

// ViewOf is the picture in the Mat's own memory, valid while the Mat lives.
func ViewOf(m gocv.Mat) (Grey, error) {
	if m.Empty() || m.Type() != gocv.MatTypeCV8UC1 || !m.IsContinuous() {
		return Grey{}, fmt.Errorf("picture of type %v, want 8-bit grey", m.Type())
	}
	pix, err := m.DataPtrUint8()
	if err != nil {
		return Grey{}, err
	}
	return Grey{m.Cols(), m.Rows(), pix}, nil
}

// TurnedRight is the picture turned by 90 degrees clockwise.
func (g Grey) TurnedRight() Grey {
	out := Grey{g.H, g.W, make([]uint8, len(g.Pix))}
	for y := range g.H {
		for x := range g.W {
			out.Pix[x*g.H+g.H-1-y] = g.Pix[y*g.W+x]
		}
	}
	return out
}

// Levels counts the grey levels in a part of the picture.
func (g Grey) Levels(part image.Rectangle) (counts [256]int) {
	part = part.Intersect(image.Rect(0, 0, g.W, g.H))
	if part.Empty() {
		return counts
	}
	var native [256]C.int32_t
	C.visavis_levels(octets(g.Pix), C.int(g.W), C.int(part.Min.X), C.int(part.Min.Y), C.int(part.Dx()),
		C.int(part.Dy()), &native[0])
	for i, n := range native {
		counts[i] = int(n)
	}
	return counts
}

// Over counts the pixels that are at least of a grey level.
func (g Grey) Over(level uint8) int {
	if len(g.Pix) == 0 {
		return 0
	}
	return int(C.visavis_over(octets(g.Pix), C.int(len(g.Pix)), C.uint8_t(level)))
}
