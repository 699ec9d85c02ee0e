package identity

import "math"

// Sighting is one zone as one frame showed it: the lines as recognised, and how
// sure each letter is, 0..1, line by line.
type Sighting struct {
	Lines []string
	Sure  [][]float64
}

// sameZone is the least share of places at which two sightings of one zone agree.
// Two misreadings of one zone agree at more than nine places of ten; two zones of
// one format have their fillers in common and little else.
const sameZone = 0.75

// shape tells whether a sighting has lines, all as long as their confidences.
func (s Sighting) shape() bool {
	if len(s.Lines) == 0 || len(s.Lines) != len(s.Sure) {
		return false
	}
	for i, l := range s.Lines {
		if len(l) == 0 || len(l) != len(s.Sure[i]) {
			return false
		}
	}
	return true
}

// mean is how sure the letters are on average.
func (s Sighting) mean() float64 {
	sum, n := 0.0, 0
	for _, line := range s.Sure {
		for _, p := range line {
			sum += probability(p)
			n++
		}
	}
	return sum / float64(max(1, n))
}

// probability is p where it is one, the nearest end where it is not, and 0 where
// it is no number.
func probability(p float64) float64 {
	if math.IsNaN(p) {
		return 0
	}
	return min(1, max(0, p))
}

// agree is the share of places at which two sightings have the same letter; 0
// when their lines differ in number or length.
func (s Sighting) agree(o Sighting) float64 {
	if len(s.Lines) != len(o.Lines) {
		return 0
	}
	same, n := 0, 0
	for i, l := range s.Lines {
		if len(l) != len(o.Lines[i]) {
			return 0
		}
		for at := range len(l) {
			n++
			if l[at] == o.Lines[i][at] {
				same++
			}
		}
	}
	return float64(same) / float64(max(1, n))
}

// vote combines what several frames showed of one zone, before anything is put
// right: at each place the letter wins that has most confidence on its side. A
// letter is as sure as the surest frame that has it, times the share of the
// confidence that is on its side: frames of one camera err alike, so that many of
// them make no letter surer than the best one.
//
// The sighting that most others confirm says which zone it is. Sightings of
// another shape or another zone do not vote. Voters is how many did: 0 when there
// was nothing to vote on.
func vote(seen []Sighting) (result Sighting, voters int) {
	voting := confirmed(seen)
	if len(voting) == 0 {
		return Sighting{}, 0
	}
	for i, l := range voting[0].Lines {
		line, sure := make([]byte, len(l)), make([]float64, len(l))
		for at := range len(l) {
			line[at], sure[at] = voteAt(voting, i, at)
		}
		result.Lines = append(result.Lines, string(line))
		result.Sure = append(result.Sure, sure)
	}
	return result, len(voting)
}

// confirmed are the sightings of the zone that has most confidence on its side,
// the one that stands for it first.
func confirmed(seen []Sighting) []Sighting {
	var best []Sighting
	most := 0.0
	for i, s := range seen {
		if !s.shape() {
			continue
		}
		group, weight := []Sighting{s}, s.mean()
		for k, o := range seen {
			if k != i && o.shape() && s.agree(o) >= sameZone {
				group = append(group, o)
				weight += o.mean() * s.agree(o)
			}
		}
		if best == nil || weight > most {
			best, most = group, weight
		}
	}
	return best
}

// voteAt is the vote about one letter. Of two with the same weight the first in
// the order of the characters wins, whatever the order of the frames.
func voteAt(voting []Sighting, line, at int) (byte, float64) {
	var weight, surest [256]float64
	total := 0.0
	for _, s := range voting {
		c, p := s.Lines[line][at], probability(s.Sure[line][at])
		weight[c] += p
		surest[c] = max(surest[c], p)
		total += p
	}
	best := voting[0].Lines[line][at]
	for c := range weight {
		if weight[c] > weight[best] || weight[c] == weight[best] && weight[c] > 0 && byte(c) < best {
			best = byte(c)
		}
	}
	if total == 0 {
		return best, 0
	}
	return best, surest[best] * weight[best] / total
}
