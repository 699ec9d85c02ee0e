package live

import (
	"context"
	"errors"
	"fmt"

	"visavis/capture"
	"visavis/devicekey"
	"visavis/protocol"
)

// exchange connects a phone and its capture: it judges what the phone sends and answers
// it.
type exchange struct {
	plane *Plane
	cap   *capturing
	out   *Outbox
}

// asks returns a context that tells the analysis for whom it works.
func (t *PhoneTalk) asks(ctx context.Context) context.Context {
	return capture.WithAsker(ctx, capture.Asker{Session: t.cap.id, Network: t.caller.Network})
}

// Binary handles one binary message of a phone.
func (t *PhoneTalk) Binary(ctx context.Context, data []byte) {
	if t.cap == nil {
		t.Fail(ctx, Refuse(protocol.CodeNotAllowed, "claim first"))
		return
	}
	f, err := protocol.UnpackFrame(data)
	if err == nil {
		err = signed(f, t.key)
	}
	if err != nil {
		if t.unproved {
			t.unsigned(ctx, t.cap.id)
		}
		t.unreadable(ctx, data, err)
		return
	}
	t.unproved = false
	t.plane.captures.hear(t.cap)
	ctx, cancel := context.WithTimeout(t.asks(ctx), t.plane.Analysis+t.plane.Store)
	defer cancel()
	if f.Kind == protocol.Preview {
		err = previews{t.exchange()}.preview(ctx, f)
	} else {
		err = stills{t.exchange()}.part(ctx, f)
	}
	if err != nil {
		t.Fail(ctx, &frameError{seq: f.Seq, err: err})
	}
}

// signed checks a frame's signature, if the claim brought a key.
func signed(f protocol.Frame, key string) error {
	if key == "" {
		return nil
	}
	head, data, err := f.Signed()
	if err != nil {
		return err
	}
	if devicekey.Verify(key, devicekey.Frame, f.Signature, head, data) != nil {
		return &protocol.FrameError{Code: protocol.CodeBadSignature,
			Measured: fmt.Sprintf("%d bytes of signature", len(f.Signature)), Wanted: "a signature of the claim's signing key"}
	}
	return nil
}

// unreadable answers a binary message that is not a valid frame. A preview of a step gets its
// result, so that a phone that sends one at a time goes on; a result has a step.
func (t *PhoneTalk) unreadable(ctx context.Context, data []byte, err error) {
	kind, step, seq, _ := protocol.PeekFrame(data)
	var wire *protocol.FrameError
	if kind != protocol.Preview || step == "" || !errors.As(err, &wire) {
		t.Fail(ctx, &frameError{seq: seq, err: err})
		return
	}
	t.plane.Metrics.refused(wire.Code)
	t.out.Put(protocol.FrameResult{Step: step, Seq: seq, Status: StatusRefused, Code: wire.Code,
		Measured: wire.Measured, Wanted: wire.Wanted})
}

// frameError is an error about one frame. Its answer names the frame.
type frameError struct {
	seq uint32
	err error
}

func (e *frameError) Error() string { return fmt.Sprintf("frame %d: %v", e.seq, e.err) }

func (e *frameError) Unwrap() error { return e.err }

// after sends and does what an outcome requires besides its own answer.
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
