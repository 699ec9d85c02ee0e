package specimen

import (
	"image"
	"image/color"
)

// planes returns the picture as Y, then Cb, then Cr, the colours at half the
// resolution. Sides are even.
func planes(img *image.RGBA) []byte {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	data := make([]byte, w*h*3/2)
	cb, cr := data[w*h:w*h*5/4], data[w*h*5/4:]
	for y := 0; y < h; y += 2 {
		for x := 0; x < w; x += 2 {
			var sumB, sumR int
			for k := range 4 {
				px, py := x+k%2, y+k/2
				c := img.Pix[py*img.Stride+px*4:]
				l, b, r := color.RGBToYCbCr(c[0], c[1], c[2])
				data[py*w+px] = l
				sumB, sumR = sumB+int(b), sumR+int(r)
			}
			at := y/2*(w/2) + x/2
			cb[at], cr[at] = byte((sumB+2)/4), byte((sumR+2)/4)
		}
	}
	return data
}
