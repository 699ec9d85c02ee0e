package quality

import (
	"fmt"
	"image"
	"math"

	"gocv.io/x/gocv"

	"visavis/capture/opencv/pixel"
)

// How the dots of a display are told from print by what lies side by side: perspective
// changes the pattern of fine dots over a document, so that no one frequency is all over it,
// but little from one small square to the next. Print and cloth change from square to square.
const (
	// dotsTile is the side of the squares, pixels.
	dotsTile = 64
	// dotsColumns × dotsRows squares, in the middle, are looked at at most.
	dotsColumns, dotsRows = 12, 9
	// leastDots is the lowest frequency, in waves a square: a period of 6.4 pixels.
	leastDots = 10
	// dotsAround is the side of the square of frequencies over whose mean one stands out.
	dotsAround = 9
	// dotsStrong is by how much, as a natural logarithm. Of 102 sharp pictures of documents
	// and faces two had more than a tenth of their neighbours alike above it.
	dotsStrong = 2.2
	// dotsNear is how far the frequencies of neighbours lie apart at most.
	dotsNear = 2.5
	// dotsNoise is the power that grain and rounding have in a square.
	dotsNoise = 100
)

// Patterns are what the fine patterns of a picture's squares have in common.
type Patterns struct {
	// Dots is the share of neighbouring squares whose strongest fine pattern is the same, 0..1:
	// nearly none of print, one in ten and more where a display shows the document.
	Dots float64
	// Print is how far the second of two lattices stands out that are turned against each other
	// in the document's plane, 0..1: the mean of a natural logarithm over all squares. 0.4 and
	// more of the dots of a laser printer.
	Print float64
}

// PatternsOf compares squares in the middle of an outline. grey is the frame, q an outline in
// it. Nothing where it has fewer than 2 × 2 squares.
func PatternsOf(grey gocv.Mat, q pixel.Quad) (Patterns, error) {
	if grey.Empty() || grey.Type() != gocv.MatTypeCV8UC1 {
		return Patterns{}, nil
	}
	low, high := q[0], q[0]
	for _, p := range q[1:] {
		low.X, low.Y, high.X, high.Y = min(low.X, p.X), min(low.Y, p.Y), max(high.X, p.X), max(high.Y, p.Y)
	}
	box := image.Rect(int(low.X), int(low.Y), int(high.X), int(high.Y)).
		Intersect(image.Rect(0, 0, grey.Cols(), grey.Rows()))
	columns, rows := min(box.Dx()/dotsTile, dotsColumns), min(box.Dy()/dotsTile, dotsRows)
	if columns < 2 || rows < 2 {
		return Patterns{}, nil
	}
	corner := box.Min.Add(image.Pt((box.Dx()-columns*dotsTile)/2, (box.Dy()-rows*dotsTile)/2))
	found := make([]peak, 0, columns*rows)
	l := latticeOver(q, grey.Cols(), grey.Rows())
	err := eachSquare(grey, corner, columns, rows, func(middle image.Point, out *standing) {
		found = append(found, out.strongest())
		l.add(middle, out)
	})
	if err != nil {
		return Patterns{}, err
	}
	alike, pairs := 0, 0
	for i, p := range found {
		if i%columns > 0 {
			pairs++
			alike += p.alike(found[i-1])
		}
		if i >= columns {
			pairs++
			alike += p.alike(found[i-columns])
		}
	}
	return Patterns{float64(alike) / float64(pairs), min(1, l.second())}, nil
}

// peak is the frequency that stands out most in a square, in waves a square.
type peak struct {
	x, y int
	out  float64
}

// alike is 1 if both stand out and are of one pattern, else 0. A frequency and its negative
// are the same.
func (p peak) alike(q peak) int {
	apart := min(math.Hypot(float64(p.x-q.x), float64(p.y-q.y)), math.Hypot(float64(p.x+q.x), float64(p.y+q.y)))
	if p.out >= dotsStrong && q.out >= dotsStrong && apart <= dotsNear {
		return 1
	}
	return 0
}

// standing is how far each frequency of a square stands out of those around it, a natural
// logarithm; negative frequencies in the upper halves.
type standing [dotsTile * dotsTile]float32

// eachSquare visits columns × rows squares from a corner on, row by row.
func eachSquare(grey gocv.Mat, corner image.Point, columns, rows int,
	visit func(middle image.Point, out *standing)) error {
	const n = dotsTile
	f, transformed := gocv.NewMatWithSize(n, n, gocv.MatTypeCV32FC1), gocv.NewMat()
	defer f.Close()
	defer transformed.Close()
	data, err := f.DataPtrFloat32()
	if err != nil {
		return fmt.Errorf("dots: %w", err)
	}
	var strength standing
	for k := range columns * rows {
		at := corner.Add(image.Pt(k%columns*n, k/columns*n))
		part := grey.Region(image.Rectangle{Min: at, Max: at.Add(image.Pt(n, n))})
		square := part.Clone() // a part's rows do not lie side by side
		part.Close()
		pix, err := square.DataPtrUint8()
		if err == nil {
			fade(data, pix)
			gocv.DFT(f, &transformed, gocv.DftComplexOutput)
			var out []float32
			if out, err = transformed.DataPtrFloat32(); err == nil {
				for i := range strength {
					re, im := out[2*i], out[2*i+1]
					strength[i] = 0.5 * float32(math.Log(float64(re*re+im*im+dotsNoise)))
				}
			}
		}
		square.Close()
		if err != nil {
			return fmt.Errorf("dots: %w", err)
		}
		strength.fromAround()
		visit(at.Add(image.Pt(n/2, n/2)), &strength)
	}
	return nil
}

// dotsWindow lets a square fade towards its edges, which are no pattern.
var dotsWindow = func() (w [dotsTile]float32) {
	for i := range w {
		w[i] = float32(0.5 - 0.5*math.Cos(2*math.Pi*(float64(i)+0.5)/dotsTile))
	}
	return w
}()

// fade writes a square without its mean, fading towards its edges.
func fade(out []float32, pix []byte) {
	sum := 0
	for _, v := range pix {
		sum += int(v)
	}
	mean := float32(sum) / float32(len(pix))
	for i, v := range pix {
		out[i] = (float32(v) - mean) * dotsWindow[i%dotsTile] * dotsWindow[i/dotsTile]
	}
}

// fromAround takes from each strength the mean of those around it.
func (s *standing) fromAround() {
	const n, reach = dotsTile, dotsAround / 2
	var along [n * n]float32 // sums over dotsAround frequencies; the spectrum goes on round its ends
	for y := range n {
		row, sum := s[y*n:][:n], float32(0)
		for d := -reach; d <= reach; d++ {
			sum += row[d&(n-1)]
		}
		for x := range n {
			along[y*n+x] = sum
			sum += row[(x+reach+1)&(n-1)] - row[(x-reach)&(n-1)]
		}
	}
	for x := range n {
		sum := float32(0)
		for d := -reach; d <= reach; d++ {
			sum += along[(d&(n-1))*n+x]
		}
		for y := range n {
			s[y*n+x] -= sum / (dotsAround * dotsAround)
			sum += along[((y+reach+1)&(n-1))*n+x] - along[((y-reach)&(n-1))*n+x]
		}
	}
}

// at is the strength of a frequency.
func (s *standing) at(x, y int) float32 { return s[(y&(dotsTile-1))*dotsTile+x&(dotsTile-1)] }

// strongest is the frequency that stands out most.
func (s *standing) strongest() peak {
	const half = dotsTile / 2
	best := peak{out: math.Inf(-1)}
	for y := -half; y < half; y++ {
		for x := range half {
			if x == 0 && y <= 0 || !fine(x, y) {
				continue
			}
			if out := float64(s.at(x, y)); out > best.out {
				best = peak{x, y, out}
			}
		}
	}
	return best
}

// fine tells whether a frequency may be that of dots: neither slow, as print is, nor one of
// JPEG's blocks of 8 pixels.
func fine(x, y int) bool {
	const half, block = dotsTile / 2, dotsTile / 8
	r := x*x + y*y
	ofBlocks := (x+1)&(block-1) <= 2 && (y+1)&(block-1) <= 2
	return r >= leastDots*leastDots && r < half*half && !ofBlocks
}
