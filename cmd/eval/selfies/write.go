package selfies

import (
	"cmp"
	_ "embed" // the text of the page
	"fmt"
	"io"
	"slices"
	"strings"
	"text/template"

	"visavis/cmd/eval/fit"
	"visavis/cmd/eval/subject"
)

//go:embed page.md.tmpl
var pageText string

var page = template.Must(template.New("page").Parse(pageText))

// group is selfies that have something in common.
type group struct {
	Family, Name string
	N, People    int
	K            int // refused of good ones, accepted of wrong ones
	Noticed      int // hidden eyes or mouth, of good and of wrong ones
	Why          string
}

// Share is that of K in N.
func (g group) Share() float64 { return float64(g.K) / float64(max(1, g.N)) }

func (g group) of(k int) string {
	if g.N == 0 {
		return "–"
	}
	lo, hi := fit.Wilson(k, g.N)
	return fmt.Sprintf("%.1f %% (%.1f to %.1f)", 100*float64(k)/float64(g.N), 100*lo, 100*hi)
}

// Error is the share that is judged wrongly, with Wilson's 95 % interval.
func (g group) Error() string { return g.of(g.K) }

// Marked is the share of which it is noticed that eyes or mouth are hidden.
func (g group) Marked() string { return g.of(g.Noticed) }

// Goal says whether the upper end of the interval is at most a share.
func (g group) Goal(most float64) string {
	switch {
	case g.N == 0:
		return "not known"
	case fit.Upper(g.K, g.N) <= most:
		return "met"
	}
	return "missed"
}

// count counts the shots of a group; wrong tells which were judged wrongly.
func count(family, name string, shots []judged, of, wrong func(judged) bool) group {
	g := group{Family: family, Name: name}
	people, why := map[string]bool{}, map[string]int{}
	for _, j := range shots {
		if !of(j) {
			continue
		}
		g.N++
		people[j.person] = true
		if j.covered {
			g.Noticed++
		}
		if wrong(j) {
			g.K++
			why[string(j.hint)]++
		}
	}
	g.People = len(people)
	var words []string
	for hint, n := range why {
		words = append(words, fmt.Sprintf("%s %d", hint, n))
	}
	slices.Sort(words)
	g.Why = strings.Join(words, ", ")
	return g
}

func refused(j judged) bool  { return !j.good }
func accepted(j judged) bool { return j.good }

// bare tells of a good selfie with nothing drawn and its own skin.
func bare(j judged) bool { return j.fault == faultless && j.worn == Nothing && j.made == "" }

// good are the groups of good selfies.
func (r Result) good() []group {
	out := []group{
		count("all", "all, skin as in the portrait", r.shots,
			func(j judged) bool { return j.fault == faultless && j.made == "" }, refused),
	}
	for _, l := range Lightings() {
		out = append(out, count("light", string(l), r.shots,
			func(j judged) bool { return bare(j) && j.light == l }, refused))
	}
	for _, w := range []Worn{Nothing, Glasses, Headscarf, Beard} {
		out = append(out, count("worn, frontal light", string(w), r.shots, func(j judged) bool {
			return j.fault == faultless && j.made == "" && j.light == Frontal && j.worn == w
		}, refused))
	}
	for _, t := range Tones() {
		out = append(out, count("tone as measured", string(t), r.shots,
			func(j judged) bool { return bare(j) && j.tone == t }, refused))
	}
	for _, t := range Tones() {
		if _, ok := madeTones()[t]; ok {
			out = append(out, count("tone `made`", string(t), r.shots,
				func(j judged) bool { return j.fault == faultless && j.made == t }, refused))
		}
	}
	for _, l := range []Lighting{Frontal, Dim} {
		out = append(out, count("dark skin `made`, by light", string(l), r.shots,
			func(j judged) bool { return j.fault == faultless && j.made == Dark && j.light == l }, refused))
	}
	return append(out, group{Family: "age", Name: "any"})
}

// wrong are the groups of wrong selfies.
func (r Result) wrong() []group {
	var out []group
	for _, f := range Faults() {
		out = append(out, count("", string(f), r.shots, func(j judged) bool { return j.fault == f }, accepted))
	}
	return out
}

// enough is from how many selfies on a group takes part in gaps.
const enough = 20

// gap is how far the groups of a family lie apart.
type gap struct {
	Family, Lowest, Highest string
	Points                  float64 // percent
}

// gaps of the families that have two groups or more with enough selfies, largest first.
func gaps(groups []group) []gap {
	var families []string
	by := map[string][]group{}
	for _, g := range groups {
		if g.N < enough {
			continue
		}
		if by[g.Family] == nil {
			families = append(families, g.Family)
		}
		by[g.Family] = append(by[g.Family], g)
	}
	var out []gap
	for _, f := range families {
		if len(by[f]) < 2 {
			continue
		}
		less := func(a, b group) int { return cmp.Compare(a.Share(), b.Share()) }
		lo, hi := slices.MinFunc(by[f], less), slices.MaxFunc(by[f], less)
		out = append(out, gap{f, lo.Name, hi.Name, 100 * (hi.Share() - lo.Share())})
	}
	slices.SortStableFunc(out, func(a, b gap) int { return cmp.Compare(b.Points, a.Points) })
	return out
}

// comparison is how well faces of a group are told apart.
type comparison struct {
	Name          string
	Same, Other   int
	AUC, Lo, Hi   float64
	Known, Judged bool
}

func compared(name string, pairs []pair, of func(pair) bool) comparison {
	c := comparison{Name: name}
	var same, other []float64
	for _, p := range pairs {
		switch {
		case !of(p):
		case p.same:
			same = append(same, p.score)
		default:
			other = append(other, p.score)
		}
	}
	c.Same, c.Other = len(same), len(other)
	c.AUC, c.Lo, c.Hi = subject.AUC(other, same)
	c.Known, c.Judged = c.Same > 0 && c.Other > 0, c.Same >= enough && c.Other >= enough
	return c
}

// comparisons are those of all pairs, and of the pairs of each tone.
func (r Result) comparisons() []comparison {
	out := []comparison{compared("all pairs", r.pairs, func(pair) bool { return true })}
	for _, t := range Tones() {
		out = append(out, compared(string(t), r.pairs, func(p pair) bool { return p.a == t && p.b == t }))
	}
	return append(out, compared("tones that differ", r.pairs, func(p pair) bool { return p.a != p.b }))
}

// Write writes the page.
func (r Result) Write(w io.Writer) error {
	good, faces := r.good(), r.comparisons()
	lo, hi := 1.0, 0.0
	for _, c := range faces[1:] {
		if c.Judged {
			lo, hi = min(lo, c.AUC), max(hi, c.AUC)
		}
	}
	var left []string
	for why, n := range r.left {
		left = append(left, fmt.Sprintf("%s (%d)", why, n))
	}
	slices.Sort(left)
	return page.Execute(w, map[string]any{
		"Portraits": r.portraits, "People": r.people, "Used": r.used, "UsedPeople": good[0].People,
		"Left": strings.Join(left, ", "), "Good": good, "Wrong": r.wrong(), "Gaps": gaps(good), "Enough": enough,
		"Faces": faces, "Unknown": r.unknown, "FaceGap": max(0, hi-lo), "Straight": straight, "LeastFace": leastFace,
	})
}
