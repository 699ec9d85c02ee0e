package quality

import (
	"fmt"
	"image"
	"math"

	"gocv.io/x/gocv"

	"visavis/capture/opencv/pixel"
)

// Where the dots of a display are looked for.
const (
	// latticeTile is the side of the squares that are looked at, pixels: frequencies
	// are then told apart by less than perspective changes them over a document.
	latticeTile = 128
	// latticeColumns × latticeRows squares lie over a document. Print, photo and
	// guilloches fill a few of them each, a display's dots all.
	latticeColumns, latticeRows = 6, 4
	// leastLattice is the lowest frequency, in waves a square: dots of 5 pixels.
	// Slower patterns are print.
	leastLattice = 25
	// latticeLarge is the long side of a document, pixels, from which it is looked at
	// in half its size too.
	latticeLarge = 1400
)

// MoireOf is the strength of the one lattice that lies over a whole document, 0..1: a
// camera that looks at a screen sees its dots. Guilloches and print have periods too,
// but other ones in other places. grey is the frame, q the outline in it.
func MoireOf(grey gocv.Mat, q pixel.Quad) (float64, error) {
	most := 0.0
	for step := 1; step == 1 || step == 2 && q.Longest() >= latticeLarge; step++ {
		s, err := spectrumOver(grey, q, step)
		if err != nil {
			return 0, err
		}
		single, pair := s.lattice()
		most = max(most, pair, single-stripes)
	}
	return pixel.Fade(most, weakLattice, strongLattice), nil
}

// Strengths are natural logarithms of how far a frequency stands out. Of 350 real
// pictures none had a pair over 0.92 and a single one over 1.62, halftone and guilloches
// among them; displays of 2.2 to 4.5 pixels have pairs of 2.26 and more. The middle of
// the scale is 1.45.
const (
	weakLattice, strongLattice = 0.6, 2.3
	// stripes is by how much one direction alone must be stronger.
	stripes = 0.9
)

// spectrum is the mean logarithm of strength by frequency, latticeTile rows and
// columns, negative frequencies in the upper halves.
type spectrum []float64

// spectrumOver is of squares spread over an outline, each pixel step pixels of the
// frame wide. It is nil for pictures that are smaller than a square.
func spectrumOver(grey gocv.Mat, q pixel.Quad, step int) (spectrum, error) {
	const n = latticeTile
	side := n * step
	m, ok := pixel.SquareTo(q)
	if !ok || grey.Empty() || grey.Type() != gocv.MatTypeCV8UC1 || grey.Cols() < side || grey.Rows() < side {
		return nil, nil
	}
	s := make(spectrum, n*n)
	for i := range s {
		s[i] = 1
	}
	for k := range latticeColumns * latticeRows {
		c := m.At((float64(k%latticeColumns)+0.5)/latticeColumns, (float64(k/latticeColumns)+0.5)/latticeRows)
		x := min(max(int(c.X)-side/2, 0), grey.Cols()-side)
		y := min(max(int(c.Y)-side/2, 0), grey.Rows()-side)
		part := grey.Region(image.Rect(x, y, x+side, y+side))
		err := s.multiply(part)
		part.Close()
		if err != nil {
			return nil, err
		}
	}
	for i, v := range s {
		s[i] = 0.5 * math.Log(v) / (latticeColumns * latticeRows)
	}
	return s, nil
}

// latticeNoise is the power that grain and rounding have in a square. At most 1e12 of
// light adds to it, so that the product over all squares is a number.
const latticeNoise = 400

// hann lets a square fade towards its edges, which are no pattern.
var hann = func() (w [latticeTile]float32) {
	for i := range w {
		w[i] = float32(0.5 - 0.5*math.Cos(2*math.Pi*(float64(i)+0.5)/latticeTile))
	}
	return w
}()

// multiply multiplies each frequency by its power in a square.
func (s spectrum) multiply(square gocv.Mat) error {
	const n = latticeTile
	small, f, transformed := gocv.NewMat(), gocv.NewMat(), gocv.NewMat()
	defer small.Close()
	defer f.Close()
	defer transformed.Close()
	gocv.Resize(square, &small, image.Pt(n, n), 0, 0, gocv.InterpolationArea)
	small.ConvertTo(&f, gocv.MatTypeCV32FC1)
	data, err := f.DataPtrFloat32()
	if err != nil {
		return fmt.Errorf("spectrum: %w", err)
	}
	mean := float32(f.Mean().Val1)
	for i := range data {
		data[i] = (data[i] - mean) * hann[i%n] * hann[i/n]
	}
	gocv.DFT(f, &transformed, gocv.DftComplexOutput)
	out, err := transformed.DataPtrFloat32()
	if err != nil {
		return fmt.Errorf("spectrum: %w", err)
	}
	for i := range s {
		re, im := float64(out[2*i]), float64(out[2*i+1])
		s[i] *= re*re + im*im + latticeNoise
	}
	return nil
}

// at is the strength of a frequency; the spectrum goes on round its ends.
func (s spectrum) at(x, y int) float64 {
	const n = latticeTile
	return s[(y&(n-1))*n+x&(n-1)]
}

// standsOut is how far a frequency is above the mean on either side of it, along the
// worst of four directions: what print leaves is a ridge that goes on along one.
func (s spectrum) standsOut(x, y int) float64 {
	around := math.Inf(-1)
	for _, d := range [4][2]int{{1, 0}, {0, 1}, {1, 1}, {1, -1}} {
		sum := 0.0
		for k := 3; k <= 6; k++ {
			sum += s.at(x+k*d[0], y+k*d[1]) + s.at(x-k*d[0], y-k*d[1])
		}
		around = max(around, sum/8)
	}
	return s.at(x, y) - around
}

// ofBlocks tells whether a frequency is one of JPEG's blocks of 8 pixels.
func ofBlocks(x, y int) bool {
	const block = latticeTile / 8
	return (x+1)&(block-1) <= 2 && (y+1)&(block-1) <= 2
}

// lattice is how far the strongest frequency stands out, and the weaker one of the
// strongest two that are equally high and at right angles.
func (s spectrum) lattice() (single, pair float64) {
	if s == nil {
		return 0, 0
	}
	const half = latticeTile / 2
	var out [latticeTile + 2][latticeTile + 2]float64 // by frequency, with a margin for neighbours
	ring := func(x, y int) bool {
		r := x*x + y*y
		return r >= (leastLattice-1)*(leastLattice-1) && r < half*half && !ofBlocks(x, y)
	}
	for y := -half; y < half; y++ {
		for x := -half; x < half; x++ {
			if ring(x, y) {
				out[y+half+1][x+half+1] = s.standsOut(x, y)
			}
		}
	}
	for y := -half + 1; y < half; y++ {
		for x := range half {
			v := out[y+half+1][x+half+1]
			if v <= pair || x*x+y*y < leastLattice*leastLattice {
				continue
			}
			single = max(single, v)
			other := 0.0 // at the place turned by a right angle, or next to it
			for dy := range 3 {
				for dx := range 3 {
					other = max(other, out[x+half+dy][-y+half+dx])
				}
			}
			pair = max(pair, min(v, other))
		}
	}
	return single, pair
}
