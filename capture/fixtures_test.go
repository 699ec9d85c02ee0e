package capture

import (
	"math/rand/v2"
	"testing"
	"time"
)

// goodDocument is a card's front that holds every limit.
func goodDocument() Measurements {
	return Measurements{Width: 640, Height: 480, Document: &DocumentMeasurements{
		Found: true, Confidence: 0.9, Shape: ShapeCard, Aspect: 1.58,
		Corners: [4]Point{{60, 80}, {580, 80}, {580, 408}, {60, 408}},
		Fill:    0.81, Area: 0.55, Margin: 0.12, OffsetX: 0, OffsetY: 0.01,
		Tilt: 3, TiltX: 2, TiltY: 2,
		Sharpness: 0.7, Brightness: 150, Under: 0.05, Over: 0.01, Contrast: 120,
		Portrait: 0.9, LetterHeight: 14, DPI: 160, Saturation: 40, Moire: 0.1,
		FrameBrightness: 120, Print: make([]byte, 64),
	}}
}

// goodBack is a card's back: three lines and no portrait.
func goodBack() Measurements {
	m := goodDocument()
	m.Document.Portrait, m.Document.MRZLines, m.Document.MRZConfidence = 0.05, 3, 0.9
	return m
}

// goodFace is a face that holds every limit.
func goodFace() Measurements {
	return Measurements{Width: 480, Height: 640, Face: &FaceMeasurements{
		Count: 1, Confidence: 0.95, Box: [4]float64{140, 180, 200, 270}, Height: 0.42,
		Landmarks: make([]Point, 68), EyesOpen: 0.9, Sharpness: 0.9,
		Brightness: 130, Under: 0.05, Over: 0.01, Evenness: 0.8, Print: make([]byte, 64),
	}}
}

// clone copies measurements so that a test may change them.
func clone(m Measurements) Measurements {
	if m.Document != nil {
		d := *m.Document
		m.Document = &d
	}
	if m.Face != nil {
		f := *m.Face
		m.Face = &f
	}
	return m
}

func measured(change func(*DocumentMeasurements)) Measurements {
	m := goodDocument()
	change(m.Document)
	return m
}

func face(change func(*FaceMeasurements)) Measurements {
	m := goodFace()
	change(m.Face)
	return m
}

// rehearsalLimits are the ones in use, but for those that the flow's tests play
// with: these may be tuned without an effect here.
func rehearsalLimits() *Limits {
	l := DefaultLimits()
	l.Document.SharpnessMin = Pair{0.25, 0.30}
	l.Selfie.CoveredMax = Pair{0.60, 0.60}
	l.Challenge = ChallengeLimits{TiltChange: 12, EdgeRatio: 0.08, YawTurn: 18, CloserRatio: 1.25, OffPlaneMin: 0.018,
		SamePerson: 0.5, LightMin: 0.65}
	return &l
}

// rehearsal drives a flow with a clock of its own, 200 ms a frame.
type rehearsal struct {
	t    *testing.T
	flow Flow
	now  time.Time
	sum  byte
}

func rehearse(t *testing.T, doc Document, challenge bool) *rehearsal {
	t.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	f, err := NewFlow(doc, FlowOptions{Challenge: challenge, Intn: r.IntN})
	if err != nil {
		t.Fatal(err)
	}
	f.Limits = rehearsalLimits()
	return &rehearsal{t: t, flow: f, now: time.Unix(1_800_000_000, 0).UTC()}
}

func (r *rehearsal) preview(m Measurements) Outcome {
	if c := r.flow.Asked(); c != nil && m.Nonce == "" {
		m.Nonce = c.Nonce // as a phone does
	}
	r.now = r.now.Add(200 * time.Millisecond)
	return r.flow.Preview(m, r.now)
}

// asked sends previews until a still is asked for, ten at most.
func (r *rehearsal) asked(m Measurements) Outcome {
	r.t.Helper()
	for range 10 {
		if out := r.preview(m); out.RequestStill {
			return out
		}
	}
	r.t.Fatalf("no still asked for in ten previews; %+v", r.flow.Steps)
	return Outcome{}
}

// still sends a still of bytes that never came before.
func (r *rehearsal) still(m Measurements) Outcome {
	r.sum++
	return r.flow.Still(m, [32]byte{r.sum}, false, r.now)
}

// accept brings the open step through guiding and still.
func (r *rehearsal) accept(m Measurements) Outcome {
	r.t.Helper()
	r.asked(m)
	out := r.still(m)
	if !out.Accepted {
		r.t.Fatalf("still not accepted: %+v", out.Verdict)
	}
	return out
}

func (r *rehearsal) at(step Step, phase Phase) {
	r.t.Helper()
	s, p, _ := r.flow.Current()
	if s != step || p != phase {
		r.t.Fatalf("at %q %q, want %q %q", s, p, step, phase)
	}
}
