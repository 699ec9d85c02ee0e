package subject

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"visavis/capture"
)

// qualityCheck is a check of the table with the judged values that stand for it.
type qualityCheck struct {
	name string
	// low and high are the names of judged values whose lower or upper limit it is.
	low, high []string
	// conditions of frames.tsv that are wrong in this respect.
	conditions []string
	// word in the conditions of documents.tsv.
	word string
}

func qualityChecks() []qualityCheck {
	return []qualityCheck{
		{"blur", []string{"sharpness"}, nil, []string{"blurred", "motion"}, "blur"},
		{"glare", nil, []string{"glare"}, []string{"glare"}, "glare"},
		{"dark", []string{"brightness", "frame-light"}, []string{"under"}, []string{"dark"}, "dark"},
		{"bright", nil, []string{"brightness", "over", "frame-light"}, []string{"bright"}, "bright"},
		{"cut_off", []string{"margin"}, nil, []string{"cut-off"}, "cut off"},
		{"angle", nil, []string{"tilt", "yaw", "pitch", "roll"}, []string{"tilted"}, ""},
		{"covered", nil, []string{"covered"}, []string{"covered"}, "cover an edge"},
		{"screen", nil, []string{"screen"}, nil, ""},
		{"copy", []string{"colour"}, nil, []string{"grey-copy"}, ""},
	}
}

// never is the score of what could not be judged, far beyond any other.
const never = 1e6

// wrongness is how far a verdict's values are beyond the limits of a check, over
// the limit: 0 at it, higher is worse. known is false where none of them was judged.
func (c qualityCheck) wrongness(v capture.Verdict) (score float64, known bool) {
	score = -never
	for _, j := range v.Checks {
		if j.Max != nil && *j.Max != 0 && slices.Contains(c.high, j.Name) {
			score, known = max(score, (j.Value-*j.Max)/math.Abs(*j.Max)), true
		}
		if j.Min != nil && *j.Min != 0 && slices.Contains(c.low, j.Name) {
			score, known = max(score, (*j.Min-j.Value)/math.Abs(*j.Min)), true
		}
	}
	return score, known
}

// judged is one judged picture.
type judged struct {
	name    string
	verdict capture.Verdict
}

// curve adds the area under the curve of one check. What could not be judged counts
// against the check: a right picture as the worst, a wrong one as not noticed.
func (c qualityCheck) curve(s *section, key string, right, wrong []judged) {
	var r, w []float64
	for _, j := range right {
		v, known := c.wrongness(j.verdict)
		if !known {
			v = never
		}
		r = append(r, v)
	}
	for _, j := range wrong {
		v, known := c.wrongness(j.verdict)
		if !known {
			v = -never
		}
		w = append(w, v)
	}
	s.auc(key, r, w)
	if len(r) == 0 || len(w) == 0 {
		return
	}
	highest, lowest := slices.Max(r), slices.Min(w)
	for i, v := range w {
		if v <= highest {
			s.worst(key, highest-v, "%s is not told from right ones (%s)", wrong[i].name, score(v))
		}
	}
	for i, v := range r {
		if v >= lowest && len(wrong) > 1 {
			s.worst(key, (v-lowest)/2, "right, but %s looks wrong (%s)", right[i].name, score(v))
		}
	}
}

func score(v float64) string {
	if math.Abs(v) >= never {
		return "not judged"
	}
	return fmt.Sprintf("%+.2f of the limit", v)
}

// quality compares right with wrong pictures, one check after the other: labelled
// ones (the plain key; where fewer than 8 are labelled wrong, the graded ones), good
// real ones spoilt by grades, drawn ones spoilt by grades, real shots of blur.tsv
// laid on a drawn table, selfies.
func quality(ctx context.Context, b *bench, s *section) error {
	real, err := b.labelled(ctx, s)
	if err != nil {
		return err
	}
	graded, drawn, err := b.spoilt(ctx, s)
	if err != nil {
		return err
	}
	for _, c := range qualityChecks() {
		plain := "quality." + c.name + ".auc"
		if len(real.wrong[c.name]) >= leastN {
			c.curve(s, plain, real.right, real.wrong[c.name])
		} else {
			c.curve(s, plain, graded.right, graded.wrong[c.name])
			c.curve(s, "quality."+c.name+".labelled.auc", real.right, real.wrong[c.name])
		}
		c.curve(s, "quality."+c.name+".graded.auc", graded.right, graded.wrong[c.name])
		c.curve(s, "quality."+c.name+".drawn.auc", drawn.right, drawn.wrong[c.name])
	}
	if err := b.shots(ctx, s); err != nil {
		return err
	}
	if err := b.selfieQuality(ctx, s); err != nil {
		return err
	}
	s.note("Score: how far the judged value is beyond its limit, over the limit. A picture whose document is not found " +
		"counts against the check.")
	return nil
}

// cases are right pictures and, by check, wrong ones.
type cases struct {
	right []judged
	wrong map[string][]judged
}

// labelled judges the frames and photos by what their tables say of them.
func (b *bench) labelled(ctx context.Context, s *section) (cases, error) {
	out := cases{wrong: map[string][]judged{}}
	frames, err := b.table(s, "frames.tsv")
	if err != nil {
		return out, err
	}
	photos, err := b.table(s, "documents.tsv")
	if err != nil {
		return out, err
	}
	rows := append(frames, photos...)
	verdicts := make([]*capture.Verdict, len(rows))
	err = b.each(ctx, len(rows), func(ctx context.Context, i int) error {
		step, doc := rows[i].asked()
		m, err := b.measure(ctx, rows[i]["file"], step, doc)
		v := b.judge(m, step, doc)
		verdicts[i] = &v
		return err
	})
	if err != nil {
		return out, err
	}
	for i, r := range rows {
		condition := strings.ToLower(r["condition"])
		j := judged{r["file"] + " (" + r["condition"] + ")", *verdicts[i]}
		if i < len(frames) && isGood(r) || i >= len(frames) && strings.HasPrefix(condition, "good") {
			out.right = append(out.right, j)
		}
		for _, c := range qualityChecks() {
			if i < len(frames) && slices.Contains(c.conditions, condition) || i >= len(frames) && c.word != "" &&
				strings.Contains(condition, c.word) {
				out.wrong[c.name] = append(out.wrong[c.name], j)
			}
		}
	}
	return out, nil
}
