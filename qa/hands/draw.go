package hands

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"sync"

	"visavis/specimen"
)

// side is one side of a document, before a phone that was told which document there will be.
type side struct {
	chosen, shown string
	kind          specimen.Kind
	view          specimen.View
}

// sides are what people show where the front of a document is asked for: it, its back first, or
// another document.
func sides() []side {
	return []side{
		{"passport", "page", specimen.Passport, specimen.Front},
		{"identity-card", "front", specimen.IdentityCard, specimen.Front},
		{"residence-permit", "front", specimen.ResidencePermit, specimen.Front},
		{"identity-card", "back-first", specimen.IdentityCard, specimen.Back},
		{"identity-card", "old-front", specimen.OldFrenchCard, specimen.Front},
		{"passport", "card-instead", specimen.IdentityCard, specimen.Front},
		{"residence-permit", "back-first", specimen.ResidencePermit, specimen.Back},
	}
}

// Of a drawn sequence.
const (
	drawnPictures = 20
	drawnWidth    = 640 // the size that phones begin with
	drawnHeight   = 480
	drawnQuality  = 80
)

// stand is where the camera is at a moment, and its light.
type stand struct {
	pose    specimen.Pose
	effects specimen.Effects
}

// seed is where the seeds of drawn hands begin.
const seed = 8_200

// Draw draws a hand for each side of a document that people show: 20 pictures of 640 × 480 pixels. It
// comes from far, beside and tilted in light that is wrong to a place where one thing alone is still
// wrong, as the conditions of specimen have it: no still is asked for.
func Draw(ctx context.Context, a *specimen.Assets) (Show, error) {
	all := make(Show, len(sides()))
	errs := make([]error, len(all))
	var drawing sync.WaitGroup
	places := make(chan struct{}, runtime.GOMAXPROCS(0))
	for i := range all {
		drawing.Go(func() {
			places <- struct{}{}
			defer func() { <-places }()
			if errs[i] = ctx.Err(); errs[i] == nil {
				all[i], errs[i] = draw(i, a)
			}
		})
	}
	drawing.Wait()
	for i, err := range errs {
		if err != nil {
			return nil, fmt.Errorf("hand %d: %w", i, err)
		}
	}
	return all, nil
}

func draw(number int, a *specimen.Assets) (Sequence, error) {
	shown := sides()[number%len(sides())]
	seed := seed + uint64(number)
	width, height, err := shown.kind.Size()
	if err != nil {
		return Sequence{}, err
	}
	d, err := specimen.Draw(shown.kind, seed, 1.3*drawnWidth/width, a)
	if err != nil {
		return Sequence{}, err
	}
	face := d.Front
	if shown.view == specimen.Back {
		face = d.Back
	}
	backgrounds := specimen.Backgrounds()
	scene, err := specimen.NewScene(face, width, height, backgrounds[number%len(backgrounds)], seed,
		drawnWidth, drawnHeight, nearFill)
	if err != nil {
		return Sequence{}, err
	}
	h := newHand(rand.New(rand.NewPCG(seed, 1)), number)
	var pictures [][]byte
	for i := range drawnPictures {
		at := h.at(float64(i) / (drawnPictures - 1))
		jpeg, err := specimen.EncodeJPEG(scene.Render(at.pose, at.effects, uint64(i)), drawnQuality)
		if err != nil {
			return Sequence{}, err
		}
		pictures = append(pictures, jpeg)
	}
	return New(fmt.Sprintf("%s-%s-%02d", shown.chosen, shown.shown, number), pictures)
}

// nearFill is the share of the frame's width that a document fills at the end of the way.
const nearFill = 0.72

// hand is a way from one stand to another, with its tremor.
type hand struct {
	begin, end stand
	phase      [4]float64
}

// newHand draws a way. What is wrong at its end follows from the number.
func newHand(r *rand.Rand, number int) hand {
	between := func(lo, hi float64) float64 { return lo + (hi-lo)*r.Float64() }
	h := hand{
		begin: stand{
			specimen.Pose{
				Fill: between(0.25, 0.4), X: between(-0.25, 0.25), Y: between(-0.25, 0.25), Rotation: between(-40, 40),
				TiltX: between(-30, 30), TiltY: between(-30, 30),
			},
			specimen.Effects{Exposure: math.Exp(between(math.Log(0.2), math.Log(2))), Noise: 2, Blur: between(0, 4)},
		},
		end: stand{
			specimen.Pose{
				Fill: nearFill, X: between(-0.02, 0.02), Y: between(-0.02, 0.02), Rotation: between(-3, 3),
				TiltX: between(-3, 3), TiltY: between(-3, 3),
			},
			specimen.Effects{Exposure: 1, Noise: 2},
		},
	}
	switch number % 6 {
	case 0:
		h.end.effects.Glare, h.end.effects.GlareSize = 1, 0.27
		h.end.effects.GlareX, h.end.effects.GlareY = between(0.35, 0.65), between(0.4, 0.7)
		h.begin.effects.GlareX, h.begin.effects.GlareY, h.begin.effects.GlareSize = 1.4, 0.5, 0.27
		h.begin.effects.Glare = 1
	case 1:
		h.end.effects.Blur = 6
	case 2:
		h.end.pose.TiltX, h.end.pose.TiltY = 38, 14
	case 3:
		h.end.effects.Exposure, h.end.effects.Noise = 0.13, 4
	case 4:
		h.end.pose.Fill = 0.33
	case 5:
		h.end.pose.X = 0.3
	}
	for i := range h.phase {
		h.phase[i] = 2 * math.Pi * r.Float64()
	}
	return h
}

// at is the stand at a share of the way: slow at both ends, blurred by speed in between, and never
// quite still.
func (h hand) at(share float64) stand {
	k := share * share * (3 - 2*share)
	mix := func(a, b float64) float64 { return a + (b-a)*k }
	sway := func(i int, hertz, amount float64) float64 {
		return amount * math.Sin(2*math.Pi*hertz*share*drawnPictures*Every.Seconds()+h.phase[i])
	}
	p, q, e, f := h.begin.pose, h.end.pose, h.begin.effects, h.end.effects
	speed := 6 * share * (1 - share) / (drawnPictures * Every.Seconds()) *
		(math.Hypot(q.X-p.X, q.Y-p.Y) + math.Abs(q.Fill-p.Fill)/2) // frame widths a second
	return stand{
		specimen.Pose{
			Fill: mix(p.Fill, q.Fill), X: mix(p.X, q.X) + sway(0, 0.3, 0.004), Y: mix(p.Y, q.Y) + sway(1, 0.25, 0.005),
			Rotation: mix(p.Rotation, q.Rotation) + sway(2, 0.2, 0.8),
			TiltX:    mix(p.TiltX, q.TiltX) + sway(3, 0.3, 1.2), TiltY: mix(p.TiltY, q.TiltY),
		},
		specimen.Effects{
			Exposure: mix(e.Exposure, f.Exposure), Noise: mix(e.Noise, f.Noise), Blur: mix(e.Blur, f.Blur),
			Motion: speed * 1280 / 60, // a sixtieth of a second of light
			Glare:  f.Glare, GlareSize: f.GlareSize, GlareX: mix(e.GlareX, f.GlareX), GlareY: mix(e.GlareY, f.GlareY),
		},
	}
}
