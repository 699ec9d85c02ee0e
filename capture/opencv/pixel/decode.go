package pixel

import (
	"fmt"
	"image"
	"slices"

	"gocv.io/x/gocv"

	"visavis/capture"
)

// Decode reads a JPEG with its EXIF orientation applied. reduce is 1, 2, 4 or 8:
// the decoder then does only a part of the work. The caller closes the Mat, also
// when there is an error.
func Decode(f capture.Frame, colour bool, reduce int) (gocv.Mat, error) {
	if len(f.JPEG) == 0 {
		return gocv.NewMat(), &capture.FrameError{Code: "empty", Measured: "0 bytes", Wanted: "a JPEG"}
	}
	mat, err := gocv.IMDecode(f.JPEG, decodeFlag(colour, reduce))
	if err != nil || mat.Empty() {
		return mat, &capture.FrameError{Code: "bad-image", Measured: "undecodable data", Wanted: "a JPEG"}
	}
	want := gocv.MatTypeCV8UC1
	if colour {
		want = gocv.MatTypeCV8UC3
	}
	if mat.Type() != want {
		return mat, fmt.Errorf("decode: type %v, want %v", mat.Type(), want)
	}
	orient(&mat, f.Orientation)
	return mat, nil
}

// decodeFlag never lets OpenCV read the EXIF orientation itself: its parser is
// one more thing to attack, and the frame's header has been read already.
func decodeFlag(colour bool, reduce int) gocv.IMReadFlag {
	flag := gocv.IMReadGrayScale
	switch {
	case colour && reduce == 2:
		flag = gocv.IMReadReducedColor2
	case colour && reduce == 4:
		flag = gocv.IMReadReducedColor4
	case colour && reduce == 8:
		flag = gocv.IMReadReducedColor8
	case colour:
		flag = gocv.IMReadColor
	case reduce == 2:
		flag = gocv.IMReadReducedGrayscale2
	case reduce == 4:
		flag = gocv.IMReadReducedGrayscale4
	case reduce == 8:
		flag = gocv.IMReadReducedGrayscale8
	}
	return flag | gocv.IMReadIgnoreOrientation
}

// orient turns the picture in place as the EXIF orientation says.
func orient(mat *gocv.Mat, orientation int) {
	const vertical, horizontal, both = 0, 1, -1
	switch orientation {
	case 2:
		gocv.Flip(*mat, mat, horizontal)
	case 3:
		gocv.Flip(*mat, mat, both)
	case 4:
		gocv.Flip(*mat, mat, vertical)
	case 5, 6, 7, 8:
		turned := gocv.NewMat()
		gocv.Transpose(*mat, &turned)
		switch orientation {
		case 6:
			gocv.Flip(turned, &turned, horizontal)
		case 7:
			gocv.Flip(turned, &turned, both)
		case 8:
			gocv.Flip(turned, &turned, vertical)
		}
		mat.Close()
		*mat = turned
	}
}

// Reduction is the largest decoder reduction that leaves at least side pixels on the long side.
func Reduction(width, height, side int) int {
	long := max(width, height)
	for _, r := range []int{8, 4, 2} {
		if (long+r-1)/r >= side {
			return r
		}
	}
	return 1
}

// Colour is a small colour picture as plain bytes: L, a, b interleaved, 0..255.
type Colour struct {
	W, H int
	Lab  []uint8
}

// NewColour makes a picture of at most side pixels on its long side of a BGR Mat.
func NewColour(bgr gocv.Mat, side int) (Colour, error) {
	if bgr.Empty() || bgr.Type() != gocv.MatTypeCV8UC3 {
		return Colour{}, fmt.Errorf("picture of type %v, want 8-bit colour", bgr.Type())
	}
	small := gocv.NewMat()
	defer small.Close()
	w, h := bgr.Cols(), bgr.Rows()
	src := bgr
	if long := max(w, h); long > side {
		w = max(1, (w*side+long/2)/long)
		h = max(1, (h*side+long/2)/long)
		gocv.Resize(bgr, &small, image.Pt(w, h), 0, 0, gocv.InterpolationArea)
		src = small
	}
	pix, err := src.DataPtrUint8()
	if err != nil {
		return Colour{}, err
	}
	p := Colour{W: w, H: h, Lab: ByteBuffers.Take(len(pix))}
	labOf(pix, p.Lab)
	return p, nil
}

// At is the Lab colour at a pixel, clamped to the picture.
func (p Colour) At(x, y int) (l, a, b int) {
	x, y = min(max(x, 0), p.W-1), min(max(y, 0), p.H-1)
	i := 3 * (y*p.W + x)
	return int(p.Lab[i]), int(p.Lab[i+1]), int(p.Lab[i+2])
}

// Inside tells whether a place lies in the picture.
func (p Colour) Inside(x, y float64) bool {
	return x >= 0 && y >= 0 && x <= float64(p.W-1) && y <= float64(p.H-1)
}

// Smooth is the colour between pixels.
func (p Colour) Smooth(x, y float64) (l, a, b float64) {
	x, y = min(max(x, 0), float64(p.W-1)-1e-6), min(max(y, 0), float64(p.H-1)-1e-6)
	xi, yi := int(x), int(y)
	fx, fy := x-float64(xi), y-float64(yi)
	i := 3 * (yi*p.W + xi)
	j := i
	if yi+1 < p.H {
		j += 3 * p.W
	}
	d := p.Lab
	k := 3
	if xi+1 >= p.W {
		k = 0
	}
	w00, w10, w01, w11 := (1-fx)*(1-fy), fx*(1-fy), (1-fx)*fy, fx*fy
	l = w00*float64(d[i]) + w10*float64(d[i+k]) + w01*float64(d[j]) + w11*float64(d[j+k])
	a = w00*float64(d[i+1]) + w10*float64(d[i+k+1]) + w01*float64(d[j+1]) + w11*float64(d[j+k+1])
	b = w00*float64(d[i+2]) + w10*float64(d[i+k+2]) + w01*float64(d[j+2]) + w11*float64(d[j+k+2])
	return l, a, b
}

// Scale is the factor from pixels of a frame of that width to the picture's.
func (p Colour) Scale(width int) float64 { return float64(p.W) / float64(width) }

// DisplayedSize is the frame's size after its EXIF orientation.
func DisplayedSize(f capture.Frame) (w, h int) {
	if f.Orientation >= 5 {
		return f.Height, f.Width
	}
	return f.Width, f.Height
}

// PrintOf is the 8×8 grid of brightness means and the mean of the frame.
func PrintOf(grey gocv.Mat) ([]byte, float64, error) {
	grid := gocv.NewMat()
	defer grid.Close()
	gocv.Resize(grey, &grid, image.Pt(8, 8), 0, 0, gocv.InterpolationArea)
	data, err := grid.DataPtrUint8()
	if err != nil {
		return nil, 0, err
	}
	sum := 0.0
	for _, v := range data {
		sum += float64(v)
	}
	return slices.Clone(data), sum / float64(len(data)), nil
}
