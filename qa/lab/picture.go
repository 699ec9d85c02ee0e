package lab

import (
	"cmp"
	"fmt"
	"slices"
	"sync"

	"visavis/specimen"
)

// The size of the scripted camera's pictures, pixels.
const (
	cameraWidth  = 1280
	cameraHeight = 720
)

// maxDrawn bounds the pictures that are remembered: drawing one takes a tenth of a
// second.
const maxDrawn = 200

// check fills in what is left out and refuses what cannot be drawn.
func (s *Scene) check() error {
	s.Kind, s.Seed = cmp.Or(s.Kind, string(specimen.IdentityCard)), cmp.Or(s.Seed, 1)
	s.Condition, s.Answer = cmp.Or(s.Condition, string(specimen.Good)), cmp.Or(s.Answer, "right")
	views := []specimen.View{"", specimen.Front, specimen.Back, specimen.Face, specimen.Nothing}
	if !slices.Contains(views, specimen.View(s.View)) {
		return fmt.Errorf("view %.20q: want one of %q", s.View, views)
	}
	if !slices.Contains(specimen.Conditions(), specimen.Condition(s.Condition)) {
		return fmt.Errorf("condition %.20q: want one of %q", s.Condition, specimen.Conditions())
	}
	if !slices.Contains([]string{"right", "wrong", "never"}, s.Answer) {
		return fmt.Errorf("answer %.20q: want right, wrong or never", s.Answer)
	}
	if _, _, err := specimen.Kind(s.Kind).Size(); err != nil {
		return err
	}
	return nil
}

// drawer draws scenes and remembers them.
type drawer struct {
	mu        sync.Mutex
	assets    *specimen.Assets
	documents map[string]*specimen.Document
	pictures  map[Scene][]byte
	order     []Scene
}

// Drawing is for [Config.Draw]: documents and faces as qa specimen draws them. The
// error of each call names what is missing where fonts are.
func Drawing(paths specimen.Paths) func(Scene) ([]byte, error) {
	d := &drawer{documents: map[string]*specimen.Document{}, pictures: map[Scene][]byte{}}
	load := sync.OnceValues(func() (*specimen.Assets, error) { return specimen.LoadAssets(paths) })
	return func(s Scene) ([]byte, error) {
		assets, err := load()
		if err != nil {
			return nil, err
		}
		if err := s.check(); err != nil {
			return nil, err
		}
		s.For, s.Answer = 0, ""
		d.mu.Lock()
		defer d.mu.Unlock()
		d.assets = assets
		return d.draw(s)
	}
}

// draw gives a picture; the caller holds mu: pictures are drawn one after another, so
// that a test site keeps its cores for judging.
func (d *drawer) draw(s Scene) ([]byte, error) {
	if known := d.pictures[s]; known != nil {
		return known, nil
	}
	view := specimen.View(cmp.Or(s.View, string(specimen.Front)))
	var document *specimen.Document
	if view == specimen.Front || view == specimen.Back {
		key := fmt.Sprint(s.Kind, " ", s.Seed)
		if document = d.documents[key]; document == nil {
			var err error
			if document, err = specimen.Draw(specimen.Kind(s.Kind), s.Seed, 0, d.assets); err != nil {
				return nil, err
			}
			if len(d.documents) >= maxDrawn {
				clear(d.documents)
			}
			d.documents[key] = document
		}
	}
	condition := specimen.Condition(s.Condition)
	if !view.Takes(condition) {
		condition = specimen.Good
	}
	shot, err := specimen.NewShot(specimen.ShotRequest{
		View: view, Condition: condition, Background: specimen.Wood, Seed: s.Seed, Width: cameraWidth, Height: cameraHeight,
	}, document, d.assets)
	if err != nil {
		return nil, err
	}
	move := specimen.Move{TiltX: s.TiltX, TiltY: s.TiltY, Yaw: s.Yaw, Closer: cmp.Or(s.Closer, 1)}
	data, err := specimen.EncodeJPEG(shot.Moved(s.Moment, move, d.assets), 88)
	if err != nil {
		return nil, err
	}
	if d.order = append(d.order, s); len(d.order) > maxDrawn {
		delete(d.pictures, d.order[0])
		d.order = slices.Delete(d.order, 0, 1)
	}
	d.pictures[s] = data
	return data, nil
}
