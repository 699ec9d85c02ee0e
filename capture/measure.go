package capture

import "time"

// Point is a place in a frame, in pixels of the frame as displayed (EXIF
// orientation applied), the origin at its top left corner. It may lie outside.
type Point struct{ X, Y float64 }

// Measurements are what an [Analyzer] saw in one frame: numbers only, no
// judgement. Of Document and Face, the one the step needs is not nil.
type Measurements struct {
	// Step of the frame, where the caller knows it: a Flow then tells a frame of
	// another step from one of its own. Empty: taken as of the open step.
	Step Step `json:"step,omitempty"`
	// Nonce that the frame carried: only frames with the challenge's own count for it.
	Nonce string `json:"-"`

	Width  int `json:"width"` // pixels, as displayed
	Height int `json:"height"`

	Document *DocumentMeasurements `json:"document,omitempty"`
	Face     *FaceMeasurements     `json:"face,omitempty"`

	// Thumbnail is a JPEG of the frame, ThumbnailSide pixels on its long side,
	// when Frame.WantThumbnail was set.
	Thumbnail []byte `json:"thumbnail,omitempty"`
	// Took is the time of the analysis itself, without waiting or transport.
	Took time.Duration `json:"took"`
}

// ThumbnailSide is the longest side of a live thumbnail in pixels, small enough
// that nothing can be read from it.
const ThumbnailSide = 160

// Shape is the class of outline of what was found, by its proportions after
// rectification.
type Shape string

// The shapes. ID-1 is 85.60 × 53.98 mm, TD2 105 × 74, a passport page (TD3)
// 125 × 88 (ISO/IEC 7810, ICAO 9303).
const (
	ShapeCard     Shape = "card"     // ID-1
	ShapeTD2      Shape = "td2"      // TD2: old French card, older permits
	ShapePage     Shape = "page"     // TD3, one passport page
	ShapeSpread   Shape = "spread"   // an open passport, two pages
	ShapePaper    Shape = "paper"    // A4, letter: not an identity document
	ShapeBanknote Shape = "banknote" // longer than any document
	ShapeOther    Shape = "other"
)

// MRZStatus is how far a still's machine readable zone could be read.
type MRZStatus string

// The statuses.
const (
	// MRZNone: nothing looks like a zone.
	MRZNone MRZStatus = "none"
	// MRZUnread: a zone is there, and either it could not be read or its check digits
	// do not fit.
	MRZUnread MRZStatus = "unread"
	// MRZRead: read with all check digits right, and no letter in doubt. MRZLines and
	// Shape are then those of its format.
	MRZRead MRZStatus = "read"
)

// DocumentMeasurements are of the document in a frame. Everything but Found,
// FrameBrightness and Print is zero when Found is false.
type DocumentMeasurements struct {
	// Found: four corners of a document were located. CutOff documents are found
	// too, with corners outside the frame.
	Found bool `json:"found"`
	// Confidence that the quadrilateral is a document's outline, 0..1.
	Confidence float64 `json:"confidence"`
	// Corners in pixels: top left, top right, bottom right, bottom left as the
	// frame shows it (clockwise from the corner nearest the frame's top left).
	Corners [4]Point `json:"corners"`
	Shape   Shape    `json:"shape"`
	// Aspect is the long side over the short side after removal of perspective.
	Aspect float64 `json:"aspect"`

	// Fill is the document's longer side over the frame's side along which it
	// lies, 0..1 and over.
	Fill float64 `json:"fill"`
	// Area is the share of the frame's area that the document covers.
	Area float64 `json:"area"`
	// Margin is the smallest distance of a corner from the frame's edge over the
	// frame's short side; negative when a corner lies outside.
	Margin float64 `json:"margin"`
	// OffsetX and OffsetY are the document's centre relative to the frame's
	// centre over the frame's width and height: -0.5..0.5, positive right, down.
	OffsetX float64 `json:"offsetX"`
	OffsetY float64 `json:"offsetY"`
	// Tilt is the angle between the document's plane and the camera's, degrees.
	Tilt float64 `json:"tilt"`
	// TiltX and TiltY are its parts: left-right (positive: the right edge is
	// nearer to the camera) and up-down (positive: the lower edge is nearer).
	TiltX float64 `json:"tiltX"`
	TiltY float64 `json:"tiltY"`
	// Rotation in the frame's plane, degrees -180..180, of the upright document,
	// as far as its orientation is known; else of its long side, -90..90.
	Rotation float64 `json:"rotation"`

	// Sharpness of the rectified document, a ratio that does not depend on its
	// size in the frame: 0 no detail, about 1 as sharp as print can be.
	Sharpness float64 `json:"sharpness"`
	// Brightness is the grey level of the document's paper, the 95th percentile, 0..255.
	Brightness float64 `json:"brightness"`
	// Under is the share of its pixels that are black. Over is the share burnt out, which
	// counts the more the lighter the darkest ink is: from 0 to over 1.
	Under float64 `json:"under"`
	Over  float64 `json:"over"`
	// Contrast is the difference of paper and ink, the 95th and the 1st percentile.
	Contrast float64 `json:"contrast"`
	// Glare is the share of the document under saturated, washed-out spots.
	Glare float64 `json:"glare"`
	// GlareBoxes are the largest spots, 0..1 of the rectified document: x, y,
	// width, height.
	GlareBoxes [][4]float64 `json:"glareBoxes,omitempty"`
	// Covered is the share of the document's outline hidden by something on it.
	Covered float64 `json:"covered"`
	// Portrait is the confidence that the document carries a face, 0..1.
	Portrait float64 `json:"portrait"`
	// PortraitBox is where, 0..1 of the rectified upright document.
	PortraitBox *[4]float64 `json:"portraitBox,omitempty"`
	// MRZLines is the number of lines that look like a machine readable zone: 0,
	// 2 or 3. MRZConfidence is 0..1.
	MRZLines      int     `json:"mrzLines"`
	MRZConfidence float64 `json:"mrzConfidence"`
	// MRZ says whether the machine readable zone could be read. Asked on stills only;
	// empty where it was not.
	MRZ MRZStatus `json:"mrz,omitempty"`
	// ZoneLetters is the mean confidence in the letters of a zone along the lower edge
	// on a still, valid or not, 0..1; 0 where no lines are a zone's. MRZLines is then
	// how many there are.
	ZoneLetters float64 `json:"zoneLetters,omitempty"`
	// NotAccepted is the kind of a document whose zone was read and that is not
	// accepted, whatever its side: a visa. Empty otherwise.
	NotAccepted string `json:"notAccepted,omitempty"`
	// LetterHeight is the height of the MRZ's letters, or of the small print
	// where there is none, in pixels of the frame.
	LetterHeight float64 `json:"letterHeight"`
	// DPI is the document's resolution in the frame, by its shape's real size.
	DPI float64 `json:"dpi"`
	// Saturation is the mean colourfulness beside the tint of the light, 0..255: low on a
	// grey copy.
	Saturation float64 `json:"saturation"`
	// Moire is the strength of periodic patterns of a screen, 0..1.
	Moire float64 `json:"moire"`

	// FrameBrightness is the mean grey level of the whole frame, 0..255, known
	// even when nothing was found.
	FrameBrightness float64 `json:"frameBrightness"`
	// Print tells two pictures apart: 64 brightness means of an 8×8 grid over the
	// frame, for movement between frames when no outline is found.
	Print []byte `json:"print,omitempty"`
}

// spelt: letters of a zone were seen where a document has it, so that its lines are
// certain.
func (d *DocumentMeasurements) spelt() bool { return d.ZoneLetters > 0 }

// FaceMeasurements are of the faces in a frame. Those of one face are of the
// largest.
type FaceMeasurements struct {
	// Count of faces large enough to matter.
	Count int `json:"count"`
	// Confidence that the largest is a face, 0..1.
	Confidence float64 `json:"confidence"`
	// Box of the largest face, pixels: x, y, width, height.
	Box [4]float64 `json:"box"`
	// Height of the face over the frame's height; OffsetX and OffsetY of its
	// centre from the frame's centre over width and height, positive right, down.
	Height  float64 `json:"height"`
	OffsetX float64 `json:"offsetX"`
	OffsetY float64 `json:"offsetY"`
	// Landmarks are 68 points in pixels, iBUG order; nil when not computed.
	Landmarks []Point `json:"landmarks,omitempty"`
	// Yaw, Pitch, Roll in degrees: positive yaw is a turn to the person's own
	// left, positive pitch looks up, positive roll leans to the person's left.
	Yaw   float64 `json:"yaw"`
	Pitch float64 `json:"pitch"`
	Roll  float64 `json:"roll"`
	// EyesOpen is the confidence that both eyes are open, 0..1.
	EyesOpen float64 `json:"eyesOpen"`
	// Covered is the confidence that eyes or mouth are hidden, 0..1.
	Covered float64 `json:"covered"`
	// Sharpness as in DocumentMeasurements, on the face.
	Sharpness  float64 `json:"sharpness"`
	Brightness float64 `json:"brightness"` // mean grey level of the face, 0..255
	Under      float64 `json:"under"`
	Over       float64 `json:"over"`
	// Evenness is the darker half's mean over the lighter half's, 0..1.
	Evenness float64 `json:"evenness"`

	FrameBrightness float64 `json:"frameBrightness"`
	Print           []byte  `json:"print,omitempty"`
}
