package live

import (
	"time"

	"visavis/capture"
	"visavis/pairing"
	"visavis/protocol"
)

// warnBefore is how long before its end a session warns. WCAG 2.2.1 requires at least 20
// s.
const warnBefore = 2 * time.Minute

// ProgressOf returns a role's view of a session.
func ProgressOf(sess pairing.Session, role string, now time.Time) protocol.Progress {
	p := protocol.Progress{
		Rev:       sess.Rev,
		State:     string(sess.State),
		Language:  sess.Language,
		Reason:    sess.Reason,
		Reference: sess.Reference,
	}
	if c, err := decodeState(sess.Flow); err == nil && c != nil {
		p.State = c.state(sess.State)
		p.Document = string(c.Document)
		p.Steps = stepsOf(c.Flow)
		if c.TooMany && sess.State == pairing.Ended {
			p.Reason = protocol.ReasonTooManyStills
		}
	}
	if sess.Finished {
		p.State = protocol.StateDone
	}
	if end := endOf(sess); !end.IsZero() && !sess.Finished {
		p.ExpiresAt = end.UnixMilli()
		p.Warn = !now.Before(end.Add(-warnBefore))
	}
	if role == RoleDesktop {
		p.Phone = phoneOf(sess)
		if sess.State == pairing.Comparing {
			p.Code = sess.Comparison
		}
	}
	return p
}

func phoneOf(sess pairing.Session) *protocol.Phone {
	if sess.DeviceHash == "" {
		return nil
	}
	return &protocol.Phone{
		State:  string(sess.PhonePresence),
		Name:   sess.PhoneName,
		Since:  sess.ClaimedAt.UnixMilli(),
		Camera: string(sess.PhoneCamera),
	}
}

func stepsOf(f *capture.Flow) []protocol.Step {
	if f == nil {
		return nil
	}
	states := f.StepStates()
	steps := make([]protocol.Step, 0, len(states))
	for _, s := range states {
		steps = append(steps, protocol.Step{
			Step:        string(s.Step),
			State:       s.State,
			Phase:       string(s.Phase),
			OfferAnyway: s.OfferAnyway,
			StillsLeft:  s.StillsLeft,
			Notes:       s.Notes,
		})
	}
	return steps
}

// endOf is when a claimed session ends without activity; zero before the claim and after
// the end.
func endOf(sess pairing.Session) time.Time {
	if sess.State != pairing.Comparing && sess.State != pairing.Paired {
		return time.Time{}
	}
	if sess.IdleAt.Before(sess.EndsAt) {
		return sess.IdleAt
	}
	return sess.EndsAt
}

// wireChecks converts the checks of a verdict to the wire.
func wireChecks(checks []capture.Check) []protocol.Check {
	out := make([]protocol.Check, 0, len(checks))
	for _, c := range checks {
		out = append(out, protocol.Check{Name: c.Name, OK: c.OK, Value: c.Value, Min: c.Min, Max: c.Max, Unit: c.Unit})
	}
	return out
}
