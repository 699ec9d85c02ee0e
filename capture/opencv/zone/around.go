package zone

import (
	"visavis/capture"
	"visavis/capture/opencv/pixel"
	"visavis/document"
)

// place is where lines lie on a side, in millimetres (ICAO Doc 9303 parts 4 to 6).
type place struct {
	layout   document.Layout
	baseline float64 // of the last line, from the upper edge
}

// places of the zones by their lines and letters. Lines lie in the middle between left
// and right.
var places = map[zoneLayout]place{
	{3, 30}: {document.LayoutCard, 49.6},
	{2, 36}: {document.LayoutOldCard, 69.2},
	{2, 44}: {document.LayoutPage, 82},
}

// OCR-B at ten characters an inch, millimetres.
const (
	letterPitch = 2.54
	letterWidth = 1.7
)

// Around is the outline of the document whose zone was read, by where a document of that
// format has it, as if it were seen from straight above: of a page that is as light as
// its table print is all that is seen. False where no lines are a zone's.
func (z Found) Around() (pixel.Quad, bool) {
	if !z.spelt() {
		return pixel.Quad{}, false
	}
	letters := len(z.Lines[0])
	at, known := places[zoneLayout{len(z.Lines), letters}]
	if !known {
		return pixel.Quad{}, false
	}
	c := z.Corners
	long := (c.Side(0) + c.Side(2)) / 2
	from, to := pixel.Lerp(c[0], c[3], 0.5), pixel.Lerp(c[1], c[2], 0.5)
	across := pixel.Distance(from, to)
	if across < 1 {
		return pixel.Quad{}, false
	}
	k := long / (float64(letters-1)*letterPitch + letterWidth) // pixels a millimetre
	u := capture.Point{X: k * (to.X - from.X) / across, Y: k * (to.Y - from.Y) / across}
	base := pixel.Lerp(c[2], c[3], 0.5)
	w, h := at.layout.Size()
	corner := func(right, down float64) capture.Point {
		return capture.Point{X: base.X + right*u.X - down*u.Y, Y: base.Y + right*u.Y + down*u.X}
	}
	top, bottom := -at.baseline, h-at.baseline
	return pixel.Quad{corner(-w/2, top), corner(w/2, top), corner(w/2, bottom), corner(-w/2, bottom)}, true
}
