package opencv

import (
	"math"

	"visavis/capture"
	"visavis/capture/opencv/zone"
	"visavis/document"
)

// layouts has the shapes whose size the table of documents gives.
var layouts = map[capture.Shape]document.Layout{
	capture.ShapeCard: document.LayoutCard, capture.ShapeTD2: document.LayoutOldCard,
	capture.ShapePage: document.LayoutPage,
}

// otherSides has the long sides in millimetres of what is no side of a document (ICAO 9303, ISO 216).
var otherSides = map[capture.Shape]float64{
	capture.ShapeSpread: 176, capture.ShapePaper: 297, capture.ShapeBanknote: 150, capture.ShapeOther: 100,
}

// longSide returns the long side of a shape in millimetres.
func longSide(s capture.Shape) float64 {
	if layout, ok := layouts[s]; ok {
		long, _ := layout.Size()
		return long
	}
	return otherSides[s]
}

// classify names the shape and computes what depends on its real size. native is
// the long side in pixels of the frame.
func classify(d *capture.DocumentMeasurements, zone zone.Seen, native float64) {
	d.Shape = shapeOf(d, zone)
	d.DPI = native / (longSide(d.Shape) / 25.4)
	short := native / max(d.Aspect, 1)
	if zone.Confidence >= 0.3 {
		across := short
		if zone.Turns%2 == 1 {
			across = native
		}
		d.LetterHeight = zone.Height * across
	} else {
		d.LetterHeight = d.DPI / 25.4 * smallPrint
	}
	if zone.Confidence >= 0.5 {
		// The lines tell which way up the document is.
		d.Rotation = math.Remainder(d.Rotation-float64(zone.Turns)*90, 360)
	} else {
		d.Rotation = math.Remainder(d.Rotation, 180)
	}
}

// smallPrint is the usual height of capital letters on identity documents where
// there are no machine readable lines, in millimetres.
const smallPrint = 2.0

// shapeOf classifies by proportions and, where lines were seen, by their number:
// perspective and the lens make proportions uncertain by some percent, and no
// document has three lines on a page or two on a card. Between a card's and a
// page's proportions nothing is said.
func shapeOf(d *capture.DocumentMeasurements, zone zone.Seen) capture.Shape {
	lines := zone.Confidence >= 0.5
	printed := lines || d.Portrait >= 0.5
	switch {
	case zone.Shape != "":
		return zone.Shape
	case lines && zone.Lines == 3 && d.Aspect >= 1.3 && d.Aspect < 1.8:
		return capture.ShapeCard
	case lines && zone.Lines == 2 && d.Aspect >= 1.2 && d.Aspect < 1.65:
		return capture.ShapePage
	case d.Aspect >= 1.95 && d.Aspect < 2.8:
		return capture.ShapeBanknote
	case d.Aspect >= 1.54 && d.Aspect < 1.72:
		return capture.ShapeCard
	case d.Aspect >= 1.33 && d.Aspect < 1.48:
		return capture.ShapePage
	case d.Aspect >= 1.2 && d.Aspect < 1.33:
		if !printed && d.Tilt < 15 {
			return capture.ShapePaper
		}
		return capture.ShapePage
	}
	return capture.ShapeOther
}

// millimetres returns the real size of a document of a shape, its long side first.
func millimetres(s capture.Shape, aspect float64) (long, short float64) {
	if layout, ok := layouts[s]; ok {
		return layout.Size()
	}
	long = longSide(capture.ShapeCard)
	if aspect < 1.52 {
		long = longSide(capture.ShapePage)
	}
	return long, long / min(max(aspect, 1.2), 2.6)
}
