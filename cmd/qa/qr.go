package main

import (
	"bytes"
	"cmp"
	"encoding/xml"
	"fmt"
	"image"
	"image/color"
	_ "image/jpeg" // a screenshot may be one
	_ "image/png"  // or the other
	"os"
	"regexp"
	"strconv"
	"strings"

	"github.com/makiuchi-d/gozxing"
	multiqrcode "github.com/makiuchi-d/gozxing/multi/qrcode"
	"github.com/makiuchi-d/gozxing/qrcode"
	"golang.org/x/image/draw"
)

// readQR reads the link out of a QR that is an SVG document of squares, drawn as a
// browser would draw it.
func readQR(svg string) (string, error) {
	img, err := drawSVG(svg)
	if err != nil {
		return "", fmt.Errorf("the QR cannot be drawn: %w", err)
	}
	return decodeQR(img)
}

// qrScales are the sizes at which a code is looked for, as shares of the picture's own.
var qrScales = []float64{1, 0.75, 0.5, 1.25}

// decodeQR reads the text of a QR in a picture, such as a page's screenshot. The error
// is that of the picture's own size.
func decodeQR(img image.Image) (string, error) {
	var first error
	for _, scale := range qrScales {
		bits, err := gozxing.NewBinaryBitmapFromImage(scaled(img, scale))
		if err != nil {
			return "", fmt.Errorf("the QR cannot be read: %w", err)
		}
		text, err := searchQR(bits)
		if err == nil {
			return text, nil
		}
		first = cmp.Or(first, err)
	}
	return "", fmt.Errorf("the QR cannot be read: %w", first)
}

// searchQR reads the one QR of a picture. gozxing's search misplaces a square of one
// code in 140. So a picture of the code alone is read without a search, and a code
// that the search misses is looked for as one of several, which weighs every three
// squares there are.
func searchQR(bits *gozxing.BinaryBitmap) (string, error) {
	pure := map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_PURE_BARCODE: true}
	if found, err := qrcode.NewQRCodeReader().Decode(bits, pure); err == nil {
		return found.GetText(), nil
	}
	found, err := qrcode.NewQRCodeReader().Decode(bits, nil)
	if err == nil {
		return found.GetText(), nil
	}
	if several, _ := multiqrcode.NewQRCodeMultiReader().DecodeMultiple(bits, nil); len(several) > 0 {
		return several[0].GetText(), nil
	}
	return "", err
}

// scaled returns the picture at a share of its size.
func scaled(img image.Image, scale float64) image.Image {
	if scale == 1 {
		return img
	}
	from := img.Bounds()
	to := image.NewGray(image.Rect(0, 0, max(1, int(float64(from.Dx())*scale)), max(1, int(float64(from.Dy())*scale))))
	draw.ApproxBiLinear.Scale(to, to.Bounds(), img, from, draw.Src, nil)
	return to
}

// readQRFile reads the QR in a picture of a page, or in an SVG file of squares.
func readQRFile(path string) (string, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("screenshot: %w", err)
	}
	if bytes.Contains(data[:min(len(data), 512)], []byte("<svg")) {
		return readQR(string(data))
	}
	img, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		return "", fmt.Errorf("screenshot %s: want PNG, JPEG or SVG: %w", path, err)
	}
	link, err := decodeQR(img)
	if err != nil {
		return "", fmt.Errorf("screenshot %s: %w", path, err)
	}
	return link, nil
}

// square finds "M4 5h3v1h-3z" and its like in a path.
var square = regexp.MustCompile(`M\s*(-?[\d.]+)[ ,](-?[\d.]+)\s*h\s*(-?[\d.]+)\s*v\s*(-?[\d.]+)`)

// drawSVG draws the rectangles and the squares of paths, dark on white, ten pixels a
// unit of the view.
func drawSVG(svg string) (image.Image, error) {
	d := xml.NewDecoder(strings.NewReader(svg))
	var img *image.Gray
	dark := 0
	fill := func(x, y, w, h float64) {
		dark++
		for j := int(y * 10); j < int((y+h)*10); j++ {
			for i := int(x * 10); i < int((x+w)*10); i++ {
				img.SetGray(i, j, color.Gray{Y: 0})
			}
		}
	}
	for {
		token, err := d.Token()
		if err != nil {
			break // the end: what was drawn is looked at below
		}
		element, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		attr := map[string]string{}
		for _, a := range element.Attr {
			attr[a.Name.Local] = a.Value
		}
		number := func(name string) float64 {
			v, _ := strconv.ParseFloat(attr[name], 64)
			return v
		}
		switch element.Name.Local {
		case "svg":
			view := strings.Fields(attr["viewBox"])
			if len(view) != 4 {
				return nil, fmt.Errorf("viewBox %q: want four numbers", attr["viewBox"])
			}
			w, _ := strconv.ParseFloat(view[2], 64)
			h, _ := strconv.ParseFloat(view[3], 64)
			if w <= 0 || h <= 0 || w > 400 || h > 400 {
				return nil, fmt.Errorf("viewBox %q: want up to 400 modules", attr["viewBox"])
			}
			img = image.NewGray(image.Rect(0, 0, int(w*10), int(h*10)))
			copy(img.Pix, bytes.Repeat([]byte{0xff}, len(img.Pix)))
		case "rect":
			if c := strings.ToLower(attr["fill"]); img != nil && c != "#fff" && c != "#ffffff" && c != "white" {
				fill(number("x"), number("y"), number("width"), number("height"))
			}
		case "path":
			for _, m := range square.FindAllStringSubmatch(attr["d"], -1) {
				if img == nil {
					break
				}
				var v [4]float64
				for i := range v {
					v[i], _ = strconv.ParseFloat(m[i+1], 64)
				}
				fill(v[0], v[1], v[2], v[3])
			}
		}
	}
	if img == nil || dark == 0 {
		return nil, fmt.Errorf("%d dark squares in %d bytes of SVG", dark, len(svg))
	}
	return img, nil
}
