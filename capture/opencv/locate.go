package opencv

import (
	"fmt"

	"gocv.io/x/gocv"

	"visavis/capture"
)

// location is where the document is in a frame.
type location struct {
	found         bool
	confidence    float64
	corners       quad // pixels of the frame as displayed
	width, height int  // of the frame as displayed
	best          candidate
	others        []candidate // all that were scored, in pixels of the frame
	note          string
}

// searched is a location with what it was found in.
type searched struct {
	location
	bgr     gocv.Mat // reduced colour picture of the whole frame; closed by who asked
	picture picture  // the working picture
	edges   *edgeMap
}

// workingSide is the long side of the picture in which outlines are looked for first.
const workingSide = 320

// displayedSize is the frame's size after its EXIF orientation.
func displayedSize(f capture.Frame) (w, h int) {
	if f.Orientation >= 5 {
		return f.Height, f.Width
	}
	return f.Width, f.Height
}

// search finds the document in a frame. The caller closes bgr, also when there is an error.
func search(f capture.Frame) (searched, error) {
	s := searched{}
	s.width, s.height = displayedSize(f)
	var err error
	if s.bgr, err = decode(f, true, reduction(s.width, s.height, workingSide)); err != nil {
		return s, err
	}
	if s.picture, err = newPicture(s.bgr, workingSide); err != nil {
		return s, err
	}
	list, e := findDocument(s.picture, effort{lines: 60, pairs: 400, quads: 60})
	s.edges = e
	if len(list) == 0 {
		return s, nil
	}
	s.best = list[0]
	s.confidence = min(1, max(0, s.best.score))
	s.corners = s.best.corners.scaled(float64(s.width) / float64(s.picture.w)).ordered()
	s.found = s.best.score > 0.5
	for _, c := range list {
		c.corners = c.corners.scaled(float64(s.width) / float64(s.picture.w))
		s.others = append(s.others, c)
	}
	s.note = fmt.Sprintf("%+.2f b%v", s.best.parts, s.best.borders)
	return s, nil
}

// locate finds the document in a frame.
func locate(f capture.Frame) (location, error) {
	s, err := search(f)
	defer s.bgr.Close()
	return s.location, err
}
