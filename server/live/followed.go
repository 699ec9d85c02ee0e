package live

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"runtime/debug"
	"time"

	"visavis/protocol"
)

// LookEvery is how often a followed enrolment is checked for changes by time alone, such
// as the estimated wait.
const LookEvery = 20 * time.Second

// Errors of following an enrolment.
var (
	// ErrNoLogin says that nobody is logged in, or no longer.
	ErrNoLogin = errors.New("nobody is logged in")
	// ErrNoEnrolment says that the login has no such enrolment.
	ErrNoEnrolment = errors.New("no such enrolment of this login")
)

// Followed is an enrolment that a page follows.
type Followed struct {
	// View reads the owner's current view. ErrNoLogin, ErrNoEnrolment.
	View func(ctx context.Context) (View, error)
	// Changed receives when the enrolment may have changed. Stop ends that and is always
	// called.
	Changed <-chan struct{}
	Stop    func()
}

// View is the owner's view of an enrolment.
type View struct {
	Rev  int64
	JSON json.RawMessage
}

// EnrolmentTalk reports one enrolment to a page, over a socket or an event stream. It
// alone decides when. Its calls must not overlap.
type EnrolmentTalk struct {
	plane *Plane
	out   *Outbox
	of    Followed
	last  []byte // last view sent; nil: none, or the page has seen this rev
}

// NewEnrolment starts the conversation of a page that follows an enrolment. Stop ends it.
func (p *Plane) NewEnrolment(of Followed, out *Outbox) *EnrolmentTalk {
	return &EnrolmentTalk{plane: p, out: out, of: of}
}

// Stop ends the listening.
func (t *EnrolmentTalk) Stop() { t.of.Stop() }

// Greet answers a hello: with the view, unless the page has seen this rev.
func (t *EnrolmentTalk) Greet(ctx context.Context, seen int64) error {
	v, err := t.view(ctx)
	if err != nil {
		return err
	}
	t.out.Put(protocol.Welcome{Role: RoleDesktop, Site: t.plane.Site, ServerTime: time.Now().UnixMilli()})
	if seen == 0 || v.Rev != seen {
		t.tell(v)
	}
	return nil
}

// Look sends the view if it differs from the last one sent.
func (t *EnrolmentTalk) Look(ctx context.Context) error {
	v, err := t.view(ctx)
	if err == nil && !bytes.Equal(v.JSON, t.last) {
		t.tell(v)
	}
	return err
}

func (t *EnrolmentTalk) view(ctx context.Context) (View, error) {
	ctx, cancel := context.WithTimeout(ctx, t.plane.Store)
	defer cancel()
	return t.of.View(ctx)
}

func (t *EnrolmentTalk) tell(v View) {
	t.last = v.JSON
	t.out.Put(protocol.Enrolment{View: v.JSON})
}

// Watch calls Look after each change, and at intervals for changes by time alone, until
// ctx ends or the enrolment cannot be read. A panic ends only this connection.
func (t *EnrolmentTalk) Watch(ctx context.Context) {
	defer func() {
		if p := recover(); p != nil {
			t.plane.Logger.ErrorContext(ctx, "panic", "panic", p, "stack", string(debug.Stack()))
			t.out.Close(&Ending{Code: CloseInternal, Reason: "internal"})
		}
	}()
	again := time.NewTicker(Jitter(LookEvery))
	defer again.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.of.Changed:
		case <-again.C:
		}
		if err := t.Look(ctx); err != nil {
			t.Fail(ctx, err)
			return
		}
	}
}

// Handle handles a message after the hello: none is allowed.
func (t *EnrolmentTalk) Handle(ctx context.Context, _ protocol.Message) {
	t.Fail(ctx, Refuse(protocol.CodeNotAllowed, "an enrolment is followed here, and no session"))
}

// Fail sends a Refusal. A transient error closes the connection without an answer, so
// that the page reconnects after growing delays.
func (t *EnrolmentTalk) Fail(ctx context.Context, err error) {
	if ctx.Err() != nil {
		return
	}
	answer, end := AnswerTo(err, RoleDesktop)
	LogFault(ctx, t.plane.Logger, err, answer)
	if end == nil && passing(answer.Code) {
		t.out.Close(&Ending{Code: CloseBusy, Reason: "try again"})
		return
	}
	t.out.Put(answer)
	if end != nil {
		t.out.Close(end)
	}
}

// passing reports whether an error code is transient.
func passing(code string) bool {
	return code == protocol.CodeInternal || code == protocol.CodeUnavailable || code == protocol.CodeBusy
}
