package opencv

import (
	"gocv.io/x/gocv"

	"visavis/capture"
	"visavis/capture/opencv/pixel"
	"visavis/capture/opencv/quality"
)

// lookOf is the look of a rectified document.
func lookOf(g pixel.Grey) []byte {
	if g.W < capture.LookColumns || g.H < capture.LookRows {
		return nil
	}
	look := make([]byte, 0, capture.LookColumns*capture.LookRows)
	for j := range capture.LookRows {
		y0, y1 := j*g.H/capture.LookRows, (j+1)*g.H/capture.LookRows
		for i := range capture.LookColumns {
			x0, x1 := i*g.W/capture.LookColumns, (i+1)*g.W/capture.LookColumns
			sum := 0
			for y := y0; y < y1; y++ {
				for _, v := range g.Pix[y*g.W+x0 : y*g.W+x1] {
					sum += int(v)
				}
			}
			look = append(look, byte(sum/((x1-x0)*(y1-y0))))
		}
	}
	return look
}

// screenAround measures a screen's patterns around the largest face of a still: in a square
// of twice its height.
func screenAround(grey gocv.Mat, face *capture.FaceMeasurements) (err error) {
	if face.Count == 0 {
		return nil
	}
	x, y, side := face.Box[0]+face.Box[2]/2, face.Box[1]+face.Box[3]/2, face.Box[3]
	around := pixel.Quad{
		{X: x - side, Y: y - side}, {X: x + side, Y: y - side}, {X: x + side, Y: y + side}, {X: x - side, Y: y + side},
	}
	if face.Moire, err = quality.MoireOf(grey, around); err != nil {
		return err
	}
	p, err := quality.PatternsOf(grey, around)
	face.Dots = p.Dots
	return err
}
