package subject

import "strings"

// faceGroup is pictures of faces that have something in common, by the words of the table.
type faceGroup struct {
	name  string
	words []string // of the columns eyes, pose and note; one of them
}

// faceGroups are those that the labels can tell. A picture may be in several.
func faceGroups() []faceGroup {
	return []faceGroup{
		{"frontal", []string{"frontal"}},
		{"turned", []string{"yaw", "three-quarter", "profile"}},
		{"leaning", []string{"roll", "rotated"}},
		{"up_or_down", []string{"pitch", "slight down", "looking down"}},
		{"eyes_closed", []string{"closed"}},
		{"covered", []string{"mask", "disguise", "hand at"}},
		{"dim_light", []string{"low key", "dark"}},
		{"small", []string{"face small", "low resolution", "256 px", "225 px"}},
	}
}

// holds tells whether a row is of the group.
func (g faceGroup) holds(r Row) bool {
	text := strings.Join([]string{r["eyes"], r["pose"], r["note"]}, "; ")
	for _, w := range g.words {
		if strings.Contains(text, w) {
			return true
		}
	}
	return false
}

// countGroups counts, group by group, the pictures of one face in which another number
// was found, and says how far the groups lie apart. sought tells of each result whether
// its face was found at 40 pixels; those that were not asked are not in it.
func countGroups(s *section, results []faceResult, sought map[string]bool) {
	lowest, highest := 1.0, 0.0
	for _, g := range faceGroups() {
		n, wrong, small, lost := 0, 0, 0, 0
		for _, r := range results {
			if r.row["faces"] != "1" || !g.holds(r.row) {
				continue
			}
			n++
			wrong += one(r.count() != 1)
			if seen, asked := sought[r.row["file"]]; asked {
				small++
				lost += one(!seen)
			}
		}
		if n == 0 {
			continue
		}
		s.rate("face.group_"+g.name+".error", wrong, n)
		if small > 0 {
			s.rate("face.group_"+g.name+".small_error", lost, small)
			share := float64(lost) / float64(small)
			lowest, highest = min(lowest, share), max(highest, share)
		}
	}
	if lowest <= highest {
		s.note("Groups by the words of faces.tsv; at 40 pixels they lie %.3f apart at most. It says nothing of skin, age, "+
			"glasses or headscarves.", highest-lowest)
	}
}
