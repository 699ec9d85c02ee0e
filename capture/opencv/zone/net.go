package zone

import (
	_ "embed" // the weights
	"fmt"
	"image"
	"math"
	"sync"

	"gocv.io/x/gocv"

	"visavis/capture/opencv/pixel"
)

// The reader's network and its input: lineHigh pixels high, with letters of about
// lineLetter pixels in the middle. scripts/train/mrz.py made it; models/README.md
// has the command.
const (
	mrzAlphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ<"
	lineHigh    = 24
	lineLetter  = 14
	lineWide    = 1280 // the widest picture of a line that is looked at
)

//go:embed models/mrz.onnx
var mrzWeights []byte

// Net reads lines of machine readable zones. Loaded at its first use. Safe for
// concurrent use.
type Net struct {
	mu     sync.Mutex
	net    gocv.Net
	loaded bool
}

// Close frees the network.
func (n *Net) Close() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if !n.loaded {
		return nil
	}
	n.loaded = false
	return n.net.Close()
}

// columns are the logarithms of the probabilities of nothing (0) and of each letter
// of the alphabet (1 and up), for each four pixels along a line.
type columns [][]float64

// read returns the columns of a picture that is lineHigh pixels high.
func (n *Net) read(g pixel.Grey) (columns, error) {
	if g.H != lineHigh || g.W < 2*lineHigh || g.W > lineWide {
		return nil, fmt.Errorf("line of %d×%d pixels, want %d high and at most %d wide", g.W, g.H, lineHigh, lineWide)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if !n.loaded {
		net, err := gocv.ReadNetFromONNXBytes(mrzWeights)
		if err != nil {
			return nil, fmt.Errorf("reading the network for zones: %w", err)
		}
		n.net, n.loaded = net, true
	}
	// Few different widths: each new one makes the network lay itself out again.
	wide := min((g.W+127)/128*128, lineWide)
	blob := gocv.NewMatWithSizes([]int{1, 1, lineHigh, wide}, gocv.MatTypeCV32F)
	defer blob.Close()
	values, err := blob.DataPtrFloat32()
	if err != nil {
		return nil, err
	}
	normaliseLine(g, values, wide)
	n.net.SetInput(blob, "")
	out := n.net.Forward("")
	defer out.Close()
	scores, err := out.DataPtrFloat32()
	if err != nil {
		return nil, fmt.Errorf("network for zones: %w", err)
	}
	return logSoftmax(scores, (g.W+3)/4), nil
}

// normaliseLine writes the picture as the network was taught: light ground a little
// over 0, ink about -1.
func normaliseLine(g pixel.Grey, out []float32, wide int) {
	low, high := g.Quantile(0.02)/255, g.Quantile(0.90)/255
	spread := max(high-low, 0.04)
	var values [256]float32
	for level := range values {
		values[level] = float32(min(1.5, max(-1.5, (float64(level)/255-high)/spread+0.5)))
	}
	for y := range g.H {
		line := out[y*wide : (y+1)*wide]
		for x, level := range g.Pix[y*g.W : (y+1)*g.W] {
			line[x] = values[level]
		}
		for x := g.W; x < wide; x++ {
			line[x] = 0.5
		}
	}
}

func logSoftmax(scores []float32, wanted int) columns {
	symbols := len(mrzAlphabet) + 1
	n := len(scores) / symbols
	out := make(columns, min(n, wanted))
	for t := range out {
		col := make([]float64, symbols)
		top := math.Inf(-1)
		for s := range col {
			col[s] = float64(scores[s*n+t])
			top = max(top, col[s])
		}
		sum := 0.0
		for _, v := range col {
			sum += math.Exp(v - top)
		}
		for s := range col {
			col[s] -= top + math.Log(sum)
		}
		out[t] = col
	}
	return out
}

// lineOf is a part of a picture as the network wants it: the quadrilateral,
// lineHigh pixels high. What lies outside of the picture continues its edge.
func lineOf(src gocv.Mat, q pixel.Quad) (pixel.Grey, error) {
	high := (q.Side(1) + q.Side(3)) / 2
	if high < 2 {
		return pixel.Grey{}, fmt.Errorf("line of %.1f pixels", high)
	}
	wide := int(math.Round(q.Longest() * lineHigh / high))
	wide = min(max(wide, 2*lineHigh), lineWide)
	// Warping takes four neighbours only: of a large line it would take specks.
	if over := int(high / lineHigh); over > 1 {
		big, err := pixel.Warp(src, q, min(wide*over, 4096), lineHigh*over, gocv.BorderReplicate)
		defer big.Close()
		if err != nil {
			return pixel.Grey{}, err
		}
		flat := gocv.NewMat()
		defer flat.Close()
		gocv.Resize(big, &flat, image.Pt(wide, lineHigh), 0, 0, gocv.InterpolationArea)
		return pixel.NewGrey(flat)
	}
	flat, err := pixel.Warp(src, q, wide, lineHigh, gocv.BorderReplicate)
	defer flat.Close()
	if err != nil {
		return pixel.Grey{}, err
	}
	return pixel.NewGrey(flat)
}
