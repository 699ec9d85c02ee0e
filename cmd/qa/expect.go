package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"visavis/client"
)

// expectWait is how long an expectation without a time waits.
const expectWait = 10 * time.Second

// late is how much longer an expectation with a time looks, to say how late it came.
const late = 3 * time.Second

// filledIn is the match with the variables put in.
func (p *player) filledIn(m *Match) *Match {
	out := *m
	if where, ok := p.filled(m.Where).(map[string]any); ok {
		out.Where = where
	}
	return &out
}

// expect waits for an event that no earlier expectation of this party has used up. A
// time is measured from what was last done.
func (p *player) expect(ctx context.Context, m *Match) error {
	m = p.filledIn(m)
	cause := p.lastCause()
	return p.with(Who(m.On), func(who *party) error {
		limit, timed := expectWait, m.Within.Duration > 0
		if timed {
			limit = max(time.Until(cause.Add(m.Within.Duration)), 0) + late
		}
		missed := fmt.Errorf("not seen within %s: %v", limit, m)
		if timed {
			missed = fmt.Errorf("not seen within %s of what was last done: %v", m.Within, m)
		}
		limited, cancel := context.WithTimeoutCause(ctx, limit, missed)
		defer cancel()
		e, i, err := who.find(limited, who.cursor, m.matches)
		if err != nil {
			return p.whyNot(who, m, err)
		}
		who.cursor = i + 1
		if took := e.At.Sub(cause); timed && took > m.Within.Duration {
			return fmt.Errorf("seen after %s, want within %s of what was last done: %v",
				took.Round(time.Millisecond), m.Within, m)
		}
		return nil
	})
}

// whyNot adds the newest event of the same type, which says what is there instead.
func (p *player) whyNot(who *party, m *Match, err error) error {
	events, _ := who.since(0)
	for _, e := range slices.Backward(events) {
		if kind(e) == m.Message {
			return fmt.Errorf("%w; the last one was%s", err, describe(e))
		}
	}
	return fmt.Errorf("%w; there was no %s at all", err, m.Message)
}

// absent holds when nothing of the kind comes for the time of within.
func (p *player) absent(ctx context.Context, m *Match) error {
	m = p.filledIn(m)
	return p.with(Who(m.On), func(who *party) error {
		quiet := errors.New("quiet")
		limited, cancel := context.WithTimeoutCause(ctx, m.Within.Duration, quiet)
		defer cancel()
		e, _, err := who.find(limited, who.cursor, m.matches)
		if errors.Is(err, quiet) {
			return nil
		}
		if err != nil {
			return err
		}
		return fmt.Errorf("seen what should not be seen within %s:%s", m.Within, describe(e))
	})
}

// newest is the number at a path of the newest message of a type that has one.
func (p *player) newest(kindOf, path string) (float64, bool) {
	var found float64
	var when time.Time
	for _, who := range p.everybody() {
		events, _ := who.since(0)
		for _, e := range events {
			if kind(e) != kindOf || e.At.Before(when) {
				continue
			}
			if v, ok := measured(at(fields(e), path)).(float64); ok {
				found, when = v, e.At
			}
		}
	}
	return found, !when.IsZero()
}

// counted is how many messages of a type came.
func (p *player) counted(kindOf string) (n int) {
	for _, who := range p.everybody() {
		events, _ := who.since(0)
		for _, e := range events {
			if kind(e) == kindOf {
				n++
			}
		}
	}
	return n
}

func (p *player) everybody() []*party {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := make([]*party, 0, len(p.parties))
	for _, who := range p.parties {
		all = append(all, who)
	}
	return all
}

// measuredTimes are how long each answer took: of previews, of stills, and from a
// preview to the desktop's live.
func (p *player) measuredTimes(of string) []time.Duration {
	return p.run.times(of)
}

// seenBy waits for an event of a party that a function accepts.
func seenBy(ctx context.Context, who *party, from int, what string, ok func(client.Event) bool) (client.Event, error) {
	limited, cancel := context.WithTimeoutCause(ctx, expectWait, fmt.Errorf("%s within %s", what, expectWait))
	defer cancel()
	e, _, err := who.find(limited, from, ok)
	return e, err
}
