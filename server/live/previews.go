package live

import (
	"context"
	"crypto/sha256"
	"errors"
	"maps"
	"slices"
	"time"

	"visavis/capture"
	"visavis/protocol"
)

// The states of a protocol.FrameResult.
const (
	StatusJudged  = "judged"
	StatusBusy    = "busy"
	StatusRefused = "refused"
	StatusStale   = "stale"
)

// previews judges a phone's preview frames.
type previews struct{ exchange }

// preview judges one preview frame and answers it.
func (t previews) preview(ctx context.Context, f protocol.Frame) error {
	started, arrived := time.Now(), t.plane.now()
	result := protocol.FrameResult{Step: f.Step, Seq: f.Seq}
	ctx, span := t.cap.traced.span(ctx, t.plane.Tracer, f.Step, capture.Preview)
	defer func() { answered(span, result.Status, result.Code, result.Hint) }()
	release, ok := t.cap.tryHold()
	if !ok { // another request of this phone is being looked at
		result.Status, result.Code = StatusBusy, protocol.CodeBusy
		t.out.Put(result)
		return nil
	}
	defer release()
	t.cap.pace.arrived(arrived)
	r, err := t.cap.openState(ctx)
	if err != nil {
		return err
	}
	if step, _, open := r.Flow.Current(); !open || string(step) != f.Step {
		result.Status, result.Code = StatusStale, protocol.CodeWrongStep
		t.out.Put(result)
		return nil
	}
	picture := t.cap.listening(arrived) && arrived.Sub(t.cap.lastPicture) >= pictureEvery
	m, err := t.cap.measure(ctx, f, r.Document, capture.Preview, f.Data, asked{
		picture: picture, last: r.Flow.Sighting(), moving: r.Flow.HeadMoves(),
	})
	if answered, err := t.refused(ctx, &result, err); answered || err != nil {
		return err
	}
	m.Nonce = f.Nonce
	again, err := t.cap.recorded(ctx, r, f, m)
	if err != nil {
		return err
	}
	t.cap.watchChallenge(r, f)
	var out capture.Outcome
	told := false
	err = t.cap.change(ctx, func(r *captureState) (*captureState, bool, error) {
		if r == nil || r.Flow == nil { // another instance began the capture anew meanwhile
			out = capture.Outcome{Stale: true}
			return r, false, nil
		}
		now := t.plane.now()
		told = again && r.Flow.Suspect(now)
		out = r.Flow.Preview(m, now)
		return r, out.Changed || told, nil
	})
	if err != nil {
		return err
	}
	if told {
		t.cap.presence.tried()
	}
	t.cap.keepSequence(ctx)
	t.fill(&result, m, out)
	now, took := t.plane.now(), time.Since(started)
	result.PreviewSide = t.cap.pace.answer(now, took)
	t.plane.Metrics.judged(capture.Preview, took, out.Verdict.Hint)
	t.out.Put(result)
	if len(m.Thumbnail) > 0 {
		t.cap.lastPicture = now
	}
	t.cap.live(ctx, protocol.Live{
		Step: f.Step, Hint: string(out.Verdict.Hint), Progress: out.Verdict.Progress, Thumbnail: m.Thumbnail,
	}, now)
	return t.after(ctx, out)
}

// refused answers a preview that could not be measured. answered is false if err is nil.
func (t previews) refused(ctx context.Context, result *protocol.FrameResult, err error) (answered bool, _ error) {
	if err == nil {
		return false, nil
	}
	var image *capture.FrameError
	switch {
	case errors.Is(err, capture.ErrOffender):
		return true, err
	case errors.As(err, &image):
		result.Status, result.Code = StatusRefused, image.Code
		result.Measured, result.Wanted = image.Measured, image.Wanted
	case errors.Is(err, capture.ErrBusy):
		result.Status, result.Code = StatusBusy, protocol.CodeBusy
	default:
		t.plane.Logger.ErrorContext(ctx, "analysis failed", "step", result.Step, "seq", result.Seq, "err", err)
		result.Status, result.Code = StatusBusy, protocol.CodeInternal
	}
	t.plane.Metrics.refused(result.Code)
	t.out.Put(*result)
	return true, nil
}

// fill copies a verdict into the answer.
func (t previews) fill(result *protocol.FrameResult, m capture.Measurements, out capture.Outcome) {
	result.Status = StatusJudged
	if out.Stale {
		result.Status, result.Code = StatusStale, protocol.CodeWrongStep
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

func sortedKeys(parts map[int][]byte) []int {
	return slices.Sorted(maps.Keys(parts))
}

// sumOf returns the hash that identifies a picture.
func sumOf(jpeg []byte) [32]byte { return sha256.Sum256(jpeg) }
