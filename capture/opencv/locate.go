package opencv

import (
	"fmt"

	"visavis/capture"
)

// location is where the document is in a frame.
type location struct {
	found         bool
	confidence    float64
	corners       quad // pixels of the frame as displayed
	cut           bool // a side lies outside the frame and its place is a guess
	width, height int  // of the frame as displayed
	note          string
	parts         scoreParts
	others        []candidate // all that were scored, in pixels of the frame
}

// workingSide is the long side of the picture in which outlines are looked for.
const workingSide = 480

// displayedSize is the frame's size after its EXIF orientation.
func displayedSize(f capture.Frame) (w, h int) {
	if f.Orientation >= 5 {
		return f.Height, f.Width
	}
	return f.Width, f.Height
}

// locate finds the document in a frame.
func locate(f capture.Frame) (location, error) {
	w, h := displayedSize(f)
	mat, err := decode(f, true, reduction(w, h, workingSide))
	defer mat.Close()
	if err != nil {
		return location{}, err
	}
	p, err := newPicture(mat, workingSide)
	if err != nil {
		return location{}, err
	}
	list, _ := findDocument(p, effort{lines: 60, pairs: 400, quads: 60})
	out := location{width: w, height: h}
	if len(list) == 0 {
		return out, nil
	}
	best := list[0]
	out.confidence = best.score
	out.parts = best.parts
	out.corners = best.corners.scaled(float64(w) / float64(p.w)).ordered()
	out.found = best.score > 0.5
	for _, c := range list {
		c.corners = c.corners.scaled(float64(w) / float64(p.w))
		out.others = append(out.others, c)
	}
	out.note = fmt.Sprintf("%+.2f b%v", best.parts, best.borders)
	return out, nil
}
