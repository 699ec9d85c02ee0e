package subject

import (
	"context"
	"fmt"
	"image"
	"math/rand/v2"

	"visavis/capture"
	"visavis/identity"
	"visavis/specimen"
)

// drawnSides are the sides of drawn documents, with what each is asked for.
type drawnSide struct {
	kind specimen.Kind
	view specimen.View
	step capture.Step
	doc  capture.Document
	side string // as the subject side names it
}

func drawnSides() []drawnSide {
	return []drawnSide{
		{specimen.IdentityCard, specimen.Front, capture.DocumentFront, capture.IdentityCard, sideFront},
		{specimen.IdentityCard, specimen.Back, capture.DocumentBack, capture.IdentityCard, sideBack},
		{specimen.OldFrenchCard, specimen.Front, capture.DocumentFront, capture.IdentityCard, sideFront},
		{specimen.OldFrenchCard, specimen.Back, capture.DocumentBack, capture.IdentityCard, sideBack},
		{specimen.ResidencePermit, specimen.Front, capture.DocumentFront, capture.ResidencePermit, sideFront},
		{specimen.ResidencePermit, specimen.Back, capture.DocumentBack, capture.ResidencePermit, sideBack},
		{specimen.Passport, specimen.Front, capture.DocumentFront, capture.Passport, sidePage},
	}
}

// drawnFrame is one drawn picture of a document under good conditions.
type drawnFrame struct {
	drawnSide
	name     string
	document *specimen.Document
	image    *image.RGBA
	picture  picture
	corners  quad
}

// drawnSeed is where the seeds of drawn documents begin; tests and training of
// other packages count from 0.
const drawnSeed = 7_310_000

// drawnEach is how many pictures of each side are drawn.
const drawnEach = 8

// drawnFrames draws every side on every background in turn, upright and lying
// across, 1280 × 960 pixels like a small still. Once for all subjects.
func (b *bench) drawnFrames(ctx context.Context, s *section) ([]drawnFrame, error) {
	if b.Assets == nil {
		s.note("Nothing drawn: the typefaces are missing.")
		return nil, nil
	}
	if b.drawn != nil {
		return b.drawn, nil
	}
	sides := drawnSides()
	each := b.scaled(drawnEach)
	frames := make([]drawnFrame, each*len(sides))
	err := b.each(ctx, len(frames), func(_ context.Context, i int) error {
		side := sides[i%len(sides)]
		f, err := b.draw(side, i)
		if err != nil {
			return fmt.Errorf("draw %s %s: %w", side.kind, side.view, err)
		}
		frames[i] = f
		return nil
	})
	if err != nil {
		return nil, err
	}
	b.drawn = frames
	return frames, nil
}

func (b *bench) draw(side drawnSide, i int) (drawnFrame, error) {
	seed := uint64(drawnSeed + i)
	d, err := specimen.Draw(side.kind, seed, 0, b.Assets)
	if err != nil {
		return drawnFrame{}, err
	}
	backgrounds := specimen.Backgrounds()
	r := rand.New(rand.NewPCG(seed, 1))
	request := specimen.ShotRequest{
		View: side.view, Background: backgrounds[i/len(drawnSides())%len(backgrounds)],
		Seed: seed, Width: 1280, Height: 960,
	}
	if r.IntN(3) == 0 {
		request.Condition = specimen.Rotated
		request.Width, request.Height = 960, 1280
	}
	shot, err := specimen.NewShot(request, d, b.Assets)
	if err != nil {
		return drawnFrame{}, err
	}
	f := drawnFrame{drawnSide: side, document: d, image: shot.At(0)}
	f.name = fmt.Sprintf("drawn %s %s %d on %s", side.kind, side.view, i/len(drawnSides()), request.Background)
	for k, c := range shot.Corners(0) {
		f.corners[k] = capture.Point{X: c[0], Y: c[1]}
	}
	f.picture, err = encode(f.image, stillSide, stillQuality)
	return f, err
}

// zone is the machine readable zone that the drawn side shows; nil where none.
func (f drawnFrame) zone() []string {
	shows := f.view == specimen.Back
	if f.kind == specimen.Passport || f.kind == specimen.OldFrenchCard {
		shows = f.view == specimen.Front
	}
	if !shows {
		return nil
	}
	return f.document.Zone
}

// identitySide is the side in the words of identity.
func (f drawnFrame) identitySide() identity.Side {
	if f.view == specimen.Back {
		return identity.Back
	}
	return identity.Front
}
