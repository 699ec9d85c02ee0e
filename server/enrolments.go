package server

import (
	"context"
	"net/http"
	"net/netip"

	"github.com/gorilla/mux"

	"visavis/limits"
	"visavis/pairing"
	"visavis/protocol"
	"visavis/server/live"
)

// Enrolments is the record plane as the server needs it: its routes, permissions, and the
// destination of captures.
type Enrolments interface {
	live.Subjects
	// Routes adds the pages and API of enrolments.
	Routes(r *mux.Router, h Host)
	// Open decides whether a request may open a session for an enrolment, and returns
	// where its capture continues. Refuse answers its error.
	Open(ctx context.Context, r *http.Request, enrolment string) (live.Start, error)
	Refuse(w http.ResponseWriter, r *http.Request, err error)
	// Follow lets the sender of a request follow their enrolment, in the given language
	// or, if empty, in the request's. It may outlive the request.
	Follow(r *http.Request, enrolment, language string) live.Followed

	// Ping reports whether the record store is reachable.
	Ping(ctx context.Context) error
}

// Host holds what a Server provides to the routes of Enrolments.
type Host struct {
	// Post guards a POST: it checks the Origin, and that the server is not draining.
	Post func(http.HandlerFunc) http.Handler
	// Page serves one of the static pages.
	Page func(name string) http.HandlerFunc
	// Framed serves one of the static pages for embedding by the origins that within
	// returns for a request; none allows no embedding.
	Framed func(name string, within func(*http.Request) []string) http.HandlerFunc
	// Shared serves a static file to pages of any origin.
	Shared func(path string) http.HandlerFunc
	// EndSession ends the session of a request's cookie and deletes the cookie.
	EndSession func(http.ResponseWriter, *http.Request)
	// Network returns what counts as one address of a request's sender.
	Network func(*http.Request) netip.Prefix
	// Repaid gives a request's sender back what it was charged in messages, because another limit counts it.
	Repaid func(*http.Request)
	// Refuses has write answer the requests below a path that are refused before, or fail within, their handler, or have
	// none. code is the protocol's, else "not-found" or "method-not-allowed".
	Refuses func(path string, write func(w http.ResponseWriter, status int, code, text string))
}

func (s *Server) host() Host {
	return Host{
		Post:       s.posted,
		Page:       func(name string) http.HandlerFunc { return s.page(name, false) },
		Framed:     s.framed,
		Shared:     s.shared,
		EndSession: s.endSession,
		Network: func(r *http.Request) netip.Prefix {
			return limits.NetworkOf(clientAddr(r, s.cfg.TrustedProxies))
		},
		Repaid: func(r *http.Request) {
			s.meter.GiveBack(clientAddr(r, s.cfg.TrustedProxies), limits.Messages, priceOf(r))
		},
		Refuses: func(path string, write func(w http.ResponseWriter, status int, code, text string)) {
			s.refusals[path] = write
		},
	}
}

// mayOpen asks the record plane for permission to open a session for an enrolment. The
// zero Start is of a session without one. If ok is false the request has been answered.
func (s *Server) mayOpen(ctx context.Context, w http.ResponseWriter, r *http.Request,
	enrolment string) (start live.Start, ok bool) {
	if enrolment == "" {
		return live.Start{}, true
	}
	if s.cfg.Enrolments == nil {
		writeError(w, protocol.Error{Code: protocol.CodeBadMessage, Text: "this server has no enrolments"})
		return live.Start{}, false
	}
	start, err := s.cfg.Enrolments.Open(ctx, r, enrolment)
	if err != nil {
		s.cfg.Enrolments.Refuse(w, r, err)
		return live.Start{}, false
	}
	return start, true
}

// reusable reports whether a live session has the same subject. The session of a finished
// enrolment is not reused.
func reusable(sess pairing.Session, start live.Start) bool {
	return sess.Subject == start.Subject && (start.Subject == "" || !sess.Finished)
}

// subjectsOf keeps a nil record plane nil.
func subjectsOf(e Enrolments) live.Subjects {
	if e == nil {
		return nil
	}
	return e
}
