package subject

import "strings"

// goal is what a key should reach.
type goal struct {
	bound   float64
	atMost  bool
	pattern string
}

// goals are those of the project, by key; of keys with a star in them the first
// that fits. The figures on drawn and on graded images have the goal of the plain
// key where n is at least leastN.
func goals() []goal {
	return []goal{
		{0.98, false, "locate.found_rate"},
		{0.95, false, "locate.mean_iou"},
		{0.90, false, "locate.iou90_rate"},
		{0.01, true, "locate.false_found_rate"},
		{0.97, false, "side.accuracy"},
		{0.97, false, "quality.*.auc"},
		{0.93, false, "mrz.exact_rate"},
		{0.98, false, "mrz.exact_rate_large"},
		{0, true, "mrz.wrong_accepted"},
		{0, true, "mrz.frames_wrong_accepted"},
		{0.97, false, "mrz.lines_exact_rate"},
		{0.01, true, "viz.surname_wrong_rate"},
		{0.01, true, "viz.given_names_wrong_rate"},
		{0.01, true, "viz.birth_date_wrong_rate"},
		{0.01, true, "viz.*.surname_wrong_rate"},
		{0.01, true, "viz.*.given_names_wrong_rate"},
		{0.01, true, "viz.*.birth_date_wrong_rate"},
		{0.01, true, "viz.fold.wrong_rate"},
		{0.97, false, "face.count_accuracy"},
		{0.95, false, "face.eyes_accuracy"},
		{8, true, "face.pose_mae_deg"},
		{0.97, false, "face.recall_small"},
		{0.99, false, "match.auc"},
		{0.93, false, "match.tar_at_far_1e2"},
		{0.97, false, "guide.shown.captured_10s_rate"},
		{0.95, false, "guide.spoken.captured_30s_rate"},
		{0.02, true, "guide.*.contradiction_rate"},
		{0.03, true, "still.good_refused"},
		{0.05, true, "still.bad_accepted"},
		{0.03, true, "still.*.good_refused"},
		{0.05, true, "still.*.bad_accepted"},
		{0.98, false, "mrz_drawn.exact_rate"},
		{0.98, false, "mrz_drawn.french.exact_rate"},
		{0, true, "mrz_drawn.wrong_accepted"},
		{0, true, "mrz_drawn.french.wrong_accepted"},
		{300, true, "time.document.still_mrz_p95_ms"},
		{400, true, "time.document.print_p50_ms"},
	}
}

// leastN is from where on a goal is asked of a group of images on its own.
const leastN = 8

// goalOf returns the goal of a figure. Drawn and graded images have the goals of
// the real ones.
func goalOf(f figure) (goal, bool) {
	key := f.key
	for _, group := range []string{".drawn.", ".graded.", ".selfie.", ".shots."} {
		if strings.Contains(key, group) {
			if f.n < leastN {
				return goal{}, false
			}
			key = strings.ReplaceAll(key, group, ".")
		}
	}
	for _, g := range goals() {
		if matches(g.pattern, key) {
			return g, true
		}
	}
	return goal{}, false
}

// matches compares a key with a pattern whose star stands for one part.
func matches(pattern, key string) bool {
	want, have := strings.Split(pattern, "."), strings.Split(key, ".")
	if len(want) != len(have) {
		return false
	}
	for i, w := range want {
		if w != "*" && w != have[i] {
			return false
		}
	}
	return true
}

func (g goal) met(value float64) bool {
	if g.atMost {
		return value <= g.bound
	}
	return value >= g.bound
}
