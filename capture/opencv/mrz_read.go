package opencv

import (
	"context"
	"fmt"

	"gocv.io/x/gocv"

	"visavis/capture"
	"visavis/identity"
)

var _ identity.ZoneReader = (*Analyzer)(nil)

const (
	// zoneDecodeSide is the long side, in pixels, that pictures are read at, at
	// least where they have it: letters of a document that fills half of it are
	// then 15 pixels and more.
	zoneDecodeSide = 1600
	// sureLetter is the least probability of every letter of a reading that is
	// called valid. Of 148 labelled scans and frames, every wrong reading whose digits
	// fit was below it, but for two documents whose labels are in doubt.
	sureLetter = 0.75
	// rectifiedSide is the long side of a rectified document, pixels.
	rectifiedSide = 1500
)

// ReadZone reads the machine readable zone of a picture at any rotation, with or
// without a document's outline. Errors are a *capture.FrameError for bytes that are
// no picture.
func (a *Analyzer) ReadZone(ctx context.Context, r identity.ZoneRequest) (identity.ZoneReading, error) {
	f, err := capture.NewPicture(r.JPEG)
	if err != nil {
		return identity.ZoneReading{}, err
	}
	grey, err := decode(f, false, reduction(f.Width, f.Height, zoneDecodeSide))
	defer grey.Close()
	if err != nil {
		return identity.ZoneReading{}, err
	}
	width, _ := displayedSize(f)
	scale := float64(width) / float64(grey.Cols())
	if r.Line {
		return a.readOneLine(grey)
	}
	best, err := a.zoneIn(ctx, grey)
	if err == nil && !best.settled() {
		var other zoneFound
		if other, err = a.zoneInDocument(ctx, f, grey); other.better(best) {
			best = other
		}
	}
	if err != nil {
		return identity.ZoneReading{}, err
	}
	return best.reading(scale), nil
}

// readOneLine reads a picture that is one line and nothing else.
func (a *Analyzer) readOneLine(grey gocv.Mat) (identity.ZoneReading, error) {
	w, h := float64(grey.Cols()-1), float64(grey.Rows()-1)
	whole := quad{{X: 0, Y: 0}, {X: w, Y: 0}, {X: w, Y: h}, {X: 0, Y: h}}
	var best spelling
	for _, room := range cropRooms {
		// Crops are cut close: the letters take most of the height.
		s, _, err := a.readRow(grey, zoneRow{whole, h / 1.25}, room)
		if err != nil {
			return identity.ZoneReading{}, err
		}
		if s.fitting() > best.fitting() {
			best = s
		}
	}
	return identity.ZoneReading{
		Reading: identity.Reading{Status: identity.Unreadable}, Recognised: []string{best.text}, Confidence: best.worst(), LetterHeight: h,
	}, nil
}

// zoneIn looks for a zone in a picture, lying either way or standing either way.
func (a *Analyzer) zoneIn(ctx context.Context, grey gocv.Mat) (zoneFound, error) {
	best, err := a.lyingZone(ctx, grey)
	if err != nil || best.settled() {
		return best, err
	}
	turned := gocv.NewMat()
	defer turned.Close()
	gocv.Rotate(grey, &turned, gocv.Rotate90Clockwise)
	other, err := a.lyingZone(ctx, turned)
	if err != nil {
		return best, err
	}
	if other.better(best) {
		h := float64(grey.Rows() - 1)
		for i, c := range other.corners { // back to the picture as it was
			other.corners[i] = capture.Point{X: c.Y, Y: h - c.X}
		}
		return other, nil
	}
	return best, nil
}

// zoneInDocument looks for the zone of the document that lies in a frame.
func (a *Analyzer) zoneInDocument(ctx context.Context, f capture.Frame, grey gocv.Mat) (zoneFound, error) {
	s, err := search(f)
	defer s.bgr.Close()
	if err != nil {
		return zoneFound{}, err
	}
	if err := a.decide(f, grey, &s); err != nil {
		return zoneFound{}, err
	}
	if !s.found {
		return zoneFound{}, nil
	}
	width, _ := displayedSize(f)
	k := float64(grey.Cols()) / float64(width)
	q, _ := lying(s.corners)
	q = q.scaled(k).part(-0.03, -0.04, 1.03, 1.04) // the outline may cut into the zone
	long := min(rectifiedSide, 2*q.longest())
	w, h := int(long), int(long*min((q.side(0)+q.side(2))/2, (q.side(1)+q.side(3))/2)/q.longest())
	flat, err := rectify(grey, q, w, h)
	defer flat.Close()
	if err != nil {
		return zoneFound{}, nil // an outline without area has no zone
	}
	found, err := a.zoneIn(ctx, flat)
	for i, c := range found.corners {
		found.corners[i] = lerp(lerp(q[0], q[1], c.X/float64(w-1)), lerp(q[3], q[2], c.X/float64(w-1)), c.Y/float64(h-1))
	}
	found.height *= q.longest() / long
	return found, err
}

// lyingZone looks for a zone whose lines are about horizontal, upright or upside down.
func (a *Analyzer) lyingZone(ctx context.Context, grey gocv.Mat) (zoneFound, error) {
	rows, err := zoneRows(grey)
	if err != nil {
		return zoneFound{}, err
	}
	if err := ctx.Err(); err != nil {
		return zoneFound{}, fmt.Errorf("reading a zone: %w", err)
	}
	var best zoneFound
	for _, down := range []bool{false, true} {
		lines, err := a.readRows(grey, rows, down)
		if err != nil {
			return best, err
		}
		if z := bestZone(lines); z.better(best) {
			best = z
		}
		if best.settled() {
			break
		}
		if lines, err = a.withMissing(grey, lines); err != nil {
			return best, err
		}
		if z := bestZone(lines); z.better(best) {
			best = z
		}
		if best.settled() {
			break
		}
	}
	return best, nil
}
