package server

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/netip"

	"github.com/gorilla/mux"

	"visavis/capture"
	"visavis/pairing"
	"visavis/protocol"
)

// Journey is what the sessions of enrolments need of the record plane. A subject is
// what Open gave: one capture of one enrolment.
type Journey interface {
	// Routes adds the pages and calls of enrolments.
	Routes(r *mux.Router, h Host)
	// Open decides whether a request may open a session for an enrolment, and says
	// where its capture goes on; Refuse answers its error.
	Open(ctx context.Context, r *http.Request, enrolment string) (Start, error)
	Refuse(w http.ResponseWriter, r *http.Request, err error)
	// Follow lets the sender of a request follow an enrolment of theirs, in a language
	// or, if that is empty, in its own. It may outlive the request.
	Follow(r *http.Request, enrolment, language string) Followed

	// Sent counts a still that was sent, accepted or not. Keep makes an accepted one
	// durable: an error means that it is not accepted. Both may be called again
	// with the same bytes. ErrOver when the subject takes no pictures any more.
	Sent(ctx context.Context, subject string, step capture.Step, jpeg []byte) error
	Keep(ctx context.Context, subject string, k Kept) error
	// Sequence keeps the frames of a step's challenge.
	Sequence(ctx context.Context, subject string, step capture.Step, frames []SequenceFrame) error
	// Done says that every step is there, with what each one's capture noted; Failed
	// that there will be no result. Both may be called again.
	Done(ctx context.Context, subject string, steps []capture.StepRecord) error
	Failed(ctx context.Context, subject, reason string) error

	// Disown forgets what was taken by a phone that was not the applicant's, and says
	// where the capture begins again. May be called again.
	Disown(ctx context.Context, subject string) (Start, error)

	// Ping tells whether the records can be reached.
	Ping(ctx context.Context) error
}

// ErrOver says that an enrolment takes no pictures any more: it was cancelled, or
// another capture of it goes on.
var ErrOver = errors.New("the enrolment takes no pictures any more")

// Start is where a capture of an enrolment begins.
type Start struct {
	Subject string
	// Document, where it is known and the phone need not ask; empty otherwise.
	Document capture.Document
	// Taken, Sent and Only are as in capture.FlowOptions.
	Taken map[capture.Step]capture.Layout
	Sent  map[capture.Step]int
	Only  capture.Step
}

// Kept is an accepted still.
type Kept struct {
	Document capture.Document
	Step     capture.StepRecord // with its layout, notes and doubts
	JPEG     []byte
}

// Host is what a Server lends to the routes of a Journey.
type Host struct {
	// Post guards a POST: its Origin, its address's share, a server that stays.
	Post func(http.HandlerFunc) http.Handler
	// Page serves one of the static pages.
	Page func(name string) http.HandlerFunc
	// Network is what counts as one address of who sent a request.
	Network func(*http.Request) netip.Prefix
}

func (s *Server) host() Host {
	return Host{
		Post: s.posted,
		Page: func(name string) http.HandlerFunc { return s.page(name, false) },
		Network: func(r *http.Request) netip.Prefix {
			return network(clientAddr(r, s.cfg.TrustedProxies))
		},
	}
}

// mayOpen asks the journey about an enrolment; the zero Start is of a session of
// none. When ok is false the request has been answered.
func (s *Server) mayOpen(ctx context.Context, w http.ResponseWriter, r *http.Request, enrolment string) (start Start, ok bool) {
	if enrolment == "" {
		return Start{}, true
	}
	if s.cfg.Journey == nil {
		writeError(w, protocol.Error{Code: protocol.CodeBadMessage, Text: "this server has no enrolments"})
		return Start{}, false
	}
	start, err := s.cfg.Journey.Open(ctx, r, enrolment)
	if err != nil {
		s.cfg.Journey.Refuse(w, r, err)
		return Start{}, false
	}
	return start, true
}

// reusable tells whether a live session is for the same. One of an enrolment that
// is finished has nothing more to give.
func reusable(sess pairing.Session, start Start) bool {
	return sess.Subject == start.Subject && (start.Subject == "" || !sess.Finished)
}

// startFlow is the stored state that a capture begins with; nil before a document
// is chosen.
func (s *Server) startFlow(start Start) (json.RawMessage, error) {
	if start.Document == "" {
		return nil, nil
	}
	flow, err := capture.NewFlow(start.Document, capture.FlowOptions{
		Challenge: s.cfg.Challenge, Intn: draw, Taken: start.Taken, Sent: start.Sent, Only: start.Only,
	})
	if err != nil {
		return nil, err
	}
	return json.Marshal(record{Document: start.Document, Flow: &flow})
}

// countSent tells the journey of a still that counts. The caller holds the turn.
func (t *phoneTalk) countSent(ctx context.Context, step string, out capture.Outcome, jpeg []byte) error {
	if t.cap.subject == "" || out.Stale || out.SamePicture {
		return nil
	}
	return t.srv.cfg.Journey.Sent(ctx, t.cap.subject, capture.Step(step), jpeg)
}

// keep makes an accepted still durable.
func (t *phoneTalk) keep(ctx context.Context, r *record, step capture.Step, jpeg []byte) error {
	if t.cap.subject == "" {
		return t.srv.cfg.Sink(ctx, t.cap.id, step, jpeg)
	}
	noted, _ := r.Flow.Record(step)
	return t.srv.cfg.Journey.Keep(ctx, t.cap.subject, Kept{Document: r.Document, Step: noted, JPEG: jpeg})
}

// finish notes that every step is there: in the records first, since the session
// may be gone at any time.
func (t *phoneTalk) finish(ctx context.Context) error {
	if r := t.cap.work; t.cap.subject != "" && r != nil && r.Flow != nil {
		if err := t.srv.cfg.Journey.Done(ctx, t.cap.subject, r.Flow.Steps); err != nil {
			return err
		}
	}
	t.srv.log.InfoContext(ctx, "capture done", "session", t.reference())
	t.srv.metrics.done.Inc()
	return t.saw(t.srv.cfg.Service.Finish(ctx, t.cap.id))
}

// finishLeft finishes a capture whose last step was accepted and whose end was
// lost.
func (t *phoneTalk) finishLeft(ctx context.Context, sess pairing.Session) error {
	r, err := decodeRecord(sess.Flow)
	if err != nil || r == nil || r.Flow == nil || sess.Finished || sess.State != pairing.Paired {
		return err
	}
	if _, _, open := r.Flow.Current(); open {
		return nil
	}
	release, err := t.cap.hold(ctx)
	if err != nil {
		return err
	}
	defer release()
	if _, err := t.cap.current(ctx); err != nil {
		return err
	}
	return t.finish(ctx)
}

// failed tells the journey that this capture has no result.
func (t *phoneTalk) failed(ctx context.Context, reason string) error {
	if t.cap.subject == "" {
		return nil
	}
	return t.srv.cfg.Journey.Failed(ctx, t.cap.subject, reason)
}
