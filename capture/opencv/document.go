package opencv

import (
	"context"
	"fmt"
	"image"
	"math"
	"slices"

	"gocv.io/x/gocv"

	"visavis/capture"
	"visavis/capture/opencv/face"
	"visavis/capture/opencv/outline"
	"visavis/capture/opencv/pixel"
	"visavis/capture/opencv/quality"
	"visavis/capture/opencv/zone"
)

// document finds the document in a frame and measures it.
func (a *Analyzer) document(ctx context.Context, f capture.Frame) (capture.Measurements, error) {
	p, err := pixel.NewPlanes(f)
	defer p.Close()
	if err != nil {
		return capture.Measurements{}, err
	}
	grey := p.Grey
	s, err := a.locate(ctx, f, &p)
	defer s.Close()
	if err != nil {
		return capture.Measurements{}, err
	}
	d := &capture.DocumentMeasurements{Confidence: s.Confidence}
	if s.Glance && !s.Found {
		d.Glances = f.Last.Glances + 1
	}
	m := capture.Measurements{Document: d}
	if d.Print, d.FrameBrightness, err = printOfColour(s.BGR); err != nil {
		return m, err
	}
	if f.WantThumbnail {
		if m.Thumbnail, err = thumbnail(s.BGR); err != nil {
			return m, err
		}
	}
	if !s.Found {
		return m, nil
	}
	if err := ctx.Err(); err != nil {
		return m, fmt.Errorf("analyzing: %w", err)
	}
	blank := *d
	read, err := a.measured(ctx, f, s, grey, d)
	if err != nil || f.Kind == capture.Preview || d.Margin >= 0 {
		return m, err
	}
	if elsewhere, err := a.contradicted(&s, read); err != nil || !elsewhere {
		return m, err
	}
	*d = blank
	_, err = a.measured(ctx, f, s, grey, d)
	return m, err
}

// measured measures the document where it was found; of a still it returns the zone that
// was read.
func (a *Analyzer) measured(ctx context.Context, f capture.Frame, s outline.Searched, grey gocv.Mat,
	d *capture.DocumentMeasurements) (zone.Found, error) {
	d.Found, d.Confidence = true, s.Confidence
	if s.Doubt || s.Unmoved {
		d.OutlineAge = f.Last.OutlineAge + 1
	}
	frameDocument(d, s.Location)
	return a.inspect(ctx, f, s, grey, d)
}

// locate looks for the document's outline; on a still also for one that cannot be seen, or that
// lines behind it hide.
// The caller closes what was searched, also when there is an error.
func (a *Analyzer) locate(ctx context.Context, f capture.Frame, p *pixel.Planes) (outline.Searched, error) {
	s, err := outline.Search(f, p)
	if err == nil {
		err = a.decide(f, p.Grey, &s)
	}
	if err == nil && f.Kind == capture.Still && !s.Found {
		err = a.infer(ctx, p.Grey, &s)
	}
	if err == nil && f.Kind == capture.Still && !s.Found {
		err = a.lookAroundFaces(f, p.Grey, &s)
	}
	return s, err
}

// printOfColour is the print of the frame, from its reduced picture.
func printOfColour(bgr gocv.Mat) ([]byte, float64, error) {
	if bgr.Empty() || bgr.Type() != gocv.MatTypeCV8UC3 {
		return nil, 0, fmt.Errorf("print of type %v", bgr.Type())
	}
	grey := gocv.NewMat()
	defer grey.Close()
	gocv.CvtColor(bgr, &grey, gocv.ColorBGRToGray)
	small := pixel.Halved(grey, 4) // means of means, of which the last step is slow
	defer small.Close()
	return pixel.PrintOf(small)
}

// frameDocument says where the document is in the frame.
func frameDocument(d *capture.DocumentMeasurements, at outline.Location) {
	w, h := float64(at.Width), float64(at.Height)
	d.Corners = at.Corners
	d.Margin = math.Inf(1)
	for _, c := range at.Corners {
		d.Margin = min(d.Margin, c.X, c.Y, w-1-c.X, h-1-c.Y)
	}
	d.Margin /= min(w, h)
	c := at.Corners.Centre()
	d.OffsetX, d.OffsetY = c.X/w-0.5, c.Y/h-0.5
	d.Area = at.Corners.Area() / (w * h)
	long, turns := pixel.Lying(at.Corners)
	from, to := pixel.Lerp(long[0], long[3], 0.5), pixel.Lerp(long[1], long[2], 0.5)
	dx, dy := math.Abs(to.X-from.X), math.Abs(to.Y-from.Y)
	along := w // the frame's side along which the document lies
	if dy > dx {
		along = h
	}
	d.Fill = math.Hypot(dx, dy) / along
	d.Rotation = math.Atan2(to.Y-from.Y, to.X-from.X) * 180 / math.Pi
	if p, ok := pixel.PlaneOf(at.Corners, w, h); ok {
		d.Aspect = p.Aspect
		if turns == 1 {
			d.Aspect = 1 / p.Aspect
		}
		d.Tilt, d.TiltX, d.TiltY = p.Tilt, p.TiltX, p.TiltY
	}
}

// How large the rectified document is at most, in pixels along its long side: on
// a preview enough to see what is wrong, on a still enough to judge small print.
const (
	previewSide = 512
	stillSide   = 1000
)

// inspect measures the rectified document; of a still it returns the zone that was read.
func (a *Analyzer) inspect(ctx context.Context, f capture.Frame, s outline.Searched, grey gocv.Mat,
	d *capture.DocumentMeasurements) (zone.Found, error) {
	var read zone.Found
	q, _ := pixel.Lying(s.Corners)
	side := previewSide
	if f.Kind == capture.Still {
		side = stillSide
	}
	native := (q.Side(0) + q.Side(2)) / 2
	aspect := min(max(d.Aspect, 1.2), 2.6)
	w := min(side, max(160, int(native)))
	h := int(float64(w) / aspect)
	flat, g, err := flattened(f.Kind, grey, q, w, h)
	defer flat.Close()
	defer pixel.ByteBuffers.Give(g.Pix)
	if err != nil {
		return read, err
	}
	d.Look = lookOf(g)
	cells := quality.CellsOf(s.Picture, s.Corners.Scaled(s.Picture.Scale(s.Width)))
	d.Saturation = cells.Saturation
	l := quality.LightnessOf(g, cells.Lost)
	d.Brightness, d.Under, d.Over, d.Contrast = l.Brightness, l.Under, l.Over, l.Contrast
	// A document larger than the rectified one loses blur in the reduction.
	d.Sharpness = quality.Sharpness(g, max(12, int(0.35*l.Contrast))) * min(1, float64(w)/min(native, stillSide))
	d.Glare, d.GlareBoxes = quality.GlareOf(g)
	if s.Held {
		d.Covered = f.Last.Covered // its sides are seen at another size alone, if at all
	} else {
		d.Covered = outline.Covered(&s)
	}
	seen, err := a.seeZone(flat, g, w, h)
	if err != nil {
		return read, err
	}
	if f.Kind == capture.Still && !f.PlaceOnly {
		if d.Moire, err = quality.MoireOf(grey, s.Corners); err != nil {
			return read, err
		}
		p, err := quality.PatternsOf(grey, s.Corners)
		if err != nil {
			return read, err
		}
		d.Dots, d.PrintDots = p.Dots, p.Print
	}
	if f.Kind == capture.Still {
		z := zone.NewReader(ctx, &a.zones, zone.DocumentRuns)
		if read, err = z.InDocument(grey, s.Corners); err != nil {
			return read, err
		}
		seen = read.SeenAs(seen, s.Corners)
	}
	d.MRZLines, d.MRZConfidence = seen.Lines, seen.Confidence
	if seen.Confidence < 0.3 {
		d.MRZLines = 0
	}
	if err := a.lookForPortrait(f, s, &seen, d); err != nil {
		return read, err
	}
	classify(d, seen, native)
	if f.Kind == capture.Still {
		zone.ReadOf(d, read, s.Corners)
	}
	return read, nil
}

// flattened is the rectified document: of a still as a Mat too. The caller closes the
// Mat, also when there is an error.
func flattened(kind capture.Kind, grey gocv.Mat, q pixel.Quad, w, h int) (gocv.Mat, pixel.Grey, error) {
	if kind == capture.Preview {
		g, ok := pixel.Flatten(grey, q, w, h)
		if !ok {
			return gocv.NewMat(), g, fmt.Errorf("rectify to %d×%d: no such outline", w, h)
		}
		return gocv.NewMat(), g, nil
	}
	flat, err := pixel.Rectify(grey, q, w, h)
	if err != nil {
		return flat, pixel.Grey{}, err
	}
	g, err := pixel.NewGrey(flat)
	return flat, g, err
}

// zoneWidth is the width at which lines are looked for: letters of a page's 44
// columns are then 10 pixels apart.
const zoneWidth = 480

// seeZone looks for what looks like a zone, without reading it.
func (a *Analyzer) seeZone(flat gocv.Mat, g pixel.Grey, w, h int) (zone.Seen, error) {
	if w <= zoneWidth+80 {
		return zone.Look(g), nil
	}
	small := gocv.NewMat()
	defer small.Close()
	gocv.Resize(flat, &small, image.Pt(zoneWidth, max(8, h*zoneWidth/w)), 0, 0, gocv.InterpolationArea)
	p, err := pixel.NewGrey(small)
	if err != nil {
		return zone.Seen{}, err
	}
	return zone.Look(p), nil
}

// lookForPortrait asks the face detector about the rectified document, in the
// orientation the lines tell, else in all four. On previews it is asked only
// when the picture is good enough otherwise: it takes longer than all the rest.
// Lines that a sure portrait contradicts are taken back.
func (a *Analyzer) lookForPortrait(f capture.Frame, s outline.Searched, seen *zone.Seen,
	d *capture.DocumentMeasurements) error {
	if a.faces == nil || f.Kind == capture.Preview && (!worthPortrait(d) || otherShape(f.Document, d, *seen) ||
		backSeen(f.Step, d)) {
		return nil
	}
	if f.Kind == capture.Preview && f.Last.Carries(d.Look) {
		d.Portrait, d.PortraitBox, d.PortraitAge = f.Last.Portrait, f.Last.PortraitBox, f.Last.PortraitAge+1
		return nil
	}
	turns := turnsOfPortrait(f.Kind)
	if seen.Confidence >= 0.5 {
		turns = []int{seen.Turns}
	}
	q, _ := pixel.Lying(s.Corners)
	asked := face.Asked{Turns: turns}
	// A passport has such lines; a preview of one is not asked twice.
	doubted := seen.Doubted() && (f.Kind == capture.Still || f.Document != capture.Passport)
	if f.Kind == capture.Preview && !doubted {
		asked.Believed = believedPortrait
	}
	p, err := a.portraitAt(s, q, d.Aspect, asked)
	if err != nil {
		return err
	}
	limits := capture.DefaultLimits().Document
	if doubted && p.Confidence < limits.PortraitMin.Still {
		// The other ways up: a portrait stands as the lines of its side do.
		asked.Turns = slices.DeleteFunc(turnsOfPortrait(f.Kind), func(t int) bool { return t == seen.Turns })
		other, err := a.portraitAt(s, q, d.Aspect, asked)
		if err != nil {
			return err
		}
		if other.Confidence >= limits.PortraitSure.Still {
			p, *seen, d.MRZLines, d.MRZConfidence = other, zone.Seen{}, 0, 0
		}
	}
	if d.Portrait = p.Confidence; p.Confidence > 0 {
		d.PortraitBox = &p.Box
	}
	return nil
}

// turnsOfPortrait are the quarter turns in which a portrait may stand. A document lies
// along its long side, so that it stands upright or on its head; a still is asked on its
// sides too.
func turnsOfPortrait(kind capture.Kind) []int {
	if kind == capture.Preview {
		return []int{0, 2}
	}
	return []int{0, 2, 1, 3}
}

// believedPortrait is the detector's score from which a preview's portrait is believed
// without its landmarks. Of 900 composed previews none was judged otherwise with them. A
// still's are always read.
const believedPortrait = 0.9

// worthPortrait tells whether a preview is good in every other way: where it is not,
// that is what the person is told, and the next preview is asked.
func worthPortrait(d *capture.DocumentMeasurements) bool {
	l := capture.DefaultLimits().Document
	return d.Margin >= l.MarginTouch.Preview && d.Tilt <= l.TiltMax.Preview && d.Fill >= l.FillMin.Preview &&
		d.Fill <= l.FillMax.Preview &&
		d.Light() >= l.BrightnessMin.Preview && d.Over <= l.OverMax.Preview &&
		d.Contrast >= l.ContrastMin.Preview*d.Brightness &&
		d.Glare <= l.GlareMax.Preview && d.Covered <= l.CoveredMax.Preview &&
		d.Saturation >= l.SaturationMin.Preview && d.Sharpness >= l.SharpnessMin.Preview
}

// backSeen tells whether it is the back of a card by its three lines: a portrait would
// change nothing then.
func backSeen(step capture.Step, d *capture.DocumentMeasurements) bool {
	return step == capture.DocumentBack && d.MRZLines == 3 &&
		d.MRZConfidence >= capture.DefaultLimits().Document.MRZMin.Preview
}

// otherShape tells whether it is a card where a passport is asked for: its proportions
// alone refuse it then.
func otherShape(asked capture.Document, d *capture.DocumentMeasurements, seen zone.Seen) bool {
	return asked == capture.Passport && shapeOf(d, seen) == capture.ShapeCard
}

// paleLevels is the span of a page's grey levels, of 256, under which they are stretched for
// the face detector: a portrait in haze or faded has too little contrast for it. Pages in good
// light span 119 and more, those of low contrast 57 to 111.
const paleLevels = 110

// portraitAt looks for a portrait inside an outline that lies along its long side.
func (a *Analyzer) portraitAt(
	s outline.Searched, q pixel.Quad, aspect float64, asked face.Asked,
) (face.Portrait, error) {
	small := q.Scaled(float64(s.BGR.Cols()) / float64(s.Width))
	flat, err := pixel.Rectify(s.BGR, small, face.PortraitWidth, int(face.PortraitWidth/min(max(aspect, 1.2), 2.6)))
	defer flat.Close()
	if err != nil {
		return face.Portrait{}, err
	}
	if err := stretchPale(&flat); err != nil {
		return face.Portrait{}, err
	}
	return a.faces.PortraitThat(flat, asked)
}

// stretchPale brings the levels of a colour picture of little contrast to the whole range,
// all colours alike. One in a hundred pixels at either end may be cut off. Others are left.
func stretchPale(bgr *gocv.Mat) error {
	grey := gocv.NewMat()
	defer grey.Close()
	gocv.CvtColor(*bgr, &grey, gocv.ColorBGRToGray)
	g, err := pixel.ViewOf(grey)
	if err != nil {
		return err
	}
	low, high := g.Quantile(0.01), g.Quantile(0.99)
	if span := high - low; span > 0 && span < paleLevels {
		scale := 255 / span
		bgr.ConvertToWithParams(bgr, gocv.MatTypeCV8UC3, float32(scale), float32(-low*scale))
	}
	return nil
}
