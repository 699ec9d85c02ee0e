package face

import (
	"math"
	"sync"

	"gocv.io/x/gocv"

	"visavis/capture"
)

// linear is the light that an sRGB level stands for, 0..1.
var linear = sync.OnceValue(func() (table [256]float64) {
	for i := range table {
		v := float64(i) / 255
		if v <= 0.04045 {
			table[i] = v / 12.92
		} else {
			table[i] = math.Pow((v+0.055)/1.055, 2.4)
		}
	}
	return table
})

const (
	// patchReach is half the side of a patch of skin, chip pixels: a cheek is four of them
	// wide.
	patchReach = 6
	// leastAround is the least number of points beside a head that tell its surroundings.
	leastAround = 40
	aroundGrid  = 32
)

// patches are the middles of the patches of skin, in chip pixels: forehead, cheeks, the ridge of
// the nose, chin, and beside the mouth. Many, so that neither the rounding of a JPEG nor the
// landmarks' trembling weigh much.
func patches(p []capture.Point) []capture.Point {
	brow := mean(p, 21, 22)
	up := capture.Point{X: brow.X - p[30].X, Y: brow.Y - p[30].Y}
	wide := p[22].X - p[21].X
	var out []capture.Point
	for _, side := range []float64{-1, 0, 1} {
		out = append(out, capture.Point{X: brow.X + 0.35*up.X + side*wide, Y: brow.Y + 0.35*up.Y})
	}
	for _, half := range []struct{ nostril, ear, eye, lid, mouth, jaw int }{
		{31, 3, 40, 41, 48, 5}, {35, 13, 47, 46, 54, 11},
	} {
		for _, share := range []float64{0.3, 0.45, 0.6} {
			out = append(out, between(p[half.nostril], p[half.ear], share))
		}
		out = append(out, between(p[half.eye], p[half.mouth], 0.35), between(p[half.lid], p[half.ear], 0.35),
			between(p[half.mouth], p[half.jaw], 0.4))
	}
	return append(out, p[29], between(p[57], p[8], 0.5))
}

// skinLight is the mean light of the skin of a face in a colour picture, and that of what is
// beside and above the head: red, green, blue, linear, 0..1. What cannot be told is zero.
func skinLight(bgr gocv.Mat, l look) (skin, around [3]float64, err error) {
	pixels, err := bgr.DataPtrUint8()
	if err != nil {
		return skin, around, err
	}
	table, w, h, p := linear(), bgr.Cols(), bgr.Rows(), l.points
	n := 0.0
	add := func(sum *[3]float64, x, y int) {
		i := 3 * (y*w + x)
		for k := range sum {
			sum[k] += table[pixels[i+2-k]]
		}
	}
	for _, at := range patches(p) {
		c := l.chip.toPicture(at)
		reach := max(2, int(math.Round(patchReach*l.chip.side/chipSide)))
		step := max(1, reach/8)
		for y := max(0, int(c.Y)-reach); y <= min(h-1, int(c.Y)+reach); y += step {
			for x := max(0, int(c.X)-reach); x <= min(w-1, int(c.X)+reach); x += step {
				add(&skin, x, y)
				n++
			}
		}
	}
	for k := range skin {
		skin[k] /= max(n, 1)
	}
	// Beside the hair and above the shoulders.
	box, beside := l.det.box(), 0.0
	left, right := box[0]-0.35*box[2], box[0]+1.35*box[2]
	top, chin := box[1]-0.35*box[3], box[1]+box[3]
	for j := range aroundGrid {
		y := (2*j + 1) * h / (2 * aroundGrid)
		if float64(y) > chin {
			break
		}
		for i := range aroundGrid {
			x := (2*i + 1) * w / (2 * aroundGrid)
			if float64(y) > top && float64(x) > left && float64(x) < right {
				continue
			}
			add(&around, x, y)
			beside++
		}
	}
	if beside < leastAround {
		return skin, [3]float64{}, nil
	}
	for k := range around {
		around[k] /= beside
	}
	return skin, around, nil
}
