package opencv

import (
	"fmt"

	"gocv.io/x/gocv"
)

// portraitScore is the detector's score from which a candidate on a document is
// looked at: printed portraits are small, grey and under guilloches.
const portraitScore = 0.5

// portrait finds the portrait on a rectified colour picture of a document that
// stands upright: its confidence, 0 to 1, and its box, x, y, width and height as
// shares of the picture. Confidence is 0 when there is none.
func (f *faces) portrait(rectified gocv.Mat) (confidence float64, box [4]float64, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	grey := gocv.NewMat()
	defer grey.Close()
	if rectified.Empty() || rectified.Type() != gocv.MatTypeCV8UC3 {
		return 0, box, fmt.Errorf("finding the portrait: %w", errPicture)
	}
	gocv.CvtColor(rectified, &grey, gocv.ColorBGRToGray)
	if err := checkPictures(rectified, grey); err != nil {
		return 0, box, fmt.Errorf("finding the portrait: %w", err)
	}
	found, err := f.detect(rectified, portraitScore)
	if err != nil {
		return 0, box, fmt.Errorf("finding the portrait: %w", err)
	}
	// The portrait is the largest face; ghost portraits are smaller.
	best, l := 0.0, look{}
	for i, d := range found {
		if i == lookedAt {
			break
		}
		seen, sure, err := f.printed(grey, d)
		if err != nil {
			return 0, box, fmt.Errorf("finding the portrait: %w", err)
		}
		if weight := sure * d.h; weight > best {
			best, confidence, l = weight, sure, seen
		}
	}
	if best == 0 {
		return 0, box, nil
	}
	w, h := float64(rectified.Cols()), float64(rectified.Rows())
	return confidence, [4]float64{l.det.x / w, l.det.y / h, l.det.w / w, l.det.h / h}, nil
}

// printed is how sure it is that a candidate on a document is a portrait: the
// detector's score, less for landmarks that do not hold still.
func (f *faces) printed(grey gocv.Mat, d detection) (look, float64, error) {
	x, y := d.centre()
	l := look{det: d, chip: chip{x: x, y: y, side: 2 * d.h}}
	if err := f.read(grey, &l); err != nil {
		return l, 0, err
	}
	if err := f.shake(grey, &l); err != nil {
		return l, 0, err
	}
	return l, d.score * logistic(-l.jitter, -portraitSteady, 0.6), nil
}

// portraitSteady is the jitter at which a portrait is as likely as something that
// only looks like one; print and guilloches move landmarks more than skin does.
const portraitSteady = 3.5
