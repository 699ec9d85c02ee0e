package enrolment

import (
	"slices"
	"testing"
	"time"
)

func keep(side, document, item string) step {
	return step{applicant, KeepStill{side, document, Taken{Item: item, Digest: item}}}
}

func TestTheNextCaptureAsksForWhatIsMissing(t *testing.T) {
	r := walk(t, newRecord(), consent, begin)
	if got := r.Missing(); !slices.Equal(got, []string{"front", "back", "selfie"}) {
		t.Errorf("missing of an unknown document: %v", got)
	}
	r = walk(t, r, keep("front", "identity-card", "i1"), keep("selfie", "identity-card", "i2"))
	if got := r.Missing(); !slices.Equal(got, []string{"back"}) {
		t.Errorf("missing of a card: %v", got)
	}
	r = walk(t, r, keep("front", "passport", "i3"))
	if got := r.Missing(); len(got) != 0 || len(r.Taken) != 2 {
		t.Errorf("missing after another document: %v of %v, want nothing: the selfie stays", got, r.Taken)
	}
	again, err := DefaultRules(faceThreshold).Apply(r, applicant, keep("front", "passport", "i3").e, r.Last.At)
	if err != nil || again.Rev != r.Rev {
		t.Errorf("the same still again: rev %d (%v), want %d", again.Rev, err, r.Rev)
	}
}

func TestOneStepAskedAgainIsTheOnlyOneMissing(t *testing.T) {
	r := walk(t, newRecord(), consent, begin, keep("front", "passport", "i1"), keep("selfie", "passport", "i2"), finish,
		verify, draw,
		step{reviewer, Decide{Verdict: AskAgain, Again: &Again{Step: "front", Words: "…"}}})
	if got := r.Missing(); !slices.Equal(got, []string{"front"}) {
		t.Fatalf("missing: %v, want the front", got)
	}
	for _, s := range []step{keep("selfie", "passport", "i3"), keep("front", "identity-card", "i3")} {
		if _, err := DefaultRules(faceThreshold).Apply(r, s.by, s.e, r.Last.At.Add(time.Minute)); err == nil {
			t.Errorf("%+v was kept, want the front of the passport alone", s.e)
		}
	}
	if r = walk(t, r, keep("front", "passport", "i3")); len(r.Missing()) != 0 || r.Taken["selfie"].Item != "i2" {
		t.Errorf("after the front: missing %v, taken %v", r.Missing(), r.Taken)
	}
}
