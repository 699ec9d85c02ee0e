package opencv

import (
	"image"

	"gocv.io/x/gocv"
)

// Sizes of what is taken for background, millimetres: letters are smaller.
const vizBackground = 2.6

// cleaned makes the background of a rectified print white: what is brighter than
// its surroundings' ink by far stays, the fine lines of a pattern go. scale is in
// pixels a millimetre.
func cleaned(g greyPicture, scale float64) (greyPicture, error) {
	src, err := gocv.NewMatFromBytes(g.h, g.w, gocv.MatTypeCV8UC1, g.pix)
	defer src.Close()
	if err != nil {
		return greyPicture{}, err
	}
	side := 2*int(vizBackground*scale/2) + 1
	kernel := gocv.GetStructuringElement(gocv.MorphRect, image.Pt(side, side))
	defer kernel.Close()
	background := gocv.NewMat()
	defer background.Close()
	gocv.MorphologyEx(src, &background, gocv.MorphClose, kernel)
	gocv.Blur(background, &background, image.Pt(side, side))
	paper, err := newGreyPicture(background)
	if err != nil {
		return greyPicture{}, err
	}
	out := greyPicture{w: g.w, h: g.h, pix: make([]uint8, len(g.pix))}
	var counts [256]int
	for i, v := range g.pix {
		ink := 255 - min(255, int(v)*255/max(1, int(paper.pix[i])))
		out.pix[i] = uint8(ink)
		counts[ink]++
	}
	pale := min(max(quantileOf(counts, 0.80)+10, 20), 70)
	dark := min(max(quantileOf(counts, 0.97), pale+40), 110)
	for i, ink := range out.pix {
		out.pix[i] = 255 - uint8(min(255, max(0, (int(ink)-pale)*255/(dark-pale))))
	}
	return out, nil
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
