package face

import (
	"cmp"
	"fmt"
	"image"
	"math"
	"slices"

	"gocv.io/x/gocv"
)

// anchors is the number of candidates the detector gives for one picture.
const anchors = 4420

// detection is a candidate face: its box in pixels of the picture it was found
// in, the detector's score and the quarter turns clockwise that the picture
// needed for it to stand upright.
type detection struct {
	x, y, w, h float64
	score      float64
	turns      int
}

func (d detection) centre() (x, y float64) { return d.x + d.w/2, d.y + d.h/2 }

func (d detection) box() [4]float64 { return [4]float64{d.x, d.y, d.w, d.h} }

// overlap is the share of the smaller box that lies in the other, so that a box
// around the nose is seen to be part of the face around it.
func (d detection) overlap(o detection) float64 {
	w := min(d.x+d.w, o.x+o.w) - max(d.x, o.x)
	h := min(d.y+d.h, o.y+o.h) - max(d.y, o.y)
	if w <= 0 || h <= 0 {
		return 0
	}
	return w * h / min(d.w*d.h, o.w*o.h)
}

// suppress keeps the best of overlapping candidates, best first.
func suppress(all []detection) []detection {
	slices.SortFunc(all, func(a, b detection) int { return cmp.Compare(b.score, a.score) })
	var kept []detection
	for _, d := range all {
		if !slices.ContainsFunc(kept, func(k detection) bool { return d.overlap(k) > 0.45 }) {
			kept = append(kept, d)
		}
	}
	return kept
}

// detect runs the detector once over a colour picture, brought to the network's
// size with its proportions kept, the rest filled with grey.
func (f *Models) detect(bgr gocv.Mat, least float64) ([]detection, error) {
	return detectBy(f.detector, bgr, least)
}

// detectBy is detect by one of the detector's networks.
func detectBy(by *net, bgr gocv.Mat, least float64) ([]detection, error) {
	w, h := by.side.X, by.side.Y
	scale := min(float64(w)/float64(bgr.Cols()), float64(h)/float64(bgr.Rows()))
	in := image.Pt(
		min(w, max(1, int(math.Round(float64(bgr.Cols())*scale)))),
		min(h, max(1, int(math.Round(float64(bgr.Rows())*scale)))))
	canvas := gocv.NewMatWithSizeFromScalar(gocv.NewScalar(127, 127, 127, 0), h, w, gocv.MatTypeCV8UC3)
	defer canvas.Close()
	left, top := (w-in.X)/2, (h-in.Y)/2
	region := canvas.Region(image.Rect(left, top, left+in.X, top+in.Y))
	defer region.Close()
	way := gocv.InterpolationLinear
	if scale < 1.0/aliasing {
		way = gocv.InterpolationArea
	}
	gocv.Resize(bgr, &region, in, 0, 0, way)
	out, err := by.run(canvas, 1.0/128, gocv.NewScalar(127, 127, 127, 0), true)
	if err != nil {
		return nil, fmt.Errorf("detecting faces: %w", err)
	}
	boxes, scores := out[0], out[1]
	if by.priors != nil {
		placed(by.priors, boxes, scores)
	}
	fx, fy := float64(bgr.Cols())/float64(in.X), float64(bgr.Rows())/float64(in.Y)
	var all []detection
	for i := range len(scores) / 2 {
		s := float64(scores[2*i+1])
		if s < least {
			continue
		}
		b := boxes[4*i : 4*i+4]
		x1 := (float64(b[0])*float64(w) - float64(left)) * fx
		y1 := (float64(b[1])*float64(h) - float64(top)) * fy
		x2 := (float64(b[2])*float64(w) - float64(left)) * fx
		y2 := (float64(b[3])*float64(h) - float64(top)) * fy
		if x2-x1 >= 4 && y2-y1 >= 4 {
			all = append(all, detection{x: x1, y: y1, w: x2 - x1, h: y2 - y1, score: s})
		}
	}
	return suppress(all), nil
}

// prior is a box of which the detector tells how a face lies to it: centre and size as shares
// of the network's input.
type prior struct{ x, y, w, h float32 }

// priorsOf are the detector's boxes in an input of that size, in the order of its results: it was
// trained with one to three squares around each place of four grids. On 320 × 240 they are anchors.
func priorsOf(side image.Point) []prior {
	var all []prior
	for _, grid := range []struct {
		stride  int
		squares []float32
	}{{8, []float32{10, 16, 24}}, {16, []float32{32, 48}}, {32, []float32{64, 96}}, {64, []float32{128, 192, 256}}} {
		w, h := float32(side.X), float32(side.Y)
		step := float32(grid.stride)
		for j := range (side.Y + grid.stride - 1) / grid.stride {
			for i := range (side.X + grid.stride - 1) / grid.stride {
				for _, s := range grid.squares {
					all = append(all, prior{(float32(i) + 0.5) * step / w, (float32(j) + 0.5) * step / h, s / w, s / h})
				}
			}
		}
	}
	return all
}

// placed brings a cut network's results to what the whole one gives: the corners of boxes as
// shares of the input, and how likely each is no face and a face. In place.
func placed(priors []prior, boxes, scores []float32) {
	const centreVariance, sizeVariance = 0.1, 0.2
	for i, p := range priors {
		face := float32(1 / (1 + math.Exp(float64(scores[2*i]-scores[2*i+1]))))
		scores[2*i], scores[2*i+1] = 1-face, face
		b := boxes[4*i : 4*i+4]
		x, y := p.x+b[0]*centreVariance*p.w, p.y+b[1]*centreVariance*p.h
		w := p.w * float32(math.Exp(float64(b[2]*sizeVariance))) / 2
		h := p.h * float32(math.Exp(float64(b[3]*sizeVariance))) / 2
		b[0], b[1], b[2], b[3] = x-w, y-h, x+w, y+h
	}
}
