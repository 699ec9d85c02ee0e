package zone

import (
	"math"
	"slices"
	"strings"

	"visavis/capture/opencv/pixel"
	"visavis/identity"
)

// Found is a zone that was read; the zero value is none.
type Found struct {
	content identity.Reading // of the lines
	Lines   []string
	letters [][]float64 // how sure each letter is
	sure    float64     // of the worst letter
	Mean    float64     // of all letters
	Corners pixel.Quad
	height  float64 // of the letters, pixels
}

// rank orders what a reading is worth.
func (z Found) rank() int {
	switch {
	case len(z.Lines) == 0:
		return 0
	case z.content.Status == identity.Valid:
		return 4
	case z.content.Status == identity.Corrected:
		return 3
	case z.content.Status == identity.Ambiguous:
		return 2
	}
	return 1
}

// Better tells whether a zone says more than another.
func (z Found) Better(o Found) bool {
	if z.rank() != o.rank() {
		return z.rank() > o.rank()
	}
	return z.Mean > o.Mean
}

// Settled tells whether looking further can gain nothing.
func (z Found) Settled() bool { return z.rank() == 4 && z.sure >= sureLetter }

// Reading is what is told of a zone; scale is the picture's pixels over those of the
// picture that was read.
func (z Found) Reading(scale float64) identity.ZoneReading {
	out := identity.ZoneReading{Reading: z.content, Recognised: z.Lines, Sure: z.letters, Confidence: z.sure,
		LetterHeight: z.height * scale}
	if len(z.Lines) == 0 {
		out.Status = identity.Unreadable
		return out
	}
	if out.Status == identity.Valid && z.sure < sureLetter {
		out.Status = identity.Ambiguous
	}
	for _, c := range z.Corners.Scaled(scale) {
		out.Corners = append(out.Corners, identity.Point{X: c.X, Y: c.Y})
	}
	return out
}

// zoneLayout is so many lines of so many letters.
type zoneLayout struct{ lines, letters int }

// layouts are those of the zones there are.
var layouts = []zoneLayout{{3, 30}, {2, 44}, {2, 36}}

// letterSlack is by how many letters a free reading may miss a layout's length.
const letterSlack = 3

// bestZone takes the neighbouring lines that make the best zone.
func bestZone(lines []zoneLine) Found {
	var best Found
	for _, layout := range layouts {
		for i := 0; i+layout.lines <= len(lines); i++ {
			if z, ok := zoneOfLines(lines[i:i+layout.lines], layout.letters); ok && z.Better(best) {
				best = z
			}
		}
	}
	return best
}

// zoneOfLines reads lines as a zone with so many letters each.
func zoneOfLines(lines []zoneLine, letters int) (Found, bool) {
	texts := make([][]spelling, len(lines))
	for i, l := range lines {
		if d := len(l.free.text) - letters; d > letterSlack || -d > letterSlack+2 {
			return Found{}, false
		}
		if i > 0 && !follow(lines[i-1], l) {
			return Found{}, false
		}
		if texts[i] = l.ofLength(letters); len(texts[i]) == 0 {
			return Found{}, false
		}
	}
	var best Found
	for i, set := range choices(texts) {
		if z := zoneOfTexts(set); i == 0 || z.Better(best) {
			best = z
		}
		if best.rank() == 4 {
			break
		}
	}
	if best.rank() < 4 && best.Mean >= leastZone {
		if z := orderlyZone(lines, letters); z.Better(best) {
			best = z
		}
	}
	for _, l := range lines {
		best.height += l.height / float64(len(lines))
	}
	first, last := lines[0].corners, lines[len(lines)-1].corners
	best.Corners = pixel.Quad{first[0], first[1], last[2], last[3]}
	return best, true
}

// zoneOfTexts reads lines of the right length.
func zoneOfTexts(lines []spelling) Found {
	var z Found
	for _, s := range lines {
		z.Lines = append(z.Lines, s.text)
		z.letters = append(z.letters, s.sure)
		z.Mean += max(s.mean(), s.seen) / float64(len(lines))
	}
	z.content, z.sure = identity.ReadSighting(identity.Sighting{Lines: z.Lines, Sure: z.letters})
	return z
}

// choices are all sets with one of each.
func choices(of [][]spelling) [][]spelling {
	sets := [][]spelling{nil}
	for _, options := range of {
		var next [][]spelling
		for _, set := range sets {
			for _, o := range options {
				next = append(next, append(slices.Clip(set), o))
			}
		}
		sets = next
	}
	return sets
}

// doubt is the most that a letter counts for whose place is not certain.
const doubt = 0.5

// ofLength are the ways to read a line with exactly so many letters, the likeliest
// first. When the free reading has another length, a letter was lost or a border was
// taken for one; then nobody knows where, and no letter is sure.
func (l zoneLine) ofLength(n int) []spelling {
	s, ok := l.columns.spellLength(n)
	if !ok {
		return nil
	}
	if trimmed(s.text) == trimmed(l.free.text) {
		return []spelling{s}
	}
	out := []spelling{s.doubted()}
	free := l.free
	if name := trimmed(free.text); len(name) < len(free.text) && len(name) <= n {
		// What a name lacks or has too much is fillers at its end.
		text := name + strings.Repeat("<", n-len(name))
		sure := append(slices.Clone(free.sure[:len(name)]), make([]float64, n-len(name))...)
		for i := len(name); i < n; i++ {
			sure[i] = free.sure[len(free.sure)-1]
		}
		out = append(out, spelling{text: text, sure: sure}.doubted())
	}
	if over := len(free.text) - n; over > 0 { // a border on the left
		out = append(out, spelling{text: free.text[over:], sure: slices.Clone(free.sure[over:])}.doubted())
	}
	return out
}

// doubted is a spelling of which no letter is surer than doubt.
func (s spelling) doubted() spelling {
	s.seen = s.mean()
	s.sure = slices.Clone(s.sure)
	for i := range s.sure {
		s.sure[i] = min(s.sure[i], doubt)
	}
	return s
}

// trimmed is a line without the fillers at its end.
func trimmed(line string) string { return strings.TrimRight(line, "<") }

// follow tells whether two lines may be neighbours in a zone.
func follow(a, b zoneLine) bool {
	gap := (b.depth() - a.depth()) / max(a.height, b.height)
	ratio := a.corners.Side(0) / max(1, b.corners.Side(0))
	return gap > 1.0 && gap < 4.2 && math.Abs(math.Log(max(ratio, 0.01))) < 0.5
}
