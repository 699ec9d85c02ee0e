package face

/*
#cgo CFLAGS: -O3
#include "change.h"
*/
import "C"

import (
	"errors"
	"image"
	"math"
	"unsafe"

	"gocv.io/x/gocv"

	"visavis/capture/opencv/pixel"
)

// errPicture says that a Mat is not what a measurement needs. OpenCV would end
// the process over it.
var errPicture = errors.New("not an 8-bit picture of the wanted kind")

// inner is the middle of a face's box (x, y, width, height), without hair and
// background, inside the picture.
func inner(box [4]float64, w, h int) image.Rectangle {
	return image.Rect(
		int(box[0]+0.15*box[2]), int(box[1]+0.2*box[3]), int(box[0]+0.85*box[2]), int(box[1]+0.9*box[3]),
	).Intersect(image.Rect(0, 0, w, h))
}

// newInner is the inner face in grey, at most side pixels high; the caller closes
// it. Empty when nothing of the face is in the picture.
func newInner(grey gocv.Mat, box [4]float64, side int) gocv.Mat {
	out := gocv.NewMat()
	r := inner(box, grey.Cols(), grey.Rows())
	if r.Dx() < 3 || r.Dy() < 3 {
		return out
	}
	part := grey.Region(r)
	defer part.Close()
	shrink := max(1, float64(r.Dy())/float64(side))
	size := image.Pt(max(3, int(float64(r.Dx())/shrink)), max(3, int(float64(r.Dy())/shrink)))
	gocv.Resize(part, &out, size, 0, 0, gocv.InterpolationArea)
	return out
}

const (
	// drawnSide is the height at which a drawing is told from a photo: large
	// enough for shading, too small for grain.
	drawnSide = 96
	// drawnShare of a drawn face lies within five neighbouring grey levels: 0.70
	// of the cartoon at hand, at most 0.39 of 190 photographed faces.
	drawnShare = 0.55
	// drawnContrast is the spread of grey levels that a drawing has and a dark or
	// foggy photo has not.
	drawnContrast = 50
)

// drawing tells a face of flat colours from a photographed one.
func drawing(grey gocv.Mat, d detection) (bool, error) {
	part := newInner(grey, d.box(), drawnSide)
	defer part.Close()
	if part.Empty() {
		return false, nil
	}
	pixels, err := part.DataPtrUint8()
	if err != nil {
		return false, err
	}
	var histogram [256]int
	for _, v := range pixels {
		histogram[v]++
	}
	low, high := percentile(histogram, len(pixels), 0.05), percentile(histogram, len(pixels), 0.95)
	if high-low < drawnContrast {
		return false, nil
	}
	most := 0
	for i := 6; i+5 <= 250; i++ { // black and burnt out are flat on photos too
		sum := 0
		for _, n := range histogram[i : i+5] {
			sum += n
		}
		most = max(most, sum)
	}
	return float64(most) > drawnShare*float64(len(pixels)), nil
}

// percentile is the grey level below which this share of n pixels lies.
func percentile(histogram [256]int, n int, share float64) int {
	sum := 0
	for v, c := range histogram {
		if sum += c; float64(sum) >= share*float64(n) {
			return v
		}
	}
	return 255
}

// light is how the face is lit.
type light struct{ brightness, under, over, evenness float64 }

const (
	black = 28  // grey level under which a camera shows no detail
	burnt = 250 // grey level over which it shows none
)

// lightOf measures an upright grey chip: the ellipse of the face, and its halves
// left and right of the nose.
func lightOf(cut gocv.Mat, noseX float64) (light, error) {
	if cut.Empty() || cut.Type() != gocv.MatTypeCV8UC1 || cut.Cols() != chipSide || cut.Rows() != chipSide {
		return light{}, errPicture
	}
	pixels, err := cut.DataPtrUint8()
	if err != nil {
		return light{}, err
	}
	var n, under, over float64
	var sum, count [2]float64
	const rx, ry = 46.0, 59.0 // chip pixels: 0.36 and 0.46 of the box
	for y := chipSide/2 - 59; y < chipSide/2+59; y += 2 {
		dy := (float64(y) - chipSide/2) / ry
		reach := rx * math.Sqrt(max(0, 1-dy*dy))
		for x := chipSide/2 - int(reach); x < chipSide/2+int(reach); x += 2 {
			v := pixels[y*chipSide+x]
			half := 0
			if float64(x) > noseX {
				half = 1
			}
			sum[half] += float64(v)
			count[half]++
			n++
			if v < black {
				under++
			}
			if v > burnt {
				over++
			}
		}
	}
	l := light{brightness: (sum[0] + sum[1]) / n, under: under / n, over: over / n, evenness: 1}
	// Of a face turned far away one half hardly shows: then there is nothing to
	// compare.
	if min(count[0], count[1]) > 0.15*n {
		a, b := sum[0]/count[0], sum[1]/count[1]
		l.evenness = min(a, b) / max(a, b, 1)
	}
	return l, nil
}

// sharpSide is the height in pixels at which sharpness is measured, where the
// picture has as many: a larger face would count every pore, a smaller one would
// hide a blur of half a percent of it.
const sharpSide = 240

// sharpPrint is what the comparison gives on faces in perfect focus; dividing by
// it makes them about 1.
const sharpPrint = 0.40

// sharpnessOf compares the edges of a face with the same edges after a slight
// blur: what was blurred before changes little. It does so for edges across four
// directions, and the softest counts: a moving hand smears along one of them only.
func sharpnessOf(grey gocv.Mat, box [4]float64) (float64, error) {
	part := newInner(grey, box, sharpSide)
	defer part.Close()
	if part.Empty() {
		return 0, nil
	}
	soft := gocv.NewMat()
	defer soft.Close()
	gocv.GaussianBlur(part, &soft, image.Pt(7, 7), 1.2, 1.2, gocv.BorderReplicate)
	before, err := part.DataPtrUint8()
	if err != nil {
		return 0, err
	}
	after, err := soft.DataPtrUint8()
	if err != nil {
		return 0, err
	}
	w, h := part.Cols(), part.Rows()
	least := math.Inf(1)
	for _, step := range [4]int{1, w, w + 1, w - 1} {
		least = min(least, changeAcross(before, after, w, h, step))
	}
	return max(0, least/sharpPrint), nil
}

// changeAcross is the share of their energy that the edges across one direction have
// lost from before to after: step is the distance to the next pixel that way in the
// pictures of w × h pixels. Only the strongest fifth of the edges counts, so that a
// dark picture's noise does not pass for detail.
func changeAcross(before, after []uint8, w, h, step int) float64 {
	n := (w - 2) * (h - 2)
	if w < 3 || h < 3 || w > 1<<15 || min(len(before), len(after)) < w*h {
		return 0
	}
	slopes := pixel.ByteBuffers.Take(n)
	defer pixel.ByteBuffers.Give(slopes)
	var often [256]C.int32_t
	C.visavis_slopes(octets(after), C.int(w), C.int(h), C.int(step), octets(slopes), &often[0])
	edge, seen := 255, 0
	for ; edge > 1; edge-- {
		if seen += int(often[edge]); 5*seen >= n {
			break
		}
	}
	var whole, rest C.int64_t
	C.visavis_lost(octets(slopes), octets(before), C.int(w), C.int(h), C.int(step), C.int(edge), &rest, &whole)
	if whole == 0 {
		return 0
	}
	return 1 - float64(rest)/float64(whole)
}

// octets is the address of pixels that native code reads or fills.
func octets(v []uint8) *C.uint8_t { return (*C.uint8_t)(unsafe.Pointer(&v[0])) }
