package capture

// Sighting is what the analyzer of a preview is told of the preview before, so that it
// looks there first. It keeps no state itself.
type Sighting struct {
	// Found: a document was there. If not, a frame was searched whole and in vain, and the
	// next one need not be.
	Found bool `json:"found"`
	// Glances as in DocumentMeasurements.
	Glances int `json:"glances,omitempty"`
	// Width and Height of that preview, pixels as displayed.
	Width  int `json:"width"`
	Height int `json:"height"`
	// Corners in its pixels, and the confidence in them.
	Corners    [4]Point `json:"corners"`
	Confidence float64  `json:"confidence"`
	// OutlineAge as in DocumentMeasurements.
	OutlineAge int `json:"outlineAge,omitempty"`
	// Covered as in DocumentMeasurements.
	Covered float64 `json:"covered,omitempty"`
	// Look of the document and the portrait on it, as in DocumentMeasurements.
	Look        []byte      `json:"look,omitempty"`
	Portrait    float64     `json:"portrait,omitempty"`
	PortraitBox *[4]float64 `json:"portraitBox,omitempty"`
	PortraitAge int         `json:"portraitAge,omitempty"`
}

// SightingOf returns what measurements tell the next preview of a document; nil if they
// tell nothing.
func SightingOf(m *Measurements) *Sighting {
	if m == nil || m.Document == nil || m.Document.Glances >= mostGlances {
		return nil
	}
	d := m.Document
	return &Sighting{
		Found: d.Found, Glances: d.Glances, Width: m.Width, Height: m.Height, Corners: d.Corners, Confidence: d.Confidence,
		OutlineAge: d.OutlineAge, Covered: d.Covered, Look: d.Look,
		Portrait: d.Portrait, PortraitBox: d.PortraitBox, PortraitAge: d.PortraitAge,
	}
}

// Sighting returns what the newest preview of the open step tells the next one.
func (f *Flow) Sighting() *Sighting { return SightingOf(f.before) }

const (
	// sightingAge is how many previews a portrait counts for that is not looked for again, and
	// an outline that is not: a second of them.
	sightingAge = 4
	// mostGlances is how many previews are looked at only once after a vain search. Then one is
	// searched whole again.
	mostGlances = 2
	// sightingAlike is how alike two looks of one document are while it is held.
	sightingAlike = 0.9
	// stayingAlike is how alike they are where the document has not moved. At 0.9, two of 255
	// outlines of the labelled frames, shifted by some pixels from one to the next, share less
	// with the true one.
	stayingAlike = 0.97
)

// Carries reports whether the portrait that was seen counts for a document of this look
// too: it is the same document, and has been looked at lately.
func (s *Sighting) Carries(look []byte) bool {
	return s != nil && s.PortraitAge < sightingAge && s.Portrait >= DefaultLimits().Document.PortraitMin.Preview &&
		s.shows(look, sightingAlike)
}

// Fresh reports whether the outline has been looked for, and a doubtful one looked into, lately.
func (s *Sighting) Fresh() bool { return s != nil && s.OutlineAge < sightingAge }

// Holds reports whether a doubtful outline where the document was is still the document's:
// what is inside has the same look, and it has been looked into lately.
func (s *Sighting) Holds(look []byte) bool {
	return s.Fresh() && s.shows(look, sightingAlike)
}

// Stays reports whether the document is still where it was though no outline is seen there:
// this part of the picture has hardly changed, and it has been looked into lately.
func (s *Sighting) Stays(look []byte) bool {
	return s.Fresh() && s.shows(look, stayingAlike)
}

// shows reports whether a look is as alike to that of the document that was seen.
func (s *Sighting) shows(look []byte, least float64) bool {
	alike, known := Alike(s.Look, look)
	return s.Found && known && alike >= least
}
