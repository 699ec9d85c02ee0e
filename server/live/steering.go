package live

import (
	"context"
	"errors"

	"visavis/capture"
	"visavis/protocol"
)

// steering handles what a person decides about their capture.
type steering struct{ exchange }

// steer handles one such message.
func (t steering) steer(ctx context.Context, m protocol.Message) error {
	release, err := t.cap.hold(ctx)
	if err != nil {
		return err
	}
	defer release()
	var (
		out  capture.Outcome
		open string
	)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleWithin) // as after a still
	defer cancel()
	if anyway, ok := m.(protocol.UseAnyway); ok {
		err = t.keepAnyway(ctx, capture.Step(anyway.Step))
	}
	if err == nil {
		err = t.cap.change(ctx, func(r *captureState) (*captureState, bool, error) {
			next, result, save, err := t.apply(r, m)
			out, open = result, r.open()
			return next, save, err
		})
	}
	if errors.Is(err, capture.ErrNotNow) {
		return &Refusal{Message: protocol.Error{Code: protocol.CodeNotAllowed, Text: "not possible now", Measured: open,
			Wanted: "what the state of the steps in the newest progress allows"}}
	}
	if err != nil {
		return err
	}
	t.cap.keepSequence(ctx)
	if _, ok := m.(protocol.Start); ok {
		t.remind()
	}
	return t.after(ctx, out)
}

// apply applies a message to the state. It may run twice.
func (t steering) apply(r *captureState, m protocol.Message) (*captureState, capture.Outcome, bool, error) {
	if c, ok := m.(protocol.ChooseDocument); ok {
		return t.chooseDocument(r, capture.Document(c.Document))
	}
	if r == nil || r.Flow == nil {
		return nil, capture.Outcome{}, false, Refuse(protocol.CodeNotAllowed, "choose a document first")
	}
	var out capture.Outcome
	var err error
	switch m := m.(type) {
	case protocol.Start:
		lights := capture.Lights(m.Lights)
		switch lights {
		case "", capture.LightsShown, capture.LightsLeftOut:
		default:
			return r, out, false, Refuse(protocol.CodeBadMessage, "lights: want shown, left-out, or nothing")
		}
		changed := r.Flow.SetVoiceGuide(m.VoiceGuide) || !r.Started
		changed = r.Flow.SetLights(lights) || changed
		r.Started = true
		return r, out, changed, nil
	case protocol.Retake:
		out, err = r.Flow.Retake(capture.Step(m.Step))
	case protocol.UseAnyway:
		out, err = r.Flow.UseAnyway(capture.Step(m.Step))
	case protocol.Skip:
		out, err = r.Flow.Skip(m.Challenge)
	}
	return r, out, true, err
}

func (t steering) chooseDocument(r *captureState, doc capture.Document) (*captureState, capture.Outcome, bool, error) {
	if _, err := doc.Steps(); err != nil {
		return nil, capture.Outcome{}, false, Refuse(protocol.CodeBadMessage, err.Error())
	}
	if r != nil && r.Flow != nil {
		out, err := r.Flow.ChangeDocument(doc)
		if out.Changed {
			r.Document, r.Upload = doc, nil
		}
		return r, out, out.Changed, err
	}
	flow, err := capture.NewFlow(doc, capture.FlowOptions{Challenge: t.plane.Challenge, Intn: draw})
	if err != nil {
		return nil, capture.Outcome{}, false, err
	}
	flow.Limits = t.plane.Judging
	return &captureState{Document: doc, Flow: &flow}, capture.Outcome{}, true, nil
}

// keepAnyway makes the last refused still durable, from the parts in the store, before
// the flow accepts it.
func (t steering) keepAnyway(ctx context.Context, step capture.Step) error {
	trial, err := t.cap.trial(ctx)
	switch {
	case err != nil:
		return err
	case trial == nil || trial.Flow == nil:
		return Refuse(protocol.CodeNotAllowed, "choose a document first")
	case trial.Upload == nil || trial.Upload.Step != string(step):
		return capture.ErrNotNow
	}
	if _, err := trial.Flow.UseAnyway(step); err != nil {
		return err
	}
	jpeg, whole, err := t.cap.assemble(ctx, trial.Upload)
	if err != nil {
		return err
	}
	if !whole {
		return capture.ErrNotNow
	}
	return t.cap.keep(ctx, trial, step, jpeg)
}

// remind repeats the current request to a returning phone.
func (t steering) remind() {
	r := t.cap.work
	if r == nil || r.Flow == nil {
		return
	}
	if c := r.Flow.Asked(); c != nil {
		t.out.Put(wireChallenge(*c))
	}
	if step, phase, open := r.Flow.Current(); open && phase == capture.PhaseStill {
		t.out.Put(captureStill(step, r.Flow.StillSeq))
	}
}

func captureStill(step capture.Step, seq uint32) protocol.CaptureStill {
	return protocol.CaptureStill{Step: string(step), Seq: seq, LongSide: stillSide, MaxBytes: capture.AskedStillBytes,
		PartSize: partSize}
}

func wireChallenge(c capture.Challenge) protocol.Challenge {
	w := protocol.Challenge{
		Kind: string(c.Kind), Gesture: c.Gesture, Colour: c.Colour, Index: c.Index, Count: c.Count,
		Done: c.Done, Progress: c.Progress, MaySkip: c.MaySkip, Nonce: c.Nonce,
	}
	if !c.EndsAt.IsZero() {
		w.EndsAt = c.EndsAt.UnixMilli()
	}
	return w
}
