package server

import (
	"io"
	"net/http"
	"time"
)

// boundBody lets a body that trickles in, wanted by a route or not, hold a
// connection for the given time at most. The deadline goes once the body is there:
// what a handler does with it may last. A request without a body gets none, since
// it would end an event stream; an upgrade takes it off.
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

// boundedBody calls whole at the body's end.
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
