package opencv

import (
	"math"

	"gocv.io/x/gocv"

	"visavis/capture"
)

// location is where the document is in a frame.
type location struct {
	found         bool
	confidence    float64
	corners       quad // pixels of the frame as displayed
	width, height int  // of the frame as displayed
	best          candidate
	others        []candidate // all that were scored, in pixels of the frame
}

// searched is a location with what it was found in.
type searched struct {
	location
	bgr     gocv.Mat // reduced colour picture of the whole frame; closed by who asked
	picture picture  // the working picture
	edges   *edgeMap
	planes  *planes // of the frame, where they were decoded; nil otherwise
	again   bool    // the other sizes have been looked at
}

// workingSide is the long side of the picture in which outlines are looked for first.
const (
	workingSide = 320
	largeSide   = 480
	smallSide   = 200
)

// Close gives back what the search holds, also after an error.
func (s *searched) Close() {
	s.bgr.Close()
	if s.edges != nil {
		s.edges.close()
		s.edges = nil
	}
	byteBuffers.give(s.picture.lab)
	s.picture = picture{}
}

// Above clearScore a first look is believed; below leastScore nothing is there.
const (
	clearScore = 0.93
	leastScore = 0.66
)

// search finds the document in a frame: first in one small picture, then, when
// that leaves a doubt, in a larger and a smaller one too. p are the frame's planes, or
// nil. The caller closes the search, also when there is an error.
func search(f capture.Frame, p *planes) (searched, error) {
	s := searched{planes: p}
	s.width, s.height = displayedSize(f)
	var err error
	if s.bgr, err = s.colours(f, reduction(s.width, s.height, workingSide)); err != nil {
		return s, err
	}
	if s.picture, err = newPicture(s.bgr, workingSide); err != nil {
		return s, err
	}
	var list []candidate
	if list, s.edges, err = findDocument(s.picture, firstLook); err != nil {
		return s, err
	}
	s.consider(list)
	if s.best.score < clearScore {
		if err := s.lookAgain(f); err != nil {
			return s, err
		}
	}
	s.confidence = confidenceOf(s.best.score)
	return s, nil
}

// colours is the frame in colour, reduced by a factor. The caller closes the Mat, also
// when there is an error.
func (s *searched) colours(f capture.Frame, reduce int) (gocv.Mat, error) {
	if s.planes != nil && s.planes.coloured() && reduce > 1 {
		return s.planes.reduced(reduce)
	}
	return decode(f, true, reduce)
}

// lookAgain searches at other sizes: small documents want a larger picture,
// patterned backgrounds and blurred frames a smaller one.
func (s *searched) lookAgain(f capture.Frame) error {
	s.again = true
	if r := reduction(s.width, s.height, largeSide); r < reduction(s.width, s.height, workingSide) {
		large, err := s.colours(f, r)
		if err != nil {
			large.Close()
			return err
		}
		s.bgr.Close()
		s.bgr = large
	}
	for _, side := range []int{largeSide, smallSide} {
		p, err := newPicture(s.bgr, side)
		if err != nil {
			return err
		}
		list, e, err := findDocument(p, secondLook)
		if err != nil {
			return err
		}
		before := s.best.score
		s.considerIn(p, list)
		if s.best.score > before {
			s.picture, p = p, s.picture
			s.edges, e = e, s.edges
		}
		byteBuffers.give(p.lab)
		e.close()
	}
	return nil
}

func (s *searched) consider(list []candidate) { s.considerIn(s.picture, list) }

// considerIn takes the best of a list found in a picture if it is better.
func (s *searched) considerIn(p picture, list []candidate) {
	f := float64(s.width) / float64(p.w)
	for i, c := range list {
		c.corners = c.corners.scaled(f)
		if i == 0 && (c.score > s.best.score || s.corners.area() == 0) {
			s.best = c
			s.corners = c.corners.ordered()
		}
		s.others = append(s.others, c)
	}
}

// confidenceOf maps a score to 0..1, with 0.5 where documents and other things meet.
func confidenceOf(score float64) float64 { return 1 / (1 + math.Exp(-14*(score-leastScore))) }

// ranked are the candidates of all pictures, best first, in pixels of the frame,
// without near doubles.
func (s *searched) ranked() []candidate {
	byScore(s.others)
	var out []candidate
	near := 0.05 * float64(max(s.width, s.height))
	for _, c := range s.others {
		double := false
		for _, o := range out {
			double = double || o.corners.apart(c.corners) < near
		}
		if !double {
			out = append(out, c)
		}
	}
	return out
}

// scorer looks at outlines in the picture that the best one was found in.
func (s *searched) scorer() scorer { return scorer{s.picture, s.edges} }
