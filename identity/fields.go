package identity

import (
	"context"

	"visavis/document"
)

// FieldName names what stands behind one label of a document.
type FieldName = document.Field

// The fields of a printed zone that are read.
const (
	FieldSurname    = document.Surname // nom de naissance
	FieldUsageName  = document.UsageName
	FieldGivenNames = document.GivenNames // all of them
	FieldBirthDate  = document.BirthDate
	FieldExpiryDate = document.ExpiryDate
	FieldIssueDate  = document.IssueDate
	FieldNumber     = document.Number
)

// Source says where a value is from.
type Source string

// The sources.
const (
	SourceNone  Source = ""
	SourceZone  Source = "zone"
	SourcePrint Source = "print"
)

// Box is a place on a rectified upright side of a document: 0..1 of its width
// and height from the top left corner.
type Box struct {
	X      float64 `json:"x"`
	Y      float64 `json:"y"`
	Width  float64 `json:"width"`
	Height float64 `json:"height"`
}

// Field is what was read behind one label.
type Field struct {
	Name FieldName `json:"name"`
	// Text as printed, in composed letters; dates as they stand there.
	Text string `json:"text"`
	// Label is the text that the value was found by.
	Label string `json:"label"`
	// Confidence, 0..1: the recogniser's mean over several looks, 0 for those with other
	// letters; less where label or text do not look like this field's. See SurePrint.
	Confidence float64 `json:"confidence"`
	Box        Box     `json:"box"`
}

// PrintedSide is what is printed on one side.
type PrintedSide struct {
	// Kind by the printed title; KindUnknown where none was read.
	Kind   Kind    `json:"kind"`
	Fields []Field `json:"fields,omitempty"`
	// Words is how many words were recognised at all: none means that nothing could
	// be read, few that the picture is poor.
	Words int `json:"words"`
}

// Field returns a field by its name.
func (p PrintedSide) Field(name FieldName) (Field, bool) {
	for _, f := range p.Fields {
		if f.Name == name {
			return f, true
		}
	}
	return Field{}, false
}

// FieldRequest is one picture of one side of a document.
type FieldRequest struct {
	// JPEG of the whole frame. Not kept.
	JPEG []byte
	Side Side
	// Kind as the person said it, or KindUnknown.
	Kind Kind
}

// FieldReader reads the printed zone of documents. Implementations are safe for
// concurrent use. ReadFields returns no error when the picture shows nothing to
// read: the result then has no fields. Errors are those of the picture, of a
// reader that is missing, or of a worker that was lost.
type FieldReader interface {
	ReadFields(ctx context.Context, r FieldRequest) (PrintedSide, error)
}
