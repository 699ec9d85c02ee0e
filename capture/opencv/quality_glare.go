package opencv

import "slices"

// glareOf finds spots on a rectified document that are lighter than its paper
// and in which nothing printed is left.
func glareOf(g greyPicture, l lightness) (share float64, boxes [][4]float64) {
	const nu, nv = 32, 22
	var burnt [nv][nu]bool
	limit := max(246, min(251, l.high))
	n := 0
	for j := range nv {
		for i := range nu {
			x0, x1 := i*g.w/nu, (i+1)*g.w/nu
			y0, y1 := j*g.h/nv, (j+1)*g.h/nv
			over, all := 0, 0
			for y := y0; y < y1; y += 2 {
				for _, v := range g.pix[y*g.w+x0 : y*g.w+x1] {
					all++
					if int(v) >= limit {
						over++
					}
				}
			}
			if all > 0 && over*20 >= all*19 {
				burnt[j][i] = true
				n++
			}
		}
	}
	boxes = spots(burnt[:], nu, nv)
	return float64(n) / (nu * nv), boxes
}

// spots are the largest connected groups of cells, at most three.
func spots[R ~[32]bool](cells []R, nu, nv int) [][4]float64 {
	type group struct{ n, x0, y0, x1, y1 int }
	seen := make([]bool, nu*nv)
	var groups []group
	for start := range seen {
		if seen[start] || !cells[start/nu][start%nu] {
			continue
		}
		gr := group{0, nu, nv, 0, 0}
		stack := []int{start}
		seen[start] = true
		for len(stack) > 0 {
			c := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			x, y := c%nu, c/nu
			gr = group{gr.n + 1, min(gr.x0, x), min(gr.y0, y), max(gr.x1, x+1), max(gr.y1, y+1)}
			for _, d := range [4][2]int{{1, 0}, {-1, 0}, {0, 1}, {0, -1}} {
				nx, ny := x+d[0], y+d[1]
				if nx < 0 || ny < 0 || nx >= nu || ny >= nv || seen[ny*nu+nx] || !cells[ny][nx] {
					continue
				}
				seen[ny*nu+nx] = true
				stack = append(stack, ny*nu+nx)
			}
		}
		if gr.n >= 2 {
			groups = append(groups, gr)
		}
	}
	slices.SortStableFunc(groups, func(a, b group) int { return b.n - a.n })
	var boxes [][4]float64
	for _, gr := range groups[:min(3, len(groups))] {
		fu, fv := float64(nu), float64(nv)
		boxes = append(boxes, [4]float64{float64(gr.x0) / fu, float64(gr.y0) / fv, float64(gr.x1-gr.x0) / fu, float64(gr.y1-gr.y0) / fv})
	}
	return boxes
}
