package opencv

import (
	"context"

	"gocv.io/x/gocv"

	"visavis/capture"
	"visavis/capture/opencv/outline"
	"visavis/capture/opencv/pixel"
	"visavis/capture/opencv/zone"
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
	grey, err := pixel.Decode(f, false, pixel.Reduction(f.Width, f.Height, zoneDecodeSide))
	defer grey.Close()
	if err != nil {
		return identity.ZoneReading{}, err
	}
	width, _ := pixel.DisplayedSize(f)
	scale := float64(width) / float64(grey.Cols())
	z := zone.NewReader(ctx, &a.zones, zone.PictureRuns)
	if r.Line {
		return z.OneLine(grey)
	}
	best, err := z.InPicture(grey)
	if err == nil && !best.Settled() {
		z.Allow(zone.DocumentRuns)
		var other zone.Found
		if other, err = a.zoneInFrame(z, f, grey); other.Better(best) {
			best = other
		}
	}
	if err != nil {
		return identity.ZoneReading{}, err
	}
	return best.Reading(scale), nil
}

// zoneInFrame looks for the zone of the document that lies in a frame. grey is the
// frame, reduced or not; the zone is in its pixels.
func (a *Analyzer) zoneInFrame(z *zone.Reader, f capture.Frame, grey gocv.Mat) (zone.Found, error) {
	s, err := outline.Search(f, nil)
	defer s.Close()
	if err != nil {
		return zone.Found{}, err
	}
	if err := a.decide(f, grey, &s); err != nil || !s.Found {
		return zone.Found{}, err
	}
	width, _ := pixel.DisplayedSize(f)
	return z.InDocument(grey, s.Corners.Scaled(float64(grey.Cols())/float64(width)))
}
