package enrolment

import (
	"maps"
	"reflect"
	"slices"
	"time"

	"visavis/document"
)

// SideSelfie is the third captured side, besides document.Front and document.Back.
const SideSelfie = "selfie"

// Taken is the accepted still of one side.
type Taken struct {
	// Item is its id in the evidence, Digest the SHA-256 of its bytes, hex.
	Item   string `json:"item"`
	Digest string `json:"digest"`
	// Layout of the document, as found on its front; opaque here.
	Layout string `json:"layout,omitempty"`
	// Box of the document in the still: x, y, width, height, 0..1. Empty if unknown.
	Box []float64 `json:"box,omitempty"`
	// Notes and Doubts from the capture, for the reviewer.
	Notes  []string `json:"notes,omitempty"`
	Doubts []string `json:"doubts,omitempty"`
}

// Sides returns the sides to capture of a kind of document in order, the selfie last. An
// unknown kind is treated as an identity card.
func Sides(kind string) []string {
	sides := document.Kind(kind).Sides()
	if sides == nil {
		sides = document.IdentityCard.Sides()
	}
	var out []string
	for _, side := range sides {
		out = append(out, string(side))
	}
	return append(out, SideSelfie)
}

// Missing returns the sides that this attempt still needs.
func (r Record) Missing() []string {
	return slices.DeleteFunc(Sides(r.Document), func(side string) bool {
		_, ok := r.Taken[side]
		return ok
	})
}

func (e KeepStill) apply(r *Record, _ Actor, _ *Rules, _ time.Time) (string, error) {
	if e.Item == "" || e.Document == "" || !slices.Contains(Sides(e.Document), e.Side) {
		return "", &ValueError{Action: ActionKeep, Field: "side"}
	}
	if r.Again != nil && (e.Side != r.Again.Step || e.Document != r.Document) {
		return "", &ValueError{Action: ActionKeep, Field: "side"} // one step was asked for, of the same document
	}
	if r.Document == e.Document && reflect.DeepEqual(r.Taken[e.Side], e.Taken) {
		return "", errNoChange
	}
	if r.Taken == nil {
		r.Taken = map[string]Taken{}
	}
	if r.Document != e.Document { // the sides of another document do not count
		maps.DeleteFunc(r.Taken, func(side string, _ Taken) bool { return side != SideSelfie })
	}
	r.Document = e.Document
	r.Taken[e.Side] = e.Taken
	return e.Side, nil
}
