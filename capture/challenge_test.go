package capture

import (
	"errors"
	"slices"
	"testing"
	"time"
)

// tilted is the card with one edge nearer to the camera, by an angle.
func tilted(edge Direction, degrees float64) Measurements {
	return measured(func(d *DocumentMeasurements) {
		switch edge {
		case Left:
			d.TiltX -= degrees
		case Right:
			d.TiltX += degrees
		case Up:
			d.TiltY -= degrees
		case Down:
			d.TiltY += degrees
		}
	})
}

// across is an edge of the other axis.
func across(edge Direction) Direction {
	return map[Direction]Direction{Left: Up, Right: Down, Up: Left, Down: Right}[edge]
}

// tilting is at the tilt of the document's front.
func tilting(t *testing.T) (*rehearsal, Direction) {
	t.Helper()
	r := rehearse(t, IdentityCard, true)
	out := r.accept(goodDocument())
	r.at(DocumentFront, PhaseTilt)
	if out.Challenge == nil || out.Challenge.Kind != PhaseTilt || out.Challenge.EndsAt.Sub(r.now) != TiltWait {
		t.Fatalf("challenge %+v", out.Challenge)
	}
	return r, Direction(out.Challenge.Gesture)
}

func TestTiltIsSeen(t *testing.T) {
	r, edge := tilting(t)
	if out := r.preview(goodDocument()); out.Challenge.Progress != 0 {
		t.Errorf("progress %v before it moved", out.Challenge.Progress)
	}
	if out := r.preview(tilted(edge, 6)); out.Challenge.Progress != 0.5 {
		t.Errorf("progress %v half way, want 0.5", out.Challenge.Progress)
	}
	out := r.preview(tilted(edge, 12))
	if !out.Challenge.Done || !out.Changed {
		t.Errorf("%+v, want the challenge done", out.Challenge)
	}
	r.at(DocumentBack, PhaseGuiding)
	if notes := r.flow.StepStates()[0].Notes; len(notes) != 0 {
		t.Errorf("notes %q, want none", notes)
	}
}

func TestTiltIsSeenByTheEdges(t *testing.T) {
	r, edge := tilting(t)
	r.preview(goodDocument())
	out := r.preview(measured(func(d *DocumentMeasurements) {
		c := &d.Corners
		switch edge {
		case Right:
			c[1].Y, c[2].Y = c[1].Y-15, c[2].Y+15
		case Left:
			c[0].Y, c[3].Y = c[0].Y-15, c[3].Y+15
		case Down:
			c[2].X, c[3].X = c[2].X+23, c[3].X-23
		case Up:
			c[0].X, c[1].X = c[0].X-23, c[1].X+23
		}
	}))
	if !out.Challenge.Done {
		t.Errorf("edge %s: %+v, want the challenge done", edge, out.Challenge)
	}
}

func TestATiltMayLiftOrLowerTheEdge(t *testing.T) {
	r, edge := tilting(t)
	r.preview(goodDocument())
	if out := r.preview(tilted(edge, -12)); !out.Challenge.Done {
		t.Errorf("%+v, want the challenge done", out.Challenge)
	}
}

func TestATiltOfTheOtherAxisOrTooSlowIsNone(t *testing.T) {
	r, edge := tilting(t)
	r.preview(goodDocument())
	if out := r.preview(tilted(across(edge), 20)); out.Challenge.Progress != 0 {
		t.Errorf("the other axis: progress %v, want 0", out.Challenge.Progress)
	}
	r, edge = tilting(t)
	for i := range 10 {
		r.now = r.now.Add(time.Second)
		if out := r.preview(tilted(edge, 2*float64(i))); out.Challenge.Done {
			t.Fatalf("a drift of 2 degrees a second was taken for a tilt at %d", i)
		}
	}
}

func TestTiltIsSkippedAfterItsTimeAndNoted(t *testing.T) {
	r, _ := tilting(t)
	r.now = r.now.Add(TiltWait)
	if out := r.preview(goodDocument()); !out.Changed || out.Challenge.Done {
		t.Errorf("%+v, want changed and not done", out)
	}
	r.at(DocumentBack, PhaseGuiding)
	if notes := r.flow.StepStates()[0].Notes; !slices.Equal(notes, []string{NoteTiltSkipped}) {
		t.Errorf("notes %q, want %q", notes, NoteTiltSkipped)
	}
}

func TestWithVoiceGuideATiltHasNoTimeLimit(t *testing.T) {
	r, _ := tilting(t)
	if !r.flow.SetVoiceGuide(true) || r.flow.SetVoiceGuide(true) {
		t.Error("SetVoiceGuide does not tell a change")
	}
	r.now = r.now.Add(time.Hour)
	if out := r.preview(goodDocument()); !out.Challenge.EndsAt.IsZero() {
		t.Errorf("ends at %v, want no end", out.Challenge.EndsAt)
	}
	r.at(DocumentFront, PhaseTilt)
	if _, err := r.flow.Skip("tilt"); err != nil {
		t.Error(err)
	}
	r.at(DocumentBack, PhaseGuiding)
}

func TestAStillDuringAChallengeIsStale(t *testing.T) {
	r, _ := tilting(t)
	if out := r.still(goodDocument()); !out.Stale || out.StillsLeft != 4 {
		t.Errorf("%+v, want stale and not counted", out)
	}
}

func TestALostDocumentDuringATiltIsSaid(t *testing.T) {
	r, _ := tilting(t)
	if out := r.preview(measured(func(d *DocumentMeasurements) { d.Found = false })); out.Verdict.Hint != HintNoDocument {
		t.Errorf("hint %q, want %q", out.Verdict.Hint, HintNoDocument)
	}
}

// gesturing is at the first gesture of the selfie.
func gesturing(t *testing.T) (*rehearsal, *Challenge) {
	t.Helper()
	r := rehearse(t, IdentityCard, true)
	for _, m := range []Measurements{goodDocument(), goodBack()} {
		r.accept(m)
		if _, err := r.flow.Skip("tilt"); err != nil {
			t.Fatal(err)
		}
	}
	var out Outcome
	for range StreakGood {
		out = r.preview(goodFace())
	}
	r.at(Selfie, PhaseGesture)
	if out.Challenge == nil || out.Challenge.Count != 2 || !out.Changed {
		t.Fatalf("%+v, want the first of two gestures", out)
	}
	return r, out.Challenge
}

// doing is the face that does a gesture, by a share of what is needed.
func doing(gesture string, share float64) Measurements {
	return face(func(f *FaceMeasurements) {
		switch gesture {
		case TurnLeft:
			f.Yaw += 18 * share
		case TurnRight:
			f.Yaw -= 18 * share
		case ComeCloser:
			f.Height *= 1 + 0.25*share
		}
	})
}

func TestGesturesThenTheFrontalStill(t *testing.T) {
	r, c := gesturing(t)
	if !r.flow.HeadMoves() {
		t.Error("a gesture is asked for, and the head does not move")
	}
	if out := r.preview(doing(c.Gesture, 0.9)); out.Challenge.Progress < 0.85 || out.Challenge.Index != 0 {
		t.Errorf("%+v, want nearly done", out.Challenge)
	}
	out := r.preview(doing(c.Gesture, 1.05))
	if out.Challenge.Index != 1 || out.Challenge.Gesture == c.Gesture || !out.Changed {
		t.Fatalf("%+v, want another gesture", out.Challenge)
	}
	out = r.preview(doing(out.Challenge.Gesture, 1.05))
	if !out.Challenge.Done || out.Challenge.Index != 1 {
		t.Errorf("%+v, want the second done", out.Challenge)
	}
	r.at(Selfie, PhaseGuiding)
	if r.flow.HeadMoves() {
		t.Error("both gestures are done, and the head moves")
	}
	if out := r.accept(goodFace()); !out.Done {
		t.Errorf("%+v, want all done", out)
	}
}

func TestAGestureMayBeSkippedAfterTwoTries(t *testing.T) {
	r, _ := gesturing(t)
	if _, err := r.flow.Skip("gesture"); !errors.Is(err, ErrNotNow) {
		t.Errorf("at once: %v, want ErrNotNow", err)
	}
	var out Outcome
	for range 2 {
		r.now = r.now.Add(GestureTry)
		out = r.preview(goodFace())
	}
	if !out.Challenge.MaySkip || !out.Changed {
		t.Fatalf("%+v, want that it may be skipped", out.Challenge)
	}
	for i := range 2 {
		out, err := r.flow.Skip("gesture")
		if err != nil || (out.Challenge != nil) != (i == 0) {
			t.Errorf("skip %d: %+v, %v", i, out, err)
		}
		if i == 0 {
			out = r.preview(goodFace())
			if !out.Challenge.MaySkip {
				// Who cannot do one gesture need not wait for the next.
				t.Error("the second gesture may not be skipped at once")
			}
		}
	}
	r.at(Selfie, PhaseGuiding)
	if notes := r.flow.StepStates()[2].Notes; !slices.Equal(notes, []string{NoteGestureSkipped}) {
		t.Errorf("notes %q, want %q once", notes, NoteGestureSkipped)
	}
}

func TestASequenceOfGesturesDiesAfterAMinute(t *testing.T) {
	r, _ := gesturing(t)
	r.preview(doing(r.flow.Asked().Gesture, 1.05))
	draws := r.flow.Draws
	r.now = r.now.Add(GestureTurn)
	out := r.preview(goodFace())
	if out.Challenge.Index != 0 || r.flow.Draws != draws+3 || !out.Changed || !out.Challenge.MaySkip {
		t.Errorf("%+v after %d draws, want a new sequence", out.Challenge, r.flow.Draws-draws)
	}
}

func TestOnlyFramesWithItsNonceAnswerAChallenge(t *testing.T) {
	r, edge := tilting(t)
	nonce := r.flow.Asked().Nonce
	if len(nonce) != 32 {
		t.Fatalf("nonce %q, want 32 hex digits", nonce)
	}
	for name, carried := range map[string]string{"none": "-", "another session's": "00" + nonce[2:]} {
		for _, degrees := range []float64{0, 15} {
			m := tilted(edge, degrees)
			m.Nonce = carried
			if out := r.preview(m); out.Challenge == nil || out.Challenge.Progress != 0 || out.Challenge.Nonce != nonce {
				t.Errorf("nonce %s: %+v, want no progress and the nonce again", name, out.Challenge)
			}
		}
	}
	r, c := gesturing(t)
	m := doing(c.Gesture, 2)
	m.Nonce = nonce
	if out := r.preview(m); out.Challenge.Index != 0 || out.Challenge.Progress != 0 {
		t.Errorf("a gesture with the tilt's nonce: %+v, want no progress", out.Challenge)
	}
	if c.Nonce == nonce {
		t.Error("two challenges have one nonce")
	}
}

func TestANonceLivesForAMinute(t *testing.T) {
	for _, spoken := range []bool{false, true} {
		r, c := gesturing(t)
		r.flow.SetVoiceGuide(spoken)
		m := doing(c.Gesture, 2)
		m.Nonce = c.Nonce
		r.now = r.now.Add(GestureTurn)
		out := r.preview(m)
		if out.Challenge.Nonce == c.Nonce || out.Challenge.Progress != 0 || !out.Changed {
			t.Errorf("spoken %v: %+v, want another nonce and no progress", spoken, out.Challenge)
		}
		if spoken && out.Challenge.Gesture != c.Gesture {
			t.Errorf("the gesture changed to %q: without a time limit it stays", out.Challenge.Gesture)
		}
	}
}

func TestOneFaceDoesTheGestures(t *testing.T) {
	r, c := gesturing(t)
	two := doing(c.Gesture, 2)
	two.Face.Count = 2
	if out := r.preview(two); out.Verdict.Hint != HintSeveralFaces || out.Challenge.Index != 0 {
		t.Errorf("two faces: %+v", out)
	}
	none := doing(c.Gesture, 2)
	none.Face.Count = 0
	if out := r.preview(none); out.Verdict.Hint != HintNoFace || out.Challenge.Index != 0 {
		t.Errorf("no face: %+v", out)
	}
}

func TestAShutterBeforeTheGesturesDoesNotLeaveThemOut(t *testing.T) {
	r := rehearse(t, Passport, true)
	r.accept(measured(func(d *DocumentMeasurements) { d.Shape, d.MRZLines, d.MRZConfidence = ShapePage, 2, 0.9 }))
	if _, err := r.flow.Skip("tilt"); err != nil {
		t.Fatal(err)
	}
	out := r.flow.Still(goodFace(), [32]byte{7}, true, r.now)
	if !out.Accepted || out.Done || out.Challenge == nil {
		t.Fatalf("%+v, want the still kept and the gestures asked", out)
	}
	r.preview(goodFace()) // neutral
	for range 2 {
		out = r.preview(doing(r.flow.Asked().Gesture, 1.05))
	}
	if !out.Done {
		t.Errorf("%+v, want all done", out)
	}
}

func TestGesturesAreDrawn(t *testing.T) {
	seen := map[string]bool{}
	for seed := range 64 {
		f, err := NewFlow(Passport, FlowOptions{Challenge: true, Intn: func(n int) int { return seed % n }})
		if err != nil {
			t.Fatal(err)
		}
		s := f.record(Selfie)
		f.startGestures(s, time.Time{})
		seen[s.Moves.Gestures[0]+" "+s.Moves.Gestures[1]] = true
		if s.Moves.Gestures[0] == s.Moves.Gestures[1] {
			t.Errorf("seed %d: %q twice", seed, s.Moves.Gestures[0])
		}
	}
	if len(seen) != 6 {
		t.Errorf("%d sequences in 64 seeds, want all 6: %v", len(seen), seen)
	}
	if _, err := NewFlow(Passport, FlowOptions{Challenge: true}); err == nil {
		t.Error("a flow with challenges and no random numbers was made")
	}
}
