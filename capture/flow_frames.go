package capture

import (
	"encoding/hex"
	"math"
	"slices"
	"time"
)

// Preview handles the measurements of one preview of the open step.
func (f *Flow) Preview(m Measurements, now time.Time) Outcome {
	s := f.open()
	if s == nil || !fits(s.Step, m) {
		return f.stale(s)
	}
	switch s.Phase {
	case PhaseTilt:
		return f.tilt(s, m, now)
	case PhaseGesture:
		return f.gesture(s, m, now)
	case PhaseLight:
		return f.light(s, m, now)
	}
	v := Judge(f.info(s, Preview), m, f.before, f.limits())
	if v.Good && m.Document != nil && m.Document.Fill < s.CloserThan {
		v.Good, v.Hint, v.Progress = false, HintMoveCloser, m.Document.Fill/s.CloserThan
	}
	f.remember(m)
	out := Outcome{Step: s.Step, Verdict: v, StillsLeft: s.left(), OfferAnyway: s.OfferAnyway}
	if s.Phase == PhaseStill {
		if since(now, s.StillSince) < StillWait {
			return out
		}
		s.Phase, f.streak, out.Changed = PhaseGuiding, 0, true
	}
	if !v.Good {
		f.streak = 0
		return out
	}
	f.streak++
	out.Streak = min(f.streak, StreakGood)
	needed := StreakGood
	if v.Hint != HintNone {
		needed = StreakAdvised
	}
	if f.streak >= needed {
		f.captureNow(s, m, now, &out)
	}
	return out
}

// captureNow follows a streak of good previews: it starts the gestures if they are due,
// otherwise it asks for a still.
func (f *Flow) captureNow(s *StepRecord, m Measurements, now time.Time, out *Outcome) {
	if f.gesturesDue(s) {
		f.startGestures(s, now)
		s.Moves.setNeutral(m.Face)
		if m.Face != nil {
			f.neutral = m.Face.Landmarks
		}
		out.Challenge, out.Changed = f.challenge(s, 0), true
		f.streak = 0
		return
	}
	if s.left() <= ShutterStills || now.Before(s.QuietUntil) && s.QuietUntil.Sub(now) <= quietAfter {
		return
	}
	f.nextSeq()
	s.Phase, s.StillSince = PhaseStill, now
	f.streak = 0
	out.RequestStill, out.StillSeq, out.Changed = true, f.StillSeq, true
}

// usedSeqs bounds the remembered seqs: more than all stills of all steps of three
// documents.
const usedSeqs = 64

// UseSeq records the seq of a received still and reports whether it is new.
func (f *Flow) UseSeq(seq uint32) bool {
	if slices.Contains(f.UsedSeqs, seq) {
		return false
	}
	f.UsedSeqs = append(f.UsedSeqs, seq)
	if more := len(f.UsedSeqs) - usedSeqs; more > 0 {
		f.UsedSeqs = slices.Clone(f.UsedSeqs[more:])
	}
	return true
}

// nextSeq advances to an unused seq. Used ones include those of the shutter, which the
// phone chooses.
func (f *Flow) nextSeq() {
	f.StillSeq++
	for slices.Contains(f.UsedSeqs, f.StillSeq) {
		f.StillSeq++
	}
}

// StillPart records that a part of the still has arrived. It restarts the wait for the
// rest, since a slow line takes longer than the wait for the whole.
func (f *Flow) StillPart(now time.Time) {
	if s := f.open(); s != nil && s.Phase == PhaseStill {
		s.StillSince = now
	}
}

// SamePicture reports whether the open step has refused a still with this SHA-256, so
// that the caller need not analyse it again. Still gives the same answer.
func (f *Flow) SamePicture(jpegSum [32]byte) bool {
	s := f.open()
	return s != nil && s.refused(jpegSum)
}

// Still handles the measurements of a whole still of the open step. manual marks a
// shutter press. jpegSum is the SHA-256 of the JPEG.
func (f *Flow) Still(m Measurements, jpegSum [32]byte, manual bool, now time.Time) Outcome {
	s := f.open()
	if s == nil || !fits(s.Step, m) || s.Phase.Asks() {
		return f.stale(s)
	}
	if out, ok := f.countStill(s, jpegSum); !ok {
		return out
	}
	s.LastManual, s.Box = manual, boxOf(m)
	f.doubtStill(s, m)
	v := Judge(f.info(s, Still), m, nil, f.limits())
	if !v.Good {
		if v.Hint == HintMoveCloser && m.Document != nil {
			reached := f.limits().Document.FillReached.Preview
			s.CloserThan = min(closerBy*m.Document.Fill, reached)
		}
		return f.refuse(s, v, jpegSum, now)
	}
	if s.Step == DocumentFront {
		s.Layout = v.Layout
	}
	out := f.keep(s, now)
	out.Verdict = v
	return out
}

// boxOf returns the bounding box of a found document as shares of its frame, cut to it;
// nil without a document.
func boxOf(m Measurements) []float64 {
	if m.Document == nil || !m.Document.Found || m.Width <= 0 || m.Height <= 0 {
		return nil
	}
	x0, y0, x1, y1 := bounds(m.Document.Corners)
	w, h := float64(m.Width), float64(m.Height)
	share := func(at, of float64) float64 { return math.Round(1e4*min(1, max(0, at/of))) / 1e4 }
	x, y := share(x0, w), share(y0, h)
	return []float64{x, y, share(x1, w) - x, share(y1, h) - y}
}

// RefuseImage handles a still whose bytes are not a valid picture. It counts as sent.
func (f *Flow) RefuseImage(jpegSum [32]byte, now time.Time) Outcome {
	s := f.open()
	if s == nil || s.Phase.Asks() {
		return f.stale(s)
	}
	if out, ok := f.countStill(s, jpegSum); !ok {
		return out
	}
	return f.refuse(s, Verdict{}, jpegSum, now)
}

// Shown handles a still whose bytes another session sent before. The first one of a step
// is refused as the same picture without being counted, and ok is true. After that ok is
// false: the caller handles the still as any other, and a doubt is recorded.
func (f *Flow) Shown(now time.Time) (out Outcome, ok bool) {
	s := f.open()
	if s == nil || s.Phase.Asks() || !f.Suspect(now) {
		return Outcome{}, false
	}
	s.Phase, f.streak = PhaseGuiding, 0
	s.ToldUntil, s.QuietUntil = noTime, now.Add(quietAfter)
	return Outcome{Step: s.Step, Changed: true, SamePicture: true, StillsLeft: s.left(), OfferAnyway: s.OfferAnyway}, true
}

// DropStill gives up the requested still without counting it, because the analysis was
// busy or the upload broke off. The step returns to guiding.
func (f *Flow) DropStill() Outcome {
	s := f.open()
	if s == nil || s.Phase != PhaseStill {
		return f.stale(s)
	}
	s.Phase, f.streak = PhaseGuiding, 0
	return Outcome{Step: s.Step, Changed: true, StillsLeft: s.left(), OfferAnyway: s.OfferAnyway}
}

// countStill counts a sent still, unless the same bytes came before or none is left. The
// outcome says which.
func (f *Flow) countStill(s *StepRecord, sum [32]byte) (Outcome, bool) {
	changed := s.Phase == PhaseStill
	s.Phase, f.streak = PhaseGuiding, 0
	out := Outcome{Step: s.Step, Changed: changed, StillsLeft: s.left(), OfferAnyway: s.OfferAnyway}
	switch {
	case s.refused(sum):
		out.SamePicture = true
		return out, false
	case s.left() == 0:
		// With an offer on the table the person still has a way on.
		out.TooMany, out.Stale = !s.OfferAnyway, s.OfferAnyway
		return out, false
	}
	s.Stills++
	return out, true
}

// refuse records a refused still. UseAnyway is offered after two refusals for quality, if
// the last one was for quality too.
func (f *Flow) refuse(s *StepRecord, v Verdict, sum [32]byte, now time.Time) Outcome {
	s.Refused = append(s.Refused, hex.EncodeToString(sum[:]))
	s.QuietUntil = now.Add(quietAfter)
	quality := len(v.Checks) > 0 && v.Quality()
	if quality {
		s.Refusals++
	}
	s.OfferAnyway = quality && s.Refusals >= OfferAfter
	out := Outcome{Step: s.Step, Verdict: v, Changed: true, StillsLeft: s.left(), OfferAnyway: s.OfferAnyway}
	switch v.Hint {
	case HintNoDocument, HintWrongDocument, HintOtherSide:
		out.ChangeDocument = true
	}
	out.TooMany = s.left() == 0 && !s.OfferAnyway
	return out
}

// keep accepts the still and moves to the challenge, if one is due, or to the next step.
func (f *Flow) keep(s *StepRecord, now time.Time) Outcome {
	s.Kept, s.OfferAnyway = true, false
	if s.LastManual {
		s.note(NoteManual)
	}
	out := Outcome{Step: s.Step, Accepted: true, Changed: true, StillsLeft: s.left()}
	switch {
	case f.ChallengeOn && s.Step.IsDocument():
		f.startTilt(s, now)
		out.Challenge = f.challenge(s, 0)
	case f.gesturesDue(s):
		f.startGestures(s, now)
		out.Challenge = f.challenge(s, 0)
	default:
		f.finish(s, &out)
	}
	return out
}

// finish closes the open step.
func (f *Flow) finish(s *StepRecord, out *Outcome) {
	s.Accepted, s.Phase = true, ""
	f.forget()
	out.Changed, out.Done = true, f.open() == nil
}

// remember stores what the next preview's movement is measured against.
func (f *Flow) remember(m Measurements) {
	m.Thumbnail = nil
	f.before = &m
}

// forget clears the state that must not carry over to another step or phase.
func (f *Flow) forget() { f.streak, f.before, f.tilts = 0, nil, nil }

func (f *Flow) stale(s *StepRecord) Outcome {
	out := Outcome{Stale: true, Done: s == nil}
	if s != nil {
		out.Step, out.StillsLeft, out.OfferAnyway = s.Step, s.left(), s.OfferAnyway
	}
	return out
}

// fits reports whether measurements can belong to this step.
func fits(step Step, m Measurements) bool {
	if m.Step != "" {
		return m.Step == step
	}
	if step.IsDocument() {
		return m.Face == nil || m.Document != nil
	}
	return m.Document == nil || m.Face != nil
}

// since returns the time from then to now. A time in the future or the distant past
// counts as long ago: the clocks of instances differ, and a stored time may be wrong.
func since(now, then time.Time) time.Duration {
	d := now.Sub(then)
	if d < -StillWait || d > hoursAtMost {
		return hoursAtMost
	}
	return max(d, 0)
}
