package server

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"visavis/capture"
	"visavis/pairing"
	"visavis/protocol"
)

// The states of a protocol.FrameResult.
const (
	statusJudged  = "judged"
	statusBusy    = "busy"
	statusRefused = "refused"
	statusStale   = "stale"
)

// binary takes one binary message of a phone.
func (t *phoneTalk) binary(ctx context.Context, data []byte) {
	if t.cap == nil {
		t.fail(ctx, refuse(protocol.CodeNotAllowed, "claim first"))
		return
	}
	t.srv.captures.hear(t.cap)
	f, err := protocol.UnpackFrame(data)
	if err != nil {
		t.fail(ctx, err)
		return
	}
	ctx, cancel := context.WithTimeout(ctx, t.srv.cfg.Limits.Analysis+t.srv.cfg.Limits.Store)
	defer cancel()
	if f.Kind == protocol.Preview {
		err = t.preview(ctx, f)
	} else {
		err = t.part(ctx, f)
	}
	if err != nil {
		t.fail(ctx, withSeq(err, f.Seq))
	}
}

// withSeq lets an answer name the frame it is about.
func withSeq(err error, seq uint32) error {
	answer, end := answerTo(err, rolePhone)
	if end != nil || answer.Code == protocol.CodeInternal || answer.Code == protocol.CodeUnavailable {
		return err
	}
	answer.Seq = seq
	return &refusal{answer}
}

// preview judges one preview frame and answers it.
func (t *phoneTalk) preview(ctx context.Context, f protocol.Frame) error {
	started := time.Now()
	result := protocol.FrameResult{Step: f.Step, Seq: f.Seq}
	release, ok := t.cap.tryHold()
	if !ok { // another request of this phone is being looked at
		result.Status, result.Code = statusBusy, protocol.CodeBusy
		t.out.put(result)
		return nil
	}
	defer release()
	t.cap.pace.arrived(started)
	r, err := t.openRecord(ctx)
	if err != nil {
		return err
	}
	if step, _, open := r.Flow.Current(); !open || string(step) != f.Step {
		result.Status, result.Code = statusStale, protocol.CodeWrongStep
		t.out.put(result)
		return nil
	}
	picture := t.cap.listening(started) && started.Sub(t.cap.lastPicture) >= pictureEvery
	m, err := t.measure(ctx, f, r.Document, capture.Preview, f.Data, picture)
	if answered, err := t.refused(ctx, &result, err); answered || err != nil {
		return err
	}
	m.Nonce = f.Nonce
	switch again, err := t.recorded(ctx, r, f, m); {
	case err != nil:
		return err
	case again:
		m.Nonce = "" // it shows nothing of what was asked
	}
	t.watchChallenge(r, f)
	var out capture.Outcome
	err = t.cap.change(ctx, func(r *record) (*record, bool, error) {
		out = r.Flow.Preview(m, time.Now())
		return r, out.Changed, nil
	})
	if err != nil {
		return err
	}
	t.keepSequence(ctx)
	t.fill(&result, m, out)
	now := time.Now()
	result.PreviewSide = t.cap.pace.answer(now, now.Sub(started))
	t.srv.metrics.judged(capture.Preview, now.Sub(started), out.Verdict.Hint)
	t.out.put(result)
	if len(m.Thumbnail) > 0 {
		t.cap.lastPicture = now
	}
	t.live(ctx, protocol.Live{
		Step: f.Step, Hint: string(out.Verdict.Hint), Progress: out.Verdict.Progress, Thumbnail: m.Thumbnail,
	}, now)
	return t.after(ctx, out)
}

// openRecord is the record of a capture that has started.
func (t *phoneTalk) openRecord(ctx context.Context) (*record, error) {
	r, err := t.cap.current(ctx)
	switch {
	case err != nil:
		return nil, err
	case r == nil || r.Flow == nil || !r.Started:
		return nil, refuse(protocol.CodeNotAllowed, "say start first")
	}
	if sess := t.cap.newest.Load(); sess != nil && sess.State != pairing.Paired {
		return nil, pairing.ErrNotAllowed
	}
	return r, nil
}

// measure checks the image's header and lets the analyzer look at it. The error
// is a *capture.FrameError, capture.ErrBusy, or a fault of ours.
func (t *phoneTalk) measure(ctx context.Context, f protocol.Frame, doc capture.Document, kind capture.Kind, jpeg []byte, picture bool) (capture.Measurements, error) {
	frame, err := capture.NewFrame(capture.Step(f.Step), kind, doc, f.Seq, f.CapturedAt, jpeg)
	if err != nil {
		return capture.Measurements{}, err
	}
	frame.WantThumbnail = picture
	ctx, cancel := context.WithTimeout(ctx, t.srv.cfg.Limits.Analysis)
	defer cancel()
	m, err := t.srv.cfg.Analyzer.Analyze(ctx, frame)
	if errors.Is(err, context.DeadlineExceeded) {
		return m, fmt.Errorf("%w: %w", capture.ErrBusy, err)
	}
	return m, err
}

// refused answers a preview that could not be measured; answered is false when
// there is nothing wrong.
func (t *phoneTalk) refused(ctx context.Context, result *protocol.FrameResult, err error) (answered bool, _ error) {
	if err == nil {
		return false, nil
	}
	var image *capture.FrameError
	switch {
	case errors.As(err, &image):
		result.Status, result.Code = statusRefused, image.Code
	case errors.Is(err, capture.ErrBusy):
		result.Status, result.Code = statusBusy, protocol.CodeBusy
	default:
		t.srv.log.ErrorContext(ctx, "analysis failed", "step", result.Step, "seq", result.Seq, "err", err)
		result.Status, result.Code = statusBusy, protocol.CodeInternal
	}
	t.srv.metrics.refused(result.Code)
	t.out.put(*result)
	return true, nil
}

// fill puts a verdict into the answer.
func (t *phoneTalk) fill(result *protocol.FrameResult, m capture.Measurements, out capture.Outcome) {
	result.Status = statusJudged
	if out.Stale {
		result.Status, result.Code = statusStale, protocol.CodeWrongStep
	}
	result.Hint, result.Toward = string(out.Verdict.Hint), string(out.Verdict.Toward)
	result.Good, result.Streak = out.Verdict.Good, out.Streak
	result.Checks = wireChecks(out.Verdict.Checks)
	if m.Width <= 0 || m.Height <= 0 {
		return
	}
	w, h := float64(m.Width), float64(m.Height)
	if d := m.Document; d != nil && d.Found {
		for _, p := range d.Corners {
			result.Corners = append(result.Corners, [2]float64{p.X / w, p.Y / h})
		}
	}
	if face := m.Face; face != nil && face.Count > 0 {
		result.Box = &[4]float64{face.Box[0] / w, face.Box[1] / h, face.Box[2] / w, face.Box[3] / h}
	}
}

// assemble puts a still together; whole is false while parts are missing.
func (t *phoneTalk) assemble(ctx context.Context, u *upload) (jpeg []byte, whole bool, err error) {
	parts, err := t.srv.cfg.Service.Parts(ctx, t.cap.id, u.name())
	if err != nil || len(parts) < u.Parts {
		return nil, false, err
	}
	for i := range u.Parts {
		part, ok := parts[i]
		if !ok {
			return nil, false, nil
		}
		jpeg = append(jpeg, part...)
	}
	return jpeg, true, nil
}

func sortedKeys(parts map[int][]byte) []int {
	return slices.Sorted(maps.Keys(parts))
}

// sumOf tells two pictures apart.
func sumOf(jpeg []byte) [32]byte { return sha256.Sum256(jpeg) }
