package opencv

import (
	"image"
	"math"

	"gocv.io/x/gocv"
)

// moireOf is the strength of a periodic pattern over the whole document, 0..1: a
// camera that looks at a screen sees its pixels beat with its own. Print has
// periods too, but along its lines and of low frequency.
func moireOf(flat gocv.Mat) float64 {
	const side = 256
	if flat.Empty() || flat.Type() != gocv.MatTypeCV8UC1 || flat.Cols() < side || flat.Rows() < side {
		return 0
	}
	worst := 0.0
	for i := range 3 {
		x := (flat.Cols() - side) * i / 2
		y := (flat.Rows() - side) / 2
		part := flat.Region(image.Rect(x, y, x+side, y+side))
		worst += patternOf(part) / 3
		part.Close()
	}
	return worst
}

// patternOf is how far the strongest frequency off the axes stands out, of a
// square grey picture.
func patternOf(part gocv.Mat) float64 {
	f := gocv.NewMat()
	defer f.Close()
	spectrum := gocv.NewMat()
	defer spectrum.Close()
	part.ConvertTo(&f, gocv.MatTypeCV32F)
	gocv.DFT(f, &spectrum, gocv.DftComplexOutput)
	if spectrum.Empty() || spectrum.Type() != gocv.MatTypeCV32FC2 {
		return 0
	}
	data, err := spectrum.DataPtrFloat32()
	if err != nil {
		return 0
	}
	n := part.Cols()
	mag := make([]float32, n*n)
	for i := range mag {
		mag[i] = float32(math.Log1p(math.Hypot(float64(data[2*i]), float64(data[2*i+1]))))
	}
	rows, mean := make([]float32, n*n), make([]float32, n*n)
	boxMean(mag, rows, mean, n, n, 6)
	best := float32(0)
	for y := range n {
		fy := y
		if fy > n/2 {
			fy = n - fy
		}
		for x := n / 16; x < n/2-2; x++ {
			if x < 8 || fy < 8 || x*x+fy*fy < n*n/100 {
				continue // along the axes lies print
			}
			best = max(best, mag[y*n+x]-mean[y*n+x])
		}
	}
	// Noise peaks reach 2; a pattern of two grey levels' amplitude reaches 4.
	return fade(float64(best), 2.2, 4.2)
}
