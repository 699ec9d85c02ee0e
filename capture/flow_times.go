package capture

import "time"

// Due returns when time alone changes the state: a still that did not come, or an expired
// tilt or gesture. Zero means never. An expired nonce does not count: the next preview
// replaces it, so a phone that nobody holds causes no changes. A challenge whose time has
// not started is due at once.
func (f *Flow) Due() time.Time {
	s := f.open()
	switch {
	case s == nil:
	case s.Phase == PhaseStill:
		return s.StillSince.Add(StillWait)
	case s.Phase == PhaseLight:
		return s.Light.Since.Add(LightMost)
	case s.Moves == nil:
	case s.Phase == PhaseTilt && !f.VoiceGuide:
		return s.Moves.Since.Add(TiltWait)
	case s.Phase == PhaseGesture && !s.Moves.MaySkip:
		return s.Moves.Since.Add(GestureTry)
	}
	return time.Time{}
}

// Tick applies what is due without a frame. The Outcome is that of a preview that showed
// nothing. Without Changed nothing was due.
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
	case PhaseLight:
		f.keepLight(s, now, &out)
		if s.Phase != PhaseLight {
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
