package server

import (
	"bytes"
	"context"
	"net/http"
	"sync"
	"time"

	"visavis/protocol"
	"visavis/server/live"
)

// streamState sends a desktop's messages as server-sent events until the page leaves, the
// session ends or the server stops.
func (s *Server) streamState(ctx context.Context, w http.ResponseWriter, t *live.DesktopTalk, out *live.Outbox) {
	if !s.register.add(out) {
		writeError(w, protocol.Error{Code: protocol.CodeUnavailable, Text: "going down"})
		return
	}
	defer s.register.remove(out)
	release, err := s.sessions.hold(t.Session())
	if err != nil {
		writeRefused(w, err)
		return
	}
	defer release()
	events, cancel, err := s.cfg.Service.Subscribe(ctx, t.Session())
	if err != nil {
		s.writeFailure(ctx, w, err, live.RoleDesktop, nil)
		return
	}
	defer cancel()
	if err := t.Begin(ctx); err != nil {
		s.writeFailure(ctx, w, err, live.RoleDesktop, nil)
		return
	}
	e := s.newEventStream(w)
	e.sent = func(messages [][]byte) { s.cfg.Tap.Posted(live.RoleDesktop, t.Reference(), nil, false, messages) }
	comment := time.NewTicker(commentEvery)
	defer comment.Stop()
	limit := newAlarm(t.Due())
	defer limit.stop()
	for e.err == nil {
		select {
		case <-ctx.Done():
			return
		case ev, ok := <-events:
			if !ok {
				return
			}
			t.Event(ctx, ev)
		case <-limit.c():
			t.Tick(ctx)
		case <-comment.C:
			e.write([]byte(":\n\n"))
		case <-out.Ready():
			if e.flush(out) {
				return
			}
		}
		limit.set(t.Due())
	}
}

// streamEnrolment sends an enrolment as server-sent events until the page leaves, the
// enrolment can no longer be read or the server stops.
func (s *Server) streamEnrolment(ctx context.Context, w http.ResponseWriter, t *live.EnrolmentTalk, out *live.Outbox) {
	if !s.register.add(out) {
		writeError(w, protocol.Error{Code: protocol.CodeUnavailable, Text: "going down"})
		return
	}
	defer s.register.remove(out)
	var watching sync.WaitGroup
	defer watching.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	watching.Go(func() { t.Watch(ctx) })
	e := s.newEventStream(w)
	comment := time.NewTicker(commentEvery)
	defer comment.Stop()
	for e.err == nil {
		select {
		case <-ctx.Done():
			return
		case <-comment.C:
			e.write([]byte(":\n\n"))
		case <-out.Ready():
			if e.flush(out) {
				return
			}
		}
	}
}

// eventStream writes messages as events. Its first error ends the stream.
type eventStream struct {
	w       http.ResponseWriter
	control *http.ResponseController
	limit   time.Duration
	err     error
	sent    func(messages [][]byte) // hears what was written; nil: nobody does
}

// newEventStream writes the headers of a stream.
func (s *Server) newEventStream(w http.ResponseWriter) *eventStream {
	w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Accel-Buffering", "no") // nginx would hold it back
	w.WriteHeader(http.StatusOK)
	return &eventStream{w: w, control: http.NewResponseController(w), limit: s.cfg.Limits.Write}
}

// flush writes the waiting messages and reports whether the stream is over.
func (e *eventStream) flush(out *live.Outbox) bool {
	items, end := out.Take()
	var b bytes.Buffer
	for _, it := range items {
		b.WriteString("data: ")
		b.Write(it.Data) // one line: JSON holds no line break
		b.WriteString("\n\n")
	}
	e.write(b.Bytes())
	if e.sent != nil {
		e.sent(dataOf(items))
	}
	return end != nil || e.err != nil
}

func (e *eventStream) write(b []byte) {
	if e.err != nil {
		return
	}
	// Not every writer has a deadline; without one the server's own holds.
	_ = e.control.SetWriteDeadline(time.Now().Add(e.limit))
	if _, e.err = e.w.Write(b); e.err == nil {
		e.err = e.control.Flush()
	}
}
