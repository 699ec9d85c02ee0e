package opencv

import (
	"image"
	"math"

	"gocv.io/x/gocv"
)

const (
	// surely is the detector's score from which a candidate is looked at. Most
	// real faces are above 0.95; what only looks like one is sorted out after.
	surely = 0.6
	// turnedSurely is the same for pictures that were turned or cut in tiles:
	// seven more looks give seven more chances of a false one.
	turnedSurely = 0.75
	// tileShare of a side is covered by one tile. Two tiles then overlap by a
	// fifth of the side, more than a face that needs them.
	tileShare = 0.6
	// tiledSide is the long side in pixels from which tiles show more than the
	// whole: the detector's own input is 320 wide.
	tiledSide = 400
)

// search finds candidate faces, best first: in the whole picture, and where there
// are none in the picture turned by quarter turns and then in tiles, for faces
// that lie down and for faces too small for the detector.
func (f *faces) search(bgr gocv.Mat) ([]detection, error) {
	found, err := f.detect(bgr, surely)
	if err != nil || len(found) > 0 {
		return found, err
	}
	if found, err = f.searchTurned(bgr); err != nil || len(found) > 0 {
		return found, err
	}
	return f.searchTiles(bgr)
}

func (f *faces) searchTurned(bgr gocv.Mat) ([]detection, error) {
	w, h := float64(bgr.Cols()), float64(bgr.Rows())
	turned := gocv.NewMat()
	defer turned.Close()
	var all []detection
	for turns, code := range map[int]gocv.RotateFlag{
		1: gocv.Rotate90Clockwise, 2: gocv.Rotate180Clockwise, 3: gocv.Rotate90CounterClockwise,
	} {
		gocv.Rotate(bgr, &turned, code)
		found, err := f.detect(turned, turnedSurely)
		if err != nil {
			return nil, err
		}
		for _, d := range found {
			all = append(all, d.turnedBack(turns, w, h))
		}
	}
	return suppress(all), nil
}

// turnedBack is the box in the picture of w × h pixels that was turned clockwise
// by quarter turns before the detection.
func (d detection) turnedBack(turns int, w, h float64) detection {
	b := d
	switch turns {
	case 1:
		b.x, b.y, b.w, b.h = d.y, h-d.x-d.w, d.h, d.w
	case 2:
		b.x, b.y = w-d.x-d.w, h-d.y-d.h
	case 3:
		b.x, b.y, b.w, b.h = w-d.y-d.h, d.x, d.h, d.w
	}
	b.turns = turns
	return b
}

// upright is the height of the face along its own axis.
func (d detection) upright() float64 {
	if d.turns%2 == 1 {
		return d.w
	}
	return d.h
}

func (f *faces) searchTiles(bgr gocv.Mat) ([]detection, error) {
	w, h := bgr.Cols(), bgr.Rows()
	if max(w, h) < tiledSide {
		return nil, nil
	}
	tw, th := int(math.Ceil(tileShare*float64(w))), int(math.Ceil(tileShare*float64(h)))
	var all []detection
	for _, at := range []image.Point{{0, 0}, {w - tw, 0}, {0, h - th}, {w - tw, h - th}} {
		found, err := f.detectIn(bgr, image.Rect(at.X, at.Y, at.X+tw, at.Y+th))
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return suppress(all), nil
}

// detectIn looks at a part of the picture; the boxes are of the whole.
func (f *faces) detectIn(bgr gocv.Mat, r image.Rectangle) ([]detection, error) {
	tile := bgr.Region(r)
	defer tile.Close()
	found, err := f.detect(tile, turnedSurely)
	for i := range found {
		found[i].x += float64(r.Min.X)
		found[i].y += float64(r.Min.Y)
	}
	return found, err
}
