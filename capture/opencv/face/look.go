package face

import (
	"math"

	"gocv.io/x/gocv"

	"visavis/capture"
)

const (
	// boxSide is the side of the face's box in a chip, chip pixels.
	boxSide = chipSide / 2
	// alignedRoll is the lean in degrees up to which the landmarks are as good as
	// upright; beyond it they are read again with the chip turned.
	alignedRoll = 10
	// steady is how far the landmarks may move, in percent of the box, when they
	// are read again from a slightly other cut: faces move 0.6 to 1.9, also behind
	// masks; what only looks like a face moves 3.5 to 17.
	steady = 2.4
	// nearlySteady is enough of a face that the detector is sureOf and that is as steady in
	// no orientation: a profile moves 2.7, a face of which a mask leaves the eyes 2.6.
	nearlySteady, sureOf = 3, 0.97
)

// look is one face as seen closely. Points are in chip pixels.
type look struct {
	det    detection
	chip   chip
	points []capture.Point
	jitter float64 // percent of the box; 0 when there was no need to ask
	eyes   [2]float64
	real   bool
}

// looksAt reads a candidate's landmarks and eyes and decides whether it is a
// face at all. The pictures are of the same size.
func (f *Models) looksAt(bgr, grey gocv.Mat, d detection) (look, error) {
	x, y := d.centre()
	l := look{det: d, chip: chip{x: x, y: y, side: 2 * d.upright(), angle: float64(-90 * d.turns)}}
	if err := f.read(grey, &l); err != nil {
		return l, err
	}
	if d.score > 0.97 && l.eyes[0]+l.eyes[1] > 1 {
		l.real = true
	} else if err := f.doubt(bgr, grey, &l); err != nil {
		return l, err
	}
	if l.real {
		drawn, err := drawing(grey, l.det)
		if err != nil {
			return l, err
		}
		l.real = !drawn
	}
	return l, nil
}

// read fills in landmarks and eyes, after turning the chip until the face stands
// upright in it.
func (f *Models) read(grey gocv.Mat, l *look) error {
	return f.upright(grey, l, func(cut gocv.Mat) error { return f.readEyes(cut, l) })
}

// upright fills in the landmarks, after turning the chip until the face stands upright in
// it, and has the chip's picture read then.
func (f *Models) upright(grey gocv.Mat, l *look, read func(cut gocv.Mat) error) error {
	for range 3 {
		cut := newChip(grey, l.chip)
		points, err := f.pointsOf(cut, chipSide/2, chipSide/2, boxSide, 0)
		if err != nil {
			cut.Close()
			return err
		}
		l.points = points
		roll := eyeLine(points)
		if math.Abs(roll) > alignedRoll {
			l.chip.angle += roll
			cut.Close()
			continue
		}
		err = read(cut)
		cut.Close()
		return err
	}
	// The search did not converge: there is no upright face.
	l.eyes = [2]float64{}
	return nil
}

func (f *Models) readEyes(cut gocv.Mat, l *look) error {
	roll := eyeLine(l.points)
	for i, first := range [2]int{36, 42} {
		open, err := f.eyeOpenByNet(cut, l.points, first, roll)
		if err != nil {
			return err
		}
		l.eyes[i] = open
	}
	return nil
}

// doubt asks again: do the landmarks hold when the cut changes a little, in this
// or another orientation?
func (f *Models) doubt(bgr, grey gocv.Mat, l *look) error {
	if err := f.shake(grey, l); err != nil {
		return err
	}
	l.real = l.jitter <= steady
	first, best := *l, *l
	for _, angle := range []float64{first.chip.angle, 0, 45, -45, 90, -90, 180} {
		if l.real {
			return nil
		}
		*l = look{det: first.det, chip: first.chip}
		l.chip.angle = angle
		if err := f.turnTo(bgr, grey, l); err != nil {
			return err
		}
		if l.jitter > 0 && l.jitter < best.jitter {
			best = *l
		}
	}
	if !l.real && first.det.score > sureOf && best.jitter <= nearlySteady {
		*l, l.real = best, true
	}
	return nil
}

// turnTo looks at the face again with the chip's angle as a guess.
func (f *Models) turnTo(bgr, grey gocv.Mat, l *look) error {
	for range 2 {
		angle := l.chip.angle
		seen, err := f.refine(bgr, l)
		if err != nil || !seen {
			return err
		}
		if err := f.read(grey, l); err != nil {
			return err
		}
		if math.Abs(turn180(l.chip.angle-angle)) <= alignedRoll {
			break
		}
	}
	err := f.shake(grey, l)
	l.real = l.jitter <= steady
	return err
}

// refine runs the detector over the surroundings of a face, turned upright as the
// chip says, and moves the chip to the box it finds there: the box of a leaning
// face is off its centre and too large.
func (f *Models) refine(bgr gocv.Mat, l *look) (bool, error) {
	around := l.chip
	around.side = 4 * l.det.upright()
	cut := newChip(bgr, around)
	defer cut.Close()
	found, err := f.detect(cut, surely)
	if err != nil {
		return false, err
	}
	for _, d := range found {
		x, y := d.centre()
		if math.Hypot(x-chipSide/2, y-chipSide/2) < chipSide/8 && d.h > chipSide/10 {
			c := around.toPicture(capture.Point{X: x, Y: y})
			l.chip.x, l.chip.y = c.X, c.Y
			l.chip.side = 2 * d.h * around.side / chipSide
			return true, nil
		}
	}
	return false, nil
}

// shake measures the jitter.
func (f *Models) shake(grey gocv.Mat, l *look) error {
	cut := newChip(grey, l.chip)
	defer cut.Close()
	const centre, step = chipSide / 2.0, boxSide / 16.0
	sum := 0.0
	for _, c := range [][4]float64{
		{centre + step, centre, boxSide, 0},
		{centre, centre - step, 1.12 * boxSide, 0},
		{centre, centre, boxSide, 8},
	} {
		again, err := f.pointsOf(cut, c[0], c[1], c[2], c[3])
		if err != nil {
			return err
		}
		for i := 17; i < landmarks; i++ {
			sum += math.Hypot(again[i].X-l.points[i].X, again[i].Y-l.points[i].Y)
		}
	}
	l.jitter = 100 * sum / (3 * float64(landmarks-17)) / boxSide
	return nil
}
