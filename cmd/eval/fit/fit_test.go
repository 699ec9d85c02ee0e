package fit

import (
	"bytes"
	"io"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"visavis/capture"
	"visavis/testkit"
)

// committed are the measurements that the limits are set from.
func committed(t *testing.T) []Row {
	t.Helper()
	return testkit.File(t, filepath.Join("testdata", "measurements.tsv"), Read)
}

// What is built in and what the document says is what eval fit writes.
func TestShippedLimitsAreFitted(t *testing.T) {
	testkit.Generated(t, filepath.Join("..", "..", ".."), committed(t), map[string]func(io.Writer, []Row) error{
		"capture/limits_fitted.go": WriteLimits, "docs/limits.md": WriteDocument}, "run eval fit")
}

// Limits that never saw a document judge it: few good pictures are refused, hardly a bad
// one is accepted.
func TestOutOfFold(t *testing.T) {
	rows := committed(t)
	folds := OutOfFold(rows, capture.DefaultLimits())
	tally := Judged(rows, capture.Still, func(r Row) capture.Limits { return folds[r.Fold()] })
	wrong, accepted := 0, 0
	for fault, n := range tally.Wrong {
		wrong, accepted = wrong+n, accepted+tally.Accepted[fault]
	}
	if tally.Right < 200 || wrong < 200 {
		t.Fatalf("%d good stills and %d bad ones: too few to tell", tally.Right, wrong)
	}
	refused, right := tally.Refused-tally.RefusedLooks[colourless], tally.Right-tally.Looks[colourless]
	if share := float64(refused) / float64(right); share > 0.04 {
		t.Errorf("%.3f of the good stills of documents with colour are refused, want 0.04 at most", share)
	}
	if upper := Upper(accepted, wrong); upper > 0.05 {
		t.Errorf("%d of %d bad stills are accepted, that may be %.3f, want 0.05 at most", accepted, wrong, upper)
	}
}

// Good pictures that are refused are told by the side they show, and those of documents
// without colour apart.
func TestTallyTellsWhoseDocumentsAreRefused(t *testing.T) {
	row := func(group string, step capture.Step) Row {
		return Row{Kind: capture.Still, Group: group, Look: "plain", Fault: "good", Step: step, Asked: capture.IdentityCard}
	}
	rows := []Row{
		row("scan", capture.DocumentFront), row(colourless, capture.DocumentBack), row("drawn", capture.DocumentBack),
	}
	var out bytes.Buffer
	Judged(rows, capture.Still, func(Row) capture.Limits { return capture.DefaultLimits() }).Write(&out, "t", 0)
	for _, want := range []string{
		"| good refused | 1.000 | 1.000 | 3 |", "| good refused, printed in black alone | 1.000 | 1.000 | 1 |",
		"| good refused, all others | 1.000 | 1.000 | 2 |",
		"| good refused, front of identity card, scanned | 1.000 | 1.000 | 1 |",
		"| good refused, back of identity card, drawn | 1.000 | 1.000 | 1 |",
	} {
		if !strings.Contains(out.String(), want+"\n") {
			t.Errorf("no line %q in:\n%s", want, out.String())
		}
	}
}

func TestFitLiesBetween(t *testing.T) {
	l := Limit{"SharpnessMin", false, "blur", func(d capture.DocumentMeasurements) float64 { return d.Sharpness }}
	row := func(fault string, sharpness float64) Row {
		return Row{Kind: capture.Still, Fault: fault, IoU: 1, Measured: capture.DocumentMeasurements{Sharpness: sharpness}}
	}
	rows := []Row{row("blur", 0.1), row("blur", 0.2), row("good", 0.45), row("good", 0.9), row("dark", 0.01)}
	if v := l.Fit(rows, capture.Still); v != 0.21 { // 0.2 × (0.45 / 0.2)^(1/11) is 0.215
		t.Errorf("between 0.2 and 0.45: %v, want 0.21", v)
	}
	// One good picture among a hundred that is as bad as the bad ones is given up.
	for range 100 {
		rows = append(rows, row("good", 0.5))
	}
	rows = append(rows, row("good", 0.15))
	if v := l.Fit(rows, capture.Still); v != 0.21 {
		t.Errorf("with an outlier: %v, want 0.21", v)
	}
	highest := Limit{"OverMax", true, "bright", func(d capture.DocumentMeasurements) float64 { return d.Over }}
	over := func(fault string, share float64) Row {
		return Row{Kind: capture.Still, Fault: fault, IoU: 1, Measured: capture.DocumentMeasurements{Over: share}}
	}
	bright := []Row{over("good", 0), over("good", 0.1), over("bright", 0.41), over("bright", 0.9)}
	if v := highest.Fit(bright, capture.Still); v != 0.37 { // 0.1 × 4.1^(10/11) is 0.361
		t.Errorf("between 0.1 and 0.41: %v, want 0.37", v)
	}
	if v := l.Fit(rows, capture.Preview); !math.IsNaN(v) {
		t.Errorf("without rows: %v, want no number", v)
	}
}

func TestFoldsArePartedByDocument(t *testing.T) {
	seen := map[string]int{}
	count := map[int]int{}
	for _, r := range committed(t) {
		if f, ok := seen[r.Document]; ok && f != r.Fold() {
			t.Errorf("%s is in two folds", r.Document)
		}
		seen[r.Document] = r.Fold()
		count[r.Fold()]++
	}
	if len(count) != Folds {
		t.Errorf("rows in %d folds, want %d", len(count), Folds)
	}
}

func TestTableIsReadAsWritten(t *testing.T) {
	rows := []Row{{
		Number: 3, Kind: capture.Still, Document: "a card", Group: "scan", Look: "pale", Fault: "blur", Said: "σ 3",
		Step:  capture.DocumentFront,
		Asked: capture.IdentityCard, IoU: 0.97, Measured: capture.DocumentMeasurements{
			Found: true, Sharpness: 0.25, MRZLines: 2, MRZ: capture.MRZUnread},
	}}
	var first, second bytes.Buffer
	if err := Write(&first, rows); err != nil {
		t.Fatal(err)
	}
	again, err := Read(strings.NewReader(first.String()))
	if err != nil {
		t.Fatal(err)
	}
	if err := Write(&second, again); err != nil || first.String() != second.String() ||
		again[0].Measured.Sharpness != 0.25 {
		t.Errorf("read %+v, want what was written (%v)", again, err)
	}
	names, _, _ := strings.Cut(first.String(), "\n")
	if want := strings.Join(head, "\t") + "\tfound\tsharpness\tmrzLines\tmrz"; names != want {
		t.Errorf("columns %q, want those alone that a row fills: %q", names, want)
	}
}

// The committed table has the columns that eval measure writes today.
func TestCommittedTableIsAsWritten(t *testing.T) {
	testkit.Generated(t, "testdata", committed(t), map[string]func(io.Writer, []Row) error{"measurements.tsv": Write},
		"run eval measure")
}

func TestUpper(t *testing.T) {
	if v := Upper(0, 53); math.Abs(v-0.0676) > 1e-3 {
		t.Errorf("none of 53: %.4f at most, want 0.0676", v)
	}
}

func TestWilson(t *testing.T) {
	// Values of the closed form, worked out by hand.
	for _, c := range []struct {
		k, n   int
		lo, hi float64
	}{{8, 10, 0.49016, 0.94332}, {1, 10, 0.01787, 0.40415}, {0, 24, 0, 0.13798}, {24, 24, 0.86202, 1}, {0, 0, 0, 1}} {
		if lo, hi := Wilson(c.k, c.n); math.Abs(lo-c.lo) > 1e-4 || math.Abs(hi-c.hi) > 1e-4 {
			t.Errorf("%d of %d: %.5f to %.5f, want %.5f to %.5f", c.k, c.n, lo, hi, c.lo, c.hi)
		}
	}
}
