package opencv

import (
	"context"

	"gocv.io/x/gocv"

	"visavis/capture"
	"visavis/identity"
)

var _ identity.ZoneReader = (*Analyzer)(nil)

// zoneDecodeSide is the long side, in pixels, that pictures are read at, at
// least where they have it: letters of a document that fills half of it are
// then 15 pixels and more.
const zoneDecodeSide = 1600

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
	z := newZoneReader(ctx, &a.zones, pictureRuns)
	if r.Line {
		return z.oneLine(grey)
	}
	best, err := z.inPicture(grey)
	if err == nil && !best.settled() {
		z.allow(documentRuns)
		var other zoneFound
		if other, err = a.zoneInFrame(z, f, grey); other.better(best) {
			best = other
		}
	}
	if err != nil {
		return identity.ZoneReading{}, err
	}
	return best.reading(scale), nil
}

// zoneInFrame looks for the zone of the document that lies in a frame. grey is the
// frame, reduced or not; the zone is in its pixels.
func (a *Analyzer) zoneInFrame(z *zoneReader, f capture.Frame, grey gocv.Mat) (zoneFound, error) {
	s, err := search(f, nil)
	defer s.Close()
	if err != nil {
		return zoneFound{}, err
	}
	if err := a.decide(f, grey, &s); err != nil || !s.found {
		return zoneFound{}, err
	}
	width, _ := displayedSize(f)
	return z.inDocument(grey, s.corners.scaled(float64(grey.Cols())/float64(width)))
}
