package subject

import (
	"context"
	"crypto/sha256"
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"visavis/capture"
	"visavis/specimen"
)

// GuideRuns is how many hands are guided with Effort 1.
const GuideRuns = 200

const (
	guideSeed = 52_000

	shownLimit  = 10 * time.Second
	spokenGoal  = 30 * time.Second
	spokenLimit = 45 * time.Second
	contradicts = 2 * time.Second

	guideWidth, guideHeight = 640, 480 // previews start small
)

// guided is how one run went.
type guided struct {
	captured bool
	took     time.Duration
	last     capture.Hint
	hints    int // changes of the hint
	against  int // of these, against the one before
	done     bool
	unsound  string // what is wrong with the picture that was taken
	words    string // where it began
}

// guide lets a virtual hand follow the hints, from random poses and lights, until the
// capture: once those shown, once those spoken. Previews and stills go through the
// engine and capture.Flow as on the server.
func guide(ctx context.Context, b *bench, s *section) error {
	if b.Assets == nil {
		s.note("Nothing drawn: the typefaces are missing.")
		return nil
	}
	n := b.scaled(GuideRuns)
	runs := [2][]guided{make([]guided, n), make([]guided, n)}
	// Shown and spoken of one scene together: it is drawn once, and a budget that ends
	// leaves as many of both.
	err := b.eachUntil(ctx, s, n, func(ctx context.Context, i int) (err error) {
		runs[0][i], runs[1][i], err = b.guideBoth(ctx, i)
		return err
	})
	if err != nil {
		return err
	}
	for k, mode := range []string{"shown", "spoken"} {
		limits := []time.Duration{5 * time.Second, shownLimit, spokenGoal, spokenLimit}
		captured := make([]int, len(limits))
		runsDone, hints, against := 0, 0, 0
		var times []float64
		for i, r := range runs[k] {
			if !r.done {
				continue
			}
			runsDone++
			hints, against = hints+r.hints, against+r.against
			for j, limit := range limits {
				captured[j] += one(r.captured && r.took <= limit)
			}
			if r.captured {
				times = append(times, r.took.Seconds())
				continue
			}
			end := fmt.Sprintf("not captured, last hint %q", r.last)
			if r.unsound != "" {
				end = "captured though " + r.unsound
			}
			s.worst("guide."+mode, 1, "run %d, %s: %s", i, r.words, end)
		}
		key := "guide." + mode + "."
		for j, limit := range limits {
			if mode == "shown" && limit > shownLimit {
				continue
			}
			s.rate(fmt.Sprintf("%scaptured_%.0fs_rate", key, limit.Seconds()), captured[j], runsDone)
		}
		s.rate(key+"contradiction_rate", against, hints)
		s.quantile(key+"seconds_p50", times, 0.5)
		s.quantile(key+"seconds_p95", times, 0.95)
	}
	s.note("Contradicting: a hint that takes back the one before (closer and back, left and right, up and down, darker " +
		"and brighter) within 2 s, over all changes of the hint as emitted.")
	return nil
}

// guideBoth are the two runs of a number, from which the document, the step, the pose and
// the light follow.
func (b *bench) guideBoth(ctx context.Context, number int) (shown, spoken guided, err error) {
	sides := drawnSides()
	side := sides[number%len(sides)]
	backgrounds := specimen.Backgrounds()
	preview, still, err := b.guideScenes(side, uint64(guideSeed+number), backgrounds[number/len(sides)%len(backgrounds)])
	if err != nil {
		return shown, spoken, err
	}
	run := runOf{b: b, side: side, preview: preview, still: still}
	if run.width, run.height, err = side.kind.Size(); err != nil {
		return shown, spoken, fmt.Errorf("guide: %w", err)
	}
	if shown, err = run.from(ctx, randomHand(rand.New(rand.NewPCG(guideSeed, uint64(number))), 1), false,
		shownLimit); err != nil {
		return shown, spoken, err
	}
	spoken, err = run.from(ctx, randomHand(rand.New(rand.NewPCG(guideSeed, uint64(number))), spokenPace),
		true, spokenLimit)
	return shown, spoken, err
}

// from goes on from where a hand is until the capture or the limit. The run itself
// stays as it is.
func (r runOf) from(ctx context.Context, h *hand, spoken bool, limit time.Duration) (guided, error) {
	r.hand, r.channel.spoken = h, spoken
	p := h.pose
	r.result.words = fmt.Sprintf("%s %s from fill %.2f at %.2f, %.2f, turned %.0f°, tilted %.0f°, %.0f°, light × %.2f, "+
		"glare %.0f",
		r.side.kind, r.side.view, p.Fill, p.X, p.Y, p.Rotation, p.TiltX, p.TiltY, h.effects.Exposure, h.effects.Glare)
	var err error
	if r.flow, err = flowAt(r.side); err != nil {
		return guided{}, err
	}
	err = r.until(ctx, limit)
	r.result.done = err == nil
	return r.result, err
}

// flowAt is a flow whose open step is the side's.
func flowAt(side drawnSide) (capture.Flow, error) {
	flow, err := capture.NewFlow(side.doc, capture.FlowOptions{})
	if err != nil || side.step != capture.DocumentBack {
		return flow, err
	}
	front := &flow.Steps[0]
	front.Accepted, front.Kept, front.Layout = true, true, capture.LayoutCard
	if side.kind == specimen.OldFrenchCard {
		front.Layout = capture.LayoutOldCard
	}
	return flow, nil
}

// guideScenes are the same table as the camera's preview and its still show it.
func (b *bench) guideScenes(
	side drawnSide, seed uint64, background specimen.Background,
) (preview, still *specimen.Scene, err error) {
	d, err := specimen.Draw(side.kind, seed, 0, b.Assets)
	if err != nil {
		return nil, nil, fmt.Errorf("guide: %w", err)
	}
	face := d.Front
	if side.view == specimen.Back {
		face = d.Back
	}
	if preview, err = specimen.NewScene(face, d.Width, d.Height, background, seed, guideWidth, guideHeight,
		0.7); err != nil {
		return nil, nil, fmt.Errorf("guide: %w", err)
	}
	still, err = specimen.NewScene(face, d.Width, d.Height, background, seed, 2*guideWidth, 2*guideHeight, 0.8)
	return preview, still, err
}

// runOf is a run on its way.
type runOf struct {
	b              *bench
	side           drawnSide
	preview, still *specimen.Scene
	hand           *hand
	channel        channel
	flow           capture.Flow
	result         guided
	width, height  float64 // of the document, millimetres

	lastChange time.Duration
	lastHint   command
}

// until goes on until the capture or the limit.
func (r *runOf) until(ctx context.Context, limit time.Duration) error {
	const fine = 50 * time.Millisecond
	for t := time.Duration(0); t < limit; t += tick {
		m, err := r.look(ctx, r.preview, capture.Preview, t)
		if err != nil {
			return err
		}
		out := r.flow.Preview(m, start.Add(t+latency))
		r.note(command{out.Verdict.Hint, out.Verdict.Toward, out.Verdict.Good}, t)
		if out.RequestStill {
			// The camera takes its picture a moment later.
			if m, err = r.look(ctx, r.still, capture.Still, t+latency+handLag); err != nil {
				return err
			}
			sum := sha256.Sum256(fmt.Append(nil, t))
			kept := r.flow.Still(m, sum, false, start.Add(t+latency+handLag))
			if kept.Accepted {
				r.result.unsound = r.unsound(t + latency + handLag)
				r.result.captured, r.result.took = r.result.unsound == "", t+latency+handLag
				return nil
			}
			r.result.last = kept.Verdict.Hint
			r.channel.emit(command{kept.Verdict.Hint, kept.Verdict.Toward, false})
		}
		for passed := time.Duration(0); passed < tick; passed += fine {
			if passed >= latency && !out.RequestStill {
				r.channel.emit(r.lastHint)
			}
			r.hand.obey(r.channel.at(t+passed), fine)
		}
	}
	return nil
}

// unsound says what is wrong with the drawn picture itself, whatever was judged: a
// capture of such a one is none.
func (r *runOf) unsound(t time.Duration) string {
	pose, effects := r.hand.view(t)
	for _, c := range pose.Corners(2*guideWidth, 2*guideHeight, r.width, r.height) {
		if c[0] < -4 || c[1] < -4 || c[0] > 2*guideWidth+4 || c[1] > 2*guideHeight+4 {
			return "a corner is outside the frame"
		}
	}
	switch {
	case math.Hypot(pose.TiltX, pose.TiltY) > 32:
		return "it is tilted"
	case effects.Exposure < 0.3 || effects.Exposure > 2:
		return "the light is wrong"
	case effects.Motion > 12:
		return "it is smeared"
	}
	return ""
}

// start is when every run begins, for the flow's clock.
var start = time.Date(2026, time.January, 1, 12, 0, 0, 0, time.UTC)

// look renders and measures.
func (r *runOf) look(ctx context.Context, scene *specimen.Scene, kind capture.Kind,
	t time.Duration) (capture.Measurements, error) {
	pose, effects := r.hand.view(t)
	img := scene.Render(pose, effects, uint64(t.Milliseconds()))
	quality := previewQuality
	if kind == capture.Still {
		quality = stillQuality
	}
	m := capture.Measurements{Step: r.side.step}
	p, err := encode(img, stillSide, quality)
	if err != nil {
		return m, err
	}
	f, err := capture.NewFrame(r.side.step, kind, r.side.doc, 1, start.Add(t), p.jpeg)
	if err != nil {
		return m, fmt.Errorf("guide: %w", err)
	}
	if kind == capture.Preview {
		f.Last = r.flow.Sighting()
	}
	got, err := r.b.Engine.Analyze(ctx, f)
	if err != nil {
		return m, passable(err)
	}
	got.Step = r.side.step
	return got, nil
}

// note counts the changes of the hint, as emitted.
func (r *runOf) note(now command, t time.Duration) {
	r.result.last = now.hint
	before := r.lastHint
	r.lastHint = now
	if now.hint == before.hint && now.toward == before.toward {
		return
	}
	r.result.hints++
	if opposite(before, now) && t-r.lastChange <= contradicts {
		r.result.against++
	}
	r.lastChange = t
}

// opposite tells whether one hint takes the other back.
func opposite(a, b command) bool {
	pairs := [][2]command{
		{{hint: capture.HintMoveCloser}, {hint: capture.HintMoveBack}},
		{{hint: capture.HintMoveCloser}, {hint: capture.HintCutOff}},
		{{hint: capture.HintTooDark}, {hint: capture.HintTooBright}},
		{{hint: capture.HintMove, toward: capture.Left}, {hint: capture.HintMove, toward: capture.Right}},
		{{hint: capture.HintMove, toward: capture.Up}, {hint: capture.HintMove, toward: capture.Down}},
	}
	a.good, b.good = false, false
	for _, p := range pairs {
		if p == [2]command{a, b} || p == [2]command{b, a} {
			return true
		}
	}
	return false
}
