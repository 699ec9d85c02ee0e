package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"visavis/client"
	"visavis/protocol"
	"visavis/specimen"
)

const (
	// answerWait is when a preview without an answer counts as lost; the phone page
	// waits as long.
	answerWait = 2 * time.Second
	// previewEvery bounds the rate of previews.
	previewEvery = 120 * time.Millisecond
)

// sending is one send step under way.
type sending struct {
	step    *SendStep
	who     *party
	from    source
	began   time.Time
	waiting uint32    // seq of the preview without an answer; 0 none
	sentAt  time.Time // of the newest preview
	sent    int       // previews so far
	still   bool      // a still is on its way
	ended   *client.Event
}

// send shows pictures until the step's condition is seen.
func (p *player) send(ctx context.Context, s *SendStep) error {
	who, until := p.parties[s.Phone], p.parties[s.Until.On]
	if who == nil || who.phone == nil || until == nil {
		return fmt.Errorf("%q or %q is not there yet: open and claim come first", s.Phone, s.Until.On)
	}
	from, err := p.source(s)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, s.Within.Duration, fmt.Errorf("not seen within %s: %v", s.Within, s.Until))
	defer cancel()
	run := &sending{step: s, who: who, from: from, began: time.Now()}
	if who.pending != nil && who.pending.step == s.Step {
		run.still = true // resumed: the answer to the still is to come
	}
	sought := until.count()
	if until == who {
		sought = max(who.cursor, sought)
	}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		events, _ := until.since(sought)
		for _, e := range events {
			sought++
			if s.Until.matches(e) {
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
			return context.Cause(ctx)
		}
	}
}

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
	switch {
	case run.ended != nil:
		if run.step.Until.Message != closedName && run.step.Until.On == run.who.name {
			return fmt.Errorf("the connection ended:%s", describe(*run.ended))
		}
		return nil
	case run.still, run.waiting != 0 && !lost, now.Sub(run.sentAt) < previewEvery:
		return nil
	case run.step.Previews > 0 && run.sent >= run.step.Previews:
		return nil
	}
	if run.step.Shutter {
		run.who.seq++
		run.sentAt = now
		return p.sendStill(ctx, run, protocol.CaptureStill{Step: run.step.Step, Seq: run.who.seq, LongSide: drawnStillSide, PartSize: shutterPart})
	}
	return p.preview(ctx, run)
}

// shutterPart is the size of the parts of a still that nobody asked for.
const shutterPart = 64 << 10

func (p *player) preview(ctx context.Context, run *sending) error {
	data, err := run.from.preview(run.who.side, time.Since(run.began))
	if err != nil {
		return err
	}
	run.who.seq++
	run.waiting, run.sentAt = run.who.seq, time.Now()
	run.sent++
	err = run.who.phone.SendPreview(ctx, run.step.Step, run.waiting, data)
	return p.tolerant(run, err)
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
	case protocol.CaptureStill:
		if run.step.NoStills || m.Step != run.step.Step {
			return nil
		}
		return p.sendStill(ctx, run, m)
	case protocol.StillResult:
		run.still, run.who.pending = false, nil
	case protocol.Welcome:
		return p.goOn(ctx, run, m.Still)
	case protocol.Challenge:
		if m.MaySkip && !m.Done {
			return p.say(ctx, run.who.name, protocol.Skip{Challenge: m.Kind})
		}
	}
	return nil
}

func (p *player) sendStill(ctx context.Context, run *sending, ask protocol.CaptureStill) error {
	if pending := run.who.pending; pending != nil && pending.seq == ask.Seq && pending.step == ask.Step {
		return nil // asked again after a resume; the rest is on its way
	}
	data, err := run.from.still(ask.LongSide, ask.MaxBytes, time.Since(run.began))
	if err != nil {
		return err
	}
	run.still, run.waiting = true, 0
	run.who.pending = &pendingStill{run.step.Step, ask.Seq, data, ask.PartSize}
	p.print.line(time.Now(), "%-8s -> still %s seq=%d bytes=%d", run.who.name, run.step.Step, ask.Seq, len(data))
	skip := map[int]bool{}
	if run.step.PartsOnly > 0 {
		for i := run.step.PartsOnly; i*max(1, ask.PartSize) < len(data); i++ {
			skip[i] = true
		}
	}
	frame := protocol.Frame{Step: run.step.Step, Seq: ask.Seq, Manual: run.step.Shutter, CapturedAt: time.Now(), Data: data}
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
	p.print.line(time.Now(), "%-8s -> rest of still %s seq=%d, %d parts are there", run.who.name, pending.step, pending.seq, len(skip))
	frame := protocol.Frame{Step: pending.step, Seq: pending.seq, Manual: run.step.Shutter, CapturedAt: time.Now(), Data: pending.data}
	run.still = true
	return p.tolerant(run, run.who.phone.SendStill(ctx, frame, pending.partSize, skip))
}

// source finds what a send step shows: its own files, the pictures given on the
// command line, or a drawing.
func (p *player) source(s *SendStep) (source, error) {
	if len(s.Files) > 0 {
		return openFiles(s.Files)
	}
	if s.Folder != "" {
		return openFolder(s.Folder)
	}
	if path := p.options.Pictures[s.Show]; path != "" {
		return openFiles([]string{path})
	}
	key := fmt.Sprintf("%s %s %d", s.Show, s.Condition, s.Seed)
	if known := p.sources[key]; known != nil {
		return known, nil
	}
	if p.document == nil && s.Show != specimen.Nothing && s.Show != specimen.Face {
		person := specimen.NewPerson(p.scenario.Specimen, p.scenario.Seed).With(p.options.Details)
		d, err := specimen.DrawPerson(p.scenario.Specimen, person, p.scenario.Seed, 0, p.options.Assets)
		if err != nil {
			return nil, err
		}
		p.document = d
	}
	p.sources[key] = &drawn{
		request:  specimen.ShotRequest{View: s.Show, Condition: s.Condition, Background: p.scenario.Background, Seed: s.Seed},
		document: p.document, assets: p.options.Assets, shots: map[int]*specimen.Shot{},
	}
	return p.sources[key], nil
}
