package specimen

import (
	"image"
	"image/color"
	"image/draw"
	"math"

	"golang.org/x/image/vector"
)

// The astronaut photo is 512 × 512; in it the face's middle and height, and the
// outline of head, suit and helmet, read by eye. The outline lets the person be
// set before a plain room instead of the studio.
const (
	faceX, faceY, faceHeight = 226.0, 122.0, 122.0
	portraitSide             = 512
)

func personOutline() [][2]float32 {
	return [][2]float32{
		{152, 92}, {155, 62}, {172, 38}, {196, 20}, {226, 12}, {258, 20}, {284, 36}, {301, 62}, {303, 88}, {296, 112},
		{280, 128}, {272, 150}, {262, 174}, {280, 184}, {300, 212}, {308, 240}, {334, 256}, {352, 290}, {364, 330}, {362, 350},
		{400, 342}, {450, 352}, {486, 392}, {500, 440}, {512, 470}, {512, 512}, {20, 512}, {24, 470}, {18, 400}, {30, 330}, {44, 276},
		{72, 236}, {110, 208}, {112, 184}, {136, 154}, {168, 148}, {186, 148}, {180, 134}, {166, 118},
	}
}

// portraitCrop is the part of the portrait that goes on a document: head and
// shoulders, of the proportions width over height.
func portraitCrop(bounds image.Rectangle, proportions float64) image.Rectangle {
	k := float64(bounds.Dx()) / portraitSide
	height := faceHeight * 2.0
	width := height * proportions
	crop := image.Rect(int((faceX-width/2)*k), int((faceY-height*0.47)*k), int((faceX+width/2)*k),
		int((faceY+height*0.53)*k))
	return crop.Intersect(bounds)
}

// cutOut returns the portrait with everything but the person transparent, the
// edge softened over a few pixels. A portrait of another size than the
// astronaut's is left whole.
func cutOut(portrait *image.RGBA) *image.RGBA {
	out := image.NewRGBA(portrait.Rect)
	if portrait.Rect.Dx() != portraitSide || portrait.Rect.Dy() != portraitSide {
		draw.Draw(out, out.Rect, portrait, image.Point{}, draw.Src)
		return out
	}
	z := vector.NewRasterizer(portraitSide, portraitSide)
	for i, point := range personOutline() {
		if i == 0 {
			z.MoveTo(point[0], point[1])
			continue
		}
		z.LineTo(point[0], point[1])
	}
	z.ClosePath()
	mask := image.NewAlpha(out.Rect)
	z.Draw(mask, mask.Rect, image.Opaque, image.Point{})
	softenAlpha(mask, 4)
	draw.DrawMask(out, out.Rect, portrait, image.Point{}, mask, image.Point{}, draw.Src)
	return out
}

// softenAlpha blurs a mask by two passes of a box of 2·radius+1 each way.
func softenAlpha(mask *image.Alpha, radius int) {
	w, h := mask.Rect.Dx(), mask.Rect.Dy()
	line := make([]uint8, max(w, h))
	for range 2 {
		for y := range h {
			boxLine(mask.Pix[y*mask.Stride:], 1, w, radius, line)
		}
		for x := range w {
			boxLine(mask.Pix[x:], mask.Stride, h, radius, line)
		}
	}
}

// boxLine averages n values that lie step apart; the edge repeats.
func boxLine(pix []uint8, step, n, radius int, line []uint8) {
	for i := range n {
		line[i] = pix[i*step]
	}
	at := func(i int) int { return int(line[min(max(i, 0), n-1)]) }
	sum := 0
	for i := -radius; i <= radius; i++ {
		sum += at(i)
	}
	size := 2*radius + 1
	for i := range n {
		pix[i*step] = uint8((sum + size/2) / size)
		sum += at(i+radius+1) - at(i-radius)
	}
}

// drawnFace is what stands in for the portrait when the photo is not installed: a
// face made of ovals, at the photo's place and size.
func drawnFace() *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, portraitSide, portraitSide))
	draw.Draw(img, img.Rect, image.NewUniform(color.RGBA{206, 203, 198, 255}), image.Point{}, draw.Src)
	skin, shade := color.RGBA{224, 184, 158, 255}, color.RGBA{196, 148, 124, 255}
	hair, dark := color.RGBA{96, 66, 40, 255}, color.RGBA{40, 30, 28, 255}
	oval(img, faceX, 420, 200, 190, color.RGBA{62, 82, 118, 255})
	oval(img, faceX, 215, 38, 60, shade)
	oval(img, faceX, 100, 78, 86, hair)
	oval(img, faceX, 128, 56, 70, skin)
	for _, side := range []float64{-1, 1} {
		x := faceX + side*23
		oval(img, x, 104, 14, 3, hair)
		oval(img, x, 116, 11, 6, color.RGBA{244, 240, 236, 255})
		oval(img, x, 116, 5, 5, dark)
	}
	oval(img, faceX, 140, 8, 12, shade)
	oval(img, faceX, 166, 21, 6, color.RGBA{176, 84, 84, 255})
	return img
}

func oval(img *image.RGBA, cx, cy, rx, ry float64, c color.RGBA) {
	for y := int(cy - ry); y <= int(cy+ry); y++ {
		for x := int(cx - rx); x <= int(cx+rx); x++ {
			d := math.Hypot((float64(x)-cx)/rx, (float64(y)-cy)/ry)
			cover := math.Max(0, math.Min(1, (1-d)*math.Min(rx, ry)+0.5))
			if cover == 0 || !(image.Point{X: x, Y: y}).In(img.Rect) {
				continue
			}
			old := img.RGBAAt(x, y)
			mix := func(a, b uint8) uint8 { return uint8(float64(a)*(1-cover) + float64(b)*cover) }
			img.SetRGBA(x, y, color.RGBA{mix(old.R, c.R), mix(old.G, c.G), mix(old.B, c.B), 255})
		}
	}
}
