package opencv

import (
	"cmp"
	"slices"

	"gocv.io/x/gocv"
)

// zoneLine is a row with what was read of it.
type zoneLine struct {
	zoneRow
	columns columns
	free    spelling // of any length
}

// lineRooms are the heights of the strip that a line is cut out with, in letters:
// what was taken for the letters' height is not always theirs.
var lineRooms = []float64{1.72, 1.45, 2.05}

// cropRooms are those of a crop that is one line: it is cut close.
var cropRooms = []float64{1.5, 1.3, 1.75}

// mostAround is around how many lines missing ones are looked for.
const mostAround = 4

// Fewer letters, or less sure ones, are no line of a zone.
const (
	leastLetters = 22
	leastSure    = 0.55
)

// readRow reads one row with some room around.
func (a *Analyzer) readRow(grey gocv.Mat, r zoneRow, room float64) (spelling, columns, error) {
	high := (r.corners.side(1) + r.corners.side(3)) / 2
	if high <= 0 {
		return spelling{}, nil, nil
	}
	up := (room*r.height/high - 1) / 2
	side := 0.9 * r.height / max(1, r.corners.side(0))
	g, err := lineOf(grey, r.corners.part(-side, -up, 1+side, 1+up))
	if err != nil {
		return spelling{}, nil, nil //nolint:nilerr // a row without area has no letters
	}
	c, err := a.zones.read(g)
	if err != nil {
		return spelling{}, nil, err
	}
	return c.spell(), c, nil
}

// readRows reads the rows, turned upside down or not, and keeps those that look
// like lines of a zone, from the top.
func (a *Analyzer) readRows(grey gocv.Mat, rows []zoneRow, down bool) ([]zoneLine, error) {
	var lines []zoneLine
	for _, r := range rows {
		if down {
			q := r.corners
			r.corners = quad{q[2], q[3], q[0], q[1]}
		}
		l, ok, err := a.readBest(grey, r)
		if err != nil {
			return nil, err
		}
		if ok {
			lines = append(lines, l)
		}
	}
	return sortedLines(lines), nil
}

// readBest reads a row with each room and takes what is surest.
func (a *Analyzer) readBest(grey gocv.Mat, r zoneRow) (zoneLine, bool, error) {
	best := zoneLine{zoneRow: r}
	for i, room := range lineRooms {
		s, c, err := a.readRow(grey, r, room)
		if err != nil {
			return best, false, err
		}
		if len(s.text) >= leastLetters && s.mean() > best.free.mean() {
			best.free, best.columns = s, c
		}
		if i == 0 && (len(s.text) < leastLetters/2 || s.worst() > 0.97) {
			break // nothing like a line, or nothing left to gain
		}
	}
	return best, best.free.mean() >= leastSure, nil
}

// sortedLines has the lines from the top, as they are read; of two that are one the
// surer is kept.
func sortedLines(lines []zoneLine) []zoneLine {
	slices.SortStableFunc(lines, func(a, b zoneLine) int { return cmp.Compare(b.free.mean(), a.free.mean()) })
	var out []zoneLine
	for _, l := range lines {
		if !slices.ContainsFunc(out, func(o zoneLine) bool {
			return distance(o.corners.centre(), l.corners.centre()) < 0.6*o.height
		}) {
			out = append(out, l)
		}
	}
	slices.SortFunc(out, func(a, b zoneLine) int { return cmp.Compare(a.depth(), b.depth()) })
	return out
}

// depth is how far down a line lies, in its own direction.
func (l zoneLine) depth() float64 {
	q := l.corners
	across := sub(q[3], q[0])
	c := q.centre()
	n := distance(q[3], q[0])
	if n == 0 {
		return 0
	}
	return (c.X*across.X + c.Y*across.Y) / n
}

// withMissing looks for lines that the search lost: above and below those that were
// read, and between two, as far apart as lines of a zone are.
func (a *Analyzer) withMissing(grey gocv.Mat, lines []zoneLine) ([]zoneLine, error) {
	out := slices.Clone(lines)
	for i, l := range lines[:min(len(lines), mostAround)] {
		gaps := []float64{1.75, 2.1, 2.5} // in letters, as far apart as lines stand
		if i > 0 {
			if g := (l.depth() - lines[i-1].depth()) / l.height; g > 1.2 && g < 3.5 {
				gaps = []float64{g}
			}
		}
		for _, gap := range gaps {
			for _, way := range []float64{-gap, gap} {
				d := way * l.height / max(1, l.corners.side(1))
				r := zoneRow{l.corners.part(0, d, 1, 1+d), l.height}
				found, ok, err := a.readBest(grey, r)
				if err != nil {
					return nil, err
				}
				if ok {
					out = append(out, found)
				}
			}
		}
	}
	return sortedLines(out), nil
}
