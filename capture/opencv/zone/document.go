package zone

import (
	"math"

	"gocv.io/x/gocv"

	"visavis/capture"
	"visavis/capture/opencv/pixel"
	"visavis/identity"
)

// rectifiedSide is the long side of a rectified document that is read, pixels.
const rectifiedSide = 1500

// InDocument looks for the zone inside an outline, in pixels of the picture.
func (z *Reader) InDocument(grey gocv.Mat, corners pixel.Quad) (Found, error) {
	q, _ := pixel.Lying(corners)
	q = q.Part(-0.03, -0.04, 1.03, 1.04) // the outline may cut into the zone
	long := min(rectifiedSide, 2*q.Longest())
	w, h := int(long), int(long*min((q.Side(0)+q.Side(2))/2, (q.Side(1)+q.Side(3))/2)/q.Longest())
	flat, err := pixel.Rectify(grey, q, w, h)
	defer flat.Close()
	if err != nil {
		return Found{}, nil // an outline without area has no zone
	}
	found, err := z.InPicture(flat)
	for i, c := range found.Corners {
		found.Corners[i] = pixel.Lerp(pixel.Lerp(q[0], q[1], c.X/float64(w-1)), pixel.Lerp(q[3], q[2], c.X/float64(w-1)),
			c.Y/float64(h-1))
	}
	found.height *= q.Longest() / long
	return found, err
}

// SeenAs is what a zone looked like, put right by what was read of it: reading is
// the better witness of how many lines there are and which way up, also where its
// letters make no valid zone.
func (z Found) SeenAs(seen Seen, outline pixel.Quad) Seen {
	if !z.Settled() && !z.tells(outline) {
		return seen
	}
	q, _ := pixel.Lying(outline)
	seen.Lines, seen.Confidence, seen.Spelt = len(z.Lines), 1, true
	if z.Settled() {
		seen.Shape = shapeOfFormat(z.content.MRZ.Format)
	}
	seen.Turns = turnsOf(q, z.Corners)
	across := (q.Side(1) + q.Side(3)) / 2
	if seen.Turns%2 == 1 {
		across = (q.Side(0) + q.Side(2)) / 2
	}
	seen.Height = z.height / max(1, across)
	return seen
}

// tells whether lines are a zone's, valid or not, and lie where a document that has this
// outline has its zone: along the lower edge.
func (z Found) tells(outline pixel.Quad) bool {
	if !z.spelt() {
		return false
	}
	q, _ := pixel.Lying(outline)
	t := 4 - turnsOf(q, z.Corners)
	up := pixel.Quad{q[t%4], q[(t+1)%4], q[(t+2)%4], q[(t+3)%4]}
	c := z.Corners.Centre()
	right, down := wayBetween(c, up[0], up[3], up[1], up[2]), wayBetween(c, up[0], up[1], up[3], up[2])
	return down > 0.62 && math.Abs(right-0.5) < 0.15
}

// wayBetween is how far a point is from the line a to b, 0, to the line c to d, 1.
func wayBetween(p, a, b, c, d capture.Point) float64 {
	from := math.Abs(pixel.Cross(pixel.Sub(b, a), pixel.Sub(p, a))) / max(1, pixel.Distance(a, b))
	to := math.Abs(pixel.Cross(pixel.Sub(d, c), pixel.Sub(p, c))) / max(1, pixel.Distance(c, d))
	return from / max(1, from+to)
}

// turnsOf is how many quarter turns clockwise of an outline bring the zone's lines
// upright.
func turnsOf(outline, zone pixel.Quad) int {
	text, side := pixel.Sub(zone[1], zone[0]), pixel.Sub(outline[1], outline[0])
	angle := math.Atan2(pixel.Cross(side, text), side.X*text.X+side.Y*text.Y)
	return (4 - int(math.Round(angle/(math.Pi/2)))) % 4
}

// leastZone is the mean probability of the letters from which lines that cannot be
// read are taken for a zone: small print stays below 0.8.
const leastZone = 0.85

// spelt tells whether lines are a zone's, valid or not.
func (z Found) spelt() bool { return len(z.Lines) > 0 && (z.Settled() || z.Mean >= leastZone) }

// ReadOf notes what was read.
func ReadOf(d *capture.DocumentMeasurements, z Found, outline pixel.Quad) {
	if z.tells(outline) {
		d.ZoneLetters = z.Mean
	}
	switch {
	case z.Settled():
		d.MRZ, d.LetterHeight = capture.MRZRead, z.height
		if identity.KindOf(z.content.MRZ) == identity.KindVisa {
			d.NotAccepted = string(identity.RefusedVisa)
		}
		if series, known := identity.SeriesOf(z.content.MRZ); known {
			d.Series = series.ID
		}
	case d.MRZLines >= 2, z.spelt():
		d.MRZ = capture.MRZUnread
	default:
		d.MRZ = capture.MRZNone
	}
}

// shapeOfFormat is that of the documents with such a zone; a visa has a page's.
func shapeOfFormat(f identity.Format) capture.Shape {
	switch f {
	case identity.TD1:
		return capture.ShapeCard
	case identity.TD2, identity.IDFRA:
		return capture.ShapeTD2
	}
	return capture.ShapePage
}
