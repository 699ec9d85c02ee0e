package server

import (
	"io"
	"net/http"
	"time"
)

// boundBody bounds the time in which a request's body must arrive, even if no route reads
// it. The read deadline is removed once the body is complete, since a handler may take
// longer. A request without a body gets no deadline, which would end an event stream; an
// upgrade removes it.
func boundBody(w http.ResponseWriter, r *http.Request, within time.Duration) {
	if r.ContentLength == 0 || r.Body == nil {
		return
	}
	control := http.NewResponseController(w)
	if control.SetReadDeadline(time.Now().Add(within)) != nil {
		return // a writer without deadlines: a test's recorder
	}
	r.Body = &boundedBody{ReadCloser: r.Body, whole: func() { _ = control.SetReadDeadline(time.Time{}) }}
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
