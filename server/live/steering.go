package live

import (
	"context"
	"errors"

	"visavis/capture"
	"visavis/protocol"
)

// steering takes what a person decides about their capture.
type steering struct{ exchange }

// steer takes what the person decides about the capture.
func (t steering) steer(ctx context.Context, m protocol.Message) error {
	release, err := t.cap.hold(ctx)
	if err != nil {
		return err
	}
	defer release()
	var out capture.Outcome
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleWithin) // as after a still
	defer cancel()
	err = t.cap.change(ctx, func(r *captureState) (*captureState, bool, error) {
		next, result, save, err := t.apply(ctx, r, m)
		out = result
		return next, save, err
	})
	if errors.Is(err, capture.ErrNotNow) {
		return Refuse(protocol.CodeNotAllowed, "not possible now")
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

// apply is what a message does to the record. It may run twice.
func (t steering) apply(ctx context.Context, r *captureState, m protocol.Message) (*captureState, capture.Outcome, bool, error) {
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
		changed := r.Flow.SetVoiceGuide(m.VoiceGuide) || !r.Started
		r.Started = true
		return r, out, changed, nil
	case protocol.Retake:
		out, err = r.Flow.Retake(capture.Step(m.Step))
	case protocol.UseAnyway:
		out, err = t.useAnyway(ctx, r, capture.Step(m.Step))
	case protocol.Skip:
		out, err = r.Flow.Skip(m.Challenge)
	}
	return r, out, true, err
}

func (t steering) chooseDocument(r *captureState, doc capture.Document) (*captureState, capture.Outcome, bool, error) {
	if _, err := doc.Steps(); err != nil {
		return nil, capture.Outcome{}, false, Refuse(protocol.CodeBadMessage, "want identity-card, passport or residence-permit")
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
	return &captureState{Document: doc, Flow: &flow}, capture.Outcome{}, true, nil
}

// useAnyway keeps the last refused still, whose parts the store still holds.
func (t steering) useAnyway(ctx context.Context, r *captureState, step capture.Step) (capture.Outcome, error) {
	if r.Upload == nil || r.Upload.Step != string(step) {
		return capture.Outcome{}, capture.ErrNotNow
	}
	jpeg, whole, err := t.cap.assemble(ctx, r.Upload)
	if err != nil {
		return capture.Outcome{}, err
	}
	if !whole {
		return capture.Outcome{}, capture.ErrNotNow
	}
	out, err := r.Flow.UseAnyway(step)
	if err != nil {
		return out, err
	}
	return out, t.cap.keep(ctx, r, step, jpeg)
}

// remind repeats, for a phone that comes back, what is being asked of it.
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
	return protocol.CaptureStill{Step: string(step), Seq: seq, LongSide: stillSide, MaxBytes: maxStill, PartSize: partSize}
}

func wireChallenge(c capture.Challenge) protocol.Challenge {
	w := protocol.Challenge{
		Kind: string(c.Kind), Gesture: c.Gesture, Index: c.Index, Count: c.Count,
		Done: c.Done, Progress: c.Progress, MaySkip: c.MaySkip, Nonce: c.Nonce,
	}
	if !c.EndsAt.IsZero() {
		w.EndsAt = c.EndsAt.UnixMilli()
	}
	return w
}
