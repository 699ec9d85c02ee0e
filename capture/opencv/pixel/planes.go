package pixel

/*
#cgo CFLAGS: -O3
#cgo LDFLAGS: -ljpeg
#include "planes.h"
*/
import "C"

import (
	"fmt"
	"image"
	"unsafe"

	"gocv.io/x/gocv"

	"visavis/capture"
)

// Planes are a JPEG's own channels with its EXIF orientation applied: lightness at
// full size, which is the grey picture, and the colour differences at half of it.
// Reading the compressed data is most of a decoder's work: it is done once for what
// is measured in grey and what is looked for in colour. cb and cr are empty where the
// picture holds its colours another way; they are then decoded apart.
type Planes struct{ Grey, cb, cr gocv.Mat }

// NewPlanes decodes a frame. The caller closes the planes, also when there is an error.
func NewPlanes(f capture.Frame) (Planes, error) {
	p := Planes{gocv.NewMat(), gocv.NewMat(), gocv.NewMat()}
	if len(f.JPEG) > 0 && f.Width >= 16 && f.Height >= 16 {
		ok, err := p.decode(f)
		if ok || err != nil {
			return p, err
		}
	}
	p.Close()
	return GreyPlane(f)
}

// GreyPlane decodes a frame without its colours. The caller closes the planes, also when there
// is an error.
func GreyPlane(f capture.Frame) (Planes, error) {
	grey, err := Decode(f, false, 1)
	return Planes{grey, gocv.NewMat(), gocv.NewMat()}, err
}

// Close frees the planes.
func (p *Planes) Close() {
	for _, m := range []*gocv.Mat{&p.Grey, &p.cb, &p.cr} {
		m.Close()
	}
}

// Coloured tells whether the colours were decoded with the grey picture.
func (p *Planes) Coloured() bool { return !p.cb.Empty() && !p.cr.Empty() }

// decode fills the planes, if the JPEG is one with colours at half its size and
// without fault.
func (p *Planes) decode(f capture.Frame) (bool, error) {
	w, h := f.Width, f.Height
	var data [3]*C.uint8_t
	for i, m := range []*gocv.Mat{&p.Grey, &p.cb, &p.cr} {
		m.Close()
		*m = gocv.NewMatWithSizes([]int{h, w}, gocv.MatTypeCV8UC1) // not cleared, as NewMatWithSize's are
		bytes, err := m.DataPtrUint8()
		if err != nil || len(bytes) != w*h {
			return false, fmt.Errorf("planes of %d×%d: %w", w, h, err)
		}
		data[i] = (*C.uint8_t)(unsafe.Pointer(&bytes[0]))
		if i == 0 {
			w, h = (w+1)/2, (h+1)/2
		}
	}
	if C.visavis_planes((*C.uint8_t)(unsafe.Pointer(&f.JPEG[0])), C.size_t(len(f.JPEG)), C.int(f.Width), C.int(f.Height),
		data[0], data[1], data[2]) != 0 {
		return false, nil
	}
	for _, m := range []*gocv.Mat{&p.Grey, &p.cb, &p.cr} {
		orient(m, f.Orientation)
	}
	return true, nil
}

// Reduced is the colour picture made smaller by a factor of 2, 4 or 8. The caller
// closes the Mat, also when there is an error.
func (p *Planes) Reduced(factor int) (gocv.Mat, error) {
	out := gocv.NewMat()
	if !p.Coloured() || factor < 2 {
		return out, fmt.Errorf("colours reduced by %d: not there", factor)
	}
	y, cb, cr := Halved(p.Grey, factor), Halved(p.cb, factor/2), Halved(p.cr, factor/2)
	defer y.Close()
	defer cb.Close()
	defer cr.Close()
	// Of an odd size the halves are not of one size.
	w, h := min(y.Cols(), cb.Cols()), min(y.Rows(), cb.Rows())
	if w < 1 || h < 1 {
		return out, fmt.Errorf("colours reduced by %d: nothing left", factor)
	}
	channels := []gocv.Mat{y.Region(image.Rect(0, 0, w, h)), cr.Region(image.Rect(0, 0, w, h)),
		cb.Region(image.Rect(0, 0, w, h))}
	gocv.Merge(channels, &out)
	for _, c := range channels {
		c.Close()
	}
	gocv.CvtColor(out, &out, gocv.ColorYCrCbToBGR)
	return out, nil
}

// Halved is a picture of bytes made smaller by a power of two, each pixel the mean
// of those it stands for. An odd last row or column is left out.
func Halved(m gocv.Mat, factor int) gocv.Mat {
	out := m.Region(image.Rect(0, 0, m.Cols(), m.Rows()))
	for ; factor > 1 && out.Cols() > 1 && out.Rows() > 1; factor /= 2 {
		w, h := out.Cols()/2, out.Rows()/2
		even := out.Region(image.Rect(0, 0, 2*w, 2*h))
		small := gocv.NewMat()
		gocv.Resize(even, &small, image.Pt(w, h), 0, 0, gocv.InterpolationArea)
		even.Close()
		out.Close()
		out = small
	}
	return out
}
