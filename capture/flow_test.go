package capture

import (
	"encoding/json"
	"errors"
	"slices"
	"testing"
	"time"
)

func blurredStill() Measurements {
	return document(func(d *DocumentMeasurements) { d.Sharpness = 0.27 }) // good enough for a preview
}

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
	r.accept(document(func(d *DocumentMeasurements) { d.Shape, d.MRZLines, d.MRZConfidence = ShapePage, 2, 0.9 }))
	r.at(Selfie, PhaseGuiding)
}

func TestTheOldCardsBackIsKnownFromItsFront(t *testing.T) {
	r := rehearse(t, IdentityCard, false)
	r.accept(document(func(d *DocumentMeasurements) { d.Shape, d.MRZLines, d.MRZConfidence = ShapeTD2, 2, 0.9 }))
	r.accept(document(func(d *DocumentMeasurements) { d.Portrait = 0 }))
	r.at(Selfie, PhaseGuiding)
}

func TestStreak(t *testing.T) {
	r := rehearse(t, IdentityCard, false)
	r.preview(goodDocument())
	r.preview(goodDocument())
	r.preview(document(func(d *DocumentMeasurements) { d.Found = false }))
	for i := range 3 {
		out := r.preview(goodDocument())
		if out.RequestStill != (i == 2) || out.Streak != i+1 {
			t.Errorf("good preview %d after a bad one: %+v", i+1, out)
		}
	}
}

func TestAnAdviceIsShownForAWhileAndThenPasses(t *testing.T) {
	r := rehearse(t, Passport, false)
	r.accept(document(func(d *DocumentMeasurements) { d.Shape, d.MRZLines, d.MRZConfidence = ShapePage, 2, 0.9 }))
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

func TestUseAnywayAfterTwoRefusalsForQuality(t *testing.T) {
	r := rehearse(t, IdentityCard, false)
	r.asked(goodDocument())
	first := r.still(blurredStill())
	if first.Accepted || first.OfferAnyway || first.StillsLeft != 4 || first.Verdict.Hint != HintBlurred {
		t.Fatalf("first refusal: %+v", first)
	}
	if _, err := r.flow.UseAnyway(DocumentFront); !errors.Is(err, ErrNotNow) {
		t.Errorf("use anyway without an offer: %v, want ErrNotNow", err)
	}
	if out := r.still(blurredStill()); !out.OfferAnyway || !r.flow.StepStates()[0].OfferAnyway {
		t.Fatalf("second refusal: %+v, want the offer", out)
	}
	out, err := r.flow.UseAnyway(DocumentFront)
	if err != nil || !out.Accepted {
		t.Fatalf("use anyway: %+v, %v", out, err)
	}
	if notes := r.flow.StepStates()[0].Notes; !slices.Equal(notes, []string{NoteUsedAnyway}) {
		t.Errorf("notes %q, want %q", notes, NoteUsedAnyway)
	}
	r.at(DocumentBack, PhaseGuiding)
}

func TestUseAnywayIsNeverOfferedForWhatIsNotQuality(t *testing.T) {
	for _, c := range []struct {
		name   string
		m      Measurements
		change bool
	}{
		{"no document", document(func(d *DocumentMeasurements) { d.Found = false }), true},
		{"the wrong document", document(func(d *DocumentMeasurements) { d.Shape = ShapePaper }), true},
		{"the other side", goodBack(), true},
		{"the other side, and blurred too", document(func(d *DocumentMeasurements) { d.Portrait, d.MRZLines, d.MRZConfidence, d.Sharpness = 0, 3, 1, 0 }), true},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := rehearse(t, IdentityCard, false)
			r.still(blurredStill())
			r.still(blurredStill())
			out := r.still(c.m)
			if out.OfferAnyway || out.ChangeDocument != c.change {
				t.Errorf("%+v, want no offer and change of document %v", out, c.change)
			}
			if _, err := r.flow.UseAnyway(DocumentFront); err == nil {
				t.Error("used anyway all the same")
			}
		})
	}
	t.Run("several faces", func(t *testing.T) {
		r := rehearse(t, IdentityCard, false)
		r.accept(goodDocument())
		r.accept(goodBack())
		for range 3 {
			if out := r.still(face(func(f *FaceMeasurements) { f.Count = 2 })); out.OfferAnyway || out.ChangeDocument {
				t.Errorf("%+v, want neither offer", out)
			}
		}
	})
}

func TestTheSameBytesAreRefusedAndNotCounted(t *testing.T) {
	r := rehearse(t, IdentityCard, false)
	sum := [32]byte{42}
	r.flow.Still(blurredStill(), sum, false, r.now)
	if !r.flow.SamePicture(sum) || r.flow.SamePicture([32]byte{43}) {
		t.Error("SamePicture does not know what was refused")
	}
	out := r.flow.Still(goodDocument(), sum, false, r.now)
	if !out.SamePicture || out.Accepted || out.StillsLeft != 4 {
		t.Errorf("%+v, want the same picture refused and 4 left", out)
	}
}

func TestFiveStillsAndNoMore(t *testing.T) {
	r := rehearse(t, IdentityCard, false)
	for i := range MaxStills {
		out := r.still(goodBack())
		if out.TooMany != (i == MaxStills-1) || out.StillsLeft != MaxStills-1-i {
			t.Errorf("still %d: %+v", i+1, out)
		}
	}
	if out := r.still(goodDocument()); !out.TooMany || out.Accepted {
		t.Errorf("a sixth: %+v, want too many", out)
	}
}

func TestTheFifthRefusalForQualityLeavesTheOffer(t *testing.T) {
	r := rehearse(t, IdentityCard, false)
	var out Outcome
	for range MaxStills {
		out = r.still(blurredStill())
	}
	if out.TooMany || !out.OfferAnyway {
		t.Fatalf("%+v, want the offer and not the end", out)
	}
	if out := r.still(goodDocument()); out.TooMany || !out.Stale {
		t.Errorf("a sixth beside the offer: %+v, want stale", out)
	}
	if _, err := r.flow.UseAnyway(DocumentFront); err != nil {
		t.Error(err)
	}
}

func TestTheCameraAloneLeavesStillsForTheShutter(t *testing.T) {
	r := rehearse(t, IdentityCard, false)
	asked := 0
	for range 200 {
		if out := r.preview(goodDocument()); out.RequestStill {
			asked++
			r.still(blurredStill())
		}
	}
	if asked != MaxStills-ShutterStills {
		t.Errorf("%d stills asked for, want %d", asked, MaxStills-ShutterStills)
	}
}

func TestARefusalsReasonCanBeRead(t *testing.T) {
	r := rehearse(t, IdentityCard, false)
	r.asked(goodDocument())
	r.still(blurredStill())
	refused := r.now
	if out := r.asked(goodDocument()); r.now.Sub(refused) < quietAfter {
		t.Errorf("asked again after %v: %+v", r.now.Sub(refused), out)
	}
}

func TestBytesThatAreNoPictureCount(t *testing.T) {
	r := rehearse(t, IdentityCard, false)
	out := r.flow.RefuseImage([32]byte{9}, r.now)
	if out.StillsLeft != 4 || out.OfferAnyway || !out.Changed {
		t.Errorf("%+v, want 4 left and no offer", out)
	}
}

func TestShutter(t *testing.T) {
	r := rehearse(t, IdentityCard, false)
	out := r.flow.Still(goodDocument(), [32]byte{1}, true, r.now)
	if !out.Accepted {
		t.Fatalf("%+v, want accepted", out)
	}
	if notes := r.flow.StepStates()[0].Notes; !slices.Equal(notes, []string{NoteManual}) {
		t.Errorf("notes %q, want %q", notes, NoteManual)
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
}
