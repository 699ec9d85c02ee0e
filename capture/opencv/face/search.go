package face

import (
	"image"
	"math"

	"gocv.io/x/gocv"

	"visavis/capture"
)

const (
	// surely is the detector's score from which a candidate is looked at. Most
	// real faces are above 0.95; what only looks like one is sorted out after.
	surely = 0.5
	// tileShare of a side is covered by one of four tiles, smallShare by one of
	// nine, smallestShare by one of sixteen: a face of 3 % of a picture's long side
	// has the detector's least size there. Neighbours overlap by more than the faces
	// that need them.
	tileShare     = 0.6
	smallShare    = 0.42
	smallestShare = 0.32
	// tiledSide is the long side in pixels from which tiles show more than the
	// whole: the detector's own input is 320 wide.
	tiledSide = 400
)

// search is a way of looking for candidate faces, best first.
type search func() ([]detection, error)

// ways are the searches in the order in which they are made until one finds a candidate: the
// whole picture, of a preview at a glance at first, then four tiles, for faces too small for the
// detector. A still, which is rare and must be answered right, is also searched turned by quarter
// turns and in smaller tiles.
func (f *Models) ways(bgr gocv.Mat, kind capture.Kind) []search {
	ways := f.waysWithoutGlance(bgr)
	if kind != capture.Still {
		ways[0] = func() ([]detection, error) { return f.glanced(bgr) }
		return ways
	}
	small := f.waysToSmall(bgr)
	return append(ways,
		small[0],
		func() ([]detection, error) { return searchTurned(bgr, f.whole) },
		func() ([]detection, error) { return searchTurned(bgr, f.tiles) },
		small[1],
	)
}

// waysWithoutGlance are the searches of a preview with the detector's own size alone.
func (f *Models) waysWithoutGlance(bgr gocv.Mat) []search {
	return []search{
		func() ([]detection, error) { return f.whole(bgr) },
		func() ([]detection, error) { return f.tiles(bgr) },
	}
}

func (f *Models) whole(bgr gocv.Mat) ([]detection, error) { return f.detect(bgr, surely) }
func (f *Models) tiles(bgr gocv.Mat) ([]detection, error) { return f.searchTiles(bgr, 2, tileShare) }

// waysToSmall are the searches for small faces: nine tiles, then sixteen.
func (f *Models) waysToSmall(bgr gocv.Mat) []search {
	return []search{
		func() ([]detection, error) { return f.searchTiles(bgr, 3, smallShare) },
		func() ([]detection, error) { return f.searchTiles(bgr, 4, smallestShare) },
	}
}

// searchTurned looks at the picture turned by one, two and three quarter turns.
func searchTurned(bgr gocv.Mat, look func(gocv.Mat) ([]detection, error)) ([]detection, error) {
	w, h := float64(bgr.Cols()), float64(bgr.Rows())
	turned := gocv.NewMat()
	defer turned.Close()
	var all []detection
	for turns, code := range []gocv.RotateFlag{gocv.Rotate90Clockwise, gocv.Rotate180Clockwise,
		gocv.Rotate90CounterClockwise} {
		gocv.Rotate(bgr, &turned, code)
		found, err := look(turned)
		if err != nil {
			return nil, err
		}
		for _, d := range found {
			all = append(all, d.turnedBack(turns+1, w, h))
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

// searchTiles looks at n × n tiles, each a share of the picture's sides.
func (f *Models) searchTiles(bgr gocv.Mat, n int, share float64) ([]detection, error) {
	w, h := bgr.Cols(), bgr.Rows()
	if max(w, h) < tiledSide {
		return nil, nil
	}
	tw, th := int(math.Ceil(share*float64(w))), int(math.Ceil(share*float64(h)))
	var all []detection
	for i := range n * n {
		x, y := (w-tw)*(i%n)/(n-1), (h-th)*(i/n)/(n-1)
		found, err := f.detectIn(bgr, image.Rect(x, y, x+tw, y+th))
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return suppress(all), nil
}

// detectIn looks at a part of the picture; the boxes are of the whole.
func (f *Models) detectIn(bgr gocv.Mat, r image.Rectangle) ([]detection, error) {
	tile := bgr.Region(r)
	defer tile.Close()
	found, err := f.detect(tile, surely)
	for i := range found {
		found[i].x += float64(r.Min.X)
		found[i].y += float64(r.Min.Y)
	}
	return found, err
}
