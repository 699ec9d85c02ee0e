package document

import "slices"

// Kind is a kind of document, as people choose one.
type Kind string

// The kinds that are recognised.
const (
	IdentityCard    Kind = "identity-card"
	Passport        Kind = "passport"
	ResidencePermit Kind = "residence-permit"
	Visa            Kind = "visa"
	DrivingLicence  Kind = "driving-licence"
	Crew            Kind = "crew-certificate"
	Unknown         Kind = "unknown"
)

// Chosen returns the kinds that a person may choose, in the order of the chooser.
func Chosen() []Kind { return []Kind{IdentityCard, Passport, ResidencePermit} }

// Side is a side of a document. A passport's data page is its front.
type Side string

// The sides.
const (
	Front Side = "front"
	Back  Side = "back"
)

// Sides returns the sides that are captured of a kind, in their order: those of its
// usual layout. None of a kind that nobody may choose.
func (k Kind) Sides() []Side {
	if !slices.Contains(Chosen(), k) {
		return nil
	}
	var out []Side
	for _, look := range k.Layouts()[0].Looks() {
		out = append(out, look.Side)
	}
	return out
}

// Layouts returns what a document of this kind may look like, the usual one first.
func (k Kind) Layouts() []Layout {
	var out []Layout
	for _, r := range rows() {
		if r.Kind == k && !slices.Contains(out, r.Layout) {
			out = append(out, r.Layout)
		}
	}
	return out
}

// Coloured tells whether a side is known to be printed in colours whatever the series of this
// kind and layout. An unknown layout may be any.
func (k Kind) Coloured(l Layout, s Side) bool {
	return !slices.ContainsFunc(rows(), func(r Row) bool {
		return r.Kind == k && (l == "" || r.Layout == l) && !r.Coloured(s)
	})
}

// Picture names the drawing of a kind in the chooser: card, page or permit.
func (k Kind) Picture() string {
	switch k {
	case Passport:
		return "page"
	case ResidencePermit:
		return "permit"
	}
	return "card"
}
