package opencv

import (
	"context"
	"fmt"
	"math"
	"sync"

	"gocv.io/x/gocv"

	"visavis/capture"
	"visavis/identity"
)

var _ identity.FieldReader = (*Analyzer)(nil)

// printReader loads the recogniser when somebody reads for the first time.
type printReader struct {
	once sync.Once
	text *textReader
	err  error
}

func (p *printReader) reader() (*textReader, error) {
	p.once.Do(func() { p.text, p.err = newTextReader() })
	return p.text, p.err
}

// Close frees the recogniser, if it was loaded.
func (p *printReader) Close() error {
	p.once.Do(func() { p.err = ErrNoPrintReader }) // closed before it was used
	if p.text == nil {
		return nil
	}
	return p.text.Close()
}

// vizLineTime is the time that recognising one line may take, milliseconds; usual
// are 15.
const vizLineTime = 400

const (
	// enoughLabels are found on every side that is the right way up.
	enoughLabels = 2
	// mostCovered is how much of a frame an outline may cover for the whole frame to be
	// another hypothesis: above, both are the same print.
	mostCovered = 0.75
)

// ReadFields reads the printed zone of the document in a picture. A document that
// is not found or not legible gives a result without fields. Errors are a
// *capture.FrameError for bytes that are no picture, and ErrNoPrintReader.
func (a *Analyzer) ReadFields(ctx context.Context, r identity.FieldRequest) (identity.PrintedSide, error) {
	text, err := a.print.reader()
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
	bgr, err := decode(f, true, reduction(f.Width, f.Height, vizDecodeSide))
	defer bgr.Close()
	if err != nil {
		return identity.PrintedSide{}, err
	}
	width, height := displayedSize(f)
	p := printSearch{text: text, bgr: bgr, width: width, best: identity.PrintedSide{Kind: identity.KindUnknown}}
	covered := 0.0 // of the frame, by the outline that is the right way up
	for _, o := range outlines {
		upright, err := p.try(ctx, o)
		if err != nil {
			return identity.PrintedSide{}, err
		}
		if upright {
			covered = math.Abs(o.corners.area()) / float64(width*height)
			break
		}
	}
	if width > height && covered < mostCovered && len(p.best.Fields) < max(enoughLabels, p.sought) {
		if _, err := p.try(ctx, wholeFrame(width, height)); err != nil {
			return identity.PrintedSide{}, err
		}
	}
	return p.best, nil
}

// printSearch reads outlines of one frame and keeps the best side.
type printSearch struct {
	text   *textReader
	bgr    gocv.Mat
	width  int // of the frame, pixels
	best   identity.PrintedSide
	sought int // labels of the best side whose values are fields
}

// try reads one outline and tells whether it is a side the right way up.
func (p *printSearch) try(ctx context.Context, o vizOutline) (upright bool, err error) {
	if err := ctx.Err(); err != nil {
		return false, fmt.Errorf("reading print: %w", err)
	}
	side, labels, err := readSide(p.text, o, p.bgr, p.width)
	if err != nil {
		return false, err
	}
	if p.better(side) {
		p.best, p.sought = side, 0
		for _, l := range labels {
			if l.field != otherLabel {
				p.sought++
			}
		}
	}
	return len(labels) >= enoughLabels, nil
}

// better tells whether a side says more than the best so far: fields, then a title,
// which tells a document without any field of ours from its print upside down.
func (p *printSearch) better(side identity.PrintedSide) bool {
	switch got, best := len(side.Fields), len(p.best.Fields); {
	case p.best.Words == 0, got > best:
		return true
	case got < best:
		return false
	}
	return p.best.Kind == identity.KindUnknown && side.Kind != identity.KindUnknown // else the first of equals
}

// frameOf makes a frame of a request. Scans may be smaller than what a phone sends.
func frameOf(r identity.FieldRequest) (capture.Frame, error) {
	step, doc := capture.DocumentFront, capture.IdentityCard
	if r.Side == identity.Back {
		step = capture.DocumentBack
	}
	switch r.Kind {
	case identity.KindPassport:
		doc = capture.Passport
	case identity.KindResidencePermit:
		doc = capture.ResidencePermit
	}
	f, err := capture.NewPicture(r.JPEG)
	f.Step, f.Document = step, doc
	return f, err
}

// wholeFrame is the outline of a scan: the side fills it.
func wholeFrame(width, height int) vizOutline {
	w, h := float64(width), float64(height)
	long, short := millimetres(capture.ShapeOther, w/h)
	return vizOutline{quad{{X: 0, Y: 0}, {X: w - 1, Y: 0}, {X: w - 1, Y: h - 1}, {X: 0, Y: h - 1}}, long, short}
}

// outlines returns where the side may lie and which way up, the likeliest first;
// none where no document is found.
func (a *Analyzer) outlines(ctx context.Context, f capture.Frame) ([]vizOutline, error) {
	m, err := a.Analyze(ctx, f)
	if err != nil {
		return nil, err
	}
	d := m.Document
	if d == nil || !d.Found {
		return nil, nil
	}
	q, _ := lying(d.Corners)
	long, short := millimetres(d.Shape, d.Aspect)
	o := vizOutline{q, long, short}
	angle := math.Atan2(q[1].Y-q[0].Y, q[1].X-q[0].X) * 180 / math.Pi
	if d.MRZLines > 0 && d.MRZConfidence >= 0.5 { // the lines tell which way up it is
		turns := int(math.Round(math.Remainder(angle-d.Rotation, 360)/90)+4) % 4
		return []vizOutline{o.turned(turns)}, nil
	}
	if math.Abs(angle) > 90 {
		o = o.turned(2)
	}
	return []vizOutline{o, o.turned(2)}, nil
}

// readSide reads one side the way up that o says, and returns its labels too.
func readSide(text *textReader, o vizOutline, bgr gocv.Mat, frameWidth int) (identity.PrintedSide, []label, error) {
	side := identity.PrintedSide{Kind: identity.KindUnknown}
	p, err := o.print(bgr, frameWidth)
	if err != nil {
		return side, nil, err
	}
	words, err := wordsOf(text, &p)
	if err != nil {
		return side, nil, err
	}
	side.Words = len(words)
	side.Kind = kindOfWords(words)
	labels := findLabels(words)
	for _, f := range findValues(words, labels) {
		field, ok, err := readAgain(text, p, f)
		if err != nil {
			return side, nil, err
		}
		if ok {
			side.Fields = append(side.Fields, field)
		}
	}
	return side, labels, nil
}
