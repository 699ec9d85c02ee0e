package capture

import (
	"encoding/json"
	"errors"
	"testing"
	"time"
)

func TestThreeStepsWithoutChallenges(t *testing.T) {
	r := rehearse(t, IdentityCard, false)
	for i, m := range []Measurements{goodDocument(), goodBack(), goodFace()} {
		ask := r.asked(m)
		if ask.Streak != StreakGood || ask.StillSeq != uint32(i+1) || !ask.Changed {
			t.Errorf("step %d: asked %+v, want streak %d and seq %d", i, ask, StreakGood, i+1)
		}
		out := r.still(m)
		if !out.Accepted || !out.Changed || out.Done != (i == 2) {
			t.Fatalf("step %d: %+v", i, out)
		}
	}
	if _, _, open := r.flow.Current(); open {
		t.Error("a step is open after all were accepted")
	}
	if out := r.preview(goodFace()); !out.Stale || !out.Done {
		t.Errorf("a preview after the end: %+v, want stale and done", out)
	}
}

func TestPassportHasNoBack(t *testing.T) {
	r := rehearse(t, Passport, false)
	r.accept(measured(func(d *DocumentMeasurements) { d.Shape, d.MRZLines, d.MRZConfidence = ShapePage, 2, 0.9 }))
	r.at(Selfie, PhaseGuiding)
}

func TestTheOldCardsBackIsKnownFromItsFront(t *testing.T) {
	r := rehearse(t, IdentityCard, false)
	r.accept(measured(func(d *DocumentMeasurements) { d.Shape, d.MRZLines, d.MRZConfidence = ShapeTD2, 2, 0.9 }))
	r.accept(measured(func(d *DocumentMeasurements) { d.Portrait = 0 }))
	r.at(Selfie, PhaseGuiding)
}

func TestStreak(t *testing.T) {
	r := rehearse(t, IdentityCard, false)
	r.preview(goodDocument())
	r.preview(goodDocument())
	r.preview(measured(func(d *DocumentMeasurements) { d.Found = false }))
	for i := range 3 {
		out := r.preview(goodDocument())
		if out.RequestStill != (i == 2) || out.Streak != i+1 {
			t.Errorf("good preview %d after a bad one: %+v", i+1, out)
		}
	}
}

func TestAnAdviceIsShownForAWhileAndThenPasses(t *testing.T) {
	r := rehearse(t, Passport, false)
	r.accept(measured(func(d *DocumentMeasurements) { d.Shape, d.MRZLines, d.MRZConfidence = ShapePage, 2, 0.9 }))
	covered := face(func(f *FaceMeasurements) { f.Covered = 0.9 })
	for i := range StreakAdvised {
		out := r.preview(covered)
		if out.Verdict.Hint != HintCovered || out.RequestStill != (i == StreakAdvised-1) {
			t.Errorf("preview %d: hint %q, still asked %v", i+1, out.Verdict.Hint, out.RequestStill)
		}
	}
}

func TestAStillThatDoesNotComeIsGivenUp(t *testing.T) {
	r := rehearse(t, IdentityCard, false)
	r.asked(goodDocument())
	r.now = r.now.Add(StillWait - time.Second)
	if r.preview(goodDocument()); r.flow.Steps[0].Phase != PhaseStill {
		t.Fatal("given up before its time")
	}
	r.flow.StillPart(r.now)
	r.now = r.now.Add(StillWait - time.Second)
	if r.preview(goodDocument()); r.flow.Steps[0].Phase != PhaseStill {
		t.Fatal("given up although a part had come")
	}
	r.now = r.now.Add(time.Second)
	out := r.preview(goodDocument())
	r.at(DocumentFront, PhaseGuiding)
	if !out.Changed || out.Streak != 1 {
		t.Errorf("%+v, want changed and the first of a new streak", out)
	}
	if out := r.still(goodDocument()); !out.Accepted {
		t.Errorf("a late still that is good: %+v, want it accepted", out)
	}
}

func TestABusyStillIsNotCounted(t *testing.T) {
	r := rehearse(t, IdentityCard, false)
	r.asked(goodDocument())
	if out := r.flow.DropStill(); !out.Changed || out.StillsLeft != MaxStills {
		t.Errorf("%+v, want changed and %d left", out, MaxStills)
	}
	if out := r.flow.DropStill(); !out.Stale {
		t.Errorf("dropped twice: %+v, want stale", out)
	}
}

func TestFramesOfAnotherStepAreStale(t *testing.T) {
	r := rehearse(t, IdentityCard, false)
	late := goodDocument()
	late.Step = DocumentBack
	if out := r.preview(late); !out.Stale {
		t.Errorf("a frame of the back: %+v, want stale", out)
	}
	if out := r.preview(goodFace()); !out.Stale {
		t.Errorf("a face: %+v, want stale", out)
	}
	if out := r.flow.Still(late, [32]byte{1}, false, r.now); !out.Stale || out.StillsLeft != MaxStills {
		t.Errorf("a still of the back: %+v, want stale and not counted", out)
	}
}

func TestRetake(t *testing.T) {
	r := rehearse(t, IdentityCard, false)
	if _, err := r.flow.Retake(DocumentFront); !errors.Is(err, ErrNotNow) {
		t.Errorf("retake of a step without a still: %v, want ErrNotNow", err)
	}
	r.accept(goodDocument())
	r.accept(goodBack())
	out, err := r.flow.Retake(DocumentFront)
	if err != nil || !out.Changed || out.StillsLeft != 4 {
		t.Fatalf("retake: %+v, %v", out, err)
	}
	r.at(DocumentFront, PhaseGuiding)
	r.accept(goodDocument())
	r.at(Selfie, PhaseGuiding)
}

func TestChangeDocument(t *testing.T) {
	r := rehearse(t, IdentityCard, false)
	r.accept(goodDocument())
	if out, err := r.flow.ChangeDocument(IdentityCard); err != nil || out.Changed {
		t.Errorf("the same again: %+v, %v, want nothing changed", out, err)
	}
	out, err := r.flow.ChangeDocument(Passport)
	if err != nil || !out.Changed {
		t.Fatalf("%+v, %v", out, err)
	}
	r.at(DocumentFront, PhaseGuiding)
	if n := len(r.flow.StepStates()); n != 2 {
		t.Errorf("%d steps, want 2", n)
	}
	if _, err := r.flow.ChangeDocument("library-card"); err == nil {
		t.Error("an unknown document was taken")
	}
	for i := range 20 {
		_, err = r.flow.ChangeDocument([]Document{IdentityCard, Passport}[i%2])
	}
	if !errors.Is(err, ErrNotNow) {
		t.Errorf("after twenty changes: %v, want ErrNotNow", err)
	}
}

func TestAFlowGoesOnAfterJSON(t *testing.T) {
	r := rehearse(t, IdentityCard, true)
	for range 2 {
		r.preview(goodDocument())
	}
	r.reload()
	r.accept(goodDocument())
	r.reload()
	r.at(DocumentFront, PhaseTilt)
	if r.flow.Asked() == nil {
		t.Error("the challenge is lost")
	}
}

// reload brings the flow through its stored form.
func (r *rehearsal) reload() {
	r.t.Helper()
	b, err := json.Marshal(r.flow)
	if err != nil {
		r.t.Fatal(err)
	}
	r.flow = Flow{}
	if err := json.Unmarshal(b, &r.flow); err != nil {
		r.t.Fatal(err)
	}
	r.flow.Limits = rehearsalLimits()
}
