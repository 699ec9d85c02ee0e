package capture

// Sighting is what the analyzer of a preview is told of the preview before, so that it
// looks there first. It keeps no state itself.
type Sighting struct {
	// Found: a document was there. If not, the frame was searched whole and in vain, and the
	// next one need not be.
	Found bool `json:"found"`
	// Width and Height of that preview, pixels as displayed.
	Width  int `json:"width"`
	Height int `json:"height"`
	// Corners in its pixels, and the confidence in them.
	Corners    [4]Point `json:"corners"`
	Confidence float64  `json:"confidence"`
	// Look of the document and the portrait on it, as in DocumentMeasurements.
	Look        []byte      `json:"look,omitempty"`
	Portrait    float64     `json:"portrait,omitempty"`
	PortraitBox *[4]float64 `json:"portraitBox,omitempty"`
	PortraitAge int         `json:"portraitAge,omitempty"`
}

// SightingOf returns what measurements tell the next preview of a document; nil if they
// tell nothing.
func SightingOf(m *Measurements) *Sighting {
	if m == nil || m.Document == nil || m.Document.Glance {
		return nil
	}
	d := m.Document
	return &Sighting{
		Found: d.Found, Width: m.Width, Height: m.Height, Corners: d.Corners, Confidence: d.Confidence,
		Look: d.Look, Portrait: d.Portrait, PortraitBox: d.PortraitBox, PortraitAge: d.PortraitAge,
	}
}

// Sighting returns what the newest preview of the open step tells the next one.
func (f *Flow) Sighting() *Sighting { return SightingOf(f.before) }

const (
	// sightingAge is how many previews a portrait counts for that is not looked for again: a
	// second of them.
	sightingAge = 4
	// sightingAlike is how alike two looks of one document are while it is held.
	sightingAlike = 0.9
)

// Carries reports whether the portrait that was seen counts for a document of this look
// too: it is the same document, and has been looked at lately.
func (s *Sighting) Carries(look []byte) bool {
	if s == nil || !s.Found || s.PortraitAge >= sightingAge || s.Portrait < DefaultLimits().Document.PortraitMin.Preview {
		return false
	}
	alike, known := Alike(s.Look, look)
	return known && alike >= sightingAlike
}
