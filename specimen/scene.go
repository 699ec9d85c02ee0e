package specimen

import (
	"fmt"
	"image"
	"math"

	xdraw "golang.org/x/image/draw"
)

// Effects are what light, lens and sensor do to a picture. The zero value is a
// clean picture in even light.
type Effects struct {
	Exposure float64 // factor on the light; 0 means 1
	Blur     float64 // defocus, standard deviation in pixels of a 1280 wide frame
	Motion   float64 // length of a smear in pixels of a 1280 wide frame
	Glare    float64 // 0 to 1: strength of a spot on the document
	// GlareX and GlareY are its centre on the document, 0..1, GlareSize its radius
	// over the document's height.
	GlareX, GlareY, GlareSize float64
	Noise                     float64 // standard deviation, grey levels
}

// Scene is something flat in front of a background: a side of a document on a
// table, or a person's picture in a room. Its images are prepared once; Render is
// safe for concurrent use.
type Scene struct {
	subject       *image.RGBA // premultiplied; nil when there is nothing to see
	width, height float64     // of the subject, millimetres
	table         *image.RGBA
	lying         bool // casts a shadow
	w, h          int
	grain         []int8
}

// NewScene prepares a side of a document, width × height millimetres, on a
// background, for frames of w × h pixels in which it fills about fill of the
// width. A nil side leaves the table empty.
func NewScene(side *image.RGBA, width, height float64, b Background, seed uint64, w, h int,
	fill float64) (*Scene, error) {
	if err := checkFrame(w, h); err != nil {
		return nil, err
	}
	table, err := newTable(b, seed)
	if err != nil {
		return nil, err
	}
	s := &Scene{width: width, height: height, table: table, lying: true, w: w, h: h, grain: newGrain(seed)}
	if side != nil {
		s.subject = fitted(side, fill*float64(w))
	}
	return s, nil
}

// NewFaceScene prepares the portrait before a plain room. faceShare is the face's
// height over the frame's. A Pose for it comes from FacePose.
func NewFaceScene(a *Assets, seed uint64, w, h int, faceShare float64) (*Scene, error) {
	if err := checkFrame(w, h); err != nil {
		return nil, err
	}
	table, err := newTable(Room, seed)
	if err != nil {
		return nil, err
	}
	s := &Scene{width: faceWidthMM, height: faceWidthMM, table: table, w: w, h: h, grain: newGrain(seed)}
	s.subject = fitted(cutOut(a.portrait), FacePose(w, h, faceShare).Fill*float64(w))
	return s, nil
}

// faceWidthMM is the width of the whole portrait on its plane; only its
// proportion to the room's texture matters.
const faceWidthMM = 100

// FacePose frames the portrait so that the face stands in the middle of a w × h
// frame, faceShare of its height high.
func FacePose(w, h int, faceShare float64) Pose {
	side := faceShare * float64(h) * portraitSide / faceHeight // of the portrait, pixels
	return Pose{
		Fill: side / float64(w),
		X:    (0.5 - faceX/portraitSide) * side / float64(w),
		Y:    (0.5 - faceY/portraitSide) * side / float64(h),
	}
}

func checkFrame(w, h int) error {
	if w < 64 || h < 64 || w > 4096 || h > 4096 {
		return fmt.Errorf("frame of %d × %d pixels: want sides of 64 to 4096", w, h)
	}
	return nil
}

// fitted resamples the subject to a little more than the size it will have in the
// frame, so that sampling it with neighbours alone neither blurs nor flickers.
func fitted(side *image.RGBA, wide float64) *image.RGBA {
	k := wide * 1.12 / float64(side.Rect.Dx())
	w, h := int(float64(side.Rect.Dx())*k), int(float64(side.Rect.Dy())*k)
	dst := image.NewRGBA(image.Rect(0, 0, max(w, 8), max(h, 8)))
	xdraw.CatmullRom.Scale(dst, dst.Rect, side, side.Rect, xdraw.Src, nil)
	return dst
}

// Render makes one picture. frame numbers it within its footage and seeds the
// sensor's noise.
func (s *Scene) Render(p Pose, e Effects, frame uint64) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, s.w, s.h))
	back := p.project(s.w, s.h, s.width).inverse()
	for y := range s.h {
		s.row(img.Pix[y*img.Stride:y*img.Stride+s.w*4], float64(y)+0.5, back, e)
	}
	scale := float64(s.w) / 1280
	if e.Blur > 0 {
		defocus(img, e.Blur*scale)
	}
	if e.Motion > 0 {
		smear(img, e.Motion*scale)
	}
	s.expose(img, e, frame)
	return img
}

// row renders one line of pixels.
func (s *Scene) row(pix []uint8, v float64, back matrix, e Effects) {
	var under, over [4]float64
	for x := range s.w {
		u := float64(x) + 0.5
		px, py := back.apply(u, v) // millimetres from the subject's centre
		c := pix[x*4 : x*4+4 : x*4+4]
		inside := -1.0
		if s.subject != nil {
			inside = s.width/2 - math.Abs(px)
			if across := s.height/2 - math.Abs(py); across < inside {
				inside = across
			}
		}
		cover := 0.0
		if inside > -0.3 {
			sample(s.subject, (px/s.width+0.5)*float64(s.subject.Rect.Dx()),
				(py/s.height+0.5)*float64(s.subject.Rect.Dy()), &over)
			cover = over[3] / 255
		} else {
			over = [4]float64{}
		}
		if cover < 0.999 {
			mirrored(s.table, px, py, &under)
			if s.lying && s.subject != nil && inside > -6 {
				shade := s.shadow(px, py)
				under[0], under[1], under[2] = under[0]*shade, under[1]*shade, under[2]*shade
			}
		}
		rest := 1 - cover
		red, green, blue := over[0]+under[0]*rest, over[1]+under[1]*rest, over[2]+under[2]*rest
		glare := 0.0
		if e.Glare > 0 && cover > 0.5 {
			glare = e.spot(px/s.height+s.width/s.height/2, py/s.height+0.5, s.width/s.height)
		}
		// Alpha carries the share without glare until the exposure.
		c[0], c[1], c[2], c[3] = clamp8(red), clamp8(green), clamp8(blue), clamp8(255*(1-glare))
	}
}

// shadow is the light left beside a lying document: the lamp stands at the top
// left.
func (s *Scene) shadow(px, py float64) float64 {
	inside := roundedDistance(px-0.7+s.width/2, py-0.9+s.height/2, s.width, s.height, 3.2)
	k := math.Max(0, math.Min(1, 1+inside/3.2))
	return 1 - 0.5*k*k
}

// spot is the share of glare at x, y, in heights of the document.
func (e Effects) spot(x, y, proportions float64) float64 {
	size := e.GlareSize
	if size == 0 {
		size = 0.25
	}
	d := math.Hypot((x-e.GlareX*proportions)*0.8, y-e.GlareY) / size
	if d > 1.6 {
		return 0
	}
	// Saturated within, falling off outside.
	return e.Glare * math.Min(1, math.Max(0, 1.6-d)/0.7)
}

// sample reads the image at x, y in pixels, between its four neighbours;
// transparent outside.
func sample(img *image.RGBA, x, y float64, out *[4]float64) {
	x, y = x-0.5, y-0.5
	x0, y0 := int(math.Floor(x)), int(math.Floor(y))
	fx, fy := x-float64(x0), y-float64(y0)
	w, h := img.Rect.Dx(), img.Rect.Dy()
	if x0 >= 0 && y0 >= 0 && x0+1 < w && y0+1 < h {
		a := img.Pix[y0*img.Stride+x0*4:]
		b := img.Pix[(y0+1)*img.Stride+x0*4:]
		a, b = a[:8:8], b[:8:8]
		w00, w10, w01, w11 := (1-fx)*(1-fy), fx*(1-fy), (1-fx)*fy, fx*fy
		for k := range 4 {
			out[k] = float64(a[k])*w00 + float64(a[k+4])*w10 + float64(b[k])*w01 + float64(b[k+4])*w11
		}
		return
	}
	*out = [4]float64{}
	for _, n := range [4]struct {
		x, y int
		w    float64
	}{{x0, y0, (1 - fx) * (1 - fy)}, {x0 + 1, y0, fx * (1 - fy)}, {x0, y0 + 1, (1 - fx) * fy}, {x0 + 1, y0 + 1, fx * fy}} {
		if n.x < 0 || n.y < 0 || n.x >= w || n.y >= h {
			continue
		}
		a := img.Pix[n.y*img.Stride+n.x*4:]
		for k := range 4 {
			out[k] += float64(a[k]) * n.w
		}
	}
}

// mirrored reads the table at px, py millimetres from its middle; beyond its edge
// it is mirrored.
func mirrored(table *image.RGBA, px, py float64, out *[4]float64) {
	sample(table, fold(px+tableWidthMM/2, tableWidthMM), fold(py+tableHeightMM/2, tableHeightMM), out)
}

// fold returns the table's pixel for v millimetres along a side of size.
func fold(v, size float64) float64 {
	if v < 0 || v > size {
		if v = math.Mod(math.Abs(v), 2*size); v > size {
			v = 2*size - v
		}
	}
	v *= tableScale
	if most := size*tableScale - 1.01; v > most {
		return most
	}
	if v < 1 {
		return 1
	}
	return v
}
