package opencv

import (
	"context"
	"image"
	"slices"

	"gocv.io/x/gocv"

	"visavis/capture"
	"visavis/capture/opencv/face"
	"visavis/capture/opencv/outline"
	"visavis/capture/opencv/pixel"
	"visavis/capture/opencv/zone"
)

// triedInside bounds how many doubtful outlines have their inside read.
const triedInside = 4

// decide picks the best outline that is a document's. Where the first look showed
// only something else, the other sizes are looked at before it gives up. On a still one that
// is not sure by itself is held against what is around the faces in the picture.
func (a *Analyzer) decide(f capture.Frame, grey gocv.Mat, s *outline.Searched) error {
	g, err := pixel.ViewOf(grey)
	if err != nil {
		return err
	}
	if s.Doubt {
		if a.held(f, grey, s) {
			return nil
		}
		if !s.AsClear(f.Last) {
			if err := s.LookOn(f); err != nil {
				return err
			}
		}
	}
	refused, err := a.pick(f, grey, g, s, nil)
	if err == nil && !s.Found && !s.Again && len(refused) > 0 {
		if err = s.LookAgain(f); err == nil {
			_, err = a.pick(f, grey, g, s, refused)
		}
	}
	// What is printed inside an outline makes it as sure as SureScore, and no surer.
	if err == nil && f.Kind == capture.Still && s.Found && s.Best.Score <= outline.SureScore {
		err = a.lookAroundFaces(f, grey, s)
	}
	if err == nil && !s.Found {
		s.Confidence = min(s.Confidence, 0.4)
	}
	return err
}

// pick takes the first outline that is sure by itself or has machine readable
// lines or a portrait on it, and returns those it refused.
func (a *Analyzer) pick(f capture.Frame, grey gocv.Mat, g pixel.Grey, s *outline.Searched,
	refused []pixel.Quad) ([]pixel.Quad, error) {
	tried := 0
	near := 0.05 * float64(max(s.Width, s.Height))
	for _, c := range s.Ranked(f.Document) {
		if tried == triedInside {
			break
		}
		known := func(r pixel.Quad) bool { return r.Apart(c.Corners) < near }
		if c.Score < outline.DoubtfulScore || slices.ContainsFunc(refused, known) {
			continue
		}
		if c.Score >= outline.LeastScore && c.Sure() && !partOf(c.Corners, refused) && !outline.Framed(g, c.Corners) {
			s.Choose(c, f.Document)
			return refused, nil
		}
		if s.Glance {
			break
		}
		yes, err := a.hasEvidence(f.Kind, grey, s, c)
		if err != nil {
			return refused, err
		}
		if yes {
			c.Score = max(c.Score, outline.SureScore)
			s.Choose(c, f.Document)
			return refused, nil
		}
		refused = append(refused, c.Corners)
		tried++
	}
	return refused, nil
}

// partOf tells whether an outline lies mostly in one that was refused.
func partOf(q pixel.Quad, refused []pixel.Quad) bool {
	for _, r := range refused {
		if pixel.Overlap(q, r) > 0.6*q.Area() {
			return true
		}
	}
	return false
}

// held takes a doubtful outline for the document's that hardly differs from the one which the
// preview before showed, and whose inside still looks the same. Where a first look shows no
// such outline, as of those that are seen at other sizes, it is that one itself. It tells
// whether there is one.
func (a *Analyzer) held(f capture.Frame, grey gocv.Mat, s *outline.Searched) bool {
	was := pixel.Quad(f.Last.Corners).Scaled(float64(s.Width) / float64(f.Last.Width))
	before := s.Location
	for _, c := range s.Ranked(f.Document) {
		if c.Score < outline.DoubtfulScore {
			continue
		}
		c.Score = max(c.Score, outline.SureScore)
		s.Choose(c, f.Document)
		if pixel.IoU(was, s.Corners) >= alike && f.Last.Holds(lookInside(grey, s, s.Corners)) {
			return true
		}
		s.Location = before
	}
	if f.Last.Stays(lookInside(grey, s, was)) {
		s.Hold(was, f.Last.Confidence)
		return true
	}
	return false
}

// lookInside is the look of what is inside an outline; nil where no rectangle can look like
// that.
func lookInside(grey gocv.Mat, s *outline.Searched, corners pixel.Quad) []byte {
	g, _, _, ok := inside(grey, s, corners)
	if !ok {
		return nil
	}
	defer pixel.ByteBuffers.Give(g.Pix)
	return lookOf(g)
}

// inside is the rectified inside of an outline, zoneWidth wide, with the outline lying along
// its long side and its proportions. The caller gives the bytes back; false where no
// rectangle can look like that.
func inside(grey gocv.Mat, s *outline.Searched, corners pixel.Quad) (pixel.Grey, pixel.Quad, float64, bool) {
	q, _ := pixel.Lying(corners)
	aspect := (q.Side(0) + q.Side(2)) / (q.Side(1) + q.Side(3))
	if p, ok := pixel.PlaneOf(q, float64(s.Width), float64(s.Height)); ok {
		aspect = p.Aspect
	}
	aspect = min(max(aspect, 1.2), 2.6)
	g, ok := pixel.Flatten(grey, q, zoneWidth, int(zoneWidth/aspect))
	return g, q, aspect, ok
}

// hasEvidence reads the inside of an outline. On a preview only an outline that is likely
// enough is asked for a portrait: the face detector takes longer than a first look, and of 66
// less likely ones on composed, guided and labelled previews none had one.
func (a *Analyzer) hasEvidence(kind capture.Kind, grey gocv.Mat, s *outline.Searched,
	c outline.Candidate) (bool, error) {
	g, q, aspect, ok := inside(grey, s, c.Corners)
	if !ok {
		return false, nil
	}
	defer pixel.ByteBuffers.Give(g.Pix)
	if zone.Look(g).Confidence >= 0.5 {
		return true, nil
	}
	if a.faces == nil || kind == capture.Preview && c.Score < outline.LeastScore {
		return false, nil
	}
	p, err := a.portraitAt(*s, q, aspect, face.Asked{Turns: []int{0, 2}, Will: tellingPortrait})
	return tellingPortrait(p), err
}

// infer finds a document of which no side is seen, as of white paper in bright light or
// on a white table: its zone tells where it lies.
func (a *Analyzer) infer(ctx context.Context, grey gocv.Mat, s *outline.Searched) error {
	scale := min(1, zoneDecodeSide/float64(max(grey.Cols(), grey.Rows())))
	small := gocv.NewMat()
	defer small.Close()
	gocv.Resize(grey, &small, image.Point{}, scale, scale, gocv.InterpolationArea)
	read, err := zone.NewReader(ctx, &a.zones, zone.PictureRuns).InPicture(small)
	if err != nil {
		return err
	}
	q, ok, err := a.around(*s, read, float64(s.Width)/float64(small.Cols()))
	if ok && err == nil {
		s.Infer(q)
	}
	return err
}

// around is the outline of the document of a zone by where its format has it, in pixels
// of the frame; scale is those over the pixels in which the zone was read. A page has to
// show its portrait in its place: lines alone are no page.
func (a *Analyzer) around(s outline.Searched, read zone.Found, scale float64) (pixel.Quad, bool, error) {
	q, ok := read.Around()
	if !ok {
		return q, false, nil
	}
	q = q.Scaled(scale)
	if len(read.Lines) != 2 {
		return q, true, nil
	}
	if a.faces == nil {
		return q, false, nil
	}
	p, err := a.portraitAt(s, q, q.Side(0)/q.Side(1), face.Asked{Turns: []int{0}, Will: tellingPortrait})
	return q, err == nil && tellingPortrait(p), err
}

// alike is how much two outlines share, over all of both, from which they are one.
const alike = 0.9

// contradicted takes the outline that the zone tells where the one that was found leaves
// the frame: a document of which the zone says that all of it is in the picture is not
// cut off, and what was taken for its sides are lines behind it. An outline that is tilted
// too much stays: the zone's is one as from straight above, and would hide the tilt.
func (a *Analyzer) contradicted(s *outline.Searched, read zone.Found) (bool, error) {
	most := capture.DefaultLimits().Document.TiltMax.Still
	if p, ok := pixel.PlaneOf(s.Corners, float64(s.Width), float64(s.Height)); ok && p.Tilt > most {
		return false, nil
	}
	q, ok, err := a.around(*s, read, 1)
	if err != nil || !ok {
		return false, err
	}
	for _, c := range q {
		if c.X < 0 || c.Y < 0 || c.X > float64(s.Width-1) || c.Y > float64(s.Height-1) {
			return false, nil
		}
	}
	both := pixel.Overlap(q, s.Corners)
	if both >= alike*(q.Area()+s.Corners.Area()-both) {
		return false, nil
	}
	s.Infer(q)
	return true, nil
}

// tellingPortrait tells whether a portrait shows that it lies on a document. A document shows one
// face, or the same one again.
func tellingPortrait(p face.Portrait) bool {
	return p.Confidence >= 0.6 && portraitPlaced(p.Box) && p.Others < 2
}

// portraitPlaced tells whether a face lies on a document as a portrait does:
// left or right, and of a portrait's size.
func portraitPlaced(box [4]float64) bool {
	x := box[0] + box[2]/2
	return (x < 0.37 || x > 0.63) && box[2] < 0.27 && box[2] > 0.07 && box[3] > 0.14 && box[3] < 0.6
}
