package live

import (
	"context"

	"visavis/capture"
	"visavis/protocol"
)

// exchange is a phone and its capture: what the phone sends is judged there, and what
// follows is told here.
type exchange struct {
	plane *Plane
	cap   *capturing
	out   *Outbox
}

// asks tells the analysis for whom it works.
func (t *PhoneTalk) asks(ctx context.Context) context.Context {
	return capture.WithAsker(ctx, capture.Asker{Session: t.cap.id, Network: t.caller.Network})
}

// Binary takes one binary message of a phone.
func (t *PhoneTalk) Binary(ctx context.Context, data []byte) {
	if t.cap == nil {
		t.Fail(ctx, Refuse(protocol.CodeNotAllowed, "claim first"))
		return
	}
	t.plane.captures.hear(t.cap)
	f, err := protocol.UnpackFrame(data)
	if err != nil {
		t.Fail(ctx, err)
		return
	}
	ctx, cancel := context.WithTimeout(t.asks(ctx), t.plane.Analysis+t.plane.Store)
	defer cancel()
	if f.Kind == protocol.Preview {
		err = previews{t.exchange()}.preview(ctx, f)
	} else {
		err = stills{t.exchange()}.part(ctx, f)
	}
	if err != nil {
		t.Fail(ctx, withSeq(err, f.Seq))
	}
}

// withSeq lets an answer name the frame it is about.
func withSeq(err error, seq uint32) error {
	answer, end := AnswerTo(err, RolePhone)
	if end != nil || answer.Code == protocol.CodeInternal || answer.Code == protocol.CodeUnavailable {
		return err
	}
	answer.Seq = seq
	return &Refusal{answer}
}

// after sends and does what an outcome asks for beside its own answer.
func (x exchange) after(ctx context.Context, out capture.Outcome) error {
	if out.Challenge != nil {
		x.out.Put(wireChallenge(*out.Challenge))
	}
	if out.RequestStill {
		x.out.Put(captureStill(out.Step, out.StillSeq))
	}
	if out.Accepted {
		x.plane.Logger.InfoContext(ctx, "step accepted", "session", x.cap.reference(), "step", string(out.Step))
	}
	switch {
	case out.TooMany:
		return x.cap.tooMany(ctx, out.Verdict.Hint)
	case out.Done && !out.Stale:
		return x.cap.finish(ctx)
	}
	return nil
}
