package fit

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"visavis/capture"
)

// Verdict judges a row.
func (r Row) Verdict(l capture.Limits) capture.Verdict {
	m := r.Measured
	return capture.Judge(capture.FrameInfo{Step: r.Step, Kind: r.Kind, Document: r.Asked}, capture.Measurements{
		Document: &m}, nil, l)
}

// checks are the names of the judged values that should refuse a fault.
var checks = map[string][]string{
	"blur": {"sharpness", "zone-sharpness"}, "glare": {"glare"}, "dark": {"brightness", "under", "frame-light", "contrast"},
	"bright": {"over", "brightness", "contrast", "frame-light", "washed"}, "cut_off": {"margin"}, "angle": {"tilt"},
	"covered": {"covered"}, "copy": {"colour"}, "far": {"fill", "letter-height"},
}

// Tally counts what is judged of rows of one kind of frame.
type Tally struct {
	Right, Refused int            // good pictures
	Looks          map[string]int // good pictures of a look or a kind of document, and those refused
	RefusedLooks   map[string]int
	Reasons        map[string]int // checks that refused good pictures
	Wrong          map[string]int // pictures with a fault, those accepted, and those refused for it
	Accepted       map[string]int
	Named          map[string]int
	Shown, Found   int // good pictures, and those whose outline lies right
	Near           int // of these with an IoU of 0.95 and more
	Empty, False   int // pictures without a document, and those where one was found
	Worst          []string
}

func newTally() Tally {
	return Tally{Looks: map[string]int{}, RefusedLooks: map[string]int{}, Reasons: map[string]int{},
		Wrong: map[string]int{}, Accepted: map[string]int{}, Named: map[string]int{}}
}

// colourless is the group of documents that are printed in black alone.
const colourless = "colourless"

// leastIoU from which an outline lies right.
const leastIoU = 0.9

// add counts a row with the verdict that it got.
func (t *Tally) add(r Row, v capture.Verdict) {
	var failed []string
	for _, c := range v.Checks {
		if !c.OK && !c.Advice {
			failed = append(failed, c.Name)
		}
	}
	switch r.Fault {
	case "none":
		t.Empty++
		if r.Measured.Found {
			t.False++
		}
		return
	case "good":
		t.Right++
		t.Shown++
		t.Looks[r.Look]++
		t.Looks[r.Side()]++
		t.Looks[r.Group]++
		if r.IoU >= leastIoU {
			t.Found++
		}
		if r.IoU >= 0.95 {
			t.Near++
		}
		if !v.Good {
			t.Refused++
			t.RefusedLooks[r.Look]++
			t.RefusedLooks[r.Side()]++
			t.RefusedLooks[r.Group]++
			t.Reasons[strings.Join(failed, "+")]++
			t.Worst = append(t.Worst, fmt.Sprintf("%s: %s (%s)", r.Name(), v.Hint, words(v)))
		}
		return
	}
	t.Wrong[r.Fault]++
	if v.Good {
		t.Accepted[r.Fault]++
		t.Worst = append(t.Worst, r.Name()+": accepted")
	}
	if slices.ContainsFunc(failed, func(name string) bool { return slices.Contains(checks[r.Fault], name) }) {
		t.Named[r.Fault]++
	}
}

func words(v capture.Verdict) string {
	var list []string
	for _, c := range v.Checks {
		if !c.OK && !c.Advice {
			list = append(list, fmt.Sprintf("%s %.3g", c.Name, c.Value))
		}
	}
	return strings.Join(list, ", ")
}

// Write writes a tally for people.
func (t Tally) Write(w io.Writer, title string, worst int) {
	fmt.Fprintf(w, "## %s\n\n| | share | 95 %% at most | n |\n|---|---|---|---|\n", title)
	line := func(name string, k, n int) {
		if n > 0 {
			fmt.Fprintf(w, "| %s | %.3f | %.3f | %d |\n", name, float64(k)/float64(n), Upper(k, n), n)
		}
	}
	line("good refused", t.Refused, t.Right)
	line("good refused, printed in black alone", t.RefusedLooks[colourless], t.Looks[colourless])
	if n := t.Looks[colourless]; n > 0 {
		line("good refused, all others", t.Refused-t.RefusedLooks[colourless], t.Right-n)
	}
	for _, look := range []string{"plain", "pale", "weak", "dark"} {
		line("good refused, "+look, t.RefusedLooks[look], t.Looks[look])
	}
	for _, side := range sortedKeys(t.Looks) {
		if strings.Contains(side, " of ") {
			line("good refused, "+side, t.RefusedLooks[side], t.Looks[side])
		}
	}
	wrong, accepted := 0, 0
	for fault, n := range t.Wrong {
		wrong, accepted = wrong+n, accepted+t.Accepted[fault]
	}
	line("bad accepted", accepted, wrong)
	for _, fault := range sortedKeys(t.Wrong) {
		line("bad accepted, "+fault, t.Accepted[fault], t.Wrong[fault])
		line("refused for another reason, "+fault, t.Wrong[fault]-t.Accepted[fault]-t.Named[fault], t.Wrong[fault])
	}
	line("not found where it is", t.Shown-t.Found, t.Shown)
	line("IoU under 0.95", t.Shown-t.Near, t.Shown)
	line("found where there is none", t.False, t.Empty)
	fmt.Fprintf(w, "\nChecks that refused good pictures:")
	for _, name := range sortedKeys(t.Reasons) {
		fmt.Fprintf(w, " %s %d;", name, t.Reasons[name])
	}
	fmt.Fprintln(w)
	for _, s := range t.Worst[:min(worst, len(t.Worst))] {
		fmt.Fprintln(w, "- "+s)
	}
	fmt.Fprintln(w)
}

func sortedKeys(m map[string]int) []string {
	var list []string
	for k := range m {
		list = append(list, k)
	}
	slices.Sort(list)
	return list
}

// Judged judges the rows of a kind of frame, each at the limits that it is given.
func Judged(rows []Row, kind capture.Kind, limits func(Row) capture.Limits) Tally {
	t := newTally()
	for _, r := range rows {
		if r.Kind == kind {
			t.add(r, r.Verdict(limits(r)))
		}
	}
	return t
}
