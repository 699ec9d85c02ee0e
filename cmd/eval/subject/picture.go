package subject

import (
	"bytes"
	"fmt"
	"image"
	"image/draw"
	"image/jpeg"
	_ "image/png" // pictures of the tables
	"os"
	"path/filepath"
	"time"

	xdraw "golang.org/x/image/draw"
	_ "golang.org/x/image/webp" // the same

	"visavis/capture"
)

// How the phone sends pictures (static/js/phone/camera.js).
const (
	stillQuality   = 92
	stillSide      = 2560 // long side, pixels
	previewSide    = 1280
	previewQuality = 80
)

// picture is one image as the phone would send it.
type picture struct {
	jpeg []byte
	// scale of its pixels to those of the file.
	scale float64
}

// load reads an image file. A JPEG that may be sent is sent as it is; everything
// else is drawn and encoded, as the phone does.
func load(dir, file string) (picture, error) {
	data, err := os.ReadFile(filepath.Join(dir, file))
	if err != nil {
		return picture{}, fmt.Errorf("picture: %w", err)
	}
	if _, err := capture.NewPicture(data); err == nil {
		return picture{data, 1}, nil
	}
	img, err := decodeBytes(data)
	if err != nil {
		return picture{}, fmt.Errorf("picture %s: %w", file, err)
	}
	return encode(img, stillSide, stillQuality)
}

// decodeBytes decodes an image of any known format and turns it upright.
func decodeBytes(data []byte) (*image.RGBA, error) {
	img, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	out := image.NewRGBA(image.Rect(0, 0, img.Bounds().Dx(), img.Bounds().Dy()))
	draw.Draw(out, out.Rect, image.White, image.Point{}, draw.Src)
	draw.Draw(out, out.Rect, img, img.Bounds().Min, draw.Over)
	orientation := 1
	if f, err := capture.NewPicture(data); err == nil {
		orientation = f.Orientation
	}
	return upright(out, orientation), nil
}

// upright applies an EXIF orientation.
func upright(img *image.RGBA, orientation int) *image.RGBA {
	if orientation < 2 || orientation > 8 {
		return img
	}
	w, h := img.Rect.Dx(), img.Rect.Dy()
	ow, oh := w, h
	if orientation >= 5 {
		ow, oh = h, w
	}
	out := image.NewRGBA(image.Rect(0, 0, ow, oh))
	for y := range oh {
		for x := range ow {
			sx, sy := x, y
			switch orientation {
			case 2:
				sx = w - 1 - x
			case 3:
				sx, sy = w-1-x, h-1-y
			case 4:
				sy = h - 1 - y
			case 5:
				sx, sy = y, x
			case 6:
				sx, sy = y, h-1-x
			case 7:
				sx, sy = w-1-y, h-1-x
			case 8:
				sx, sy = w-1-y, x
			}
			copy(out.Pix[y*out.Stride+4*x:][:4], img.Pix[sy*img.Stride+4*sx:][:4])
		}
	}
	return out
}

// leastQuality is where a picture is sent as it is, or refused for its size.
const leastQuality = 40

// encode makes a picture of an image, its long side at most longest.
func encode(img *image.RGBA, longest, quality int) (picture, error) {
	p := picture{scale: 1}
	if long := max(img.Rect.Dx(), img.Rect.Dy()); long > longest {
		p.scale = float64(longest) / float64(long)
		img = resized(img, p.scale)
	}
	for ; ; quality -= 10 { // the phone steps down too, until it may be sent
		var b bytes.Buffer
		if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: quality}); err != nil {
			return picture{}, fmt.Errorf("encode picture: %w", err)
		}
		p.jpeg = b.Bytes()
		if len(p.jpeg) <= capture.MaxStillBytes || quality <= leastQuality {
			return p, nil
		}
	}
}

func resized(img *image.RGBA, k float64) *image.RGBA {
	w, h := max(1, int(float64(img.Rect.Dx())*k+0.5)), max(1, int(float64(img.Rect.Dy())*k+0.5))
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	xdraw.CatmullRom.Scale(out, out.Rect, img, img.Rect, xdraw.Src, nil)
	return out
}

// frame is the picture for a step: a still; where it is too small for one a
// preview.
func (p picture) frame(step capture.Step, doc capture.Document) (capture.Frame, error) {
	f, err := capture.NewFrame(step, capture.Still, doc, 1, time.Time{}, p.jpeg)
	if err == nil {
		return f, nil
	}
	return capture.NewFrame(step, capture.Preview, doc, 1, time.Time{}, p.jpeg)
}

// preview is the picture as a preview.
func (p picture) preview(step capture.Step, doc capture.Document) (capture.Frame, error) {
	img, err := decodeBytes(p.jpeg)
	if err != nil {
		return capture.Frame{}, err
	}
	small, err := encode(img, previewSide, previewQuality)
	if err != nil {
		return capture.Frame{}, err
	}
	return capture.NewFrame(step, capture.Preview, doc, 1, time.Time{}, small.jpeg)
}
