package capture

import (
	"fmt"
	"slices"
)

// Retake reopens a step whose still was kept. Its sent stills stay counted. ErrNotNow if
// there is nothing to retake or no still is left.
func (f *Flow) Retake(step Step) (Outcome, error) {
	s := f.record(step)
	if s == nil || !s.Kept || s.left() == 0 {
		return f.stale(f.open()), fmt.Errorf("retake %s: %w", step, ErrNotNow)
	}
	if open := f.open(); open != nil && open != s && open.Phase == PhaseStill {
		open.Phase = PhaseGuiding
	}
	camera := slices.DeleteFunc(s.Doubts, func(d Doubt) bool { return !d.aboutCamera() })
	*s = StepRecord{Step: step, Phase: PhaseGuiding, Stills: s.Stills, Refused: s.Refused, Suspicions: s.Suspicions,
		Doubts: camera}
	f.forget()
	return Outcome{Step: step, Changed: true, StillsLeft: s.left()}, nil
}

// UseAnyway keeps the last refused still of the open step, if that was offered. ErrNotNow
// otherwise.
func (f *Flow) UseAnyway(step Step) (Outcome, error) {
	s := f.open()
	if s == nil || s.Step != step || !s.OfferAnyway {
		return f.stale(s), fmt.Errorf("use %s anyway: %w", step, ErrNotNow)
	}
	s.note(NoteUsedAnyway)
	return f.keep(s, noTime), nil
}

// Skip leaves out the current challenge, "tilt", "gesture" or "light". A gesture may be skipped
// after two attempts, the others at any time. ErrNotNow otherwise.
func (f *Flow) Skip(challenge string) (Outcome, error) {
	s := f.open()
	if s != nil && s.Phase == PhaseLight && string(s.Phase) == challenge {
		out := Outcome{Step: s.Step, StillsLeft: s.left()}
		f.leaveLight(s, &out)
		return out, nil
	}
	if s == nil || string(s.Phase) != challenge || s.Moves == nil || !s.Moves.MaySkip {
		return f.stale(s), fmt.Errorf("skip %q: %w", challenge, ErrNotNow)
	}
	out := Outcome{Step: s.Step, Changed: true, StillsLeft: s.left()}
	if s.Phase == PhaseTilt {
		s.note(NoteTiltSkipped)
		f.finish(s, &out)
		return out, nil
	}
	s.note(NoteGestureSkipped)
	if s.Suspicions > 0 {
		s.doubtShownAgain()
	}
	s.ToldUntil = noTime
	f.nextGesture(s, noTime, &out)
	return out, nil
}

// ChangeDocument restarts the document's steps with another kind. An accepted selfie and
// the count of sent stills of each step stay. The same kind changes nothing. ErrNotNow
// after too many changes, or if a single step is asked for. An unknown kind is an error.
func (f *Flow) ChangeDocument(doc Document) (Outcome, error) {
	steps, err := doc.Steps()
	if err != nil {
		return f.stale(f.open()), err
	}
	if doc == f.Document {
		out := f.stale(f.open())
		out.Stale = false
		return out, nil
	}
	if f.Changes >= maxChanges || f.Only != "" {
		return f.stale(f.open()), fmt.Errorf("change document: %w", ErrNotNow)
	}
	f.Changes++
	for _, s := range f.Steps { // what was sent stays counted, whatever document it was for
		if f.Sent == nil {
			f.Sent = map[Step]int{}
		}
		f.Sent[s.Step] = s.Stills
	}
	selfie := StepRecord{Step: Selfie, Phase: PhaseGuiding}
	if s := f.record(Selfie); s != nil {
		selfie = *s
	}
	f.Document, f.Steps = doc, nil
	for _, s := range steps {
		if s == Selfie {
			f.Steps = append(f.Steps, selfie)
			continue
		}
		f.Steps = append(f.Steps, StepRecord{Step: s, Phase: PhaseGuiding, Stills: f.Sent[s]})
	}
	f.forget()
	return Outcome{Step: f.Steps[0].Step, Changed: true, StillsLeft: f.Steps[0].left()}, nil
}

// SetVoiceGuide turns the spoken guidance on or off. With it no step has a time limit. It
// reports whether the setting changed.
func (f *Flow) SetVoiceGuide(on bool) bool {
	changed := f.VoiceGuide != on
	f.VoiceGuide = on
	return changed
}
