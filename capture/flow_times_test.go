package capture

import (
	"testing"
	"time"
)

// asked is a flow of a card in the phase still, tilt or gesture.
func asked(t *testing.T, phase Phase, voice bool, now time.Time) *Flow {
	t.Helper()
	f, err := NewFlow(IdentityCard, FlowOptions{Challenge: true, Intn: func(int) int { return 0 }})
	if err != nil {
		t.Fatal(err)
	}
	f.SetVoiceGuide(voice)
	switch phase {
	case PhaseStill:
		for range StreakGood {
			f.Preview(goodDocument(), now)
		}
	case PhaseTilt:
		f.Still(goodDocument(), [32]byte{1}, false, now)
	case PhaseGesture:
		for i := range f.Steps[:2] {
			f.Steps[i].Kept, f.Steps[i].Accepted, f.Steps[i].Phase = true, true, ""
		}
		for range StreakGood {
			f.Preview(goodFace(), now)
		}
	}
	if _, have, _ := f.Current(); have != phase {
		t.Fatalf("phase %s, want %s", have, phase)
	}
	return &f
}

func TestTimeAloneEndsWhatIsAsked(t *testing.T) {
	start := time.Unix(1_800_000_000, 0)
	tests := []struct {
		name  string
		phase Phase
		voice bool
		after time.Duration
		step  Step
		to    Phase
		note  string
	}{
		{"a still that does not come", PhaseStill, false, StillWait, DocumentFront, PhaseGuiding, ""},
		{"the same with spoken guidance", PhaseStill, true, StillWait, DocumentFront, PhaseGuiding, ""},
		{"a tilt", PhaseTilt, false, TiltWait, DocumentBack, PhaseGuiding, NoteTiltSkipped},
		{"a try of a gesture", PhaseGesture, false, GestureTry, Selfie, PhaseGesture, ""},
	}
	for _, tt := range tests {
		f := asked(t, tt.phase, tt.voice, start)
		if due := f.Due(); !due.Equal(start.Add(tt.after)) {
			t.Errorf("%s: due after %s, want %s", tt.name, due.Sub(start), tt.after)
		}
		if out := f.Tick(start.Add(tt.after - time.Millisecond)); out.Changed {
			t.Errorf("%s: changed before its time: %+v", tt.name, out)
		}
		out := f.Tick(start.Add(tt.after))
		step, phase, _ := f.Current()
		if !out.Changed || step != tt.step || phase != tt.to {
			t.Errorf("%s: changed %v, step %s in phase %s; want %s in %s", tt.name, out.Changed, step, phase, tt.step, tt.to)
		}
		if tt.note != "" && (len(f.Steps[0].Notes) != 1 || f.Steps[0].Notes[0] != tt.note) {
			t.Errorf("%s: notes %v, want %s", tt.name, f.Steps[0].Notes, tt.note)
		}
	}
}

func TestSpokenGuidanceHasNoLimitOfTime(t *testing.T) {
	f := asked(t, PhaseTilt, true, time.Unix(1_800_000_000, 0))
	if due := f.Due(); !due.IsZero() {
		t.Errorf("a tilt is due at %s", due)
	}
}

func TestTwoTriesOfAGestureOfferToSkipWithoutAFrame(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	f := asked(t, PhaseGesture, false, now)
	for range gestureTwo {
		now = now.Add(GestureTry)
		f.Tick(now)
	}
	if due := f.Due(); !due.IsZero() {
		t.Errorf("after two tries it is due again at %s: a phone that nobody holds would never go idle", due)
	}
	if c := f.Asked(); !c.MaySkip || !c.EndsAt.After(now) {
		t.Errorf("after two tries: may skip %v until %s", c.MaySkip, c.EndsAt)
	}
}

func TestAnOldNonceOfATiltCountsNoMoreAfterAMinute(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	f := asked(t, PhaseTilt, true, now)
	old := f.Asked().Nonce
	m := goodDocument()
	m.Nonce = old
	f.Preview(m, now.Add(GestureTurn-time.Second))
	out := f.Preview(m, now.Add(GestureTurn))
	if out.Challenge.Nonce == old || out.Verdict.Good || !out.Changed {
		t.Errorf("a nonce of a minute: good %v, changed %v, the same %v", out.Verdict.Good, out.Changed,
			out.Challenge.Nonce == old)
	}
}

func TestAStillIsNotAskedForUnderAUsedSeq(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	f, err := NewFlow(IdentityCard, FlowOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, seq := range []uint32{1, 2, 4, 1 << 31} {
		if !f.UseSeq(seq) || f.UseSeq(seq) {
			t.Errorf("seq %d: want new once", seq)
		}
	}
	for _, want := range []uint32{3, 5} {
		var out Outcome
		for range StreakGood {
			out = f.Preview(goodDocument(), now)
		}
		if !out.RequestStill || out.StillSeq != want {
			t.Errorf("asked for seq %d (%v), want %d", out.StillSeq, out.RequestStill, want)
		}
		f.DropStill()
	}
}

func TestAnotherDocumentGivesNoNewStills(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	f, err := NewFlow(IdentityCard, FlowOptions{})
	if err != nil {
		t.Fatal(err)
	}
	blurred := goodDocument()
	blurred.Document.Sharpness = 0
	for i := range 3 {
		f.Still(blurred, [32]byte{byte(i + 1)}, true, now)
	}
	for _, doc := range []Document{Passport, ResidencePermit, IdentityCard, Passport, IdentityCard} {
		out, err := f.ChangeDocument(doc)
		if err != nil || out.StillsLeft != MaxStills-3 {
			t.Fatalf("%s: %d stills left, error %v; want %d", doc, out.StillsLeft, err, MaxStills-3)
		}
	}
	if left := f.StepStates()[1].StillsLeft; left != MaxStills {
		t.Errorf("the back, never sent, has %d stills left", left)
	}
}
