package opencv

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"visavis/capture"
	"visavis/capture/opencv/pixel"
)

// separation is how well one measurement tells a condition from good frames.
type separation struct {
	condition string
	name      string
	value     func(d *capture.DocumentMeasurements) float64
	high      bool // wrong frames have the higher values
}

func separations() []separation {
	type D = *capture.DocumentMeasurements
	return []separation{
		{"blurred", "Sharpness", func(d D) float64 { return d.Sharpness }, false},
		{"motion", "Sharpness", func(d D) float64 { return d.Sharpness }, false},
		{"glare", "Glare", func(d D) float64 { return d.Glare }, true},
		{"dark", "Brightness", func(d D) float64 { return d.Brightness }, false},
		{"bright", "Over", func(d D) float64 { return d.Over }, true},
		{"covered", "Covered", func(d D) float64 { return d.Covered }, true},
		{"grey-copy", "Saturation", func(d D) float64 { return d.Saturation }, false},
		{"tilted", "Tilt", func(d D) float64 { return d.Tilt }, true},
		{"cut-off", "Margin", func(d D) float64 { return d.Margin }, false},
		{"far", "Fill", func(d D) float64 { return d.Fill }, false},
	}
}

// separates is the chance that a wrong frame has a higher value than a good one.
func separates(good, wrong []float64) float64 {
	if len(good) == 0 || len(wrong) == 0 {
		return 0
	}
	sum := 0.0
	for _, g := range good {
		for _, w := range wrong {
			switch {
			case w > g:
				sum++
			case w == g:
				sum += 0.5
			}
		}
	}
	return sum / float64(len(good)*len(wrong))
}

// measureFrames analyzes every frame of the table, by condition.
func measureFrames(t *testing.T, kind capture.Kind) map[string][]measuredFrame {
	t.Helper()
	dir := evalFolder(t)
	a := evalAnalyzer(t)
	out := map[string][]measuredFrame{}
	if frames := measuredFrames[kind]; frames != nil {
		return frames
	}
	for _, r := range readTable(t, dir, "frames.tsv") {
		f := evalFrame(t, filepath.Join(dir, r.file))
		f.Kind = kind
		m, err := a.Analyze(context.Background(), f)
		if err != nil {
			t.Fatalf("%s: %v", r.file, err)
		}
		out[r.condition] = append(out[r.condition], measuredFrame{r, m})
	}
	measuredFrames[kind] = out
	return out
}

// measuredFrames are those of the tests before.
var measuredFrames = map[capture.Kind]map[string][]measuredFrame{}

type measuredFrame struct {
	row evalRow
	m   capture.Measurements
}

func TestQualityOnRealImages(t *testing.T) {
	frames := measureFrames(t, capture.Still)
	for _, s := range separations() {
		var good, wrong []float64
		for _, f := range frames["good"] {
			if f.m.Document.Found {
				good = append(good, s.value(f.m.Document))
			}
		}
		for _, f := range frames[s.condition] {
			if f.m.Document.Found {
				wrong = append(wrong, s.value(f.m.Document))
			}
		}
		v := separates(good, wrong)
		if !s.high {
			v = 1 - v
		}
		if v < 0.96 {
			t.Errorf("%s by %s: %.3f, want 0.96", s.condition, s.name, v)
		}
		slices.Sort(good)
		slices.Sort(wrong)
		t.Logf("%-10s %-10s AUC %.3f  good %.3g (%.3g to %.3g) wrong %.3g", s.condition, s.name, v,
			pixel.Quantile(slices.Clone(good), 0.5), good[0], good[len(good)-1], wrong)
	}
	if os.Getenv("VISAVIS_DEBUG") == "" {
		return
	}
	for c, list := range frames {
		for _, f := range list {
			d := f.m.Document
			t.Logf("%-28s %-12s found %v conf %.2f %s asp %.2f fill %.2f marg %.3f tilt %.0f sharp %.2f br %.0f un %.2f ov "+
				"%.2f con %.0f glare %.3f cov %.3f mrz %d %.2f por %.2f let %.1f sat %.1f moi %.2f rot %.0f mrztype %s took %v",
				f.row.file, c, d.Found, d.Confidence, d.Shape, d.Aspect, d.Fill, d.Margin, d.Tilt, d.Sharpness, d.Brightness,
				d.Under, d.Over, d.Contrast, d.Glare, d.Covered, d.MRZLines, d.MRZConfidence, d.Portrait, d.LetterHeight,
				d.Saturation, d.Moire, d.Rotation, f.row.mrz, f.m.Took)
		}
	}
}

// mayLookPrinted is the share of real documents that may be marked as a laser printer's print.
const mayLookPrinted = 0.02

// TestRealDocumentsAreNoLaserPrint counts the real documents that are found and would be marked.
// Those whose fault is that they are copies do not count.
func TestRealDocumentsAreNoLaserPrint(t *testing.T) {
	dir, limit := evalFolder(t), capture.DefaultLimits().Presence.PrintDots
	var all []measuredFrame
	for condition, frames := range measureFrames(t, capture.Still) {
		if condition != "grey-copy" && condition != "none" {
			all = append(all, frames...)
		}
	}
	a := evalAnalyzer(t)
	for _, r := range readTable(t, dir, "documents.tsv") {
		m, err := a.Analyze(t.Context(), evalFrame(t, filepath.Join(dir, r.file)))
		if err != nil {
			t.Fatalf("%s: %v", r.file, err)
		}
		all = append(all, measuredFrame{r, m})
	}
	marked, found, most := 0, 0, 0.0
	for _, f := range all {
		d := f.m.Document
		if !d.Found {
			continue
		}
		found++
		most = max(most, d.PrintDots)
		if 1-d.PrintDots < limit {
			marked++
			t.Logf("%s, %s: %.3f", f.row.file, f.row.condition, d.PrintDots)
		}
	}
	t.Logf("%d of %d real documents are marked, the most by %.3f", marked, found, most)
	if found < 100 || float64(marked) > mayLookPrinted*float64(found) {
		t.Errorf("%d of %d real documents are marked, want at most %.0f %%", marked, found, 100*mayLookPrinted)
	}
}

// wanted are the hints that are right for a condition.
var wanted = map[string][]capture.Hint{
	"tilted": {capture.HintHoldFlat}, "far": {capture.HintMoveCloser},
	"cut-off": {capture.HintCutOff, capture.HintMove}, "blurred": {capture.HintBlurred}, "motion": {capture.HintBlurred},
	"glare": {capture.HintGlare, capture.HintTooBright}, "dark": {capture.HintTooDark}, "bright": {capture.HintTooBright},
	"covered": {capture.HintCovered}, "grey-copy": {capture.HintCopy}, "none": {capture.HintNoDocument},
}

// judgedAs is the step and document that a frame's document belongs to.
func judgedAs(mrz string) (capture.Step, capture.Document) {
	switch mrz {
	case "TD1":
		return capture.DocumentBack, capture.IdentityCard
	case "TD2", "none":
		return capture.DocumentFront, capture.IdentityCard
	}
	return capture.DocumentFront, capture.Passport
}

// rightShares are the least shares of frames that get a hint which is right.
var rightShares = map[string]float64{"none": 1}

// leastRight is the least share of the other conditions.
const leastRight = 0.75

// TestVerdictsOnRealImages holds how many frames get a right verdict: a hint that
// fits what is wrong with them, or none. A visa's still is to be refused as one.
func TestVerdictsOnRealImages(t *testing.T) {
	for _, kind := range []capture.Kind{capture.Preview, capture.Still} {
		for condition, list := range measureFrames(t, kind) {
			if condition == "low-contrast" {
				continue // to be found, neither to be accepted nor refused
			}
			right := 0
			hints := map[capture.Hint]int{}
			for _, f := range list {
				v := f.verdict(kind)
				hints[v.Hint]++
				if f.rightly(v) {
					right++
					continue
				}
				for _, c := range v.Checks {
					if !c.OK {
						t.Logf("      %s %s: %s fails with %.3g", f.row.file, v.Hint, c.Name, c.Value)
					}
				}
			}
			t.Logf("kind %d %-13s %d frames, right %d: %v", kind, condition, len(list), right, hints)
			least, ok := rightShares[condition]
			if !ok {
				least = leastRight
			}
			if float64(right) < least*float64(len(list)) {
				t.Errorf("kind %d %s: right %d of %d, want %.2f", kind, condition, right, len(list), least)
			}
		}
	}
}

func (f measuredFrame) verdict(kind capture.Kind) capture.Verdict {
	step, doc := judgedAs(f.row.mrz)
	return capture.Judge(capture.FrameInfo{Step: step, Kind: kind, Document: doc}, f.m, nil, capture.DefaultLimits())
}

// rightly tells whether a verdict is what a frame deserves.
func (f measuredFrame) rightly(v capture.Verdict) bool {
	hints, wrong := wanted[f.row.condition]
	switch {
	case f.m.Document.NotAccepted != "":
		return v.Hint == capture.HintWrongDocument && strings.HasPrefix(f.row.mrz, "MRV")
	case wrong:
		return slices.Contains(hints, v.Hint)
	}
	return v.Good
}
