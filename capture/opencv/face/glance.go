package face

import (
	"image"

	"gocv.io/x/gocv"
)

// A glance has the detector look at a preview at half its own size, which takes a quarter of
// the time. What is sure then stands; what is not is looked at in the detector's own size.

// Width and height of a glance's pictures, pixels.
var (
	lyingGlance    = image.Pt(160, 120)
	standingGlance = image.Pt(120, 160)
	stackedGlance  = image.Pt(160, 208)
)

const (
	// glanceDoubt is a candidate's score from which a glance has seen something.
	glanceDoubt = 0.2
	// glanceHeight is a face's height in a glance, pixels, from which it stands: another one
	// that counts beside it then has 13 at least, of which the detector finds nearly all.
	glanceHeight = 28
	// glancePortrait is a portrait's height over the document's short side from which it
	// stands, clear of the ghosts.
	glancePortrait = 0.16
)

// glanceAt is the detector for a glance at a whole picture.
func (f *Models) glanceAt(bgr gocv.Mat) *net {
	if bgr.Rows() > bgr.Cols() {
		return f.standing
	}
	return f.lying
}

// glanced finds the faces of a whole picture: at a glance, if one face alone is seen and surely.
func (f *Models) glanced(bgr gocv.Mat) ([]detection, error) {
	by := f.glanceAt(bgr)
	found, err := detectBy(by, bgr, glanceDoubt)
	scale := min(float64(by.side.X)/float64(bgr.Cols()), float64(by.side.Y)/float64(bgr.Rows()))
	if err != nil || len(found) == 1 && found[0].score > sureOf && found[0].h*scale >= glanceHeight {
		return found, err
	}
	return f.detect(bgr, surely)
}

// portraitsGlanced finds candidates on a document in one or two orientations: at a glance, if
// none is seen or a large one that is believed, without others of its size.
func (f *Models) portraitsGlanced(bgr gocv.Mat, turns []int, believed float64) ([]detection, error) {
	by := f.lying
	if len(turns) > 1 {
		by = f.stacked
	}
	found, err := f.detectTurned(by, bgr, turns, glanceDoubt)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	least := glancePortrait * float64(min(bgr.Cols(), bgr.Rows()))
	if best := found[0]; best.score >= believed && best.upright() >= least && othersLike(best, found, glanceDoubt) == 0 {
		return found, nil
	}
	return f.detectTurned(f.detector, bgr, turns, portraitScore)
}
