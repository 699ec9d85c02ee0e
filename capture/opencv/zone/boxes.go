package zone

import (
	"cmp"
	"image"
	"math"
	"slices"

	"gocv.io/x/gocv"

	"visavis/capture"
	"visavis/capture/opencv/pixel"
)

// Where lines of a zone may lie in a picture.
const (
	// boxSides are the long sides of the pictures that are searched: letters are
	// then 6 to 25 pixels high, whether a document fills a scan or two are in one.
	boxSmall, boxLarge = 480, 960
	boxMinWide         = 0.22 // of the picture's width: a card beside another
	boxMinAspect       = 2.8  // three lines that ran together
	boxMaxAngle        = 18.0 // degrees; what lies steeper is found in the turned picture
	mostBoxes          = 10
	flatWide           = 900 // pixels that a box is looked into at
)

// zoneRow is one line of print that may belong to a zone, in its own order.
type zoneRow struct {
	corners pixel.Quad
	height  float64 // pixels of the picture
}

// zoneRows finds wide lines of print that lie about horizontally in a grey picture.
func zoneRows(grey gocv.Mat) ([]zoneRow, error) {
	var rows []zoneRow
	for _, side := range []float64{boxSmall, boxLarge} {
		f := side / float64(max(grey.Cols(), grey.Rows()))
		small := gocv.NewMat()
		how := gocv.InterpolationArea
		if f > 1 {
			how = gocv.InterpolationCubic
		}
		gocv.Resize(grey, &small, image.Pt(max(16, int(float64(grey.Cols())*f)), max(16, int(float64(grey.Rows())*f))), 0, 0,
			how)
		for _, q := range printedBoxes(small) {
			found, err := rowsInBox(grey, q.Scaled(1/f))
			if err != nil {
				small.Close()
				return nil, err
			}
			for _, r := range found {
				if !slices.ContainsFunc(rows, r.same) {
					rows = append(rows, r)
				}
			}
		}
		small.Close()
	}
	return rows, nil
}

// same tells whether two rows are one line.
func (r zoneRow) same(o zoneRow) bool {
	d := pixel.Distance(r.corners.Centre(), o.corners.Centre())
	return d < 0.5*min(r.height, o.height) && math.Abs(r.corners.Side(0)-o.corners.Side(0)) < 2*r.height
}

// printedBoxes are the regions of dense print, wide and low: dark marks on light
// ground with quick changes along the row, grown together sideways.
func printedBoxes(grey gocv.Mat) []pixel.Quad {
	kernel := func(w, h int) gocv.Mat { return gocv.GetStructuringElement(gocv.MorphRect, image.Pt(w, h)) }
	ink, grown := gocv.NewMat(), gocv.NewMat()
	defer ink.Close()
	defer grown.Close()
	large := max(grey.Cols(), grey.Rows()) > (boxSmall+boxLarge)/2
	size := 11
	if large {
		size = 23
	}
	hat, wide := kernel(size, size), kernel(size+2, 3)
	defer hat.Close()
	defer wide.Close()
	gocv.MorphologyEx(grey, &ink, gocv.MorphBlackhat, hat)
	gocv.Sobel(ink, &grown, gocv.MatTypeCV16S, 1, 0, 3, 1, 0, gocv.BorderDefault)
	gocv.ConvertScaleAbs(grown, &ink, 1, 0)
	gocv.Normalize(ink, &ink, 0, 255, gocv.NormMinMax)
	gocv.MorphologyEx(ink, &grown, gocv.MorphClose, wide)
	gocv.GaussianBlur(grown, &grown, image.Pt(3, 3), 0, 0, gocv.BorderDefault)
	gocv.Threshold(grown, &ink, 0, 255, gocv.ThresholdBinary|gocv.ThresholdOtsu)
	gocv.MorphologyEx(ink, &grown, gocv.MorphClose, wide)
	thin := kernel(5, 2)
	defer thin.Close()
	gocv.MorphologyEx(grown, &grown, gocv.MorphOpen, thin)
	contours := gocv.FindContours(grown, gocv.RetrievalExternal, gocv.ChainApproxSimple)
	defer contours.Close()
	var boxes []pixel.Quad
	for i := range contours.Size() {
		if q, ok := lyingBox(contours.At(i), float64(grey.Cols())); ok {
			boxes = append(boxes, q)
		}
	}
	slices.SortFunc(boxes, func(a, b pixel.Quad) int { return cmp.Compare(b.Side(0), a.Side(0)) })
	return boxes[:min(len(boxes), mostBoxes)]
}

// lyingBox is the smallest rectangle around a contour, when it is a wide one.
func lyingBox(points gocv.PointVector, width float64) (pixel.Quad, bool) {
	if points.Size() < 4 {
		return pixel.Quad{}, false
	}
	r := gocv.MinAreaRect(points)
	w, h, angle := float64(r.Width), float64(r.Height), r.Angle
	if w < h {
		w, h, angle = h, w, angle+90
	}
	angle = math.Remainder(angle, 180)
	if math.Abs(angle) > boxMaxAngle || w < boxMinWide*width || h < 3 || w < boxMinAspect*h {
		return pixel.Quad{}, false
	}
	centre := capture.Point{X: float64(r.Center.X), Y: float64(r.Center.Y)}
	return turnedBox(centre, w, h, angle*math.Pi/180), true
}

// turnedBox is a rectangle around a centre, turned by an angle in radians.
func turnedBox(c capture.Point, w, h, angle float64) pixel.Quad {
	ux, uy := math.Cos(angle), math.Sin(angle)
	at := func(x, y float64) capture.Point {
		return capture.Point{X: c.X + x*ux - y*uy, Y: c.Y + x*uy + y*ux}
	}
	return pixel.Quad{at(-w/2, -h/2), at(w/2, -h/2), at(w/2, h/2), at(-w/2, h/2)}
}

// rowsInBox tells the lines of one box apart by the gaps between them; a box without any
// is one line.
func rowsInBox(grey gocv.Mat, box pixel.Quad) ([]zoneRow, error) {
	high := box.Side(1)
	margin := 0.35 * min(high, box.Side(0)/20)
	rows, err := linesAcross(grey, box.Part(0, -margin/high, 1, 1+margin/high))
	if err == nil && len(rows) == 0 {
		rows = append(rows, zoneRow{box, high})
	}
	return rows, err
}

// linesAcross are the lines of print that reach from one side of a part of a picture to
// the other; nil of a part without area.
func linesAcross(grey gocv.Mat, around pixel.Quad) ([]zoneRow, error) {
	tall := int(math.Round(flatWide * around.Side(1) / around.Side(0)))
	flat, err := pixel.Rectify(grey, around, flatWide, max(12, tall))
	defer flat.Close()
	if err != nil {
		return nil, nil // a box at the picture's edge without area is no zone
	}
	g, err := pixel.NewGrey(flat)
	if err != nil {
		return nil, err
	}
	var rows []zoneRow
	for _, r := range rowsOfPrint(fillOfRows(g), g.H) {
		h := float64(r.bottom - r.top)
		// A letter takes a 44th to a 30th of the width, and some of it is margin.
		if h < 8 || h > 60 {
			continue
		}
		top, bottom := float64(r.top)/float64(g.H), float64(r.bottom)/float64(g.H)
		q := around.Part(0, top, 1, bottom)
		rows = append(rows, zoneRow{q, (q.Side(1) + q.Side(3)) / 2})
	}
	return rows, nil
}

// rowsAcross finds the rows of print that fill a picture's width and have another such
// row near. A pattern, an overprint or a frame may run into a zone's lines, so that no box
// holds them alone; where the document fills the picture its rows still stand apart.
func rowsAcross(grey gocv.Mat) ([]zoneRow, error) {
	w, h := float64(grey.Cols()-1), float64(grey.Rows()-1)
	lines, err := linesAcross(grey, pixel.Quad{{X: 0, Y: 0}, {X: w, Y: 0}, {X: w, Y: h}, {X: 0, Y: h}})
	if err != nil {
		return nil, err
	}
	var rows []zoneRow
	for _, l := range lines {
		if slices.ContainsFunc(lines, l.beside) {
			rows = append(rows, l)
		}
	}
	return rows, nil
}

// beside tells whether two rows may be neighbours in a zone.
func (r zoneRow) beside(o zoneRow) bool {
	apart := pixel.Distance(r.corners.Centre(), o.corners.Centre()) / max(r.height, o.height)
	return max(r.height, o.height) < 1.5*min(r.height, o.height) && apart > 1.0 && apart < 4.2
}
