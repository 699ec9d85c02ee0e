package server

import (
	"slices"
	"strconv"
	"testing"
	"time"

	"visavis/capture"
	"visavis/capture/capturetest"
	"visavis/protocol"
)

// lightOf is a screen's colour as linear light, near enough for a test.
func lightOf(t *testing.T, colour string) (out [3]float64) {
	t.Helper()
	v, err := strconv.ParseUint(colour[1:], 16, 32)
	if err != nil {
		t.Fatalf("colour %q: %v", colour, err)
	}
	for i := range out {
		level := float64(v>>(8*(2-i))&0xFF) / 255
		out[i] = level * level
	}
	return out
}

// lit brings a session whose phone shows colours to the first of them.
func lit(t *testing.T, in *clocked, a *actor) (*rehearsed, protocol.Challenge) {
	t.Helper()
	p, c := gesturing(t, in, a, 1)
	p.say(t, protocol.Start{Lights: string(capture.LightsShown)})
	for i := 0; c.Kind == "gesture"; i++ {
		if i == 20 {
			t.Fatalf("the gestures do not end: %+v", c)
		}
		a.now.Store(moment(c.Gesture, 1.1, byte(i)))
		p.frame("selfie", capturetest.JPEG(t, 20+i), c.Nonce)
		c = last[protocol.Challenge](p)
	}
	a.now.Store(moment("", 0, 20))
	return p, c
}

// under sends previews until the colours end, and returns the nonces of the colours. see is
// the screen's light that the face reflects under a colour.
func (p *rehearsed) under(c protocol.Challenge, see func(c protocol.Challenge) [3]float64) (nonces []string) {
	p.t.Helper()
	for i := 0; !c.Done; i++ {
		if i == 60 {
			p.t.Fatalf("the colours do not end: %+v", c)
		}
		if !slices.Contains(nonces, c.Nonce) {
			nonces = append(nonces, c.Nonce)
		}
		face, screen := moment("", 0, 20), see(c)
		for k := range face.Skin {
			face.Skin[k], face.Around[k] = 0.2*(0.94+0.06*screen[k]), 0.3
		}
		p.actor.now.Store(face)
		time.Sleep(200 * time.Millisecond) // of the bubble's clock
		p.frame("selfie", capturetest.JPEG(p.t, 80+i), c.Nonce)
		if next := last[protocol.Challenge](p); next.Kind != "" {
			c = next
		}
	}
	return nonces
}

func TestTheLightOfTheScreenIsSeenOnTheFace(t *testing.T) {
	withActor(t, func(t *testing.T, in *clocked, a *actor) {
		p, c := lit(t, in, a)
		if c.Kind != "light" || c.Colour != "#ffffff" || c.Count != capture.LightColours || !c.MaySkip {
			t.Fatalf("first colour: %+v", c)
		}
		nonces := p.under(c, func(c protocol.Challenge) [3]float64 { return lightOf(t, c.Colour) })
		if len(nonces) != capture.LightColours {
			t.Errorf("%d nonces, want one of each colour", len(nonces))
		}
		if r := p.selfie(capturetest.JPEG(t, 60)); !r.Accepted {
			t.Fatalf("selfie: %+v", r)
		}
		if doubts := p.doubts(capture.Selfie); slices.Contains(doubts, capture.DoubtLightNotSeen) {
			t.Errorf("doubts %q", doubts)
		}
	})
}

// A recording has no light of this screen on it. It is taken all the same: the reviewer is
// told.
func TestAFaceThatReflectsNothingIsADoubtForTheReviewer(t *testing.T) {
	withActor(t, func(t *testing.T, in *clocked, a *actor) {
		p, c := lit(t, in, a)
		p.under(c, func(protocol.Challenge) [3]float64 { return [3]float64{1, 1, 1} })
		if r := p.selfie(capturetest.JPEG(t, 60)); !r.Accepted {
			t.Fatalf("selfie: %+v", r)
		}
		if doubts := p.doubts(capture.Selfie); !slices.Contains(doubts, capture.DoubtLightNotSeen) {
			t.Errorf("doubts %q, want %s", doubts, capture.DoubtLightNotSeen)
		}
	})
}

func TestColoursEndByThemselvesAndMayBeLeftOut(t *testing.T) {
	withActor(t, func(t *testing.T, in *clocked, a *actor) {
		p, _ := lit(t, in, a)
		time.Sleep(capture.LightColours * (capture.LightMost + 250*time.Millisecond)) // without a single preview
		if c := last[protocol.Challenge](p); c.Kind != "light" || !c.Done {
			t.Errorf("%+v, want the colours done", c)
		}
		if r := p.selfie(capturetest.JPEG(t, 60)); !r.Accepted {
			t.Fatalf("selfie: %+v", r)
		}
	})
	withActor(t, func(t *testing.T, in *clocked, a *actor) {
		p, _ := lit(t, in, a)
		p.say(t, protocol.Skip{Challenge: "light"})
		if c := last[protocol.Challenge](p); c.Kind != "light" || !c.Done {
			t.Errorf("%+v, want the colours done", c)
		}
		if r := p.selfie(capturetest.JPEG(t, 60)); !r.Accepted {
			t.Fatalf("selfie: %+v", r)
		}
	})
	withActor(t, func(t *testing.T, in *clocked, a *actor) {
		p, _ := gesturing(t, in, a, 1)
		last[protocol.Error](p)
		p.say(t, protocol.Start{Lights: "disco"})
		if e := last[protocol.Error](p); e.Code != protocol.CodeBadMessage {
			t.Errorf("lights that nobody knows: %+v", e)
		}
	})
}
