package capture

import "time"

// Due is when time alone changes what is asked: a still that did not come, a tilt or
// a try of a gesture that is over. Zero: nothing does. What stays as it is until the
// next preview, such as a nonce, is that preview's business: an open phone that nobody
// holds changes nothing for ever. A challenge whose time has not begun is due at once.
func (f *Flow) Due() time.Time {
	s := f.open()
	switch {
	case s == nil:
	case s.Phase == PhaseStill:
		return s.StillSince.Add(StillWait)
	case s.Moves == nil:
	case s.Phase == PhaseTilt && !f.VoiceGuide:
		return s.Moves.Since.Add(TiltWait)
	case s.Phase == PhaseGesture && !s.Moves.MaySkip:
		return s.Moves.Since.Add(GestureTry)
	}
	return time.Time{}
}

// Tick does what is due without a frame. The Outcome is as of a preview that showed
// nothing; one without Changed says that nothing was due.
func (f *Flow) Tick(now time.Time) Outcome {
	s := f.open()
	if s == nil {
		return f.stale(s)
	}
	out := Outcome{Step: s.Step, StillsLeft: s.left(), OfferAnyway: s.OfferAnyway}
	switch s.Phase {
	case PhaseStill:
		if since(now, s.StillSince) >= StillWait {
			return f.DropStill()
		}
	case PhaseTilt:
		f.keepTilt(s, now, &out)
		if f.tiltOver(s, now) {
			s.note(NoteTiltSkipped)
			f.finish(s, &out)
			return out
		}
	case PhaseGesture:
		tries := s.Moves.Tries
		f.keepTime(s, now, &out)
		out.Changed = out.Changed || s.Moves.Tries != tries
	}
	if out.Changed {
		out.Challenge = f.challenge(s, 0)
	}
	return out
}
