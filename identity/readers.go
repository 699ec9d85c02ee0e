package identity

import "context"

// Point is a place in a picture, in pixels as displayed (EXIF orientation
// applied), the origin at its top left corner.
type Point struct {
	X float64 `json:"x"`
	Y float64 `json:"y"`
}

// ZoneRequest is one picture that may show a machine readable zone, at any
// rotation, or one cut-out line of one.
type ZoneRequest struct {
	// JPEG of the whole frame. Not kept.
	JPEG []byte
	// Line says that the picture is one line of a zone, upright, and nothing else.
	Line bool
}

// ZoneReading is what was read of a machine readable zone.
type ZoneReading struct {
	Reading
	// Recognised are the lines as the recogniser had them, before anything was put
	// right. Of a single line the first alone.
	Recognised []string `json:"recognised,omitempty"`
	// Sure is how sure each letter of Recognised is, 0..1, line by line; see ReadTogether.
	Sure [][]float64 `json:"sure,omitempty"`
	// Confidence of the worst letter, 0..1.
	Confidence float64 `json:"confidence"`
	// Corners of the zone in the picture, in the zone's own order: its top left,
	// top right, bottom right, bottom left. Nil where none was found.
	Corners []Point `json:"corners,omitempty"`
	// LetterHeight in pixels of the picture.
	LetterHeight float64 `json:"letterHeight"`
}

// ZoneReader reads machine readable zones. Implementations are safe for concurrent
// use. A picture without a zone is no error: its reading is Unreadable. Errors are
// those of the picture, of a model that is missing, or of a worker that was lost.
type ZoneReader interface {
	ReadZone(ctx context.Context, r ZoneRequest) (ZoneReading, error)
}

// FacePair is two pictures with a face each; the largest counts. Either may be a
// document with its portrait. Not kept.
type FacePair struct {
	A, B []byte // JPEG
}

// FaceScore is how alike two faces are. No template of a face leaves the reader's
// memory.
type FaceScore struct {
	// Score is the cosine of the two faces, -1..1.
	Score float64 `json:"score"`
	// FoundA and FoundB say whether a face was found; Score is 0 unless both were.
	FoundA bool `json:"foundA"`
	FoundB bool `json:"foundB"`
	// FaceA and FaceB say where: 0..1 of each picture, upright as its EXIF has it;
	// nil without a face.
	FaceA *Box `json:"faceA,omitempty"`
	FaceB *Box `json:"faceB,omitempty"`
}

// FaceComparer compares two faces. Implementations are safe for concurrent use.
// Errors are those of the pictures, of a model that is missing, or of a worker
// that was lost.
type FaceComparer interface {
	CompareFaces(ctx context.Context, p FacePair) (FaceScore, error)
}
