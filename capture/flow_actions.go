package capture

import "fmt"

// Retake opens a step again whose still was kept. Its sent stills stay counted.
// ErrNotNow if there is nothing to retake or no still is left.
func (f *Flow) Retake(step Step) (Outcome, error) {
	s := f.record(step)
	if s == nil || !s.Kept || s.left() == 0 {
		return f.stale(f.open()), fmt.Errorf("retake %s: %w", step, ErrNotNow)
	}
	if open := f.open(); open != nil && open != s && open.Phase == PhaseStill {
		open.Phase = PhaseGuiding
	}
	*s = StepRecord{Step: step, Phase: PhaseGuiding, Stills: s.Stills, Refused: s.Refused, Suspicions: s.Suspicions}
	f.forget()
	return Outcome{Step: step, Changed: true, StillsLeft: s.left()}, nil
}

// UseAnyway keeps the last refused still of the open step, once that was offered.
// ErrNotNow otherwise.
func (f *Flow) UseAnyway(step Step) (Outcome, error) {
	s := f.open()
	if s == nil || s.Step != step || !s.OfferAnyway {
		return f.stale(s), fmt.Errorf("use %s anyway: %w", step, ErrNotNow)
	}
	s.note(NoteUsedAnyway)
	return f.keep(s, noTime), nil
}

// Skip leaves out the challenge that is asked now, "tilt" or "gesture". A tilt may
// be skipped at any time, a gesture after two tries. ErrNotNow otherwise.
func (f *Flow) Skip(challenge string) (Outcome, error) {
	s := f.open()
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

// ChangeDocument starts the document's steps again with another kind; a selfie
// that was accepted stays, and so does the count of sent stills of each step. The same kind changes nothing. ErrNotNow after too many
// changes, or where one step alone is asked for; an unknown kind is an error too.
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

// SetVoiceGuide turns the spoken guidance on or off; with it no step has a time
// limit. It reports whether that changed something.
func (f *Flow) SetVoiceGuide(on bool) bool {
	changed := f.VoiceGuide != on
	f.VoiceGuide = on
	return changed
}
