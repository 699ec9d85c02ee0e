package server

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

	"visavis/limits"
	"visavis/pairing"
	"visavis/protocol"
	"visavis/server/live"
	"visavis/words"
)

// cookieName is bound to the host by its prefix: no domain, Secure, path "/".
const cookieName = "__Host-visavis"

func desktopSecret(r *http.Request) pairing.Token {
	c, err := r.Cookie(cookieName)
	if err != nil {
		return ""
	}
	return pairing.Token(c.Value)
}

// openSession is POST /api/sessions: it opens a session and sets its cookie, or returns
// the live session of the cookie if it has the same subject.
func (s *Server) openSession(w http.ResponseWriter, r *http.Request) {
	var request protocol.OpenSession
	body, err := readBody(w, r, maxText)
	if err == nil {
		request, err = protocol.DecodeOpenSession(body)
	}
	if err != nil {
		s.writeFailure(r.Context(), w, err, live.RoleDesktop, nil)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), s.cfg.Limits.Store)
	defer cancel()
	start, ok := s.mayOpen(ctx, w, r, request.Enrolment)
	if !ok {
		return
	}
	if sess, ok := s.ownSession(ctx, r); ok && !request.New && reusable(sess, start) {
		s.answerSession(w, sess)
		return
	}
	if request.Enrolment == "" && !s.cfg.Companion {
		writeError(w, protocol.Error{Code: protocol.CodeNotAllowed, Text: "this server opens sessions for enrolments alone"})
		return
	}
	if request.Enrolment == "" && s.cfg.Policy != nil {
		if err := s.cfg.Policy(ctx, r); err != nil {
			s.log.InfoContext(ctx, "session refused by policy", "err", err)
			writeError(w, protocol.Error{Code: protocol.CodeNotAllowed, Text: "not allowed to open a session"})
			return
		}
	}
	flow, err := s.plane.StartFlow(start)
	if err != nil {
		s.writeFailure(ctx, w, err, live.RoleDesktop, nil)
		return
	}
	spoken := words.Find(append([]string{request.Language}, words.Wishes(r)...)...).Tag
	address := clientAddr(r, s.cfg.TrustedProxies)
	sess, secret, err := s.cfg.Service.Open(ctx, pairing.OpenRequest{
		DesktopName:  live.AgentName(r.UserAgent(), false),
		DesktopPlace: s.cfg.Place(address, spoken),
		Language:     spoken,
		Origin:       s.cfg.Origin(),
		Address:      address,
		Reference:    start.Reference,
		Subject:      start.Subject,
		Flow:         flow,
	})
	if err != nil {
		s.writeFailure(ctx, w, err, live.RoleDesktop, nil)
		return
	}
	http.SetCookie(w, &http.Cookie{
		Name: cookieName, Value: string(secret), Path: "/", MaxAge: int((24 * time.Hour).Seconds()),
		HttpOnly: true, Secure: true, SameSite: http.SameSiteStrictMode,
	})
	s.metrics.opened.Inc()
	s.log.InfoContext(ctx, "session opened", "session", sess.Reference)
	s.answerSession(w, sess)
}

// endSession ends the session of a request's cookie at logout, so that a copy of the
// cookie is worthless.
func (s *Server) endSession(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), s.cfg.Limits.Store)
	defer cancel()
	if sess, ok := s.ownSession(ctx, r); ok {
		if _, err := s.cfg.Service.Cancel(ctx, sess.ID); err != nil {
			s.log.WarnContext(ctx, "a session is not ended at a logout", "session", sess.Reference, "err", err)
		}
	}
	if desktopSecret(r) != "" {
		http.SetCookie(w, &http.Cookie{Name: cookieName, Path: "/", MaxAge: -1, HttpOnly: true, Secure: true,
			SameSite: http.SameSiteStrictMode})
	}
}

// ownSession returns the live session of the request's cookie.
func (s *Server) ownSession(ctx context.Context, r *http.Request) (pairing.Session, bool) {
	secret := desktopSecret(r)
	if secret == "" {
		return pairing.Session{}, false
	}
	sess, err := s.cfg.Service.ByDesktop(ctx, secret)
	return sess, err == nil && sess.State != pairing.Ended
}

func (s *Server) answerSession(w http.ResponseWriter, sess pairing.Session) {
	writeJSON(w, http.StatusOK, protocol.Opened{
		Reference: sess.Reference,
		State:     live.ProgressOf(sess, live.RoleDesktop, s.cfg.Service.Now()).State,
	})
}

// writeFailure answers a request with messages, if any, and an error.
func (s *Server) writeFailure(ctx context.Context, w http.ResponseWriter, err error, role string,
	messages []json.RawMessage) {
	answer, _ := live.AnswerTo(err, role)
	live.LogFault(ctx, s.log, err, answer)
	if answer.Code == protocol.CodeRateLimited {
		wait := 60
		if limit, ok := errors.AsType[*limits.Refused](err); ok && limit.RetryAfter > 0 {
			wait = limits.Seconds(limit.RetryAfter)
		}
		w.Header().Set("Retry-After", strconv.Itoa(wait))
	}
	writeJSON(w, statusOf(answer.Code), struct {
		Messages []json.RawMessage `json:"messages,omitempty"`
		Error    protocol.Error    `json:"error"`
	}{messages, answer})
}
