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

// Enrolments is the record plane as the server needs it: its routes, who may open or
// follow what, and what captures bring.
type Enrolments interface {
	live.Subjects
	// Routes adds the pages and calls of enrolments.
	Routes(r *mux.Router, h Host)
	// Open decides whether a request may open a session for an enrolment, and says
	// where its capture goes on; Refuse answers its error.
	Open(ctx context.Context, r *http.Request, enrolment string) (live.Start, error)
	Refuse(w http.ResponseWriter, r *http.Request, err error)
	// Follow lets the sender of a request follow an enrolment of theirs, in a language
	// or, if that is empty, in its own. It may outlive the request.
	Follow(r *http.Request, enrolment, language string) live.Followed

	// Ping tells whether the records can be reached.
	Ping(ctx context.Context) error
}

// Host is what a Server lends to the routes of a Enrolments.
type Host struct {
	// Post guards a POST: its Origin, its address's share, a server that stays.
	Post func(http.HandlerFunc) http.Handler
	// Page serves one of the static pages.
	Page func(name string) http.HandlerFunc
	// Framed serves one of the static pages to be shown within pages of the origins that
	// a request is answered with; none: nowhere.
	Framed func(name string, within func(*http.Request) []string) http.HandlerFunc
	// Shared serves a static file to pages of any origin.
	Shared func(path string) http.HandlerFunc
	// EndSession ends the session of a request's cookie and drops the cookie.
	EndSession func(http.ResponseWriter, *http.Request)
	// Network is what counts as one address of who sent a request.
	Network func(*http.Request) netip.Prefix
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
	}
}

// mayOpen asks the journey about an enrolment; the zero Start is of a session of
// none. When ok is false the request has been answered.
func (s *Server) mayOpen(ctx context.Context, w http.ResponseWriter, r *http.Request, enrolment string) (start live.Start, ok bool) {
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

// reusable tells whether a live session is for the same. One of an enrolment that
// is finished has nothing more to give.
func reusable(sess pairing.Session, start live.Start) bool {
	return sess.Subject == start.Subject && (start.Subject == "" || !sess.Finished)
}

// subjectsOf keeps a missing record plane nil.
func subjectsOf(e Enrolments) live.Subjects {
	if e == nil {
		return nil
	}
	return e
}
