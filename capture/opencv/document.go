package opencv

import (
	"context"
	"fmt"
	"image"
	"math"

	"gocv.io/x/gocv"

	"visavis/capture"
)

// document finds the document in a frame and measures it.
func (a *Analyzer) document(ctx context.Context, f capture.Frame) (capture.Measurements, error) {
	p, err := newPlanes(f)
	defer p.Close()
	if err != nil {
		return capture.Measurements{}, err
	}
	grey := p.grey
	s, err := search(f, &p)
	defer s.Close()
	if err != nil {
		return capture.Measurements{}, err
	}
	if err := a.decide(f, grey, &s); err != nil {
		return capture.Measurements{}, err
	}
	d := &capture.DocumentMeasurements{Confidence: s.confidence}
	m := capture.Measurements{Document: d}
	if d.Print, d.FrameBrightness, err = printOfColour(s.bgr); err != nil {
		return m, err
	}
	if f.WantThumbnail {
		if m.Thumbnail, err = thumbnail(s.bgr); err != nil {
			return m, err
		}
	}
	if !s.found {
		return m, nil
	}
	if err := ctx.Err(); err != nil {
		return m, fmt.Errorf("analyzing: %w", err)
	}
	d.Found = true
	frameDocument(d, s.location)
	return m, a.inspect(ctx, f, s, grey, d)
}

// printOfColour is the print of the frame, from its reduced picture.
func printOfColour(bgr gocv.Mat) ([]byte, float64, error) {
	if bgr.Empty() || bgr.Type() != gocv.MatTypeCV8UC3 {
		return nil, 0, fmt.Errorf("print of type %v", bgr.Type())
	}
	grey := gocv.NewMat()
	defer grey.Close()
	gocv.CvtColor(bgr, &grey, gocv.ColorBGRToGray)
	small := halved(grey, 4) // means of means, of which the last step is slow
	defer small.Close()
	return printOf(small)
}

// frameDocument says where the document is in the frame.
func frameDocument(d *capture.DocumentMeasurements, at location) {
	w, h := float64(at.width), float64(at.height)
	d.Corners = at.corners
	d.Margin = math.Inf(1)
	for _, c := range at.corners {
		d.Margin = min(d.Margin, c.X, c.Y, w-1-c.X, h-1-c.Y)
	}
	d.Margin /= min(w, h)
	c := at.corners.centre()
	d.OffsetX, d.OffsetY = c.X/w-0.5, c.Y/h-0.5
	d.Area = at.corners.area() / (w * h)
	long, turns := lying(at.corners)
	from, to := lerp(long[0], long[3], 0.5), lerp(long[1], long[2], 0.5)
	dx, dy := math.Abs(to.X-from.X), math.Abs(to.Y-from.Y)
	along := w // the frame's side along which the document lies
	if dy > dx {
		along = h
	}
	d.Fill = math.Hypot(dx, dy) / along
	d.Rotation = math.Atan2(to.Y-from.Y, to.X-from.X) * 180 / math.Pi
	if p, ok := planeOf(at.corners, w, h); ok {
		d.Aspect = p.aspect
		if turns == 1 {
			d.Aspect = 1 / p.aspect
		}
		d.Tilt, d.TiltX, d.TiltY = p.tilt, p.tiltX, p.tiltY
	}
}

// How large the rectified document is at most, in pixels along its long side: on
// a preview enough to see what is wrong, on a still enough to judge small print.
const (
	previewSide = 512
	stillSide   = 1000
)

// inspect measures the rectified document.
func (a *Analyzer) inspect(ctx context.Context, f capture.Frame, s searched, grey gocv.Mat, d *capture.DocumentMeasurements) error {
	q, _ := lying(s.corners)
	side := previewSide
	if f.Kind == capture.Still {
		side = stillSide
	}
	native := (q.side(0) + q.side(2)) / 2
	aspect := min(max(d.Aspect, 1.2), 2.6)
	w := min(side, max(160, int(native)))
	h := int(float64(w) / aspect)
	flat, g, err := flattened(f.Kind, grey, q, w, h)
	defer flat.Close()
	defer byteBuffers.give(g.pix)
	if err != nil {
		return err
	}
	l := lightnessOf(g)
	d.Brightness, d.Under, d.Over, d.Contrast = l.brightness, l.under, l.over, l.contrast
	// A document larger than the rectified one loses blur in the reduction.
	d.Sharpness = sharpness(g, max(12, int(0.35*l.contrast))) * min(1, float64(w)/min(native, stillSide))
	cells := cellsOf(s.picture, s.corners.scaled(s.picture.scale(s.width)))
	d.Saturation = cells.saturation
	d.Glare, d.GlareBoxes = glareOf(g)
	d.Covered = coveredShare(&s)
	seen, err := a.seeZone(flat, g, w, h)
	if err != nil {
		return err
	}
	var read zoneFound
	if f.Kind == capture.Still {
		if d.Moire, err = moireOf(grey, s.corners); err != nil {
			return err
		}
		z := newZoneReader(ctx, &a.zones, documentRuns)
		if read, err = z.inDocument(grey, s.corners); err != nil {
			return err
		}
		seen = read.seenAs(seen, s.corners)
	}
	d.MRZLines, d.MRZConfidence = seen.lines, seen.confidence
	if seen.confidence < 0.3 {
		d.MRZLines = 0
	}
	if err := a.lookForPortrait(f, s, seen, d); err != nil {
		return err
	}
	classify(d, seen, native)
	if f.Kind == capture.Still {
		readOf(d, read, s.corners)
	}
	return nil
}

// flattened is the rectified document: of a still as a Mat too. The caller closes the
// Mat, also when there is an error.
func flattened(kind capture.Kind, grey gocv.Mat, q quad, w, h int) (gocv.Mat, greyPicture, error) {
	if kind == capture.Preview {
		g, ok := flatten(grey, q, w, h)
		if !ok {
			return gocv.NewMat(), g, fmt.Errorf("rectify to %d×%d: no such outline", w, h)
		}
		return gocv.NewMat(), g, nil
	}
	flat, err := rectify(grey, q, w, h)
	if err != nil {
		return flat, greyPicture{}, err
	}
	g, err := newGreyPicture(flat)
	return flat, g, err
}

// zoneWidth is the width at which lines are looked for: letters of a page's 44
// columns are then 10 pixels apart.
const zoneWidth = 480

// seeZone looks for what looks like a zone, without reading it.
func (a *Analyzer) seeZone(flat gocv.Mat, g greyPicture, w, h int) (mrzZone, error) {
	if w <= zoneWidth+80 {
		return findMRZ(g), nil
	}
	small := gocv.NewMat()
	defer small.Close()
	gocv.Resize(flat, &small, image.Pt(zoneWidth, max(8, h*zoneWidth/w)), 0, 0, gocv.InterpolationArea)
	p, err := newGreyPicture(small)
	if err != nil {
		return mrzZone{}, err
	}
	return findMRZ(p), nil
}

// lookForPortrait asks the face detector about the rectified document, in the
// orientation the lines tell, else in all four. On previews it is asked only
// when the picture is good enough otherwise: it takes longer than all the rest.
func (a *Analyzer) lookForPortrait(f capture.Frame, s searched, seen mrzZone, d *capture.DocumentMeasurements) error {
	if a.faces == nil || f.Kind == capture.Preview && !worthPortrait(d) {
		return nil
	}
	// A document lies along its long side, so that it stands upright or on its head;
	// a still is asked on its sides too.
	turns := []int{0, 2, 1, 3}
	if seen.confidence >= 0.5 {
		turns = []int{seen.turns}
	} else if f.Kind == capture.Preview {
		turns = turns[:2]
	}
	q, _ := lying(s.corners)
	p, err := a.portraitAt(s, q, d.Aspect, turns...)
	if err != nil {
		return err
	}
	if d.Portrait = p.confidence; p.confidence > 0 {
		d.PortraitBox = &p.box
	}
	return nil
}

func worthPortrait(d *capture.DocumentMeasurements) bool {
	return d.Margin >= 0 && d.Brightness > 45 && d.Contrast > 30 && d.Sharpness > 0.12 && d.Fill > 0.35
}

// portraitAt looks for a portrait inside an outline that lies along its long side.
func (a *Analyzer) portraitAt(s searched, q quad, aspect float64, turns ...int) (portrait, error) {
	small := q.scaled(float64(s.bgr.Cols()) / float64(s.width))
	flat, err := rectify(s.bgr, small, portraitWidth, int(portraitWidth/min(max(aspect, 1.2), 2.6)))
	defer flat.Close()
	if err != nil {
		return portrait{}, err
	}
	return a.faces.portrait(flat, turns...)
}
