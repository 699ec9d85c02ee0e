package server

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"visavis/pairing"
	"visavis/protocol"
)

// commentEvery keeps proxies from cutting an event stream.
const commentEvery = 10 * time.Second

// postPhone is POST /api/phone: one message of a phone, one list of answers. The
// same conversation as on the socket, one request at a time.
func (s *Server) postPhone(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	out := newOutbox()
	t := &phoneTalk{
		srv: s, out: out, agent: r.UserAgent(), addr: clientAddr(r, s.cfg.TrustedProxies), last: &pairing.Session{},
	}
	defer func() {
		if t.cap != nil {
			s.captures.done(t.cap)
		}
	}()
	if err := t.take(ctx, w, r); err != nil {
		s.writeFailure(ctx, w, err, rolePhone, nil)
		return
	}
	if t.cap != nil {
		t.appendProgress(r)
	}
	s.writeAnswers(w, out)
}

// take reads the request's message and hands it on. A picture is read from a phone
// that is known alone: a stranger's takes no memory.
func (t *phoneTalk) take(ctx context.Context, w http.ResponseWriter, r *http.Request) error {
	if !isBinary(r) {
		body, err := readBody(w, r, maxText)
		if err != nil {
			return err
		}
		return t.post(ctx, r, body)
	}
	if err := t.adopt(ctx, r); err != nil {
		return err
	}
	body, err := readBody(w, r, maxBinary)
	if err != nil {
		return err
	}
	t.binary(ctx, body)
	return nil
}

// post takes a text message of the POST way.
func (t *phoneTalk) post(ctx context.Context, r *http.Request, body []byte) error {
	m, err := protocol.Decode(body)
	if err != nil {
		return err
	}
	switch m.(type) {
	case protocol.Hello, protocol.Claim: // these say themselves who they are
	default:
		if err := t.adopt(ctx, r); err != nil {
			return err
		}
	}
	t.handle(ctx, m)
	return nil
}

// adopt finds the session of the device secret in the request's header.
func (t *phoneTalk) adopt(ctx context.Context, r *http.Request) error {
	secret := pairing.Token(r.Header.Get("Visavis-Device"))
	sess, err := t.srv.cfg.Service.ByDevice(ctx, secret)
	if err != nil {
		return err
	}
	t.secret = secret
	t.cap = t.srv.captures.use(sess)
	t.cap.listen() // without a subscription nobody says whether a desktop watches
	t.note(&sess)
	return nil
}

// appendProgress adds the newest progress if the request has not seen it.
func (t *phoneTalk) appendProgress(r *http.Request) {
	sess := t.cap.newest.Load()
	if sess == nil || sess.Rev <= max(t.told, revOf(r.Header.Get("Visavis-Rev"))) {
		return
	}
	t.out.put(progressOf(*sess, rolePhone, time.Now()))
}

// postDesktop is POST /api/desktop: one command of a desktop tab.
func (s *Server) postDesktop(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	body, err := readBody(w, r, maxText)
	if err != nil {
		s.writeFailure(ctx, w, err, roleDesktop, nil)
		return
	}
	m, malformed := protocol.Decode(body)
	hello, greets := m.(protocol.Hello)
	if hello.Enrolment != "" {
		s.postEnrolment(w, r, hello)
		return
	}
	t, err := s.requestedTalk(ctx, r)
	if err == nil {
		err = malformed
	}
	if err != nil {
		s.writeFailure(ctx, w, err, roleDesktop, nil)
		return
	}
	t.handle(ctx, m)
	if !greets {
		t.catchUp(ctx, revOf(r.Header.Get("Visavis-Rev")))
	}
	s.writeAnswers(w, t.out)
}

// requestedTalk is the conversation of the request's cookie and tab.
func (s *Server) requestedTalk(ctx context.Context, r *http.Request) (*desktopTalk, error) {
	sess, err := s.cfg.Service.ByDesktop(ctx, desktopSecret(r))
	if err != nil {
		return nil, err
	}
	t := s.newDesktopTalk(sess.ID, tabOf(r), newOutbox())
	t.last = &sess
	return t, nil
}

// tabOf is the page's own name for its tab, apart from those of sockets.
func tabOf(r *http.Request) string {
	tab := r.URL.Query().Get("tab")
	return "http-" + tab[:min(len(tab), 64)]
}

// catchUp adds the newest progress if the page has not seen it.
func (t *desktopTalk) catchUp(ctx context.Context, seen int64) {
	sess, err := t.srv.cfg.Service.Load(ctx, t.id)
	if err != nil {
		t.fail(ctx, err)
		return
	}
	if sess.Rev > seen {
		t.out.put(progressOf(sess, roleDesktop, time.Now()))
	}
}

// desktopState is GET /api/desktop/state: an event stream, or what is new at once,
// of a session or of the enrolment that the query names.
func (s *Server) desktopState(w http.ResponseWriter, r *http.Request) {
	addr := clientAddr(r, s.cfg.TrustedProxies)
	switch {
	case !s.originAllowed(r): // same-origin pages send none with a GET
		writeError(w, protocol.Error{Code: protocol.CodeOriginRefused, Text: "this origin may not read"})
		return
	case !s.meter.allow(addr, 0):
		writeError(w, protocol.Error{Code: protocol.CodeRateLimited, Text: "too many requests"})
		return
	}
	ctx, cancel := s.streamContext(r)
	defer cancel()
	stream := strings.Contains(r.Header.Get("Accept"), "text/event-stream")
	if stream {
		if !s.meter.open(addr) {
			writeError(w, protocol.Error{Code: protocol.CodeRateLimited, Text: "too many streams"})
			return
		}
		defer s.meter.done(addr)
	}
	if r.URL.Query().Get("enrolment") != "" {
		s.enrolmentState(ctx, w, r, stream)
		return
	}
	t, err := s.requestedTalk(ctx, r)
	if err != nil {
		s.writeFailure(ctx, w, err, roleDesktop, nil)
		return
	}
	if stream {
		s.streamState(ctx, w, t)
		return
	}
	t.poll(ctx, revOf(r.URL.Query().Get("since")))
	s.writeAnswers(w, t.out)
}

// poll answers a question for the state: what is new, and a code where this tab
// has to show another one.
func (t *desktopTalk) poll(ctx context.Context, seen int64) {
	sess := *t.last
	if _, err := t.srv.cfg.Service.MarkAbsent(ctx, sess.ID); err == nil && sess.Rev > seen {
		t.out.put(progressOf(sess, roleDesktop, time.Now()))
	}
	if live := t.srv.watch(sess.ID); live != nil {
		t.out.putRaw(kindOf(live), live)
	}
	if sess.State == pairing.Waiting && sess.CodeTab == t.tab && len(sess.Tokens) == 0 {
		t.takeCode(ctx)
	}
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
		return nil, &refusal{protocol.Error{
			Code: protocol.CodeTooLarge, Text: "message over the limit",
			Wanted: strconv.FormatInt(over.Limit, 10) + " bytes at most",
		}}
	case err != nil:
		return nil, refuse(protocol.CodeBadMessage, "body ended early")
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

// writeAnswers writes what a request's conversation put out. An ending becomes
// the HTTP answer that says the same.
func (s *Server) writeAnswers(w http.ResponseWriter, out *outbox) {
	items, end := out.take()
	if end == nil || end.code == closeDone || end.code == protocol.CloseEnded {
		writeJSON(w, http.StatusOK, map[string]any{"messages": rawList(items)})
		return
	}
	answer, _ := answerTo(end, "")
	writeJSON(w, statusOf(answer.Code), map[string]any{"messages": rawList(items), "error": answer, "close": int(end.code)})
}
