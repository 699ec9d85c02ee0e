package server

import (
	"context"
	"errors"
	"time"

	"visavis/capture"
	"visavis/protocol"
)

// steer takes what the person decides about the capture.
func (t *phoneTalk) steer(ctx context.Context, m protocol.Message) error {
	release, err := t.cap.hold(ctx)
	if err != nil {
		return err
	}
	defer release()
	var out capture.Outcome
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleWithin) // as after a still
	defer cancel()
	err = t.cap.change(ctx, func(r *record) (*record, bool, error) {
		next, result, save, err := t.apply(ctx, r, m)
		out = result
		return next, save, err
	})
	if errors.Is(err, capture.ErrNotNow) {
		return refuse(protocol.CodeNotAllowed, "not possible now")
	}
	if err != nil {
		return err
	}
	t.keepSequence(ctx)
	if _, ok := m.(protocol.Start); ok {
		t.remind()
	}
	return t.after(ctx, out)
}

// apply is what a message does to the record. It may run twice.
func (t *phoneTalk) apply(ctx context.Context, r *record, m protocol.Message) (*record, capture.Outcome, bool, error) {
	if c, ok := m.(protocol.ChooseDocument); ok {
		return t.chooseDocument(r, capture.Document(c.Document))
	}
	if r == nil || r.Flow == nil {
		return nil, capture.Outcome{}, false, refuse(protocol.CodeNotAllowed, "choose a document first")
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

func (t *phoneTalk) chooseDocument(r *record, doc capture.Document) (*record, capture.Outcome, bool, error) {
	if _, err := doc.Steps(); err != nil {
		return nil, capture.Outcome{}, false, refuse(protocol.CodeBadMessage, "want identity-card, passport or residence-permit")
	}
	if r != nil && r.Flow != nil {
		out, err := r.Flow.ChangeDocument(doc)
		if out.Changed {
			r.Document, r.Upload = doc, nil
		}
		return r, out, out.Changed, err
	}
	flow, err := capture.NewFlow(doc, capture.FlowOptions{Challenge: t.srv.cfg.Challenge, Intn: draw})
	if err != nil {
		return nil, capture.Outcome{}, false, err
	}
	return &record{Document: doc, Flow: &flow}, capture.Outcome{}, true, nil
}

// useAnyway keeps the last refused still, whose parts the store still holds.
func (t *phoneTalk) useAnyway(ctx context.Context, r *record, step capture.Step) (capture.Outcome, error) {
	if r.Upload == nil || r.Upload.Step != string(step) {
		return capture.Outcome{}, capture.ErrNotNow
	}
	jpeg, whole, err := t.assemble(ctx, r.Upload)
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
	return out, t.keep(ctx, r, step, jpeg)
}

// after sends and does what an outcome asks for beside its own answer.
func (t *phoneTalk) after(ctx context.Context, out capture.Outcome) error {
	if out.Challenge != nil {
		t.out.put(wireChallenge(*out.Challenge))
	}
	if out.RequestStill {
		t.out.put(captureStill(out.Step, out.StillSeq))
	}
	if out.Accepted {
		t.srv.log.InfoContext(ctx, "step accepted", "session", t.reference(), "step", string(out.Step))
	}
	switch {
	case out.TooMany:
		return t.tooMany(ctx, out.Verdict.Hint)
	case out.Done && !out.Stale:
		return t.finish(ctx)
	}
	return nil
}

// tooMany ends a session that has no still of a side left. The record says so,
// since the session's own reason knows only who ended it. The journey is told when
// the last still was of a document of the wrong kind: more light helps nobody there.
func (t *phoneTalk) tooMany(ctx context.Context, last capture.Hint) error {
	err := t.cap.change(ctx, func(r *record) (*record, bool, error) {
		r.TooMany = true
		return r, true, nil
	})
	if err != nil {
		return err
	}
	reason := protocol.ReasonTooManyStills
	if last == capture.HintWrongDocument {
		reason = string(last)
	}
	if err := t.failed(ctx, reason); err != nil {
		return err
	}
	return t.saw(t.srv.cfg.Service.Bye(ctx, t.cap.id))
}

// remind repeats, for a phone that comes back, what is being asked of it.
func (t *phoneTalk) remind() {
	r := t.cap.work
	if r == nil || r.Flow == nil {
		return
	}
	if c := r.Flow.Asked(); c != nil {
		t.out.put(wireChallenge(*c))
	}
	if step, phase, open := r.Flow.Current(); open && phase == capture.PhaseStill {
		t.out.put(captureStill(step, r.Flow.StillSeq))
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

// liveEvery and pictureEvery are the least times between live news of a session
// and between its pictures.
const (
	liveEvery    = 250 * time.Millisecond
	pictureEvery = time.Second
)

// live tells the desktops what the phone sees. Disposable.
func (t *phoneTalk) live(ctx context.Context, l protocol.Live, now time.Time) {
	if !t.cap.listening(now) || (now.Sub(t.cap.lastLive) < liveEvery && len(l.Thumbnail) == 0) {
		return
	}
	t.cap.lastLive = now
	t.srv.tellDesktops(ctx, t.cap.id, l)
}
