package server

import (
	"context"
	"net/http"

	"visavis/protocol"
	"visavis/server/live"
)

// newEnrolmentTalk starts listening to the enrolment named in a request's hello. It sends
// nothing before Greet has checked the permission. The caller stops it.
func (s *Server) newEnrolmentTalk(r *http.Request, hello protocol.Hello,
	out *live.Outbox) (*live.EnrolmentTalk, error) {
	if s.cfg.Enrolments == nil {
		return nil, &live.Ending{Code: protocol.CloseBadMessage, Reason: "this server has no enrolments"}
	}
	return s.plane.NewEnrolment(s.cfg.Enrolments.Follow(r, hello.Enrolment, hello.Language), out), nil
}

// postEnrolment answers a hello that came by POST.
func (s *Server) postEnrolment(w http.ResponseWriter, r *http.Request, hello protocol.Hello) {
	out := live.NewOutbox()
	t, err := s.newEnrolmentTalk(r, hello, out)
	if err == nil {
		defer t.Stop()
		err = t.Greet(r.Context(), hello.Rev)
	}
	if err != nil {
		s.writeFailure(r.Context(), w, err, live.RoleDesktop, nil)
		return
	}
	s.writeAnswers(w, out)
}

// enrolmentState answers a question for an enrolment with its full view, once or as a
// stream.
func (s *Server) enrolmentState(ctx context.Context, w http.ResponseWriter, r *http.Request, stream bool) {
	q, out := r.URL.Query(), live.NewOutbox()
	t, err := s.newEnrolmentTalk(r, protocol.Hello{Enrolment: q.Get("enrolment"), Language: q.Get("language")}, out)
	if err == nil {
		defer t.Stop()
		err = t.Look(ctx)
	}
	switch {
	case err != nil:
		s.writeFailure(ctx, w, err, live.RoleDesktop, nil)
	case stream:
		s.streamEnrolment(ctx, w, t, out)
	default:
		s.writeAnswers(w, out)
	}
}
