package main

import (
	"bytes"
	"cmp"
	"encoding/xml"
	"fmt"
	"image"
	_ "image/jpeg" // a screenshot may be one
	_ "image/png"  // or the other
	"os"
	"regexp"
	"slices"
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

// drawSVG draws the rectangles and the squares of paths, dark on white.
func drawSVG(svg string) (image.Image, error) {
	d := xml.NewDecoder(strings.NewReader(svg))
	var c codeImage
	for {
		token, err := d.Token()
		if err != nil {
			break // the end: what was drawn is looked at below
		}
		if element, ok := token.(xml.StartElement); ok {
			if err := c.draw(element); err != nil {
				return nil, err
			}
		}
	}
	if c.img == nil || c.dark == 0 {
		return nil, fmt.Errorf("%d dark squares in %d bytes of SVG", c.dark, len(svg))
	}
	return c.img, nil
}

// codeImage is a QR code as it is drawn.
type codeImage struct {
	img  *image.Gray // nil before the element svg
	dark int         // squares that were drawn
}

// pixels are those of a unit of the view.
const pixels = 10

// draw draws an element. What stands before the element svg is left out.
func (c *codeImage) draw(element xml.StartElement) error {
	attr := map[string]string{}
	for _, a := range element.Attr {
		attr[a.Name.Local] = a.Value
	}
	if element.Name.Local == "svg" {
		return c.begin(attr["viewBox"])
	}
	if c.img == nil {
		return nil
	}
	switch element.Name.Local {
	case "rect":
		if !slices.Contains([]string{"#fff", "#ffffff", "white"}, strings.ToLower(attr["fill"])) {
			c.fill(attr["x"], attr["y"], attr["width"], attr["height"])
		}
	case "path":
		for _, m := range square.FindAllStringSubmatch(attr["d"], -1) {
			c.fill(m[1], m[2], m[3], m[4])
		}
	}
	return nil
}

// begin makes a white image of a view's size.
func (c *codeImage) begin(viewBox string) error {
	view := strings.Fields(viewBox)
	if len(view) != 4 {
		return fmt.Errorf("viewBox %q: want four numbers", viewBox)
	}
	w, h := numberOf(view[2]), numberOf(view[3])
	if !(w > 0 && h > 0 && w <= 400 && h <= 400) { // nor no numbers
		return fmt.Errorf("viewBox %q: want up to 400 modules", viewBox)
	}
	c.img = image.NewGray(image.Rect(0, 0, int(w*pixels), int(h*pixels)))
	copy(c.img.Pix, bytes.Repeat([]byte{0xff}, len(c.img.Pix)))
	return nil
}

// fill draws a dark rectangle; what is outside of the image is not drawn.
func (c *codeImage) fill(x, y, width, height string) {
	c.dark++
	left, top := numberOf(x), numberOf(y)
	right, bottom := left+numberOf(width), top+numberOf(height)
	area := image.Rectangle{
		Min: image.Pt(int(left*pixels), int(top*pixels)), Max: image.Pt(int(right*pixels), int(bottom*pixels)),
	}
	draw.Draw(c.img, area, image.Black, image.Point{}, draw.Src)
}

// numberOf is the number that a text is; 0 if it is none.
func numberOf(text string) float64 {
	v, _ := strconv.ParseFloat(text, 64)
	return v
}
