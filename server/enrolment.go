package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"runtime/debug"
	"time"

	"visavis/protocol"
)

// lookEvery is how often an enrolment that is followed is looked at for what time
// alone changes, such as how long it will take.
const lookEvery = 20 * time.Second

// What following an enrolment comes to when it may not be.
var (
	// ErrNoLogin says that nobody is logged in, or not any more.
	ErrNoLogin = errors.New("nobody is logged in")
	// ErrNoEnrolment says that the login has no such enrolment.
	ErrNoEnrolment = errors.New("no such enrolment of this login")
)

// Followed is an enrolment that a page follows.
type Followed struct {
	// View reads what its owner sees of it now. ErrNoLogin, ErrNoEnrolment.
	View func(ctx context.Context) (View, error)
	// Changed has an element when the enrolment may have changed since. Stop ends
	// that, and is always called.
	Changed <-chan struct{}
	Stop    func()
}

// View is what the owner of an enrolment sees of it.
type View struct {
	Rev  int64
	JSON json.RawMessage
}

// enrolmentTalk tells one page of an enrolment, over a socket or an event stream:
// the one place that decides when. Its calls come one after another.
type enrolmentTalk struct {
	srv  *Server
	out  *outbox
	of   Followed
	last []byte // the view told last; nil: none, or the page brought one of its rev
}

// newEnrolmentTalk begins to listen to the enrolment that a request's hello names.
// Nothing is told before a look says that it may be. The caller stops it.
func (s *Server) newEnrolmentTalk(r *http.Request, hello protocol.Hello, out *outbox) (*enrolmentTalk, error) {
	if s.cfg.Journey == nil {
		return nil, &ending{code: protocol.CloseBadMessage, reason: "this server has no enrolments"}
	}
	return &enrolmentTalk{srv: s, out: out, of: s.cfg.Journey.Follow(r, hello.Enrolment, hello.Language)}, nil
}

func (t *enrolmentTalk) stop() { t.of.Stop() }

// greet answers a hello: with the view unless the page has seen this rev.
func (t *enrolmentTalk) greet(ctx context.Context, seen int64) error {
	v, err := t.view(ctx)
	if err != nil {
		return err
	}
	t.out.put(protocol.Welcome{Role: roleDesktop, Site: t.srv.cfg.Site, ServerTime: time.Now().UnixMilli()})
	if seen == 0 || v.Rev != seen {
		t.tell(v)
	}
	return nil
}

// look tells the view if it is not as it was told last.
func (t *enrolmentTalk) look(ctx context.Context) error {
	v, err := t.view(ctx)
	if err == nil && !bytes.Equal(v.JSON, t.last) {
		t.tell(v)
	}
	return err
}

func (t *enrolmentTalk) view(ctx context.Context) (View, error) {
	ctx, cancel := context.WithTimeout(ctx, t.srv.cfg.Limits.Store)
	defer cancel()
	return t.of.View(ctx)
}

func (t *enrolmentTalk) tell(v View) {
	t.last = v.JSON
	t.out.put(protocol.Enrolment{View: v.JSON})
}

// watch looks at each change, and when time alone may have changed something, until
// ctx ends or the enrolment cannot be read. A panic ends this connection alone.
func (t *enrolmentTalk) watch(ctx context.Context) {
	defer func() {
		if p := recover(); p != nil {
			t.srv.log.ErrorContext(ctx, "panic", "panic", p, "stack", string(debug.Stack()))
			t.out.close(&ending{code: closeInternal, reason: "internal"})
		}
	}()
	again := time.NewTicker(jitter(lookEvery))
	defer again.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.of.Changed:
		case <-again.C:
		}
		if err := t.look(ctx); err != nil {
			t.fail(ctx, err)
			return
		}
	}
}

// handle takes a message after the hello: there is none.
func (t *enrolmentTalk) handle(ctx context.Context, _ protocol.Message) {
	t.fail(ctx, refuse(protocol.CodeNotAllowed, "an enrolment is followed here, and no session"))
}

// fail tells a refusal. What may be better soon closes the connection without an
// answer, so that the page comes back after growing delays.
func (t *enrolmentTalk) fail(ctx context.Context, err error) {
	if ctx.Err() != nil {
		return
	}
	answer, end := answerTo(err, roleDesktop)
	logFault(ctx, t.srv.log, err, answer)
	if end == nil && statusOf(answer.Code) >= http.StatusInternalServerError {
		t.out.close(&ending{code: closeBusy, reason: "try again"})
		return
	}
	t.out.put(answer)
	if end != nil {
		t.out.close(end)
	}
}

// postEnrolment answers a hello that came as POST.
func (s *Server) postEnrolment(w http.ResponseWriter, r *http.Request, hello protocol.Hello) {
	t, err := s.newEnrolmentTalk(r, hello, newOutbox())
	if err == nil {
		defer t.stop()
		err = t.greet(r.Context(), hello.Rev)
	}
	if err != nil {
		s.writeFailure(r.Context(), w, err, roleDesktop, nil)
		return
	}
	s.writeAnswers(w, t.out)
}

// enrolmentState answers a question for an enrolment: with all of it, once or as a
// stream.
func (s *Server) enrolmentState(ctx context.Context, w http.ResponseWriter, r *http.Request, stream bool) {
	q := r.URL.Query()
	t, err := s.newEnrolmentTalk(r, protocol.Hello{Enrolment: q.Get("enrolment"), Language: q.Get("language")}, newOutbox())
	if err == nil {
		defer t.stop()
		err = t.look(ctx)
	}
	switch {
	case err != nil:
		s.writeFailure(ctx, w, err, roleDesktop, nil)
	case stream:
		s.streamEnrolment(ctx, w, t)
	default:
		s.writeAnswers(w, t.out)
	}
}
