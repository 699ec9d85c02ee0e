package live

import (
	"context"
	"errors"
	"fmt"
	"time"

	"visavis/capture"
	"visavis/pairing"
	"visavis/protocol"
)

// MaxParts bounds the parts of a still: one with parts of half the requested size still
// fits.
const MaxParts = 2 * capture.MaxStillBytes / partSize

// stillTries bounds the attempts to analyse a still while the analysis is busy, since the
// person is holding the card.
const stillTries = 3

// stills receives and judges the full pictures of a phone.
type stills struct{ exchange }

// part stores one part of a still, confirms it, and judges the still once complete.
func (t stills) part(ctx context.Context, f protocol.Frame) error {
	release, err := t.cap.hold(ctx)
	if err != nil {
		return err
	}
	defer release()
	if last := t.cap.result; last != nil && last.Step == f.Step && last.Seq == f.Seq {
		t.out.Put(protocol.PartAck{Seq: f.Seq, Part: f.Part}, *last) // its answer was lost on the way
		return nil
	}
	r, err := t.cap.openState(ctx)
	if err != nil {
		return err
	}
	if code := partRefused(r, f); code != "" {
		t.out.Put(protocol.StillResult{Step: f.Step, Seq: f.Seq, Code: code, StillsLeft: stillsLeft(r, f.Step)})
		return nil
	}
	u := upload{Step: f.Step, Seq: f.Seq, Parts: f.Parts, Manual: f.Manual, CapturedAt: f.CapturedAt}
	if r.mixes(&u) {
		return t.mixed(ctx, r, &u)
	}
	if err := t.began(ctx, u); err != nil {
		return err
	}
	err = t.plane.Service.PutPart(ctx, t.cap.id, u.name(), f.Part, f.Data, capture.MaxStillBytes)
	switch {
	case errors.Is(err, pairing.ErrOtherPart):
		return t.mixed(ctx, r, &u)
	case errors.Is(err, pairing.ErrTooLarge):
		t.out.Put(protocol.StillResult{Step: f.Step, Seq: f.Seq, Code: protocol.CodeTooLarge,
			StillsLeft: stillsLeft(r, f.Step)})
		return t.drop(ctx)
	case err != nil:
		return err
	}
	t.cap.got[f.Part] = true
	t.out.Put(protocol.PartAck{Seq: f.Seq, Part: f.Part})
	if len(t.cap.got) < u.Parts {
		return nil
	}
	jpeg, whole, err := t.cap.assemble(ctx, &u)
	if err != nil {
		return err
	}
	if !whole { // the store forgot some: welcome.still will say which
		t.cap.got = nil
		return Refuse(protocol.CodeUnavailable, "parts of the still are gone; send it again")
	}
	return t.still(ctx, f, u, jpeg)
}

// mixed refuses a seq under which two pictures came. None of its parts count, and a
// requested still is requested again under another seq.
func (t stills) mixed(ctx context.Context, r *captureState, u *upload) error {
	result := protocol.StillResult{Step: u.Step, Seq: u.Seq, Code: protocol.CodeOtherPicture,
		StillsLeft: stillsLeft(r, u.Step)}
	t.cap.result = &result
	t.out.Put(result)
	return t.cap.change(ctx, func(r *captureState) (*captureState, bool, error) {
		u.Mixed = true
		if u.Seq == r.Flow.StillSeq || r.Upload.under(u) {
			r.Upload = u
			r.Flow.DropStill()
		}
		return r, true, nil
	})
}

// partRefused returns why a part is refused, or "".
func partRefused(r *captureState, f protocol.Frame) string {
	step, phase, open := r.Flow.Current()
	switch {
	case !open || string(step) != f.Step, phase.Asks():
		return protocol.CodeWrongStep
	case f.Parts > MaxParts:
		return protocol.CodeTooLarge
	case !f.Manual && f.Seq != r.Flow.StillSeq:
		return protocol.CodeNotAllowed // nobody asked for this one
	}
	return ""
}

func stillsLeft(r *captureState, step string) int {
	for _, s := range r.Flow.StepStates() {
		if string(s.Step) == step {
			return s.StillsLeft
		}
	}
	return 0
}

// began records a new upload, or another part of the open one.
func (t stills) began(ctx context.Context, u upload) error {
	err := t.cap.change(ctx, func(r *captureState) (*captureState, bool, error) {
		r.Flow.StillPart(t.plane.now())
		if r.Upload.same(&u) {
			return r, false, nil
		}
		r.Flow.UseSeq(u.Seq)
		r.Upload = &u
		t.cap.got = map[int]bool{}
		return r, true, nil
	})
	if err != nil || t.cap.got != nil {
		return err
	}
	// The upload began on another instance, or before this one forgot it.
	parts, err := t.plane.Service.Parts(ctx, t.cap.id, u.name())
	if err != nil {
		return err
	}
	t.cap.got = map[int]bool{}
	for i := range parts {
		t.cap.got[i] = true
	}
	return nil
}

// drop gives up a requested still and returns the step to guiding.
func (t stills) drop(ctx context.Context) error {
	return t.cap.change(ctx, func(r *captureState) (*captureState, bool, error) {
		r.Upload = nil
		return r, r.Flow.DropStill().Changed, nil
	})
}

// still judges a whole still and answers it.
func (t stills) still(ctx context.Context, f protocol.Frame, u upload, jpeg []byte) error {
	started := time.Now()
	var result protocol.StillResult
	ctx, span := t.cap.traced.span(ctx, t.plane.Tracer, f.Step, capture.Still)
	defer func() { answered(span, statusOf(result), result.Code, result.Hint) }()
	sum := sumOf(jpeg)
	m, err := t.measureStill(ctx, f, sum, jpeg)
	var image *capture.FrameError
	switch {
	case errors.As(err, &image):
	case errors.Is(err, capture.ErrOffender):
		return err
	case err != nil:
		code := protocol.CodeBusy
		if !errors.Is(err, capture.ErrBusy) {
			t.plane.Logger.ErrorContext(ctx, "analysis failed", "step", f.Step, "seq", f.Seq, "err", err)
			code = protocol.CodeInternal
		}
		t.plane.Metrics.refused(code)
		result = protocol.StillResult{Step: f.Step, Seq: f.Seq, Code: code, StillsLeft: stillsLeft(t.cap.work, f.Step)}
		t.out.Put(result)
		return t.drop(ctx)
	}
	shown, err := t.cap.shownBefore(ctx, sum)
	if err != nil {
		return err
	}
	// The work that the last picture started continues if the phone disconnects now.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleWithin)
	defer cancel()
	out, err := t.settle(ctx, &sent{upload: u, measured: m, image: image, shown: shown, sum: sum, jpeg: jpeg})
	if err != nil {
		return err
	}
	result = stillResult(u, out, image)
	t.cap.result = &result
	t.out.Put(result)
	t.plane.Metrics.judged(capture.Still, time.Since(started), out.Verdict.Hint)
	t.cap.live(ctx, protocol.Live{
		Step: u.Step, Hint: string(out.Verdict.Hint), Progress: out.Verdict.Progress,
		Thumbnail: m.Thumbnail, Accepted: out.Accepted,
	}, t.plane.now())
	return t.after(ctx, out)
}

// settleWithin bounds the time to store a picture and hand the capture over.
const settleWithin = 20 * time.Second

// sent is a whole still with what was measured of it.
type sent struct {
	upload
	measured capture.Measurements
	image    *capture.FrameError // why the picture is unacceptable, or nil
	shown    bool                // another session sent these bytes
	sum      [32]byte
	jpeg     []byte
}

// judge applies the still to a flow.
func (s *sent) judge(f *capture.Flow, now time.Time) capture.Outcome {
	if s.shown {
		if out, ok := f.Shown(now); ok {
			return out
		}
	}
	if s.image != nil {
		return f.RefuseImage(s.sum, now)
	}
	return f.Still(s.measured, s.sum, s.Manual, now)
}

// settle judges a still and stores it if accepted: first the picture, from a trial of the
// flow, then the state that says that it is kept.
func (t stills) settle(ctx context.Context, s *sent) (out capture.Outcome, err error) {
	score, compared := 0.0, false
	for range trials {
		trial, err := t.cap.trial(ctx)
		if err != nil {
			return out, err
		}
		now := t.plane.now()
		expected := s.judge(trial.Flow, now)
		if err := t.cap.countSent(ctx, s.Step, expected, s.jpeg); err != nil {
			return out, err
		}
		if expected.Accepted {
			if !compared {
				score, compared = t.cap.compareFaces(ctx, s.Step, s.jpeg)
			}
			if compared {
				trial.Flow.Compared(score)
			}
			if err := t.cap.keep(ctx, trial, capture.Step(s.Step), s.jpeg); err != nil {
				return out, fmt.Errorf("keep still: %w", err)
			}
		}
		err = t.cap.change(ctx, func(r *captureState) (*captureState, bool, error) {
			out = s.judge(r.Flow, now)
			if out.Accepted != expected.Accepted {
				return nil, false, errMoved
			}
			if out.Accepted && compared {
				r.Flow.Compared(score)
			}
			return r, out.Changed || out.Accepted, nil
		})
		if !errors.Is(err, errMoved) {
			return out, err
		}
	}
	return out, errMoved
}

// measureStill measures a still and retries while the analysis is busy. A still with the
// bytes of a refused one is not analysed again.
func (t stills) measureStill(ctx context.Context, f protocol.Frame, sum [32]byte,
	jpeg []byte) (m capture.Measurements, err error) {
	r := t.cap.work
	if r.Flow.SamePicture(sum) {
		m.Step = capture.Step(f.Step)
		return m, nil
	}
	picture := t.cap.listening(t.plane.now())
	for range stillTries {
		m, err = t.cap.measure(ctx, f, r.Document, capture.Still, jpeg, asked{picture: picture})
		if !errors.Is(err, capture.ErrBusy) {
			break
		}
	}
	return m, err
}

// statusOf tells for a trace what became of a still; empty: it was not answered.
func statusOf(r protocol.StillResult) string {
	switch {
	case r.Accepted:
		return "accepted"
	case r.Step != "":
		return StatusRefused
	}
	return ""
}

func stillResult(u upload, out capture.Outcome, image *capture.FrameError) protocol.StillResult {
	result := protocol.StillResult{
		Step: u.Step, Seq: u.Seq, Accepted: out.Accepted,
		Hint: string(out.Verdict.Hint), Toward: string(out.Verdict.Toward), Checks: wireChecks(out.Verdict.Checks),
		OfferAnyway: out.OfferAnyway, ChangeDocument: out.ChangeDocument, StillsLeft: out.StillsLeft,
	}
	switch {
	case out.Stale:
		result.Code = protocol.CodeWrongStep
	case out.SamePicture:
		result.Code = protocol.CodeSamePicture
	case image != nil:
		result.Code, result.Measured, result.Wanted = image.Code, image.Measured, image.Wanted
	}
	return result
}
