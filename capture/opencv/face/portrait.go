package face

import (
	"cmp"
	"fmt"
	"image"
	"slices"

	"gocv.io/x/gocv"
)

const (
	// portraitScore is the detector's score from which a candidate on a document is
	// looked at: printed portraits are small, grey and under guilloches.
	portraitScore = 0.4
	// portraitSteady is the jitter at which a portrait is as likely as something that
	// only looks like one; print and guilloches move landmarks more than skin does.
	portraitSteady = 3.5
	// portraitHeight is a face's height over the document's short side that is as
	// likely a portrait as a ghost of one: portraits take 0.19 to 0.51 of cards and
	// pages and 0.14 of an open passport, the ghosts on backs up to 0.10.
	portraitHeight, portraitHeightWidth = 0.12, 0.005
	// portraitsLookedAt bounds the candidates that are looked at closely: each takes
	// as long as the detector.
	portraitsLookedAt = 3
)

// Portrait is a face on a rectified document.
type Portrait struct {
	Confidence float64    // 0..1
	Box        [4]float64 // x, y, width and height as shares of the upright document
	// Others are the faces beside it that are nearly as large and sure: of a group of people.
	Others int
	turns  int // quarter turns clockwise that bring the picture upright
}

// uprightBox is a box of the picture, as shares, once it is turned clockwise.
func uprightBox(x, y, w, h float64, turns int) [4]float64 {
	switch turns {
	case 1:
		return [4]float64{1 - y - h, x, h, w}
	case 2:
		return [4]float64{1 - x - w, 1 - y - h, w, h}
	case 3:
		return [4]float64{y, 1 - x - w, h, w}
	}
	return [4]float64{x, y, w, h}
}

// Portrait finds the portrait on a rectified colour picture of a document that may
// have to be turned by one of these quarter turns to stand upright. Confidence is 0
// when there is none.
func (f *Models) Portrait(rectified gocv.Mat, turns ...int) (Portrait, error) {
	return f.PortraitThat(rectified, Asked{Turns: turns})
}

// Asked is how a portrait is looked for.
type Asked struct {
	// Turns are the quarter turns by which the picture may have to be turned, two at a time.
	Turns []int
	// Will tells whether an answer will do, which for a confidence it does for every higher
	// one. Optional.
	Will func(Portrait) bool
	// Believed is the detector's score from which its candidates are not looked at closely,
	// and are looked for at a glance at first; 0 if all are looked at.
	Believed float64
}

// PortraitThat is Portrait where only an answer counts that will do. A pair of turns in which
// no candidate would do, however sure it were of its landmarks, is not looked at closely: its
// Confidence is 0.
func (f *Models) PortraitThat(rectified gocv.Mat, asked Asked) (Portrait, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	grey := gocv.NewMat()
	defer grey.Close()
	if rectified.Empty() || rectified.Type() != gocv.MatTypeCV8UC3 {
		return Portrait{}, fmt.Errorf("finding the portrait: %w", errPicture)
	}
	gocv.CvtColor(rectified, &grey, gocv.ColorBGRToGray)
	if err := checkPictures(rectified, grey); err != nil {
		return Portrait{}, fmt.Errorf("finding the portrait: %w", err)
	}
	var best Portrait
	weight := 0.0
	for turns := asked.Turns; len(turns) > 0; {
		pair := turns[:min(2, len(turns))]
		turns = turns[len(pair):]
		found, err := f.portraits(rectified, pair, asked.Believed)
		if err != nil {
			return Portrait{}, fmt.Errorf("finding the portrait: %w", err)
		}
		all := found
		found = found[:min(len(found), portraitsLookedAt)]
		w, h := float64(rectified.Cols()), float64(rectified.Rows())
		as := func(d detection, sure float64) Portrait {
			sure *= logistic(d.upright()/min(w, h), portraitHeight, portraitHeightWidth)
			return Portrait{sure, uprightBox(d.x/w, d.y/h, d.w/w, d.h/h, d.turns), othersLike(d, all, groupScore), d.turns}
		}
		may := func(d detection) bool { return asked.Will == nil || asked.Will(as(d, d.score)) }
		if !slices.ContainsFunc(found, may) {
			continue
		}
		for _, d := range found {
			if as(d, d.score).Confidence*d.upright() <= weight {
				continue // cannot count for more, however still its landmarks hold
			}
			sure := d.score
			if asked.Believed == 0 || sure < asked.Believed {
				var err error
				if _, sure, err = f.printed(grey, d); err != nil {
					return Portrait{}, fmt.Errorf("finding the portrait: %w", err)
				}
			}
			// The portrait is the largest face; ghost portraits are smaller.
			if p := as(d, sure); p.Confidence*d.upright() > weight {
				weight, best = p.Confidence*d.upright(), p
			}
		}
		if best.Confidence >= 0.5 {
			break
		}
	}
	return best, nil
}

// How large a face is beside another one, and how sure, to be one of the same group.
const groupSize, groupScore = 0.6, 0.6

// othersLike counts the faces of at least that score that are of one group with another one.
func othersLike(d detection, all []detection, least float64) int {
	n := 0
	for _, o := range all {
		if o != d && o.turns == d.turns && o.score >= least && o.upright() >= groupSize*d.upright() {
			n++
		}
	}
	return n
}

// portraits are the candidates on a document in one or two orientations.
func (f *Models) portraits(bgr gocv.Mat, turns []int, believed float64) ([]detection, error) {
	if believed > 0 {
		return f.portraitsGlanced(bgr, turns, believed)
	}
	return f.detectTurned(f.detector, bgr, turns, portraitScore)
}

// detectTurned runs one of the detector's networks once over one or two orientations of a picture,
// side by side in its input; the boxes are of the picture as given, the likeliest
// portrait first. A portrait is a quarter of a document's height, which leaves the
// detector enough of half its input.
func (f *Models) detectTurned(by *net, bgr gocv.Mat, turns []int, least float64) ([]detection, error) {
	if len(turns) == 1 && turns[0] == 0 {
		return detectBy(by, bgr, least)
	}
	w, h := by.side.X, by.side.Y
	if turns[0]%2 == 0 == (bgr.Cols() >= bgr.Rows()) { // lying: one above the other
		h /= len(turns)
	} else {
		w /= len(turns)
	}
	canvas := gocv.NewMatWithSizeFromScalar(gocv.NewScalar(127, 127, 127, 0), by.side.Y, by.side.X, gocv.MatTypeCV8UC3)
	defer canvas.Close()
	turned := gocv.NewMat()
	defer turned.Close()
	cells := make([]image.Rectangle, len(turns))
	for i, t := range turns {
		at := image.Pt(0, 0)
		if i > 0 {
			at = image.Pt(by.side.X-w, by.side.Y-h)
		}
		gocv.Resize(bgr, &turned, fitInto(bgr, t, w, h), 0, 0, gocv.InterpolationArea)
		turnBy(&turned, t)
		cells[i] = image.Rectangle{at, at.Add(image.Pt(turned.Cols(), turned.Rows()))}
		region := canvas.Region(cells[i])
		turned.CopyTo(&region)
		if err := region.Close(); err != nil {
			return nil, err
		}
	}
	found, err := detectBy(by, canvas, least)
	if err != nil {
		return nil, err
	}
	var all []detection
	for _, d := range found {
		x, y := d.centre()
		for i, cell := range cells {
			if image.Pt(int(x), int(y)).In(cell) {
				all = append(all, d.outOf(cell, turns[i], bgr))
			}
		}
	}
	slices.SortStableFunc(all, func(a, b detection) int { return cmp.Compare(b.score*b.upright(), a.score*a.upright()) })
	return all, nil
}

// fitInto is the size before the turn that fits into w × h after it.
func fitInto(img gocv.Mat, turns, w, h int) image.Point {
	if turns%2 == 1 {
		w, h = h, w
	}
	scale := min(float64(w)/float64(img.Cols()), float64(h)/float64(img.Rows()))
	return image.Pt(max(1, int(float64(img.Cols())*scale)), max(1, int(float64(img.Rows())*scale)))
}

// turnBy turns a picture clockwise by quarter turns, in place.
func turnBy(img *gocv.Mat, turns int) {
	codes := [...]gocv.RotateFlag{1: gocv.Rotate90Clockwise, 2: gocv.Rotate180Clockwise, 3: gocv.Rotate90CounterClockwise}
	if turns > 0 && turns < len(codes) {
		gocv.Rotate(*img, img, codes[turns])
	}
}

// outOf is the box in the picture that was turned and brought into a cell.
func (d detection) outOf(cell image.Rectangle, turns int, img gocv.Mat) detection {
	w, h := float64(img.Cols()), float64(img.Rows())
	tw, th := w, h
	if turns%2 == 1 {
		tw, th = h, w
	}
	fx, fy := tw/float64(cell.Dx()), th/float64(cell.Dy())
	d.x, d.w = (d.x-float64(cell.Min.X))*fx, d.w*fx
	d.y, d.h = (d.y-float64(cell.Min.Y))*fy, d.h*fy
	return d.turnedBack(turns, w, h)
}

// printed is how sure it is that a candidate on a document is a portrait: the
// detector's score, less for landmarks that do not hold still.
func (f *Models) printed(grey gocv.Mat, d detection) (look, float64, error) {
	x, y := d.centre()
	l := look{det: d, chip: chip{x: x, y: y, side: 2 * d.upright(), angle: float64(-90 * d.turns)}}
	if err := f.upright(grey, &l, func(gocv.Mat) error { return nil }); err != nil {
		return l, 0, err
	}
	if err := f.shake(grey, &l); err != nil {
		return l, 0, err
	}
	return l, d.score * logistic(-l.jitter, -portraitSteady, 0.6), nil
}

// PortraitWidth is the rectified document's long side for the face detector.
const PortraitWidth = 480
