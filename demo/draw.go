package demo

import (
	"fmt"
	"sync"

	"visavis/document"
	"visavis/specimen"
)

// pictures are what a phone would have sent of one person: JPEGs by side of the document.
type pictures struct {
	person specimen.Person
	kind   document.Kind
	sides  map[string][]byte
}

// The size of a still, and its quality.
const (
	width, height = 1920, 1080
	quality       = 90
)

// drawing returns a function that draws a role; its error names the package that has a
// missing font.
func drawing(paths specimen.Paths) func(role) (pictures, error) {
	load := sync.OnceValues(func() (*specimen.Assets, error) { return specimen.LoadAssets(paths) })
	return func(r role) (pictures, error) {
		assets, err := load()
		if err != nil {
			return pictures{}, err
		}
		return r.draw(assets)
	}
}

func (r role) draw(assets *specimen.Assets) (pictures, error) {
	person := specimen.NewPerson(r.kind, r.seed)
	if r.shown != nil {
		person = r.shown(person)
	}
	row, ok := r.kind.Series()
	if !ok {
		return pictures{}, fmt.Errorf("demo: nobody has a %s", r.kind)
	}
	out := pictures{person: person, kind: row.Kind, sides: map[string][]byte{}}
	if r.to == begun {
		return out, nil // no picture is taken
	}
	paper, err := specimen.DrawPerson(r.kind, person, r.seed, 0, assets)
	if err != nil {
		return pictures{}, err
	}
	views := map[string]specimen.View{"front": specimen.Front, "selfie": specimen.Face}
	if r.kind.HasBack() {
		views["back"] = specimen.Back
	}
	for side, view := range views {
		condition := specimen.Good
		if view == specimen.Front && r.spoilt != "" {
			condition = r.spoilt
		}
		request := specimen.ShotRequest{View: view, Condition: condition, Seed: r.seed, Width: width, Height: height}
		shot, err := specimen.NewShot(request, paper, assets)
		if err != nil {
			return pictures{}, err
		}
		if out.sides[side], err = specimen.EncodeJPEG(shot.At(0), quality); err != nil {
			return pictures{}, err
		}
	}
	return out, nil
}
