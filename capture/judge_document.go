package capture

import "math"

// document checks in the order of the hints' priority: nothing there, wrong document,
// other side, whole, angle, distance, light, glare, covered, no screen, sharp, no copy,
// readable, side not seen, movement. In the dark the light comes before the wrong document
// and the other side.
func (j *judgement) document(m Measurements, before *DocumentMeasurements, prev *Measurements, l DocumentLimits) {
	d := m.Document
	if d == nil || !d.Found {
		j.frameLight(d, l)
		j.add(Check{Name: "document", Min: new(1.0), Unit: "found"}, 0, HintNoDocument, "", 0)
		return
	}
	j.add(Check{Name: "document", OK: true, Value: 1, Min: new(1.0), Unit: "found"}, 1, HintNone, "", 0)
	if !j.atLeast("outline", d.Confidence, l.ConfidenceMin, "", HintNoDocument, 0) {
		return
	}
	side := sideSeen(j.info, d, l)
	dark := d.Light() < l.BrightnessMin.of(j.info.Kind)
	if !dark {
		j.kind(d, side, l)
	}
	j.whole(m, l)
	j.atMost("tilt", d.Tilt, l.TiltMax, "degrees", HintHoldFlat, quality)
	j.within("fill", d.Fill, l.FillMin, l.FillMax, "", HintMoveCloser, HintMoveBack, quality)
	j.light(d, l)
	if dark { // what a document is can be told once there is light
		j.kind(d, side, l)
	}
	j.glare(d, l)
	j.atMost("covered", d.Covered, l.CoveredMax, "", HintCovered, quality)
	j.atMost("screen", d.Moire, l.MoireMax, "", HintScreen, quality)
	j.atLeast("sharpness", d.Sharpness, l.SharpnessMin, "", HintBlurred, quality)
	// Blur mixes the colours of small print: only a sharp page tells that it has none.
	j.colour(d, side, l)
	j.readable(d, l)
	if !side.sure {
		// That a portrait or lines were not seen means something only in a picture
		// that is good in every other way.
		j.side(side)
	}
	j.movement(documentMovement(m, before, prev), l.MovementMax, l.PrintMax)
}

// frameLight judges a frame without a document. In an overexposed or black frame none can
// be found, so the light has to change first.
func (j *judgement) frameLight(d *DocumentMeasurements, l DocumentLimits) {
	if d == nil || d.FrameBrightness <= 0 {
		return
	}
	minimum, maximum := l.FrameMin.of(j.info.Kind), l.FrameMax.of(j.info.Kind)
	check := Check{Name: "frame-light", Value: d.FrameBrightness, Min: &minimum, Max: &maximum, Unit: "grey level"}
	switch {
	case d.FrameBrightness > maximum:
		j.add(check, 0, HintTooBright, "", 0)
	case d.FrameBrightness < minimum:
		j.add(check, 0, HintTooDark, "", 0)
	}
}

// kind judges whether it is the document that is asked for, and its side where that is sure.
func (j *judgement) kind(d *DocumentMeasurements, side sideView, l DocumentLimits) {
	if d.NotAccepted != "" {
		j.add(Check{Name: "kind", Unit: d.NotAccepted}, 0, HintWrongDocument, "", 0)
	}
	j.shape(d, l)
	if side.sure {
		j.side(side)
	}
}

// shape recognises paper, banknotes and the wrong kind of document by their proportions.
// They are known only if the whole outline is visible and not seen from the side. A zone
// that was read decides without them, and tells a passport's page from a card of the same
// proportions.
func (j *judgement) shape(d *DocumentMeasurements, l DocumentLimits) {
	if d.MRZ == MRZRead {
		j.add(Check{Name: "shape", OK: j.info.Document.hasZone(d.Shape), Value: d.Aspect, Unit: "aspect"}, 0,
			HintWrongDocument, "", 0)
		return
	}
	if d.Margin < l.MarginTouch.of(j.info.Kind) || d.Tilt > 1.5*l.TiltMax.of(j.info.Kind) || d.Shape == ShapeOther ||
		d.Shape == "" {
		return
	}
	j.add(Check{Name: "shape", OK: j.info.Document.hasShape(d.Shape), Value: d.Aspect, Unit: "aspect"}, 0,
		HintWrongDocument, "", 0)
}

// whole requires four corners inside the frame. A document that fits into the frame
// should be moved, at the same distance. One that does not fit is cut off, and the phone
// should move back.
func (j *judgement) whole(m Measurements, l DocumentLimits) {
	d, minimum := m.Document, l.MarginMin.of(j.info.Kind)
	h, toward := HintCutOff, j.inward(m, l)
	if toward != "" {
		h = HintMove
	}
	// 10 % outside counts as far away for the progress.
	j.add(Check{Name: "margin", OK: d.Margin >= minimum, Value: d.Margin, Min: &minimum}, 1+(d.Margin-minimum)*10, h,
		toward, quality)
}

// inward returns the direction that moves a document into the frame: away from the edge
// that it exceeds most, or, if it only touches one, towards the middle. Empty if it lies
// in the middle or has no room between two edges.
func (j *judgement) inward(m Measurements, l DocumentLimits) Direction {
	d, w, h := m.Document, float64(m.Width), float64(m.Height)
	x0, y0, x1, y1 := bounds(d.Corners)
	room := l.RoomMax.of(j.info.Kind)
	touch := l.MarginTouch.of(j.info.Kind) * min(w, h)
	outX, outY := max(touch-x0, x1-(w-touch)), max(touch-y0, y1-(h-touch))
	if outX > 0 && x1-x0 > room*w || outY > 0 && y1-y0 > room*h {
		return ""
	}
	sideways := outX >= outY
	if max(outX, outY) <= 0 {
		free := l.OffsetFree.of(j.info.Kind)
		if max(abs(d.OffsetX), abs(d.OffsetY)) < free {
			return ""
		}
		sideways = abs(d.OffsetX) >= abs(d.OffsetY)
	}
	switch {
	case sideways && x0+x1 > w:
		return Left
	case sideways:
		return Right
	case y0+y1 > h:
		return Up
	default:
		return Down
	}
}

// bounds returns the axis-aligned bounding box of the corners.
func bounds(corners [4]Point) (x0, y0, x1, y1 float64) {
	x0, y0, x1, y1 = corners[0].X, corners[0].Y, corners[0].X, corners[0].Y
	for _, c := range corners[1:] {
		x0, y0, x1, y1 = min(x0, c.X), min(y0, c.Y), max(x1, c.X), max(y1, c.Y)
	}
	return x0, y0, x1, y1
}

// light judges the exposure. Contrast is judged relative to the brightness, so that it
// does not depend on the exposure: low contrast then means a veil of stray light.
func (j *judgement) light(d *DocumentMeasurements, l DocumentLimits) {
	j.atLeast("brightness", d.Light(), l.BrightnessMin, "grey level", HintTooDark, quality)
	j.atMost("under", d.Under, l.UnderMax, "", HintTooDark, quality)
	j.atMost("over", d.Over, l.OverMax, "", HintTooBright, quality)
	j.atLeast("contrast", d.Contrast/max(d.Brightness, 1), l.ContrastMin, "of the brightness", HintTooBright, quality)
}

// glare judges the overexposed spots. If more is overexposed outside of them than inside,
// the cause is too much light, not a reflection that a tilt would remove.
func (j *judgement) glare(d *DocumentMeasurements, l DocumentLimits) {
	h := HintGlare
	if d.Over > 2*d.Glare {
		h = HintTooBright
	}
	j.atMost("glare", d.Glare, l.GlareMax, "", h, quality)
}

// colour refuses a copy without colours. Where genuine documents may have none, that is left
// to the reviewer.
func (j *judgement) colour(d *DocumentMeasurements, side sideView, l DocumentLimits) {
	h, o := HintCopy, quality
	if !coloured(j.info.Document, j.info.Step, side.content, d.Series) {
		h, o = HintNone, advised
	}
	j.atLeast("colour", d.Saturation, l.SaturationMin, "", h, o)
}

// readable judges the height of the letters that were seen. A document that already fills
// the frame is not asked to come closer. A zone that was read needs no minimum height. If
// it was not read, the letters have to be so clear, or so large and sharp, that the
// picture is not the cause: the zone itself may be wrong or worn.
func (j *judgement) readable(d *DocumentMeasurements, l DocumentLimits) {
	if d.MRZ == MRZRead {
		j.add(Check{Name: "zone", OK: true, Value: 1, Unit: "read"}, 1, HintNone, "", quality)
		return
	}
	if least := l.LettersClear.of(j.info.Kind); d.MRZ == MRZUnread && d.ZoneLetters >= least {
		j.add(Check{Name: "zone", OK: true, Value: d.ZoneLetters, Min: &least, Unit: "letters"}, 1, HintNone, "", quality)
		return
	}
	if d.LetterHeight <= 0 {
		return
	}
	h := HintMoveCloser
	if d.Fill >= l.FillReached.of(j.info.Kind) {
		h = HintNotReadable
	}
	limit := l.LetterMin
	switch {
	case d.MRZ == MRZUnread:
		limit = l.UnreadLetterMin
	case d.MRZLines == 0:
		limit = l.SmallPrintMin
	}
	j.atLeast("letter-height", d.LetterHeight, limit, "pixels", h, quality)
	if d.MRZ == MRZUnread {
		j.atLeast("zone-sharpness", d.Sharpness, l.unreadSharpness(d), "", HintNotReadable, quality)
	}
}

const (
	// strokeWidth of OCR-B, of the height of its letters: 0.35 of 2.6 mm.
	strokeWidth = 0.135
	// sharpnessSide is the long side of the largest page on which sharpness is measured,
	// pixels.
	sharpnessSide = 1000
)

// unreadSharpness is what a zone that was not read asks of the picture: steep edges, or
// large letters whose strokes are wide beside their edges.
func (l DocumentLimits) unreadSharpness(d *DocumentMeasurements) Pair {
	c := d.Corners
	long := max(math.Hypot(c[1].X-c[0].X, c[1].Y-c[0].Y), math.Hypot(c[2].X-c[1].X, c[2].Y-c[1].Y))
	stroke := strokeWidth * d.LetterHeight * min(1, sharpnessSide/max(1, long))
	p := l.UnreadSharpnessMin
	return Pair{min(p.Preview, 1/(l.UnreadEdgeMax.Preview*stroke)), min(p.Still, 1/(l.UnreadEdgeMax.Still*stroke))}
}

func (j *judgement) side(s sideView) {
	o := option(0)
	if s.quality {
		o = quality
	}
	j.layout = s.layout
	j.add(Check{Name: "side", OK: s.ok, Value: s.value, Unit: s.unit}, 0, s.hint, "", o)
	if s.faceless {
		j.add(Check{Name: "portrait", Value: s.value}, 0, HintCovered, "", advised)
	}
}

func abs(v float64) float64 { return max(v, -v) }
