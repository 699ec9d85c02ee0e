package quality

import "math"

// part is what the cells of a part of a document have together: how many they are, how
// strongly they are lit, where they lie, and their colour beside the light's tint. Sums of
// the cells, or their means.
type part struct{ n, lit, u, v, a, b float64 }

// add counts a cell whose colour is a and b beside the tint.
func (p *part) add(c place, a, b float64) {
	*p = part{p.n + 1, p.lit + strength(c.lab[0]), p.u + c.u, p.v + c.v, p.a + a, p.b + b}
}

func (p part) mean() part { return part{p.n, p.lit / p.n, p.u / p.n, p.v / p.n, p.a / p.n, p.b / p.n} }

// leanTerms is how many numbers say how a tint changes over a document: one for all of it,
// two slopes, and from firstBend on three bends.
const leanTerms, firstBend = 6, 3

// terms are what those numbers are multiplied with at a part.
func (p part) terms() [leanTerms]float64 {
	return [leanTerms]float64{p.lit, p.lit * p.u, p.lit * p.v, p.lit * p.u * p.u, p.lit * p.u * p.v, p.lit * p.v * p.v}
}

// leanFree is the distance from grey, on a page as light as evenPage, from which a part tells
// less and less of the light: it is print in colour.
const leanFree = 1

// leanStiff is what holds the bends back, in the sums over all parts: grounds of documents
// change over the page too, and what few parts tell of a bend is print.
const leanStiff = 0.1

// leanOver are the numbers, of a and of b, of light whose tint changes evenly over the
// document, as between a window and a lamp or around a lamp that is near: what is printed in
// colour ends at an edge. page is the strength of the document's light.
func leanOver(parts []part, page float64) (a, b [leanTerms]float64) {
	const rounds = 8
	weight := make([]float64, len(parts))
	for i := range weight {
		weight[i] = 1
	}
	for range rounds {
		a, b = leanOf(parts, weight)
		for i, p := range parts {
			k := min(1, leanFree*page/max(p.beside(a, b), 1e-9))
			weight[i] = k * k
		}
	}
	return a, b
}

// beside is a part's distance from grey in light of those numbers.
func (p part) beside(a, b [leanTerms]float64) float64 {
	x := p.terms()
	return math.Hypot(p.a-along(a, x), p.b-along(b, x))
}

// leanOf are the numbers, of a and of b, that leave least of the parts' colours, each part
// counted by its weight.
func leanOf(parts []part, weight []float64) (a, b [leanTerms]float64) {
	var squares [leanTerms][leanTerms + 2]float64 // beside them the two sums that they are to give
	for i, p := range parts {
		x := p.terms()
		for r := range x {
			for c := range x {
				squares[r][c] += weight[i] * x[r] * x[c]
			}
			squares[r][leanTerms] += weight[i] * x[r] * p.a
			squares[r][leanTerms+1] += weight[i] * x[r] * p.b
		}
	}
	for r := range squares {
		squares[r][r] += 1e-3 // of parts in one row nothing is known across it: 0
		if r >= firstBend {
			squares[r][r] += leanStiff
		}
	}
	solve(&squares)
	for r := range squares {
		a[r], b[r] = squares[r][leanTerms], squares[r][leanTerms+1]
	}
	return a, b
}

// solve puts what solves m·x = y in y's place, for both columns of y beside m. m has positive
// pivots: it is a sum of squares.
func solve(m *[leanTerms][leanTerms + 2]float64) {
	for k := range m {
		for c := leanTerms + 1; c >= k; c-- {
			m[k][c] /= m[k][k]
		}
		for r := range m {
			if r == k {
				continue
			}
			for c := leanTerms + 1; c >= k; c-- {
				m[r][c] -= m[r][k] * m[k][c]
			}
		}
	}
}

func along(a, x [leanTerms]float64) (sum float64) {
	for i := range a {
		sum += a[i] * x[i]
	}
	return sum
}
