package zone

import (
	"cmp"
	"slices"

	"gocv.io/x/gocv"

	"visavis/capture/opencv/pixel"
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
	// leastPossible is of a first look, which may have cut the letters.
	leastPossible = 0.4
	mostAgain     = 8 // lines that are looked at again
)

// readRow reads one row with some room around. Once the network was asked often
// enough it reads nothing.
func (z *Reader) readRow(grey gocv.Mat, r zoneRow, room float64) (spelling, columns, error) {
	high := (r.corners.Side(1) + r.corners.Side(3)) / 2
	if high <= 0 || z.left <= 0 {
		return spelling{}, nil, nil
	}
	up := (room*r.height/high - 1) / 2
	side := 0.9 * r.height / max(1, r.corners.Side(0))
	g, err := lineOf(grey, r.corners.Part(-side, -up, 1+side, 1+up))
	if err != nil {
		return spelling{}, nil, nil //nolint:nilerr // a row without area has no letters
	}
	z.left--
	c, err := z.net.read(g)
	if err != nil {
		return spelling{}, nil, err
	}
	return c.spell(), c, nil
}

// glance reads each row once, turned upside down or not, and keeps what might be a
// line of a zone, from the top.
func (z *Reader) glance(grey gocv.Mat, rows []zoneRow, down bool) ([]zoneLine, error) {
	var lines []zoneLine
	for _, r := range rows {
		if down {
			q := r.corners
			r.corners = pixel.Quad{q[2], q[3], q[0], q[1]}
		}
		s, c, err := z.readRow(grey, r, lineRooms[0])
		if err != nil {
			return nil, err
		}
		if l := (zoneLine{r, c, s}); l.possible() {
			lines = append(lines, l)
		}
	}
	return sortedLines(lines), nil
}

// possible tells whether a line is worth another look.
func (l zoneLine) possible() bool {
	return len(l.free.text) >= leastLetters/2 && l.free.mean() >= leastPossible
}

// certain are the lines that look like lines of a zone.
func certain(lines []zoneLine) []zoneLine {
	return slices.DeleteFunc(slices.Clone(lines), func(l zoneLine) bool {
		return len(l.free.text) < leastLetters || l.free.mean() < leastSure
	})
}

// promise orders the ways up: how sure the two best lines are. Upside down, letters
// are taken for others, and are less sure.
func promise(lines []zoneLine) float64 {
	var first, second float64
	for _, l := range lines {
		if len(l.free.text) < leastLetters {
			continue
		}
		switch m := l.free.mean(); {
		case m > first:
			first, second = m, first
		case m > second:
			second = m
		}
	}
	return (first + second) / 2
}

// promising are the lines that are nearly as sure as the best, the surest first:
// small print has letters too.
func promising(lines []zoneLine, most int) []zoneLine {
	lines = slices.Clone(lines)
	slices.SortStableFunc(lines, func(a, b zoneLine) int { return cmp.Compare(b.free.mean(), a.free.mean()) })
	for i, l := range lines {
		if i == most || l.free.mean() < lines[0].free.mean()-0.3 {
			return lines[:i]
		}
	}
	return lines
}

// again reads lines with the other rooms too, the surest first, and keeps those
// that look like lines of a zone.
func (z *Reader) again(grey gocv.Mat, lines []zoneLine) ([]zoneLine, error) {
	lines = promising(lines, mostAgain)
	for i := range lines {
		if err := z.roomier(grey, &lines[i]); err != nil {
			return nil, err
		}
	}
	return sortedLines(certain(lines)), nil
}

// roomier reads a line with the other rooms and takes what is surest.
func (z *Reader) roomier(grey gocv.Mat, l *zoneLine) error {
	for _, room := range lineRooms[1:] {
		if l.free.worst() > 0.97 && len(l.free.text) >= leastLetters {
			return nil // nothing left to gain
		}
		s, c, err := z.readRow(grey, l.zoneRow, room)
		if err != nil {
			return err
		}
		if len(s.text) >= leastLetters && (s.fitting() > l.free.fitting() || len(l.free.text) < leastLetters) {
			l.free, l.columns = s, c
		}
	}
	return nil
}

// sortedLines has the lines from the top, as they are read; of two that are one the
// surer is kept.
func sortedLines(lines []zoneLine) []zoneLine {
	slices.SortStableFunc(lines, func(a, b zoneLine) int { return cmp.Compare(b.free.mean(), a.free.mean()) })
	var out []zoneLine
	for _, l := range lines {
		if !slices.ContainsFunc(out, func(o zoneLine) bool {
			return pixel.Distance(o.corners.Centre(), l.corners.Centre()) < 0.6*o.height
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
	across := pixel.Sub(q[3], q[0])
	c := q.Centre()
	n := pixel.Distance(q[3], q[0])
	if n == 0 {
		return 0
	}
	return (c.X*across.X + c.Y*across.Y) / n
}

// withMissing looks for lines that the search lost: above and below those that were
// read, and between two, as far apart as lines of a zone are.
func (z *Reader) withMissing(grey gocv.Mat, lines []zoneLine) ([]zoneLine, error) {
	out := slices.Clone(lines)
	for _, l := range promising(lines, mostAround) {
		gaps := []float64{1.75, 2.1, 2.5} // in letters, as far apart as lines stand
		for _, o := range lines {
			if g := (l.depth() - o.depth()) / l.height; g > 1.2 && g < 3.5 {
				gaps = []float64{g}
			}
		}
		for _, gap := range gaps {
			for _, way := range []float64{-gap, gap} {
				d := way * l.height / max(1, l.corners.Side(1))
				row := zoneRow{l.corners.Part(0, d, 1, 1+d), l.height}
				if slices.ContainsFunc(out, row.known) {
					continue
				}
				found := zoneLine{zoneRow: row}
				var err error
				if found.free, found.columns, err = z.readRow(grey, row, lineRooms[0]); err != nil {
					return nil, err
				}
				if found.possible() {
					if err := z.roomier(grey, &found); err != nil {
						return nil, err
					}
					out = append(out, certain([]zoneLine{found})...)
				}
			}
		}
	}
	return sortedLines(out), nil
}

// known tells whether a row lies where a sure line was read.
func (r zoneRow) known(l zoneLine) bool {
	return l.free.worst() > sureLetter && pixel.Distance(r.corners.Centre(), l.corners.Centre()) < 0.3*l.height
}
