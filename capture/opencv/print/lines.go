package print

import (
	"slices"

	"gocv.io/x/gocv"

	"visavis/capture/opencv/pixel"
)

// Sizes of letters and their lines, millimetres.
const (
	leastLetter = 0.5 // height of a small letter of the smallest labels
	mostLetter  = 5.2
	widest      = 9.0  // one blob of touching letters
	mostLines   = 80   // more is no document
	zoneShare   = 0.62 // a line that takes more of the width is machine readable
)

// darkInk is the level of a cleaned picture under which a pixel is ink.
const darkInk = 165

// textLine is a run of letters in pixels of the picture.
type textLine struct {
	rect
	letters int
}

// linesOfText finds lines of letters in a cleaned picture of scale pixels a
// millimetre. The recogniser's own search loses pale labels beside bold values.
// Also returned are all blobs of ink.
func linesOfText(g pixel.Grey, scale float64) ([]textLine, []rect, error) {
	letters, specks, err := blobsOf(g, scale)
	if err != nil {
		return nil, nil, err
	}
	blobs := append(slices.Clone(letters), specks...)
	slices.SortFunc(letters, func(a, b rect) int { return a.left - b.left })
	var lines []textLine
	for _, l := range letters {
		if i := lineFor(lines, l); i >= 0 {
			lines[i].add(l)
		} else {
			lines = append(lines, textLine{l, 1})
		}
	}
	// Dots, accents and commas belong to the line they lie at.
	for _, s := range specks {
		if i := nearestLine(lines, s); i >= 0 {
			lines[i].join(s)
		}
	}
	lines = slices.DeleteFunc(lines, func(l textLine) bool {
		zone := float64(l.right-l.left) > zoneShare*float64(g.W) && l.letters > 20
		return zone || l.letters < 2 && float64(l.height()) < 1.2*scale
	})
	slices.SortFunc(lines, func(a, b textLine) int { return a.top - b.top })
	return lines[:min(len(lines), mostLines)], blobs, nil
}

// nearestLine returns the line that a speck lies at; -1 without one.
func nearestLine(lines []textLine, s rect) int {
	best, nearest := -1, 1<<30
	for i, l := range lines {
		h := l.height()
		if s.left < l.left-h/3 || s.right > l.right+h/2 || s.top < l.top-h/2 || s.bottom > l.bottom+h/3 {
			continue
		}
		apart := max(l.top-s.bottom, s.top-l.bottom)
		if apart < h/3 && apart < nearest {
			best, nearest = i, apart
		}
	}
	return best
}

// blobsOf returns the connected blobs of ink that may be letters, and smaller ones.
func blobsOf(g pixel.Grey, scale float64) (letters, specks []rect, err error) {
	ink := make([]uint8, len(g.Pix))
	for i, v := range g.Pix {
		if v < darkInk {
			ink[i] = 255
		}
	}
	binary, err := gocv.NewMatFromBytes(g.H, g.W, gocv.MatTypeCV8UC1, ink)
	defer binary.Close()
	if err != nil {
		return nil, nil, err
	}
	labels, stats, centroids := gocv.NewMat(), gocv.NewMat(), gocv.NewMat()
	defer labels.Close()
	defer stats.Close()
	defer centroids.Close()
	n := gocv.ConnectedComponentsWithStats(binary, &labels, &stats, &centroids)
	for i := 1; i < n && i < stats.Rows(); i++ {
		left, top := int(stats.GetIntAt(i, 0)), int(stats.GetIntAt(i, 1))
		r := rect{left, top, left + int(stats.GetIntAt(i, 2)), top + int(stats.GetIntAt(i, 3))}
		w, h := float64(r.right-r.left)/scale, float64(r.height())/scale
		edge := r.left == 0 || r.top == 0 || r.right == g.W || r.bottom == g.H
		switch {
		case edge || h > mostLetter || w > widest:
		case h >= leastLetter && w < 6*h:
			letters = append(letters, r)
		case h >= 0.1 && w >= 0.1:
			specks = append(specks, r)
		}
	}
	return letters, specks, nil
}

// lineFor returns the line that a letter goes on; -1 when it begins one. Letters
// come from left to right.
func lineFor(lines []textLine, l rect) int {
	best, gap := -1, 1<<30
	for i, line := range lines {
		h := max(line.height(), l.height())
		overlap := min(line.bottom, l.bottom) - max(line.top, l.top)
		apart := l.left - line.right
		similar := 10*l.height() < 16*line.height() && 10*line.height() < 22*l.height()
		if similar && 2*overlap >= min(line.height(), l.height()) && apart < 11*h/10 && apart < gap {
			best, gap = i, apart
		}
	}
	return best
}

func (l *textLine) add(r rect) {
	l.join(r)
	l.letters++
}

func (l *textLine) join(r rect) {
	l.left, l.top = min(l.left, r.left), min(l.top, r.top)
	l.right, l.bottom = max(l.right, r.right), max(l.bottom, r.bottom)
}
