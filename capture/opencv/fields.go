package opencv

import (
	"context"
	"math"
	"slices"

	"visavis/capture"
	"visavis/capture/opencv/pixel"
	"visavis/capture/opencv/print"
	"visavis/document"
	"visavis/identity"
)

var _ identity.FieldReader = (*Analyzer)(nil)

// mostCovered is how much of a frame an outline may cover for the whole frame to be
// another hypothesis: above, both are the same print.
const mostCovered = 0.75

// ReadFields reads the printed zone of the document in a picture. A document that
// is not found or not legible gives a result without fields. Errors are a
// *capture.FrameError for bytes that are no picture, and ErrNoPrintReader.
func (a *Analyzer) ReadFields(ctx context.Context, r identity.FieldRequest) (identity.PrintedSide, error) {
	text, err := a.print.Reader()
	if err != nil {
		return identity.PrintedSide{}, err
	}
	f, err := frameOf(r)
	if err != nil {
		return identity.PrintedSide{}, err
	}
	outlines, err := a.outlines(ctx, f)
	if err != nil {
		return identity.PrintedSide{}, err
	}
	bgr, err := pixel.Decode(f, true, pixel.Reduction(f.Width, f.Height, print.DecodeSide))
	defer bgr.Close()
	if err != nil {
		return identity.PrintedSide{}, err
	}
	width, height := pixel.DisplayedSize(f)
	p := print.Search{Text: text, BGR: bgr, Width: width, Best: identity.PrintedSide{Kind: identity.KindUnknown}}
	covered := 0.0 // of the frame, by the outline that is the right way up
	for _, o := range outlines {
		upright, err := p.Try(ctx, o)
		if err != nil {
			return identity.PrintedSide{}, err
		}
		if upright {
			covered = math.Abs(o.Corners.Area()) / float64(width*height)
			break
		}
	}
	if width > height && covered < mostCovered && len(p.Best.Fields) < max(print.EnoughLabels, p.Sought) {
		if _, err := p.Try(ctx, wholeFrame(width, height)); err != nil {
			return identity.PrintedSide{}, err
		}
	}
	return p.Best, nil
}

// frameOf makes a frame of a request. Scans may be smaller than what a phone sends.
func frameOf(r identity.FieldRequest) (capture.Frame, error) {
	step, doc := capture.DocumentFront, capture.IdentityCard
	if r.Side == identity.Back {
		step = capture.DocumentBack
	}
	if slices.Contains(document.Chosen(), r.Kind) {
		doc = capture.Document(r.Kind)
	}
	f, err := capture.NewPicture(r.JPEG)
	f.Step, f.Document, f.PlaceOnly = step, doc, true
	return f, err
}

// wholeFrame is the outline of a scan: the side fills it.
func wholeFrame(width, height int) print.Outline {
	w, h := float64(width), float64(height)
	long, short := millimetres(capture.ShapeOther, w/h)
	return print.Outline{Corners: pixel.Quad{{X: 0, Y: 0}, {X: w - 1, Y: 0}, {X: w - 1, Y: h - 1}, {X: 0, Y: h - 1}},
		Width: long, Height: short}
}

// outlines returns where the side may lie and which way up, the likeliest first;
// none where no document is found.
func (a *Analyzer) outlines(ctx context.Context, f capture.Frame) ([]print.Outline, error) {
	m, err := a.Analyze(ctx, f)
	if err != nil {
		return nil, err
	}
	d := m.Document
	if d == nil || !d.Found {
		return nil, nil
	}
	q, _ := pixel.Lying(d.Corners)
	long, short := millimetres(d.Shape, d.Aspect)
	o := print.Outline{Corners: q, Width: long, Height: short}
	angle := math.Atan2(q[1].Y-q[0].Y, q[1].X-q[0].X) * 180 / math.Pi
	if d.MRZLines > 0 && d.MRZConfidence >= 0.5 { // the lines tell which way up it is
		turns := int(math.Round(math.Remainder(angle-d.Rotation, 360)/90)+4) % 4
		return []print.Outline{o.Turned(turns)}, nil
	}
	if math.Abs(angle) > 90 {
		o = o.Turned(2)
	}
	return []print.Outline{o, o.Turned(2)}, nil
}
