package zone

import (
	"context"
	"fmt"

	"gocv.io/x/gocv"

	"visavis/capture"
	"visavis/capture/opencv/pixel"
	"visavis/identity"
)

// sureLetter is the least probability of every letter that nothing is left to gain of.
const sureLetter = identity.SureLetter

// Reader looks for the zone of one picture.
type Reader struct {
	ctx context.Context //nolint:containedctx // it lives as long as one call
	net *Net
	// left is how often the network may still be asked. It takes most of the time,
	// 3 to 5 ms a line, and a picture without a zone has many rows that might be one.
	left int
}

// NewReader reads one picture with at most so many runs of the network.
func NewReader(ctx context.Context, net *Net, runs int) *Reader {
	return &Reader{ctx, net, runs}
}

// Allow allows more runs, for another part of the same picture.
func (z *Reader) Allow(runs int) { z.left = runs }

// How often the network is asked about one picture at most. Of 148 labelled
// pictures whose zone can be read, all but one were read after fewer.
const (
	PictureRuns  = 60 // of a whole picture
	DocumentRuns = 50 // of a document whose outline is known
)

// otherWay is by how much the way up that promises less may promise less to be
// looked at with care all the same.
const otherWay = 0.06

// OneLine reads a picture that is one line and nothing else.
func (z *Reader) OneLine(grey gocv.Mat) (identity.ZoneReading, error) {
	w, h := float64(grey.Cols()-1), float64(grey.Rows()-1)
	whole := pixel.Quad{{X: 0, Y: 0}, {X: w, Y: 0}, {X: w, Y: h}, {X: 0, Y: h}}
	var best spelling
	var seen columns
	for _, room := range cropRooms {
		// Crops are cut close: the letters take most of the height.
		s, c, err := z.readRow(grey, zoneRow{whole, h / 1.25}, room)
		if err != nil {
			return identity.ZoneReading{}, err
		}
		if s.fitting() > best.fitting() {
			best, seen = s, c
		}
	}
	best = seen.orderly(best)
	return identity.ZoneReading{
		Reading: identity.Reading{Status: identity.Unreadable}, Recognised: []string{best.text}, Sure: [][]float64{best.sure},
		Confidence: best.worst(), LetterHeight: h,
	}, nil
}

// InPicture looks for a zone in a picture, lying either way or standing either way.
func (z *Reader) InPicture(grey gocv.Mat) (Found, error) {
	all := z.left
	z.left = all * 3 / 5 // lying is likelier
	best, err := z.lying(grey)
	if err != nil || best.Settled() {
		return best, err
	}
	z.left += all * 2 / 5
	turned := gocv.NewMat()
	defer turned.Close()
	gocv.Rotate(grey, &turned, gocv.Rotate90Clockwise)
	other, err := z.lying(turned)
	if err != nil {
		return best, err
	}
	if other.Better(best) {
		h := float64(grey.Rows() - 1)
		for i, c := range other.Corners { // back to the picture as it was
			other.Corners[i] = capture.Point{X: c.Y, Y: h - c.X}
		}
		return other, nil
	}
	return best, nil
}

// lying looks for a zone whose lines are about horizontal, upright or upside down:
// first at every row once, of the boxes of print and, where those have no zone, across the
// picture; then with more care at those that look like lines, the more promising way up
// first.
func (z *Reader) lying(grey gocv.Mat) (Found, error) {
	if err := z.ctx.Err(); err != nil {
		return Found{}, fmt.Errorf("reading a zone: %w", err)
	}
	rows, err := zoneRows(grey)
	if err != nil {
		return Found{}, err
	}
	var best Found
	var ways [2][]zoneLine
	if err := z.atOnce(grey, rows, &ways, &best); err != nil || best.Settled() {
		return best, err
	}
	if best.rank() == 0 {
		if rows, err = rowsAcross(grey); err != nil {
			return best, err
		}
		if err := z.atOnce(grey, rows, &ways, &best); err != nil || best.Settled() {
			return best, err
		}
	}
	if promise(ways[1]) > promise(ways[0]) {
		ways[0], ways[1] = ways[1], ways[0]
	}
	for i, lines := range ways {
		if i > 0 && promise(lines) < promise(ways[0])-otherWay {
			break
		}
		found, err := z.carefully(grey, lines)
		if err != nil {
			return best, err
		}
		if found.Better(best) {
			best = found
		}
		if best.Settled() {
			break
		}
	}
	return best, nil
}

// atOnce reads every row once, both ways up, beside the lines of either way that are
// known, and keeps the best zone. It stops at one that nothing can be gained on.
func (z *Reader) atOnce(grey gocv.Mat, rows []zoneRow, ways *[2][]zoneLine, best *Found) error {
	for i := range ways {
		lines, err := z.glance(grey, rows, i == 1)
		if err != nil {
			return err
		}
		ways[i] = sortedLines(append(ways[i], lines...))
		if found := bestZone(certain(ways[i])); found.Better(*best) {
			*best = found
		}
		if best.Settled() {
			return nil
		}
	}
	return nil
}

// carefully reads lines again with more or less room, and then those that the
// search for rows has lost.
func (z *Reader) carefully(grey gocv.Mat, lines []zoneLine) (Found, error) {
	lines, err := z.again(grey, lines)
	if err != nil {
		return Found{}, err
	}
	best := bestZone(lines)
	if best.Settled() || len(lines) == 0 {
		return best, nil
	}
	if lines, err = z.withMissing(grey, lines); err != nil {
		return best, err
	}
	if found := bestZone(lines); found.Better(best) {
		best = found
	}
	return best, nil
}
