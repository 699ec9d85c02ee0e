package capture

import (
	"math"
	"time"

	"visavis/document"
)

// Point is a place in a frame, in pixels of the frame as displayed (EXIF
// orientation applied), the origin at its top left corner. It may lie outside.
type Point struct{ X, Y float64 }

// Measurements are the values that an [Analyzer] measured in one frame, without
// judgement. Of Document and Face, the one that the step needs is not nil.
type Measurements struct {
	// Step of the frame, if the caller knows it, so that a Flow can ignore a frame of
	// another step. Empty means the open step.
	Step Step `json:"step,omitempty"`
	// Nonce that the frame carried. Only frames with the challenge's nonce count for it.
	Nonce string `json:"-"`

	Width  int `json:"width"` // pixels, as displayed
	Height int `json:"height"`

	Document *DocumentMeasurements `json:"document,omitempty"`
	Face     *FaceMeasurements     `json:"face,omitempty"`

	// Thumbnail is a JPEG of the frame, ThumbnailSide pixels on its long side, if
	// Frame.WantThumbnail was set.
	Thumbnail []byte `json:"thumbnail,omitempty"`
	// Took is the time of the analysis, without waiting and transport.
	Took time.Duration `json:"took"`
}

// ThumbnailSide is the long side of a live thumbnail in pixels, too small to read
// anything from.
const ThumbnailSide = 160

// Shape is the class of the outline, by its proportions after rectification.
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

// MRZStatus says whether a still's machine readable zone was read.
type MRZStatus string

// The statuses.
const (
	// MRZNone: nothing resembles a zone.
	MRZNone MRZStatus = "none"
	// MRZUnread: there is a zone, but it could not be read or its check digits do not
	// match.
	MRZUnread MRZStatus = "unread"
	// MRZRead: read, with all check digits right and no letter in doubt. MRZLines and
	// Shape are then those of its format.
	MRZRead MRZStatus = "read"
)

// DocumentMeasurements describe the document in a frame. If Found is false, everything
// but FrameBrightness, Print and Glances is zero.
type DocumentMeasurements struct {
	// Found reports that four corners of a document were located. A cut-off document is
	// found too, with corners outside the frame.
	Found bool `json:"found"`
	// Confidence that the quadrilateral is the outline of a document, 0..1.
	Confidence float64 `json:"confidence"`
	// Corners in pixels: top left, top right, bottom right, bottom left, as seen in the
	// frame (clockwise from the corner nearest the frame's top left).
	Corners [4]Point `json:"corners"`
	Shape   Shape    `json:"shape"`
	// Aspect is long side over short side, after removal of perspective.
	Aspect float64 `json:"aspect"`

	// Fill is the document's longer side over the frame's side that it runs along. It may
	// exceed 1.
	Fill float64 `json:"fill"`
	// Area is the share of the frame that the document covers.
	Area float64 `json:"area"`
	// Margin is the smallest distance of a corner from the frame's edge, over the frame's
	// short side. Negative if a corner lies outside.
	Margin float64 `json:"margin"`
	// OffsetX and OffsetY are the document's centre relative to the frame's, over the
	// frame's width and height: -0.5..0.5, positive right and down.
	OffsetX float64 `json:"offsetX"`
	OffsetY float64 `json:"offsetY"`
	// Tilt is the angle between the planes of document and camera, in degrees.
	Tilt float64 `json:"tilt"`
	// TiltX and TiltY are its components: left-right (positive: the right edge is nearer
	// to the camera) and up-down (positive: the lower edge is nearer).
	TiltX float64 `json:"tiltX"`
	TiltY float64 `json:"tiltY"`
	// Rotation of the upright document in the frame's plane, -180..180 degrees; if its
	// orientation is unknown, that of its long side, -90..90.
	Rotation float64 `json:"rotation"`

	// Sharpness of the rectified document, independent of its size in the frame: 0 is no
	// detail, about 1 as sharp as print can be.
	Sharpness float64 `json:"sharpness"`
	// Brightness is the grey level of the paper, 0..255: the 95th percentile.
	Brightness float64 `json:"brightness"`
	// Under is the share of black pixels. Over is the share of overexposed ones, weighted
	// by how light the darkest ink is: from 0 to over 1.
	Under float64 `json:"under"`
	Over  float64 `json:"over"`
	// Contrast is the grey level of paper minus that of ink: the 95th minus the 1st
	// percentile.
	Contrast float64 `json:"contrast"`
	// Glare is the share of the document under saturated spots.
	Glare float64 `json:"glare"`
	// GlareBoxes are the largest spots, each x, y, width, height, 0..1 of the rectified
	// document.
	GlareBoxes [][4]float64 `json:"glareBoxes,omitempty"`
	// Covered is the share of the outline that something on the document hides.
	Covered float64 `json:"covered"`
	// Portrait is the confidence that the document carries a face, 0..1.
	Portrait float64 `json:"portrait"`
	// PortraitBox is its place, 0..1 of the rectified upright document.
	PortraitBox *[4]float64 `json:"portraitBox,omitempty"`
	// PortraitAge is by how many previews the portrait was seen earlier, on the same
	// document. 0: it was looked for in this frame, if at all.
	PortraitAge int `json:"portraitAge,omitempty"`
	// OutlineAge is for how many previews an outline has counted for being that of the preview
	// before: a doubtful one that looks the same, and one that has only trembled. 0: it was
	// looked for, and is clear or was looked into.
	OutlineAge int `json:"outlineAge,omitempty"`
	// MRZLines is the number of lines that resemble a machine readable zone: 0, 2 or 3.
	// MRZConfidence is 0..1.
	MRZLines      int     `json:"mrzLines"`
	MRZConfidence float64 `json:"mrzConfidence"`
	// MRZ says whether the machine readable zone was read. Set on stills only; otherwise
	// empty.
	MRZ MRZStatus `json:"mrz,omitempty"`
	// ZoneLetters is the mean confidence in the letters of a zone along the lower edge of
	// a still, valid or not, 0..1. It is 0 if no lines are those of a zone; otherwise
	// MRZLines is their number.
	ZoneLetters float64 `json:"zoneLetters,omitempty"`
	// NotAccepted is the kind of a document that is not accepted and whose zone was read,
	// whatever its side, such as a visa. Empty otherwise.
	NotAccepted string `json:"notAccepted,omitempty"`
	// Series is the row of the table of documents whose zone was read, where it is an identity
	// document's. Set on stills only.
	Series document.ID `json:"series,omitempty"`
	// LetterHeight is the height of the zone's letters, or without a zone of the small
	// print, in pixels of the frame.
	LetterHeight float64 `json:"letterHeight"`
	// DPI is the document's resolution in the frame, from its shape's real size.
	DPI float64 `json:"dpi"`
	// Saturation is the mean colourfulness of the most coloured parts, without the noise, the
	// tint of the light and how that changes evenly, 0..255, as on a page in good light. It is
	// low on a grey copy, unless one light ends on it where another begins.
	Saturation float64 `json:"saturation"`
	// Moire is the strength of a screen's periodic patterns, 0..1.
	Moire float64 `json:"moire"`
	// Dots is the share of neighbouring parts of a still that have the same fine pattern,
	// 0..1, as the dots of a display leave it.
	Dots float64 `json:"dots,omitempty"`
	// PrintDots is how far the second of two lattices of dots stands out that are turned against
	// each other in the plane of the document, 0..1, as a colour laser printer's inks leave them.
	// Set on stills only.
	PrintDots float64 `json:"printDots,omitempty"`

	// Glances is how many previews in a row, with this one, were looked at only once, since
	// the one before them was searched in vain. 0: this one was searched whole.
	Glances int `json:"glances,omitempty"`

	// Look is the mean brightness of LookColumns × LookRows cells of the rectified document,
	// lying along its long side, row by row.
	Look []byte `json:"look,omitempty"`

	// FrameBrightness is the mean grey level of the whole frame, 0..255. Set even if
	// nothing was found.
	FrameBrightness float64 `json:"frameBrightness"`
	// Print is the mean brightness of the 64 cells of an 8×8 grid over the frame. It
	// measures movement between frames if no outline is found.
	Print []byte `json:"print,omitempty"`
}

// spelt reports that letters of a zone were seen in its place, so that its lines are
// certain.
func (d *DocumentMeasurements) spelt() bool { return d.ZoneLetters > 0 }

// Light is how well the document is lit, a grey level, 0..255: the geometric mean of its
// paper's level and the frame's. A dark page in good light lies among lighter things; in
// little light all of the frame is dark. The frame counts no more than the paper, since a
// page against the light is dark, and half as much at least, since a black table is no
// darkness. It is the paper's level where the frame's was not measured.
func (d *DocumentMeasurements) Light() float64 {
	if d.FrameBrightness <= 0 {
		return d.Brightness
	}
	return math.Sqrt(d.Brightness * min(max(d.FrameBrightness, d.Brightness/2), d.Brightness))
}

// FaceMeasurements describe the faces in a frame. Values of one face are those of the
// largest.
type FaceMeasurements struct {
	// Count of faces above the minimum size.
	Count int `json:"count"`
	// Confidence that the largest is a face, 0..1.
	Confidence float64 `json:"confidence"`
	// Box of the largest face, pixels: x, y, width, height.
	Box [4]float64 `json:"box"`
	// Height of the face over the frame's height. OffsetX and OffsetY are its centre
	// relative to the frame's, over width and height, positive right and down.
	Height  float64 `json:"height"`
	OffsetX float64 `json:"offsetX"`
	OffsetY float64 `json:"offsetY"`
	// Landmarks are 68 points in pixels, in iBUG order; nil if not computed.
	Landmarks []Point `json:"landmarks,omitempty"`
	// Yaw, Pitch, Roll in degrees. Positive yaw turns to the person's own left, positive
	// pitch looks up, positive roll leans to the person's left.
	Yaw   float64 `json:"yaw"`
	Pitch float64 `json:"pitch"`
	Roll  float64 `json:"roll"`
	// EyesOpen is the confidence that both eyes are open, 0..1.
	EyesOpen float64 `json:"eyesOpen"`
	// Covered is the confidence that eyes or mouth are hidden, 0..1.
	Covered float64 `json:"covered"`
	// Sharpness of the face, as in DocumentMeasurements.
	Sharpness  float64 `json:"sharpness"`
	Brightness float64 `json:"brightness"` // mean grey level of the face, 0..255
	Under      float64 `json:"under"`
	Over       float64 `json:"over"`
	// Evenness is the mean of the darker half over that of the lighter half, 0..1.
	Evenness float64 `json:"evenness"`
	// Moire is the strength of a screen's periodic patterns around the face, 0..1. Set on
	// stills only.
	Moire float64 `json:"moire,omitempty"`
	// Dots around the face, as in DocumentMeasurements.
	Dots float64 `json:"dots,omitempty"`

	// Skin is the mean light of the face, Around that of what is beside the head:
	// red, green, blue, linear, 0..1. Zero if it was not measured.
	Skin   [3]float64 `json:"skin,omitzero"`
	Around [3]float64 `json:"around,omitzero"`

	FrameBrightness float64 `json:"frameBrightness"`
	Print           []byte  `json:"print,omitempty"`
}

// Light is how well the face is lit, a grey level, 0..255: the geometric mean of the face's level
// and the frame's. Dark skin in fair light lies among lighter things; in little light all of the
// frame is dark. The frame counts as much as the face at least, since a face before the night is
// not dark, and twice as much at most, since one against a window is.
func (f *FaceMeasurements) Light() float64 {
	return math.Sqrt(f.Brightness * min(max(f.FrameBrightness, f.Brightness), 2*f.Brightness))
}
