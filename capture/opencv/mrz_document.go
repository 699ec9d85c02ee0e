package opencv

import (
	"math"

	"gocv.io/x/gocv"

	"visavis/capture"
	"visavis/identity"
)

// rectifiedSide is the long side of a rectified document that is read, pixels.
const rectifiedSide = 1500

// inDocument looks for the zone inside an outline, in pixels of the picture.
func (z *zoneReader) inDocument(grey gocv.Mat, corners quad) (zoneFound, error) {
	q, _ := lying(corners)
	q = q.part(-0.03, -0.04, 1.03, 1.04) // the outline may cut into the zone
	long := min(rectifiedSide, 2*q.longest())
	w, h := int(long), int(long*min((q.side(0)+q.side(2))/2, (q.side(1)+q.side(3))/2)/q.longest())
	flat, err := rectify(grey, q, w, h)
	defer flat.Close()
	if err != nil {
		return zoneFound{}, nil // an outline without area has no zone
	}
	found, err := z.inPicture(flat)
	for i, c := range found.corners {
		found.corners[i] = lerp(lerp(q[0], q[1], c.X/float64(w-1)), lerp(q[3], q[2], c.X/float64(w-1)), c.Y/float64(h-1))
	}
	found.height *= q.longest() / long
	return found, err
}

// seenAs is what a zone looked like, put right by what was read of it: reading is
// the better witness of how many lines there are and which way up, also where its
// letters make no valid zone.
func (z zoneFound) seenAs(seen mrzZone, outline quad) mrzZone {
	if !z.settled() && !z.tells(outline) {
		return seen
	}
	q, _ := lying(outline)
	seen.lines, seen.confidence = len(z.lines), 1
	if z.settled() {
		seen.shape = shapeOfFormat(z.content.MRZ.Format)
	}
	seen.turns = turnsOf(q, z.corners)
	across := (q.side(1) + q.side(3)) / 2
	if seen.turns%2 == 1 {
		across = (q.side(0) + q.side(2)) / 2
	}
	seen.height = z.height / max(1, across)
	return seen
}

// tells whether lines are a zone's, valid or not, and lie where a document that has this
// outline has its zone: along the lower edge.
func (z zoneFound) tells(outline quad) bool {
	if !z.spelt() {
		return false
	}
	q, _ := lying(outline)
	t := 4 - turnsOf(q, z.corners)
	up := quad{q[t%4], q[(t+1)%4], q[(t+2)%4], q[(t+3)%4]}
	c := z.corners.centre()
	right, down := wayBetween(c, up[0], up[3], up[1], up[2]), wayBetween(c, up[0], up[1], up[3], up[2])
	return down > 0.62 && math.Abs(right-0.5) < 0.15
}

// wayBetween is how far a point is from the line a to b, 0, to the line c to d, 1.
func wayBetween(p, a, b, c, d capture.Point) float64 {
	from := math.Abs(cross(sub(b, a), sub(p, a))) / max(1, distance(a, b))
	to := math.Abs(cross(sub(d, c), sub(p, c))) / max(1, distance(c, d))
	return from / max(1, from+to)
}

// turnsOf is how many quarter turns clockwise of an outline bring the zone's lines
// upright.
func turnsOf(outline, zone quad) int {
	text, side := sub(zone[1], zone[0]), sub(outline[1], outline[0])
	angle := math.Atan2(cross(side, text), side.X*text.X+side.Y*text.Y)
	return (4 - int(math.Round(angle/(math.Pi/2)))) % 4
}

// leastZone is the mean probability of the letters from which lines that cannot be
// read are taken for a zone: small print stays below 0.8.
const leastZone = 0.85

// spelt tells whether lines are a zone's, valid or not.
func (z zoneFound) spelt() bool { return len(z.lines) > 0 && (z.settled() || z.mean >= leastZone) }

// readOf notes what was read.
func readOf(d *capture.DocumentMeasurements, z zoneFound, outline quad) {
	if z.tells(outline) {
		d.ZoneLetters = z.mean
	}
	switch {
	case z.settled():
		d.MRZ, d.LetterHeight = capture.MRZRead, z.height
		if identity.KindOf(z.content.MRZ) == identity.KindVisa {
			d.NotAccepted = string(identity.RefusedVisa)
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
