package outline

import (
	"cmp"
	"math"
	"slices"

	"gocv.io/x/gocv"

	"visavis/capture"
	"visavis/capture/opencv/pixel"
)

// Location is where the document is in a frame.
type Location struct {
	Found         bool
	Confidence    float64
	Corners       pixel.Quad // pixels of the frame as displayed
	Width, Height int        // of the frame as displayed
	Best          Candidate
	Others        []Candidate // all that were scored, in pixels of the frame
}

// Searched is a location with what it was found in.
type Searched struct {
	Location
	BGR     gocv.Mat     // reduced colour picture of the whole frame; closed by who asked
	Picture pixel.Colour // the working picture
	edges   *edgeMap
	planes  *pixel.Planes // of the frame, where they were decoded; nil otherwise
	Again   bool          // the other sizes have been looked at, or shall not be
	Near    bool          // it is where the preview before showed it
	Unmoved bool          // and has only trembled since
	// Doubt: a first look left a doubt, and the preview before showed a document: unless one
	// of the outlines is still the same or as clear, the other sizes are to be looked at.
	Doubt  bool
	Held   bool // it is where the preview before showed it, by its look alone
	Glance bool // it was looked at only once, and not clearly
	// inferred: no side of the outline was seen.
	inferred bool
}

// workingSide is the long side of the picture in which outlines are looked for first.
const (
	workingSide = 320
	largeSide   = 480
	smallSide   = 200
)

// Close gives back what the search holds, also after an error.
func (s *Searched) Close() {
	s.BGR.Close()
	if s.edges != nil {
		s.edges.close()
		s.edges = nil
	}
	pixel.ByteBuffers.Give(s.Picture.Lab)
	s.Picture = pixel.Colour{}
}

// goodScore is enough of a preview: the next one is looked at anew.
const goodScore = 0.88

// Above clearScore a first look is believed; below leastScore nothing is there.
const (
	clearScore = 0.93
	LeastScore = 0.66
	// DoubtfulScore is the least of an outline that is a document's if its inside shows it.
	DoubtfulScore = LeastScore - 0.12
)

// Search finds the document in a frame: first in one small picture, then, when
// that leaves a doubt, in a larger and a smaller one too. p are the frame's planes, or
// nil. A preview is looked at first where the one before showed the document, and is left with
// Doubt where a first look is not enough then; where that showed none, it is looked at once.
// The caller closes the search, also when there is an error.
func Search(f capture.Frame, p *pixel.Planes) (Searched, error) {
	s := Searched{planes: p}
	s.Width, s.Height = pixel.DisplayedSize(f)
	var err error
	if s.BGR, err = s.colours(f, pixel.Reduction(s.Width, s.Height, workingSide)); err != nil {
		return s, err
	}
	if s.Picture, err = pixel.NewColour(s.BGR, workingSide); err != nil {
		return s, err
	}
	if s.edges, err = newEdgeMap(s.Picture); err != nil || s.lookNear(f) {
		return s, err
	}
	s.consider(findDocument(s.Picture, s.edges, s.edges.edges(), firstLook))
	if f.Kind == capture.Preview && f.Last != nil && !f.Last.Found && !s.Best.Sure() {
		s.Glance, s.Again = true, true
	} else if !s.enough(f) {
		if s.Doubt = f.Kind == capture.Preview && f.Last != nil && f.Last.Found; !s.Doubt {
			err = s.LookOn(f)
			return s, err
		}
	}
	s.Confidence = confidenceOf(s.Best.Score)
	return s, nil
}

// enough tells whether a first look is. A still's outline has to look like the document, too: a line
// behind that may be as clear as its side.
func (s *Searched) enough(f capture.Frame) bool {
	if f.Kind == capture.Preview {
		return s.Best.Score >= clearScore || s.Best.Score >= goodScore && s.Best.Sure()
	}
	return s.Best.Score >= clearScore && (f.Document == "" || s.Best.Sure() && s.Best.lead(f.Document) >= shapedLead/2)
}

// AsClear tells whether a first look that left a doubt shows an outline that is a document's by
// itself and as clear as that of the preview before, which has been looked for lately.
func (s *Searched) AsClear(last *capture.Sighting) bool {
	return last.Fresh() && s.Best.Sure() && s.Best.Score >= asClear(last)
}

// LookOn ends a search that a first look left in doubt.
func (s *Searched) LookOn(f capture.Frame) error {
	err := s.LookAgain(f)
	s.Confidence = confidenceOf(s.Best.Score)
	return err
}

// colours is the frame in colour, reduced by a factor. The caller closes the Mat, also
// when there is an error.
func (s *Searched) colours(f capture.Frame, reduce int) (gocv.Mat, error) {
	if s.planes != nil && s.planes.Coloured() && reduce > 1 {
		return s.planes.Reduced(reduce)
	}
	return pixel.Decode(f, true, reduce)
}

// LookAgain searches at other sizes: small documents want a larger picture,
// patterned backgrounds and blurred frames a smaller one.
func (s *Searched) LookAgain(f capture.Frame) error {
	s.Again, s.Doubt, s.Unmoved = true, false, false
	if r := pixel.Reduction(s.Width, s.Height, largeSide); r < pixel.Reduction(s.Width, s.Height, workingSide) {
		large, err := s.colours(f, r)
		if err != nil {
			large.Close()
			return err
		}
		s.BGR.Close()
		s.BGR = large
	}
	work := secondLook
	if f.Kind == capture.Preview {
		work = previewAgain
	}
	for _, side := range []int{largeSide, smallSide} {
		p, err := pixel.NewColour(s.BGR, side)
		if err != nil {
			return err
		}
		e, err := newEdgeMap(p)
		if err != nil {
			return err
		}
		list := findDocument(p, e, e.edges(), work)
		before := s.Best.Score
		s.considerIn(p, list)
		if s.Best.Score > before {
			s.Picture, p = p, s.Picture
			s.edges, e = e, s.edges
		}
		pixel.ByteBuffers.Give(p.Lab)
		e.close()
	}
	if f.Kind == capture.Still {
		s.lookFourth(f.Document)
	}
	return nil
}

func (s *Searched) consider(list []Candidate) { s.considerIn(s.Picture, list) }

// considerIn takes the best of a list found in a picture if it is better.
func (s *Searched) considerIn(p pixel.Colour, list []Candidate) {
	f := float64(s.Width) / float64(p.W)
	for i, c := range list {
		c.Corners = c.Corners.Scaled(f)
		if i == 0 && (c.Score > s.Best.Score || s.Corners.Area() == 0) {
			s.Best = c
			s.Corners = c.Corners.Ordered()
		}
		s.Others = append(s.Others, c)
	}
}

// confidenceOf maps a score to 0..1, with 0.5 where documents and other things meet.
func confidenceOf(score float64) float64 { return 1 / (1 + math.Exp(-14*(score-LeastScore))) }

// scoreOf is the score of a confidence.
func scoreOf(confidence float64) float64 {
	c := min(max(confidence, 1e-9), 1-1e-9)
	return LeastScore + math.Log(c/(1-c))/14
}

// Ranked are the candidates of all pictures, best first, in pixels of the frame,
// without near doubles. One that looks like the document that is asked for comes before those
// that are hardly clearer.
func (s *Searched) Ranked(asked capture.Document) []Candidate {
	byScore(s.Others)
	type placed struct {
		Candidate
		place float64
	}
	list := make([]placed, len(s.Others))
	for i, c := range s.Others {
		place := c.Score
		switch clearest := s.Others[0]; {
		case c.leastSide() < sideAsClear*clearest.leastSide():
		case c.Corners == clearest.Corners: // it may slant: another side of it makes a document that does not
			place += c.form(asked)
		default:
			place += c.lead(asked)
		}
		list[i] = placed{c, place}
	}
	slices.SortStableFunc(list, func(a, b placed) int { return cmp.Compare(b.place, a.place) })
	var out []Candidate
	near := 0.05 * float64(max(s.Width, s.Height))
	for _, c := range list {
		if !slices.ContainsFunc(out, func(o Candidate) bool { return o.Corners.Apart(c.Corners) < near }) {
			out = append(out, c.Candidate)
		}
	}
	return out
}

// Scorer looks at outlines in the picture that the best one was found in.
func (s *Searched) Scorer() scorer { return scorer{s.Picture, s.edges} }
