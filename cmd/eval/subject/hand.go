package subject

import (
	"math"
	"math/rand/v2"
	"time"

	"visavis/capture"
	"visavis/specimen"
)

// A virtual hand holds a camera over a drawn document and does what it is told,
// nothing else.
const (
	handLag = 300 * time.Millisecond // from seeing or hearing a hint to moving
	tick    = 250 * time.Millisecond // from one preview to the next
	latency = 150 * time.Millisecond // from a preview to its hint
)

// Speeds of a hand that sees the screen, each second. Who is guided by the voice
// alone moves more slowly, because the next word is 2.5 s away.
const (
	approach   = 0.35 // of the distance
	shift      = 0.22 // of the frame
	flatten    = 1.1  // of the tilt
	relight    = 0.8  // of the light
	deglare    = 0.45 // of the document's height, that the spot moves
	spokenPace = 0.3
)

// hand is where the camera is and what the light is.
type hand struct {
	pose    specimen.Pose
	effects specimen.Effects
	pace    float64
	phase   [6]float64 // of the tremor
	// speed of the last movement, frame widths a second; it blurs.
	speed float64
}

// randomHand starts from any place, distance, turn, tilt and light.
func randomHand(r *rand.Rand, pace float64) *hand {
	h := &hand{pace: pace}
	h.pose = specimen.Pose{
		Fill: between(r, 0.25, 1.2), X: between(r, -0.25, 0.25), Y: between(r, -0.25, 0.25),
		Rotation: between(r, -180, 180), TiltX: between(r, -30, 30), TiltY: between(r, -30, 30),
	}
	h.effects = specimen.Effects{Exposure: math.Exp(between(r, math.Log(0.2), math.Log(2.2))), Noise: 2}
	if r.IntN(3) == 0 {
		h.effects.Glare, h.effects.GlareSize = 1, between(r, 0.15, 0.3)
		h.effects.GlareX, h.effects.GlareY = between(r, 0.2, 0.8), between(r, 0.2, 0.8)
	}
	for i := range h.phase {
		h.phase[i] = 2 * math.Pi * r.Float64()
	}
	return h
}

// view is the pose with the tremor, and the effects with the smear of a movement.
func (h *hand) view(t time.Duration) (specimen.Pose, specimen.Effects) {
	sway := func(i int, hertz, amount float64) float64 {
		return amount * math.Sin(2*math.Pi*hertz*t.Seconds()+h.phase[i])
	}
	p, e := h.pose, h.effects
	p.X += sway(0, 0.3, 0.004) + sway(1, 5, 0.0005)
	p.Y += sway(2, 0.25, 0.005) + sway(3, 4, 0.0005)
	p.Rotation += sway(4, 0.2, 0.8)
	p.TiltX += sway(5, 0.3, 1.2)
	e.Motion = h.speed * 1280 / 60 // a sixtieth of a second of light
	return p, e
}

// obey moves for dt as a hint says. Without one, and on words that name no movement,
// the hand holds still.
func (h *hand) obey(c command, dt time.Duration) {
	step := dt.Seconds() * h.pace
	before := h.pose
	// Towards the middle, and to the distance at which a document is seen whole.
	frame := func(k float64) {
		h.pose.X -= k * step * h.pose.X
		h.pose.Y -= k * step * h.pose.Y
	}
	switch c.hint {
	case capture.HintNoDocument:
		frame(0.8)
		h.pose.Fill += (0.5 - h.pose.Fill) * 0.8 * step
	case capture.HintCutOff:
		frame(0.5)
		h.pose.Fill *= 1 - approach*step
	case capture.HintMove:
		switch c.toward {
		case capture.Left:
			h.pose.X -= shift * step
		case capture.Right:
			h.pose.X += shift * step
		case capture.Up:
			h.pose.Y -= shift * step
		case capture.Down:
			h.pose.Y += shift * step
		}
	case capture.HintHoldFlat:
		k := math.Exp(-flatten * step)
		h.pose.TiltX, h.pose.TiltY = h.pose.TiltX*k, h.pose.TiltY*k
	case capture.HintMoveCloser, capture.HintNotReadable:
		h.pose.Fill *= 1 + approach*step
	case capture.HintMoveBack:
		h.pose.Fill *= 1 - approach*step
	case capture.HintTooDark:
		h.effects.Exposure *= 1 + relight*step
	case capture.HintTooBright:
		h.effects.Exposure *= 1 - relight*step/2
	case capture.HintGlare:
		h.effects.GlareX += deglare * step
		if h.effects.GlareX > 1.6 {
			h.effects.Glare = 0
		}
	}
	h.speed = (math.Hypot(h.pose.X-before.X, h.pose.Y-before.Y) + math.Abs(h.pose.Fill-before.Fill)/2) / dt.Seconds()
}

// command is a hint as a person gets it.
type command struct {
	hint   capture.Hint
	toward capture.Direction
	good   bool
}

// channel is how hints reach the person, with the page's own times
// (static/js/phone/guide.js): shown for at least a second, spoken every 2.5 s and on
// change only.
type channel struct {
	spoken bool

	next, shown, heard command
	until, saidAt      time.Duration
	heardAt            time.Duration
	reacts             command // what the hand does now
	begun              bool
}

const (
	shownLeast = time.Second
	errorLeast = 1500 * time.Millisecond // of hints that say what is wrong, not where to move
	spokenGap  = 2500 * time.Millisecond
)

// emit takes the hint of one verdict.
func (c *channel) emit(hint command) { c.next = hint }

// at returns what the hand does at a time.
func (c *channel) at(now time.Duration) command {
	if c.next != c.shown && now >= c.until {
		c.shown = c.next
		c.until = now + shownLeast
		switch c.shown.hint {
		case capture.HintSeveralFaces, capture.HintWrongDocument, capture.HintOtherSide, capture.HintTooDark,
			capture.HintTooBright,
			capture.HintGlare, capture.HintCovered, capture.HintScreen, capture.HintCopy, capture.HintNotReadable:
			c.until = now + errorLeast
		}
	}
	heard := c.shown
	if c.spoken {
		heard = c.heard
		if c.shown != c.heard && (!c.begun || now-c.saidAt >= spokenGap) {
			c.saidAt, c.begun, heard = now, true, c.shown
		}
	}
	if heard != c.heard {
		c.heard, c.heardAt = heard, now
	}
	if now-c.heardAt >= handLag {
		c.reacts = c.heard
	}
	return c.reacts
}
