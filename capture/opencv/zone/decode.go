package zone

import (
	"math"
	"slices"
)

// spelling is a line of letters with the probability of each.
type spelling struct {
	text  string
	sure  []float64 // of each letter, 0..1
	score float64   // logarithm of the probability of the whole
	seen  float64   // mean probability before a doubt was put on the letters' places
}

// worst is the probability of the least sure letter; 0 of an empty line.
func (s spelling) worst() float64 {
	if len(s.sure) == 0 {
		return 0
	}
	w := 1.0
	for _, p := range s.sure {
		w = min(w, p)
	}
	return w
}

// mean is the mean probability of the letters; 0 of an empty line.
func (s spelling) mean() float64 {
	sum := 0.0
	for _, p := range s.sure {
		sum += p
	}
	return sum / float64(max(1, len(s.sure)))
}

// fitting is the mean probability, and more for a line of a length that lines have.
func (s spelling) fitting() float64 {
	if slices.ContainsFunc(layouts, func(l zoneLayout) bool { return l.letters == len(s.text) }) {
		return s.mean() + 0.05
	}
	return s.mean()
}

// spell takes the likeliest symbol of each column: as many letters as there are.
func (c columns) spell() spelling {
	var s spelling
	text := make([]byte, 0, 48)
	last := 0
	for _, col := range c {
		best := 0
		for k, v := range col {
			if v > col[best] {
				best = k
			}
		}
		s.score += col[best]
		p := math.Exp(col[best])
		switch {
		case best == 0:
		case best != last:
			text = append(text, mrzAlphabet[best-1])
			s.sure = append(s.sure, p)
		default:
			s.sure[len(s.sure)-1] = max(s.sure[len(s.sure)-1], p)
		}
		last = best
	}
	s.text = string(text)
	return s
}

// spellLength is the likeliest line of exactly n letters; ok is false where the
// columns are too few. It is Viterbi's search over the paths of connectionist
// temporal classification: the states are n letters so far and the last symbol.
func (c columns) spellLength(n int) (spelling, bool) {
	return c.spellMasked(n, nil)
}

// spellMasked is spellLength of a line whose places may hold certain symbols only: mask
// has a set of them for each place, and nil allows all.
func (c columns) spellMasked(n int, mask []*symbolSet) (spelling, bool) {
	if len(c) < n {
		return spelling{}, false
	}
	p := newPaths(len(c), n)
	p.mask = mask
	for t, col := range c {
		p.step(t, col)
	}
	return p.trace(c)
}

const symbols = len(mrzAlphabet) + 1

// How a state was reached.
const (
	fromNowhere = iota
	fromItself  // the same symbol goes on
	fromBlank   // a new letter after nothing
	fromLetter  // a new letter after another one; nothing after a letter
)

// symbolSet tells which symbols may stand at a place.
type symbolSet [symbols]bool

// paths holds the best score of every state and how it was reached.
type paths struct {
	n     int
	score [][symbols]float64 // by letters so far and last symbol
	way   [][][symbols]uint8 // by column
	prior [][][symbols]uint8 // the letter before, of fromLetter
	mask  []*symbolSet       // of each letter; nil: any
}

func newPaths(columns, n int) *paths {
	p := &paths{n: n, score: make([][symbols]float64, n+1)}
	for i := range p.score {
		for s := range symbols {
			p.score[i][s] = math.Inf(-1)
		}
	}
	p.score[0][0] = 0
	p.way = make([][][symbols]uint8, columns)
	p.prior = make([][][symbols]uint8, columns)
	for t := range columns {
		p.way[t] = make([][symbols]uint8, n+1)
		p.prior[t] = make([][symbols]uint8, n+1)
	}
	return p
}

// bestTwo are the two best letters that a line of i letters ends with.
func (p *paths) bestTwo(i int) (first, second int) {
	for s := 1; s < symbols; s++ {
		switch {
		case first == 0 || p.score[i][s] > p.score[i][first]:
			first, second = s, first
		case second == 0 || p.score[i][s] > p.score[i][second]:
			second = s
		}
	}
	return first, second
}

func (p *paths) step(t int, col []float64) {
	for i := p.n; i >= 0; i-- { // downwards: the row before is still that of the last column
		first, _ := p.bestTwo(i)
		next := p.score[i]
		// Nothing, after nothing or after a letter.
		next[0], p.way[t][i][0] = p.score[i][0]+col[0], fromItself
		if v := p.score[i][first] + col[0]; v > next[0] {
			next[0], p.way[t][i][0], p.prior[t][i][0] = v, fromLetter, uint8(first)
		}
		var before, other int
		if i > 0 {
			before, other = p.bestTwo(i - 1)
		}
		for s := 1; s < symbols; s++ {
			if i > 0 && p.mask != nil && !p.mask[i-1][s] {
				next[s] = math.Inf(-1)
				continue
			}
			next[s], p.way[t][i][s] = p.score[i][s]+col[s], fromItself
			if i == 0 {
				continue
			}
			if v := p.score[i-1][0] + col[s]; v > next[s] {
				next[s], p.way[t][i][s] = v, fromBlank
			}
			last := before
			if last == s { // two equal letters have nothing between them
				last = other
			}
			if v := p.score[i-1][last] + col[s]; v > next[s] {
				next[s], p.way[t][i][s], p.prior[t][i][s] = v, fromLetter, uint8(last)
			}
		}
		p.score[i] = next
	}
}

// trace follows the best path back.
func (p *paths) trace(c columns) (spelling, bool) {
	first, _ := p.bestTwo(p.n)
	s := 0
	if p.score[p.n][first] > p.score[p.n][0] {
		s = first
	}
	out := spelling{score: p.score[p.n][s], sure: make([]float64, p.n)}
	if math.IsInf(out.score, -1) {
		return spelling{}, false
	}
	text := make([]byte, p.n)
	i := p.n
	for t, col := range slices.Backward(c) {
		if s > 0 {
			text[i-1] = mrzAlphabet[s-1]
			out.sure[i-1] = max(out.sure[i-1], math.Exp(col[s]))
		}
		way, prior := p.way[t][i][s], int(p.prior[t][i][s])
		switch {
		case way == fromItself:
		case s == 0:
			s = prior
		case way == fromBlank:
			i, s = i-1, 0
		default:
			i, s = i-1, prior
		}
	}
	out.text = string(text)
	return out, true
}
