package capture

import (
	"fmt"

	"visavis/document"
)

// Step is one side or the face to be captured.
type Step string

// The steps, in their order.
const (
	DocumentFront Step = "document-front"
	DocumentBack  Step = "document-back"
	Selfie        Step = "selfie"
)

// IsDocument reports whether the step is a side of the document, not the selfie.
func (s Step) IsDocument() bool { return s == DocumentFront || s == DocumentBack }

// Document is the kind of document that the person chose.
type Document string

// The kinds of document that may be chosen.
const (
	IdentityCard    = Document(document.IdentityCard)
	Passport        = Document(document.Passport)
	ResidencePermit = Document(document.ResidencePermit)
)

// The steps of a document's sides.
var stepOf = map[document.Side]Step{document.Front: DocumentFront, document.Back: DocumentBack}

// Steps returns the steps of a capture with this document: its sides, from the table of
// documents, and the selfie. It fails for an unknown kind.
func (d Document) Steps() ([]Step, error) {
	var out []Step
	for _, side := range document.Kind(d).Sides() {
		out = append(out, stepOf[side])
	}
	if out == nil {
		return nil, fmt.Errorf("document %q: want one of %v", string(d), document.Chosen())
	}
	return append(out, Selfie), nil
}
