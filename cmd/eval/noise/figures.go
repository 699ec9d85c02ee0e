package noise

import (
	"bufio"
	_ "embed" // scores
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"visavis/cmd/eval/fit"
)

// The kinds of a score: pairs of pictures by one camera and by two; levels of what a camera
// took, of what was drawn and of scans.
const (
	Same        = "one camera"
	Other       = "two cameras"
	Photographs = "photographs"
	Drawn       = "drawn"
	Scanned     = "scanned"
)

// Levels is the group of the scores that are levels.
const Levels = "levels"

// Score is what was measured of one pair of pictures, or of one.
type Score struct {
	Group, Kind string
	// Value of a pair is Grain.Alike, of one picture LevelOf.
	Value float64
}

func sortScores(scores []Score) {
	slices.SortFunc(scores, func(a, b Score) int {
		if a.Kind != b.Kind {
			return strings.Compare(a.Kind, b.Kind)
		}
		return int(1e4 * (a.Value - b.Value))
	})
}

// section begins what the document says, end closes it.
const section = `## Tried and left out: the sensor's noise

A sensor whose pixels are not equally sensitive leaves one pattern in all that it takes. The same pattern in
document and face, though two cameras are claimed, would be one camera that plays both. Less noise than a sensor's
would be a picture that no camera took. Neither is a signal: on photographs as the phone's page sends stills (1,920
pixels, JPEG of quality 92), the pattern is seldom seen, and the level tells nothing.

- **Pattern**: the finest detail of two pictures, print and edges turned down, is compared pixel by pixel, in
  standard deviations of what it is at other places. Pictures of an even light alone show that the comparison works
  on real sensors. Their noise laid on documents and faces is the best case: that of large sensors in good light at
  the lowest gain, without the smoothing and the stabilising of a phone's video. It is seen there. In photographs of
  anything by the same cameras most of it is not. No pictures by a phone's or a computer's two cameras were at hand
  to tell which of both is nearer.
- **Same pixels**: a document's camera is asked for 3,840 pixels and a selfie's for 1,920: where both are given,
  stills of one sensor do not have the same pixels. Only a source of one size is compared at all.
- **Level**: the noise in the flattest parts. Photographs differ so much among themselves, and fine print is so like
  noise, that no drawn or scanned document lies below a limit that spares them. A video that a program plays has the
  noise of its own camera.
- **Previews** have 640 to 1,280 pixels at quality 35 to 80, and several would have to be looked at in each step.
  They were not measured here.
- **Not compared**: the level of a still with that of its previews, and of a document with that of a face. Size,
  quality and exposure differ between them in honest captures, too.
- **The photographs** are of single-lens reflex cameras, several of each (the test data of prnu-python, a program of
  Politecnico di Milano: two to four photographs and three of an even light by a camera), and for the levels also
  those of the folder of labelled images. A limit marks one honest pair or photograph in fifty at most, or none where
  there are fewer. It is set on the same ones: in use it would do worse.

| what | the limit marks | notices | n | honest marked | n |
|---|---|---|---|---|---|
`

const end = "\nMeasured by `eval noise DIR -cameras DIR -flats DIR`.\n\n"

const header = "group\tkind\tvalue"

// Write writes scores as a table.
func Write(w io.Writer, scores []Score) error {
	b := bufio.NewWriter(w)
	fmt.Fprintln(b, header)
	for _, s := range scores {
		fmt.Fprintf(b, "%s\t%s\t%.3f\n", s.Group, s.Kind, s.Value)
	}
	return b.Flush()
}

// Read reads the table of scores.
func Read(r io.Reader) ([]Score, error) {
	lines := bufio.NewScanner(r)
	if !lines.Scan() || lines.Text() != header {
		return nil, errors.New("scores of noise: another first line")
	}
	var out []Score
	for line := 2; lines.Scan(); line++ {
		cells := strings.Split(lines.Text(), "\t")
		if len(cells) != 3 {
			return nil, fmt.Errorf("scores of noise: line %d has %d columns, want 3", line, len(cells))
		}
		v, err := strconv.ParseFloat(cells[2], 64)
		if err != nil {
			return nil, fmt.Errorf("scores of noise: line %d: %w", line, err)
		}
		out = append(out, Score{cells[0], cells[1], v})
	}
	return out, lines.Err()
}

//go:embed testdata/scores.tsv
var committed string

// Committed are the scores that the document is written from.
func Committed() ([]Score, error) { return Read(strings.NewReader(committed)) }

// mayMark is the share of honest ones that a limit may mark.
const mayMark = 0.02

// Figures are what a limit that marks at most 2 % of the honest ones, as that of a signal does, would make of a group:
// the figure of one fold, so better than that of a limit in use.
type Figures struct {
	Group string
	// Honest and Marked, Attacks and Noticed are numbers of pairs or pictures.
	Honest, Marked, Attacks, Noticed int
	Limit                            float64
}

// Judge judges each group; levels of drawings and scans each against photographs.
func Judge(scores []Score) []Figures {
	var groups []string
	for _, s := range scores {
		if !slices.Contains(groups, s.Group) {
			groups = append(groups, s.Group)
		}
	}
	of := func(group, kind string, sign float64) (out []float64) {
		for _, s := range scores {
			if s.Group == group && s.Kind == kind {
				out = append(out, sign*s.Value)
			}
		}
		slices.Sort(out)
		return out
	}
	var out []Figures
	for _, g := range groups {
		if g != Levels {
			out = append(out, judged(g, of(g, Other, 1), of(g, Same, 1)))
			continue
		}
		for _, kind := range []string{Drawn, Scanned} { // less noise than a camera's is the doubt
			f := judged(kind, of(g, Photographs, -1), of(g, kind, -1))
			f.Limit = -f.Limit
			out = append(out, f)
		}
	}
	return out
}

// judged counts what lies above the limit; both are sorted.
func judged(group string, honest, attacks []float64) Figures {
	f := Figures{Group: group, Honest: len(honest), Attacks: len(attacks)}
	if f.Honest == 0 {
		return f
	}
	f.Marked = int(mayMark * float64(f.Honest))
	f.Limit = honest[f.Honest-1-f.Marked]
	for _, v := range attacks {
		if v > f.Limit {
			f.Noticed++
		}
	}
	return f
}

// share is k of n in percent, with Wilson's 95 % interval.
func share(k, n int) string {
	lo, hi := fit.Wilson(k, n)
	return fmt.Sprintf("%.0f %% (%.0f to %.0f)", 100*float64(k)/float64(max(n, 1)), 100*lo, 100*hi)
}

// WriteTable writes the rows of a table of figures.
func WriteTable(w io.Writer, scores []Score) error {
	for _, f := range Judge(scores) {
		limit := fmt.Sprintf("above %.1f deviations", f.Limit)
		name := f.Group
		if name == Drawn || name == Scanned {
			limit, name = fmt.Sprintf("below %.2f grey levels", f.Limit), "level: "+name+" documents without a camera"
		}
		_, err := fmt.Fprintf(w, "| %s | %s | %s | %d | %s | %d |\n", name, limit, share(f.Noticed, f.Attacks),
			f.Attacks, share(f.Marked, f.Honest), f.Honest)
		if err != nil {
			return err
		}
	}
	return nil
}

// WriteSection writes what was measured, as a section of docs/presence.md.
func WriteSection(w io.Writer) error {
	scores, err := Committed()
	if err != nil {
		return err
	}
	fmt.Fprint(w, section)
	if err := WriteTable(w, scores); err != nil {
		return err
	}
	_, err = fmt.Fprint(w, end)
	return err
}
