package client

import (
	"context"
	"errors"
	"iter"
	"math/rand/v2"
	"time"

	"visavis/protocol"
)

// The delay before a reconnect grows and has a random part, so that the clients of a
// restarted server do not all reconnect at once.
const (
	resumeFirst = 500 * time.Millisecond
	resumeMost  = 15 * time.Second
	// socketWait is how long a client tries the socket before it uses the HTTP fallback.
	socketWait = 5 * time.Second
)

// party is the common part of Desktop and Phone.
type party interface {
	Next(ctx context.Context) (Event, error)
	Resume(ctx context.Context) error
	// again is called after each message of a connection that was resumed.
	again(ctx context.Context, m protocol.Message)
	over() *web
}

// Events yields events until the final end and reconnects by the rules of the protocol in
// between: after a retryable close code, with growing, random delays, and over HTTP if no
// socket opens within 5 s. It also yields an end after which it reconnects, so that a
// caller can show that the connection is lost. The last event is a final end, unless ctx
// ends or the caller stops.
//
// Call it from the goroutine that owns Drop, Resume and Close.
func (d *Desktop) Events(ctx context.Context) iter.Seq[Event] { return events(ctx, d) }

// Events is as that of a Desktop. After a reconnect it also sends start again, and the
// missing parts of an unfinished still.
func (p *Phone) Events(ctx context.Context) iter.Seq[Event] { return events(ctx, p) }

func events(ctx context.Context, p party) iter.Seq[Event] {
	return func(yield func(Event) bool) {
		for {
			e, err := p.Next(ctx)
			if err != nil {
				return
			}
			if e.Message != nil {
				p.again(ctx, e.Message)
			}
			if !yield(e) || e.Ended && (final(e.Code) || comeBack(ctx, p) != nil) {
				return
			}
		}
	}
}

// final reports whether nothing follows a close code: the session is done, or the code's
// range is final. 0 is a connection that broke.
func final(code protocol.CloseCode) bool {
	switch code {
	case 0, 1001, 1006, 1011, 1012, 1013:
		return false
	}
	return !(code >= 4000 && code.Retry())
}

// comeBack retries until connected. A final refusal is returned as the error, and is also
// an event.
func comeBack(ctx context.Context, p party) error {
	w := p.over()
	began := time.Now()
	w.noSocket = w.cfg.NoSocket // a socket may open again where none did before
	for delay := resumeFirst; ; delay = min(2*delay, resumeMost) {
		select {
		case <-time.After(delay/2 + rand.N(delay/2+1)):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		err := p.Resume(ctx)
		if err == nil {
			return nil
		}
		if refused, ok := errors.AsType[*HTTPError](err); ok && refused.Status < 500 && refused.Status != 429 {
			return err
		}
		if time.Since(began) > socketWait {
			w.noSocket = true
		}
	}
}

func (d *Desktop) over() *web { return d.web }
func (p *Phone) over() *web   { return p.web }

func (d *Desktop) again(context.Context, protocol.Message) {}

// again sends what a phone repeats after a reconnect. A failed send shows as the end of
// the connection.
func (p *Phone) again(ctx context.Context, m protocol.Message) {
	welcome, ok := m.(protocol.Welcome)
	p.mu.Lock()
	start, still := p.started, p.still
	p.mu.Unlock()
	if !ok || start == nil || welcome.DeviceSecret != "" {
		return
	}
	if p.Send(ctx, *start) != nil || welcome.Still == nil || still == nil {
		return
	}
	if known := welcome.Still; known.Seq == still.frame.Seq && known.Step == still.frame.Step {
		there := map[int]bool{}
		for _, part := range known.Received {
			there[part] = true
		}
		_ = p.SendStill(ctx, still.frame, still.partSize, there)
	}
}
