package print

import (
	"fmt"
	"image"
	"math"

	"gocv.io/x/gocv"

	"visavis/capture/opencv/pixel"
)

const (
	// vizScale is the resolution of the rectified side, pixels a millimetre: the
	// smallest letters are 0.8 mm high, and cameras do not show more.
	vizScale = 20
	// vizMaxSide bounds the rectified picture, pixels.
	vizMaxSide = 2600
	// DecodeSide is the long side that a frame is decoded to at least.
	DecodeSide = 2400
)

// printedPicture is a rectified side in which print is dark and patterns are not.
type printedPicture struct {
	grey  pixel.Grey
	plain pixel.Grey // as the camera saw it, not cleaned
	scale float64    // pixels a millimetre
	blobs []rect     // of ink, once lines have been looked for
}

// brightest is what print is read from: of the three channels the brightest at
// each pixel. Ink is dark in all of them, the coloured lines of a background and a
// red overlay in one or two only. The caller closes the Mat.
func brightest(bgr gocv.Mat) (gocv.Mat, error) {
	out := gocv.NewMat()
	if bgr.Empty() || bgr.Type() != gocv.MatTypeCV8UC3 {
		return out, fmt.Errorf("picture of type %v, want 8-bit colour", bgr.Type())
	}
	channels := gocv.Split(bgr)
	defer func() {
		for i := range channels {
			channels[i].Close()
		}
	}()
	if len(channels) != 3 {
		return out, fmt.Errorf("picture of %d channels, want 3", len(channels))
	}
	gocv.Max(channels[0], channels[1], &out)
	gocv.Max(out, channels[2], &out)
	return out, nil
}

// Outline is where a side lies in a frame and how large it really is.
type Outline struct {
	Corners       pixel.Quad // the first side is the upper one of the document
	Width, Height float64
}

// Turned by quarter turns clockwise.
func (o Outline) Turned(turns int) Outline {
	for range turns {
		q := o.Corners
		o.Corners = pixel.Quad{q[3], q[0], q[1], q[2]}
		o.Width, o.Height = o.Height, o.Width
	}
	return o
}

// print rectifies a side for reading.
func (o Outline) print(bgr gocv.Mat, frameWidth int) (printedPicture, error) {
	scale := min(vizScale, vizMaxSide/max(o.Width, o.Height))
	w, h := int(math.Round(o.Width*scale)), int(math.Round(o.Height*scale))
	flat, err := pixel.Rectify(bgr, o.Corners.Scaled(float64(bgr.Cols())/float64(frameWidth)), w, h)
	defer flat.Close()
	if err != nil {
		return printedPicture{}, err
	}
	print, err := brightest(flat)
	defer print.Close()
	if err != nil {
		return printedPicture{}, err
	}
	g, err := pixel.NewGrey(print)
	if err != nil {
		return printedPicture{}, err
	}
	clean, err := cleaned(g, scale)
	return printedPicture{grey: clean, plain: g, scale: scale}, err
}

// resized is a part of a picture at another scale.
func resized(g pixel.Grey, part rect, factor float64) (pixel.Grey, error) {
	part.left, part.top = max(0, part.left), max(0, part.top)
	part.right, part.bottom = min(g.W, part.right), min(g.H, part.bottom)
	w, h := part.right-part.left, part.bottom-part.top
	if w < 4 || h < 4 || factor <= 0 || float64(w)*factor > 4096 || float64(h)*factor > 4096 {
		return pixel.Grey{}, fmt.Errorf("part of %d×%d by %.2f: nothing to read", w, h, factor)
	}
	cut := make([]uint8, 0, w*h)
	for y := part.top; y < part.bottom; y++ {
		cut = append(cut, g.Pix[y*g.W+part.left:y*g.W+part.right]...)
	}
	src, err := gocv.NewMatFromBytes(h, w, gocv.MatTypeCV8UC1, cut)
	defer src.Close()
	if err != nil {
		return pixel.Grey{}, fmt.Errorf("part of %d×%d: %w", w, h, err)
	}
	out := gocv.NewMat()
	defer out.Close()
	how := gocv.InterpolationCubic
	if factor < 1 {
		how = gocv.InterpolationArea
	}
	gocv.Resize(src, &out, image.Pt(max(8, int(float64(w)*factor)), max(8, int(float64(h)*factor))), 0, 0, how)
	return pixel.NewGrey(out)
}
