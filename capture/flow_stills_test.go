package capture

import (
	"errors"
	"math"
	"slices"
	"testing"
)

func blurredStill() Measurements {
	return measured(func(d *DocumentMeasurements) { d.Sharpness = 0.27 }) // good enough for a preview
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

func TestAKeptStillSaysWhereItsDocumentLies(t *testing.T) {
	r := rehearse(t, IdentityCard, false)
	r.asked(goodDocument())
	m := goodDocument()
	if out := r.still(m); !out.Accepted {
		t.Fatalf("the still: %+v", out)
	}
	kept, _ := r.flow.Record(DocumentFront)
	box := kept.Box
	x0, y0, x1, y1 := bounds(m.Document.Corners)
	w, h := float64(m.Width), float64(m.Height)
	want := []float64{x0 / w, y0 / h, (x1 - x0) / w, (y1 - y0) / h}
	if len(box) != 4 {
		t.Fatalf("box %v, want %v", box, want)
	}
	for i := range want {
		if math.Abs(box[i]-want[i]) > 3e-4 {
			t.Errorf("box %v, want %v", box, want)
		}
	}
	m.Document.Corners[0].X = -0.2 * w // cut off: the box ends with the frame
	if got := boxOf(m); got[0] != 0 || got[2] > 1 {
		t.Errorf("box %v reaches out of the frame", got)
	}
	if got := boxOf(Measurements{Width: 10, Height: 10}); got != nil {
		t.Errorf("a face has the box %v", got)
	}
}

func TestUseAnywayIsNeverOfferedForWhatIsNotQuality(t *testing.T) {
	for _, c := range []struct {
		name   string
		m      Measurements
		change bool
	}{
		{"no document", measured(func(d *DocumentMeasurements) { d.Found = false }), true},
		{"the wrong document", measured(func(d *DocumentMeasurements) { d.Shape = ShapePaper }), true},
		{"the other side", goodBack(), true},
		{"the other side, and blurred too", measured(func(d *DocumentMeasurements) { d.Portrait, d.MRZLines, d.MRZConfidence, d.Sharpness = 0, 3, 1, 0 }), true},
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

func TestAfterLettersThatWereTooSmallPreviewsComeCloser(t *testing.T) {
	at := func(fill float64) Measurements {
		return measured(func(d *DocumentMeasurements) { d.Fill = fill })
	}
	r := rehearse(t, IdentityCard, false)
	r.asked(at(0.6))
	small := at(0.6)
	small.Document.LetterHeight = 1
	if out := r.still(small); out.Accepted || out.Verdict.Hint != HintMoveCloser {
		t.Fatalf("%+v, want the hint to come closer", out.Verdict)
	}
	if out := r.preview(at(0.6)); out.Verdict.Good || out.Verdict.Hint != HintMoveCloser || out.Verdict.Progress >= 1 {
		t.Errorf("at the same distance: %+v, want the hint to come closer", out.Verdict)
	}
	if out := r.preview(at(0.66)); !out.Verdict.Good {
		t.Errorf("closer: %+v, want good", out.Verdict)
	}
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
