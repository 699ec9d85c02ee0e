package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"visavis/client"
	"visavis/protocol"
	"visavis/specimen"
)

const (
	// answerWait is when a preview without an answer counts as lost; the phone page
	// waits as long.
	answerWait = 2 * time.Second
	// previewRate bounds the previews a second.
	previewRate = 8
)

// sending is one send step under way.
type sending struct {
	step    *SendStep
	who     *party
	from    source
	line    timeline // of previews
	stills  timeline
	began   time.Time
	waiting uint32    // seq of the preview without an answer; 0 none
	sentAt  time.Time // of the newest preview
	sent    int       // previews so far
	still   bool      // a still is on its way
	ended   *client.Event
}

// send shows pictures until the step's condition is seen.
func (p *player) send(ctx context.Context, s *SendStep) error {
	who, until := p.party(s.Phone), p.party(s.Until.On)
	if who == nil || who.phone == nil || until == nil {
		return fmt.Errorf("%q or %q is not there yet: open and claim come first", s.Phone, s.Until.On)
	}
	run, err := p.sending(ctx, s, who)
	if err != nil {
		return err
	}
	match := p.filledIn(s.Until)
	ctx, cancel := context.WithTimeoutCause(ctx, s.Within.Duration, fmt.Errorf("not seen within %s: %v", s.Within, match))
	defer cancel()
	sought := until.count()
	if until == who {
		sought = max(who.cursor, sought)
	}
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		events, _ := until.since(sought)
		for _, e := range events {
			sought++
			if match.matches(e) {
				until.cursor = max(until.cursor, sought)
				return nil
			}
		}
		if err := p.turn(ctx, run); err != nil {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return p.whyNot(until, match, context.Cause(ctx))
		}
	}
}

// sending prepares a step: what is shown, and what is still on its way.
func (p *player) sending(ctx context.Context, s *SendStep, who *party) (*sending, error) {
	run := &sending{step: s, who: who, began: time.Now()}
	var err error
	for text, into := range map[string]*timeline{
		orGood(s.Condition): &run.line, orGood(or2(s.Stills, s.Condition)): &run.stills} {
		if *into, err = parseTimeline(text); err != nil {
			return nil, err
		}
	}
	if run.line == nil {
		run.line = run.stills
	}
	if run.stills == nil {
		run.stills = run.line
	}
	if run.from, err = p.source(ctx, s); err != nil {
		return nil, err
	}
	if who.pending != nil && who.pending.step == s.Step {
		run.still = true // resumed: the answer to the still is to come
	}
	return run, nil
}

func or2(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func orGood(condition string) string { return or2(condition, "good") }

// turn looks at what has arrived and sends what is due.
func (p *player) turn(ctx context.Context, run *sending) error {
	events, _ := run.who.since(run.who.handled)
	for _, e := range events {
		run.who.handled++
		if err := p.react(ctx, run, e); err != nil {
			return err
		}
	}
	now := time.Now()
	lost := run.waiting != 0 && now.Sub(run.sentAt) > answerWait
	rate := run.step.Rate
	if rate <= 0 {
		rate = previewRate
		if p.options.Tagged {
			rate *= 8 // nothing is drawn and nothing looked at
		}
	}
	switch {
	case run.ended != nil:
		if run.step.Until.Message != closedName && run.step.Until.On == run.who.name {
			return fmt.Errorf("the connection ended:%s", describe(*run.ended))
		}
		return nil
	case run.still, run.waiting != 0 && !lost, now.Sub(run.sentAt) < time.Duration(float64(time.Second)/rate):
		return nil
	case run.step.Previews > 0 && run.sent >= run.step.Previews:
		return nil
	}
	if run.step.Shutter {
		run.who.still++ // of its own: the server skips those that were used
		run.sentAt = now
		return p.sendStill(ctx, run, protocol.CaptureStill{Step: run.step.Step, Seq: run.who.still, LongSide: drawnStillSide,
			PartSize: shutterPart})
	}
	return p.preview(ctx, run)
}

// shutterPart is the size of the parts of a still that nobody asked for.
const shutterPart = 64 << 10

// view is what the camera sees now.
func (run *sending) view(line timeline) view {
	since := time.Since(run.began)
	v := view{Condition: line.at(since).Condition, Since: since, Set: run.step.Set, Fail: run.step.Fail,
		Move: specimen.Move{Closer: 1}}
	if run.who.asked != nil {
		v.Move = movement(run.who.asked, run.step.Answer, time.Now())
		if run.step.Step == "selfie" {
			// Another place each time, or a scenario that is played again would be taken
			// for a recording.
			v.Move.ShiftX, v.Move.ShiftY = 0.16*(rand.Float64()-0.5), 0.1*(rand.Float64()-0.5)
		}
	}
	return v
}

func (p *player) preview(ctx context.Context, run *sending) error {
	data, err := run.from.preview(run.who.side, run.view(run.line))
	if err != nil {
		return err
	}
	run.who.seq++
	run.waiting, run.sentAt = run.who.seq, time.Now()
	run.sent++
	p.acted()
	p.run.sent(run.who, "preview", run.step.Step, run.waiting, data)
	return p.tolerant(run, run.who.phone.SendPreview(ctx, run.step.Step, run.waiting, data))
}

// tolerant lets a send fail on a connection that is about to be seen as ended.
func (p *player) tolerant(run *sending, err error) error {
	if err == nil || errors.Is(err, client.ErrClosed) {
		return err
	}
	p.print.line(time.Now(), "%-8s -> not sent: %v", run.who.name, err)
	return nil
}

// react answers one event as a phone page does.
func (p *player) react(ctx context.Context, run *sending, e client.Event) error {
	if e.At.Before(run.who.resumed) {
		return nil // of the connection before: the server says again what still counts
	}
	if e.Ended {
		run.ended = &e
		return nil
	}
	switch m := e.Message.(type) {
	case protocol.FrameResult:
		if m.Seq == run.waiting {
			run.waiting = 0
		}
		if m.PreviewSide > 0 {
			run.who.side = m.PreviewSide
		}
	case protocol.Error:
		if m.Seq != 0 && m.Seq == run.waiting {
			run.waiting = 0
		}
	case protocol.CaptureStill:
		run.who.still = max(run.who.still, m.Seq)
		if run.step.NoStills || m.Step != run.step.Step {
			return nil
		}
		return p.sendStill(ctx, run, m)
	case protocol.StillResult:
		run.still, run.who.pending = false, nil
	case protocol.Welcome:
		return p.goOn(ctx, run, m.Still)
	case protocol.Challenge:
		return p.challenged(ctx, run, m)
	}
	return nil
}

func (p *player) sendStill(ctx context.Context, run *sending, ask protocol.CaptureStill) error {
	if pending := run.who.pending; pending != nil && pending.seq == ask.Seq && pending.step == ask.Step {
		return nil // asked again after a resume; the rest is on its way
	}
	data, err := run.from.still(ask.LongSide, ask.MaxBytes, run.view(run.stills))
	if err != nil {
		return err
	}
	if run.step.PartSize > 0 {
		ask.PartSize = run.step.PartSize
	}
	run.still, run.waiting = true, 0
	run.who.pending = &pendingStill{run.step.Step, ask.Seq, data, ask.PartSize}
	p.print.line(time.Now(), "%-8s -> still %s seq=%d bytes=%d", run.who.name, run.step.Step, ask.Seq, len(data))
	p.acted()
	p.run.sent(run.who, "still", run.step.Step, ask.Seq, data)
	skip := map[int]bool{}
	if run.step.PartsOnly > 0 {
		for i := run.step.PartsOnly; i*max(1, ask.PartSize) < len(data); i++ {
			skip[i] = true
		}
	}
	frame := protocol.Frame{Step: run.step.Step, Seq: ask.Seq, Manual: run.step.Shutter,
		CapturedAt: time.Now(), Data: data}
	return p.tolerant(run, run.who.phone.SendStill(ctx, frame, ask.PartSize, skip))
}

// goOn sends after a resume what is missing of a still that was on its way.
func (p *player) goOn(ctx context.Context, run *sending, known *protocol.StillParts) error {
	pending := run.who.pending
	if pending == nil {
		return nil
	}
	skip := map[int]bool{}
	if known != nil && known.Seq == pending.seq && known.Step == pending.step {
		for _, part := range known.Received {
			skip[part] = true
		}
	}
	p.print.line(time.Now(), "%-8s -> rest of still %s seq=%d, %d parts are there", run.who.name, pending.step,
		pending.seq, len(skip))
	frame := protocol.Frame{Step: pending.step, Seq: pending.seq, Manual: run.step.Shutter, CapturedAt: time.Now(),
		Data: pending.data}
	run.still = true
	return p.tolerant(run, run.who.phone.SendStill(ctx, frame, pending.partSize, skip))
}
