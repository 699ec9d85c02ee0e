package main

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"math/rand/v2"
	"strconv"
	"strings"

	xdraw "golang.org/x/image/draw"

	"visavis/specimen"
)

// degradation is one thing that is done to a picture after it was taken.
type degradation struct {
	name  string
	value float64
}

// degradations are what may be done, with the values each takes.
var degradations = []struct {
	name      string
	low, high float64
	what      string
}{
	{"jpeg", 1, 95, "encoded at this quality and decoded again"},
	{"scale", 0.05, 1, "made so much smaller and large again"},
	{"noise", 1, 80, "grey levels of noise"},
	{"dim", 0.05, 1, "so much of the light"},
	{"grey", 0, 0, "without colour"},
}

// degradeNames are for help and errors.
func degradeNames() string {
	var all []string
	for _, d := range degradations {
		if d.high == 0 {
			all = append(all, d.name+" ("+d.what+")")
			continue
		}
		all = append(all, fmt.Sprintf("%s=%v to %v (%s)", d.name, d.low, d.high, d.what))
	}
	return strings.Join(all, ", ")
}

// parseDegrade reads "jpeg=20,scale=0.5,grey": done in this order.
func parseDegrade(text string) ([]degradation, error) {
	var all []degradation
	if text == "" {
		return nil, nil
	}
	for part := range strings.SplitSeq(text, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		found := false
		for _, d := range degradations {
			if d.name != name {
				continue
			}
			found = true
			v, err := strconv.ParseFloat(value, 64)
			switch {
			case d.high == 0 && value == "":
				v = 0
			case err != nil || v != v || v < d.low || v > d.high:
				return nil, fmt.Errorf("-degrade %q: want %s", part, degradeNames())
			}
			all = append(all, degradation{name, v})
		}
		if !found {
			return nil, fmt.Errorf("-degrade %q: want %s", part, degradeNames())
		}
	}
	return all, nil
}

// degraded does it all to a picture, the same for the same seed.
func degraded(img image.Image, all []degradation, seed uint64) (image.Image, error) {
	for i, d := range all {
		out := image.NewRGBA(image.Rect(0, 0, img.Bounds().Dx(), img.Bounds().Dy()))
		draw.Draw(out, out.Rect, img, img.Bounds().Min, draw.Src)
		from := rand.New(rand.NewPCG(seed, uint64(i)))
		switch d.name {
		case "jpeg":
			again, err := jpegAgain(out, int(d.value))
			if err != nil {
				return nil, err
			}
			img = again
			continue
		case "scale":
			small := image.NewRGBA(image.Rect(0, 0, max(1, int(float64(out.Rect.Dx())*d.value)),
				max(1, int(float64(out.Rect.Dy())*d.value))))
			xdraw.BiLinear.Scale(small, small.Rect, out, out.Rect, draw.Src, nil)
			xdraw.BiLinear.Scale(out, out.Rect, small, small.Rect, draw.Src, nil)
		case "noise":
			each(out, func(v float64) float64 { return v + from.NormFloat64()*d.value })
		case "dim":
			each(out, func(v float64) float64 { return v * d.value })
		case "grey":
			for y := range out.Rect.Dy() {
				for x := range out.Rect.Dx() {
					out.Set(x, y, color.GrayModel.Convert(out.At(x, y)))
				}
			}
		}
		img = out
	}
	return img, nil
}

// each changes every value of every colour.
func each(img *image.RGBA, change func(float64) float64) {
	for i := range img.Pix {
		if i%4 != 3 {
			img.Pix[i] = uint8(min(max(change(float64(img.Pix[i])), 0), 255))
		}
	}
}

func jpegAgain(img image.Image, quality int) (image.Image, error) {
	data, err := specimen.EncodeJPEG(img, quality)
	if err != nil {
		return nil, err
	}
	again, _, err := image.Decode(strings.NewReader(string(data)))
	return again, err
}
