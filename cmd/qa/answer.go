package main

import (
	"context"
	"time"

	"visavis/protocol"
	"visavis/specimen"
)

// challenged notes what is asked, and leaves it out where the scenario says so.
func (p *player) challenged(ctx context.Context, run *sending, m protocol.Challenge) error {
	who := run.who
	switch {
	case m.Done:
		who.asked = nil
	case who.asked == nil || who.asked.Nonce != m.Nonce || who.asked.Index != m.Index:
		who.asked = &asking{m, time.Now()}
	default:
		who.asked.Challenge = m
	}
	if run.step.Answer == "skip" && m.MaySkip && !m.Done {
		return p.say(ctx, who.name, protocol.Skip{Challenge: m.Kind})
	}
	return nil
}

// lateAnswer is how long somebody takes who answers late.
const lateAnswer = 12 * time.Second

// movement is what a person does who was asked for one: right, wrong (another way),
// late (after the first try is over), never.
func movement(a *asking, answer string, now time.Time) specimen.Move {
	m := specimen.Move{Closer: 1}
	since := now.Sub(a.since)
	switch answer {
	case "never", "skip":
		return m
	case "late":
		since -= lateAnswer
	}
	// A moment passes until the question is understood.
	if since -= 150 * time.Millisecond; since < 0 {
		return m
	}
	gesture := a.Gesture
	if answer == "wrong" {
		gesture = map[string]string{
			"left": "up", "right": "down", "up": "left", "down": "right", "turn-left": "turn-right", "turn-right": "turn-left", "come-closer": "turn-left",
		}[gesture]
	}
	far := min(since.Seconds()/0.8, 1)
	switch gesture {
	case "left", "right":
		m.TiltX = 18 * far
	case "up", "down":
		m.TiltY = 18 * far
	case "turn-left":
		m.Yaw = 28
	case "turn-right":
		m.Yaw = -28
	case "come-closer":
		m.Closer = 1.5
	}
	return m
}
