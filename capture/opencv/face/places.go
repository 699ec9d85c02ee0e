package face

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"gocv.io/x/gocv"
)

// Place is where a face is in a picture, in pixels of it.
type Place struct {
	X, Y   float64 // of its middle
	Height float64 // from the brow to the chin
	Angle  float64 // radians by which it is turned clockwise: 0 where it is upright, ±π on its head
	Sure   float64 // 0..1
}

const (
	// placeScore is the detector's score from which a candidate is looked at closely, and
	// placesLookedAt how many of the best are.
	placeScore     = 0.5
	placesLookedAt = 3
	// placeSure is how sure a face is at least: texture that the detector takes for one is below 0.1.
	placeSure = 0.3
)

// Places finds up to placesLookedAt faces in a picture of blue, green and red, surest first, whichever way up
// they are. It runs the detector four times.
func (f *Models) Places(bgr gocv.Mat) ([]Place, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	grey := gocv.NewMat()
	defer grey.Close()
	if bgr.Empty() || bgr.Type() != gocv.MatTypeCV8UC3 {
		return nil, fmt.Errorf("finding the places of faces: %w", errPicture)
	}
	gocv.CvtColor(bgr, &grey, gocv.ColorBGRToGray)
	if err := checkPictures(bgr, grey); err != nil {
		return nil, fmt.Errorf("finding the places of faces: %w", err)
	}
	var all []detection
	for turns := range 4 {
		found, err := f.detectTurned(f.detector, bgr, []int{turns}, placeScore)
		if err != nil {
			return nil, fmt.Errorf("finding the places of faces: %w", err)
		}
		all = append(all, found...)
	}
	all = suppress(all)
	var places []Place
	for _, d := range all[:min(len(all), placesLookedAt)] {
		l, sure, err := f.printed(grey, d)
		if err != nil {
			return nil, fmt.Errorf("finding the places of faces: %w", err)
		}
		if sure < placeSure {
			continue
		}
		x, y := d.centre()
		angle := math.Remainder((l.chip.angle+eyeLine(l.points))*math.Pi/180, 2*math.Pi)
		places = append(places, Place{x, y, d.upright(), angle, sure})
	}
	slices.SortStableFunc(places, func(a, b Place) int { return cmp.Compare(b.Sure, a.Sure) })
	return places, nil
}
