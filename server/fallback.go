package server

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"visavis/limits"
	"visavis/pairing"
	"visavis/protocol"
	"visavis/server/live"
)

// commentEvery is the interval of comments that keep proxies from closing an event
// stream.
const commentEvery = 10 * time.Second

// postPhone is POST /api/phone: one message of a phone, one list of answers. The
// conversation is that of the socket, one request at a time.
func (s *Server) postPhone(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	out := live.NewOutbox()
	addr := clientAddr(r, s.cfg.TrustedProxies)
	t := s.plane.NewPhone(out, live.Caller{Agent: r.UserAgent(), Addr: addr, Network: limits.NetworkOf(addr)})
	defer t.Leave()
	said, err := takePosted(ctx, t, w, r)
	if err != nil {
		s.writeFailure(ctx, w, err, live.RolePhone, nil)
		return
	}
	t.CatchUp(revOf(r.Header.Get("Visavis-Rev")))
	s.cfg.Tap.Posted(live.RolePhone, t.Reference(), said, isBinary(r), s.writeAnswers(w, out))
}

// takePosted reads the request's message and passes it on. Only an identified phone may
// send a picture: a stranger's is not read into memory.
func takePosted(ctx context.Context, t *live.PhoneTalk, w http.ResponseWriter,
	r *http.Request) (said []byte, err error) {
	if !isBinary(r) {
		said, err = readBody(w, r, maxText)
		if err != nil {
			return nil, err
		}
		return said, post(ctx, t, r, said)
	}
	if err := t.Adopt(ctx, pairing.Token(r.Header.Get("Visavis-Device")), nil); err != nil {
		return nil, err
	}
	said, err = readBody(w, r, maxBinary)
	if err != nil {
		return nil, err
	}
	t.Binary(ctx, said)
	return said, nil
}

// post handles a text message of the HTTP fallback.
func post(ctx context.Context, t *live.PhoneTalk, r *http.Request, body []byte) error {
	m, err := protocol.Decode(body)
	if err != nil {
		return err
	}
	switch m.(type) {
	case protocol.Hello, protocol.Claim: // these say themselves who they are
	default:
		p := &live.Posted{Text: body, Message: m, Proof: live.PostedProof(r.Header.Get("Visavis-Signature"))}
		if err := t.Adopt(ctx, pairing.Token(r.Header.Get("Visavis-Device")), p); err != nil {
			return err
		}
	}
	t.Handle(ctx, m)
	return nil
}

// postDesktop is POST /api/desktop: one command of a desktop tab.
func (s *Server) postDesktop(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	body, err := readBody(w, r, maxText)
	if err != nil {
		s.writeFailure(ctx, w, err, live.RoleDesktop, nil)
		return
	}
	m, malformed := protocol.Decode(body)
	hello, greets := m.(protocol.Hello)
	if hello.Enrolment != "" {
		s.postEnrolment(w, r, hello)
		return
	}
	out := live.NewOutbox()
	t, err := s.requestedTalk(ctx, r, out)
	if err == nil {
		err = malformed
	}
	if err != nil {
		s.writeFailure(ctx, w, err, live.RoleDesktop, nil)
		return
	}
	t.Handle(ctx, m)
	if !greets {
		t.CatchUp(ctx, revOf(r.Header.Get("Visavis-Rev")))
	}
	s.cfg.Tap.Posted(live.RoleDesktop, t.Reference(), body, false, s.writeAnswers(w, out))
}

// requestedTalk returns the conversation of the request's cookie and tab.
func (s *Server) requestedTalk(ctx context.Context, r *http.Request, out *live.Outbox) (*live.DesktopTalk, error) {
	sess, err := s.cfg.Service.ByDesktop(ctx, desktopSecret(r))
	if err != nil {
		return nil, err
	}
	return s.plane.KnownDesktop(sess, tabOf(r), out), nil
}

// tabOf returns the page's name for its tab, distinct from those of sockets.
func tabOf(r *http.Request) string {
	tab := r.URL.Query().Get("tab")
	return "http-" + tab[:min(len(tab), 64)]
}

// desktopState is GET /api/desktop/state: an event stream or the current news, of a
// session or of the enrolment in the query.
func (s *Server) desktopState(w http.ResponseWriter, r *http.Request) {
	addr := clientAddr(r, s.cfg.TrustedProxies)
	if !s.originAllowed(r) { // same-origin pages send none with a GET
		writeError(w, protocol.Error{Code: protocol.CodeOriginRefused, Text: "this origin may not read"})
		return
	}
	ctx, cancel := s.streamContext(r)
	defer cancel()
	stream := strings.Contains(r.Header.Get("Accept"), "text/event-stream")
	if stream {
		held, err := s.holdSocket(addr, limits.SocketsDesktops)
		if err != nil {
			writeRefused(w, err)
			return
		}
		defer held.Release()
	}
	if r.URL.Query().Get("enrolment") != "" {
		s.enrolmentState(ctx, w, r, stream)
		return
	}
	out := live.NewOutbox()
	t, err := s.requestedTalk(ctx, r, out)
	if err != nil {
		s.writeFailure(ctx, w, err, live.RoleDesktop, nil)
		return
	}
	if stream {
		s.streamState(ctx, w, t, out)
		return
	}
	t.Poll(ctx, revOf(r.URL.Query().Get("since")))
	s.cfg.Tap.Posted(live.RoleDesktop, t.Reference(), nil, false, s.writeAnswers(w, out))
}

func isBinary(r *http.Request) bool {
	return strings.HasPrefix(r.Header.Get("Content-Type"), "application/octet-stream")
}

// readBody reads a request's body of at most limit bytes.
func readBody(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	b, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	var over *http.MaxBytesError
	switch {
	case errors.As(err, &over):
		return nil, &live.Refusal{Message: protocol.Error{
			Code: protocol.CodeTooLarge, Text: "message over the limit",
			Wanted: strconv.FormatInt(over.Limit, 10) + " bytes at most",
		}}
	case err != nil:
		return nil, live.Refuse(protocol.CodeBadMessage, "body ended early")
	}
	return b, nil
}

func revOf(text string) int64 {
	rev, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0
	}
	return rev
}

// writeAnswers writes the output of a request's conversation. An ending becomes the
// equivalent HTTP error. It returns the messages.
func (s *Server) writeAnswers(w http.ResponseWriter, out *live.Outbox) [][]byte {
	items, end := out.Take()
	if end == nil || end.Code == live.CloseDone || end.Code == protocol.CloseEnded {
		writeJSON(w, http.StatusOK, map[string]any{"messages": rawList(items)})
		return dataOf(items)
	}
	answer, _ := live.AnswerTo(end, "")
	writeJSON(w, statusOf(answer.Code),
		map[string]any{"messages": rawList(items), "error": answer, "close": int(end.Code)})
	return dataOf(items)
}
