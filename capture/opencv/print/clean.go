package print

import (
	"image"

	"gocv.io/x/gocv"

	"visavis/capture/opencv/pixel"
)

// Sizes of what is taken for background, millimetres: letters are smaller.
const vizBackground = 2.6

// cleaned makes the background of a rectified print white: what is brighter than
// its surroundings' ink by far stays, the fine lines of a pattern go. scale is in
// pixels a millimetre.
func cleaned(g pixel.Grey, scale float64) (pixel.Grey, error) {
	src, err := gocv.NewMatFromBytes(g.H, g.W, gocv.MatTypeCV8UC1, g.Pix)
	defer src.Close()
	if err != nil {
		return pixel.Grey{}, err
	}
	side := 2*int(vizBackground*scale/2) + 1
	kernel := gocv.GetStructuringElement(gocv.MorphRect, image.Pt(side, side))
	defer kernel.Close()
	background := gocv.NewMat()
	defer background.Close()
	gocv.MorphologyEx(src, &background, gocv.MorphClose, kernel)
	gocv.Blur(background, &background, image.Pt(side, side))
	paper, err := pixel.NewGrey(background)
	if err != nil {
		return pixel.Grey{}, err
	}
	out := pixel.Grey{W: g.W, H: g.H, Pix: make([]uint8, len(g.Pix))}
	inverses := inversesOf()
	var counts [256]int
	for i, v := range g.Pix {
		ink := inkOf(v, paper.Pix[i], &inverses)
		out.Pix[i] = ink
		counts[ink]++
	}
	pale := min(max(quantileOf(counts, 0.80)+10, 20), 70)
	dark := min(max(quantileOf(counts, 0.97), pale+40), 110)
	var levels [256]uint8
	for ink := range levels {
		levels[ink] = 255 - uint8(min(255, max(0, (ink-pale)*255/(dark-pale))))
	}
	for i, ink := range out.Pix {
		out.Pix[i] = levels[ink]
	}
	return out, nil
}

// inverseBits is the precision with which a level of at most 8 bits divides a number of at
// most 16 without an error.
const inverseBits = 24

// inversesOf are what to multiply by instead of dividing by a level, which takes longer than
// all else that is done with a pixel.
func inversesOf() (out [256]uint64) {
	for level := range out {
		d := uint64(max(1, level))
		out[level] = (1<<inverseBits + d - 1) / d
	}
	return out
}

// inkOf is what a pixel lacks to the paper at its place: 0 where it is as bright, 255 where
// it is black.
func inkOf(v, paper uint8, inverses *[256]uint64) uint8 {
	return 255 - uint8(min(255, uint64(v)*255*inverses[paper]>>inverseBits))
}

// quantileOf is the level below which a share of the counts lies.
func quantileOf(counts [256]int, share float64) int {
	total := 0
	for _, n := range counts {
		total += n
	}
	left := int(share * float64(total))
	for level, n := range counts {
		if left -= n; left < 0 {
			return level
		}
	}
	return 255
}
