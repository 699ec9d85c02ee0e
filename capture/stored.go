package capture

import (
	"errors"
	"fmt"
	"slices"
)

// errStored says that a stored flow was not written by this version.
var errStored = errors.New("stored flow")

// Check validates a flow that was loaded from a store: its steps are those of its
// document, and the open step is in a possible phase. Call it before anything else; the
// other methods rely on it.
func (f *Flow) Check() error {
	steps, err := f.Document.Steps()
	if err != nil {
		return fmt.Errorf("%w: %w", errStored, err)
	}
	if len(f.Steps) != len(steps) {
		return fmt.Errorf("%w: %d steps, want %d", errStored, len(f.Steps), len(steps))
	}
	if len(f.UsedSeqs) > usedSeqs {
		return fmt.Errorf("%w: %d used seqs", errStored, len(f.UsedSeqs))
	}
	for step, n := range f.Sent {
		if n < 0 || n > MaxStills {
			return fmt.Errorf("%w: %d stills of %s", errStored, n, step)
		}
	}
	for i := range f.Steps {
		s := &f.Steps[i]
		if s.Step != steps[i] {
			return fmt.Errorf("%w: step %q, want %q", errStored, s.Step, steps[i])
		}
		if err := s.check(); err != nil {
			return fmt.Errorf("%w: step %s: %w", errStored, s.Step, err)
		}
	}
	return nil
}

func (s *StepRecord) check() error {
	if s.Stills < 0 || s.Stills > MaxStills || s.Refusals < 0 {
		return fmt.Errorf("%d stills, %d refusals", s.Stills, s.Refusals)
	}
	if s.Accepted {
		return nil
	}
	switch s.Phase {
	case PhaseGuiding, PhaseStill:
		return nil
	case PhaseTilt:
		return s.Moves.check([]string{string(Left), string(Right), string(Up), string(Down)})
	case PhaseLight:
		return s.Light.check()
	case PhaseGesture:
		return s.Moves.check([]string{TurnLeft, TurnRight, ComeCloser})
	}
	return fmt.Errorf("phase %q", s.Phase)
}

// check reports whether one of the known gestures is asked.
func (m *Moves) check(known []string) error {
	if m == nil || m.Index < 0 || m.Index >= len(m.Gestures) {
		return errors.New("no gesture is asked")
	}
	for _, g := range m.Gestures {
		if !slices.Contains(known, g) {
			return fmt.Errorf("gesture %q", g)
		}
	}
	return nil
}
