package capture

import "fmt"

// Step is one side or face to be captured.
type Step string

// The steps, in their order.
const (
	DocumentFront Step = "document-front"
	DocumentBack  Step = "document-back"
	Selfie        Step = "selfie"
)

// IsDocument tells the document's sides from the selfie.
func (s Step) IsDocument() bool { return s == DocumentFront || s == DocumentBack }

// Document is the kind of document the person said they would show.
type Document string

// The kinds of document.
const (
	IdentityCard    Document = "identity-card"
	Passport        Document = "passport"
	ResidencePermit Document = "residence-permit"
)

// Steps returns the steps of a capture with this document: a passport has no
// back. An unknown kind is an error.
func (d Document) Steps() ([]Step, error) {
	switch d {
	case IdentityCard, ResidencePermit:
		return []Step{DocumentFront, DocumentBack, Selfie}, nil
	case Passport:
		return []Step{DocumentFront, Selfie}, nil
	}
	return nil, fmt.Errorf("document %q: want identity-card, passport or residence-permit", string(d))
}
