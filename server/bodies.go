package server

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"visavis/protocol"
)

// boundBody bounds the time in which a request's body must arrive, even if no route reads
// it. The read deadline is removed once the body is complete, since a handler may take
// longer. A request without a body gets no deadline, which would end an event stream; an
// upgrade removes it.
//
// It returns the request to go on with. The one it was given keeps net/http's own body: of another type net/http would
// not see that a handler has left a part of it unread, and would read that part as the next request; nor that the
// client still waits to be asked for it (Expect: 100-continue), and would wait, too.
func boundBody(w http.ResponseWriter, r *http.Request, within time.Duration) *http.Request {
	if r.ContentLength == 0 || r.Body == nil {
		return r
	}
	control := http.NewResponseController(w)
	if control.SetReadDeadline(time.Now().Add(within)) != nil {
		return r // a writer without deadlines: a test's recorder
	}
	bounded := r.WithContext(r.Context())
	bounded.Body = &boundedBody{ReadCloser: r.Body, whole: func() { _ = control.SetReadDeadline(time.Time{}) }}
	return bounded
}

// encoded returns how a request's body is encoded, in the sender's words. No handler decodes one: compressed JSON would
// be read as no JSON, and a few bytes may become many. Empty: as it is, or there is no body.
func encoded(r *http.Request) string {
	if r.ContentLength == 0 {
		return ""
	}
	for _, header := range r.Header.Values("Content-Encoding") {
		for coding := range strings.SplitSeq(header, ",") {
			if coding = strings.TrimSpace(coding); coding != "" && !strings.EqualFold(coding, "identity") {
				return coding
			}
		}
	}
	return ""
}

// refuseEncoded answers a request whose body is encoded (RFC 9110, 15.5.16).
func (s *Server) refuseEncoded(w http.ResponseWriter, r *http.Request, coding string) {
	text := fmt.Sprintf("the body has the Content-Encoding %.20q: send it as it is", coding)
	w.Header().Set("Accept-Encoding", "identity")
	if !s.refusals.refused(w, r, http.StatusUnsupportedMediaType, "media-type", text) {
		writeJSON(w, http.StatusUnsupportedMediaType,
			protocol.Refusal{Error: protocol.Error{Code: protocol.CodeBadMessage, Text: text}})
	}
}

// boundedBody calls whole at the end of the body.
type boundedBody struct {
	io.ReadCloser
	whole func()
}

// Read implements [io.Reader].
func (b *boundedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err == io.EOF { // readers return it bare
		b.whole()
	}
	return n, err
}
