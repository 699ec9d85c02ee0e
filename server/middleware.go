package server

import (
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/google/uuid"

	"visavis/protocol"
	"visavis/server/assets"
	"visavis/words"
)

// observed wraps every route. It adds a request id, the common headers and one log line,
// and limits a panic to one request. Paths are logged without the query; secrets are in
// neither.
func (s *Server) observed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		started := time.Now()
		id := uuid.NewString()
		h := w.Header()
		h.Set("X-Request-Id", id)
		if !strings.HasPrefix(r.URL.Path, "/ws/") { // a socket would keep them in memory for its life
			secureHeaders(h)
			// A client that stops reading holds a connection for so long at most. Event
			// streams set a deadline for each write; not every writer has one.
			_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(answerWithin))
		}
		r = boundBody(w, r, s.cfg.Limits.Body)
		rec := &recorder{ResponseWriter: w}
		defer func() {
			if p := recover(); p != nil {
				s.panicked(r, rec, id, p)
			}
			s.log.DebugContext(r.Context(), "request", "method", r.Method, "path", pathOf(r, rec.status),
				"status", rec.status, "took", time.Since(started), "request", id)
		}()
		if !s.affordable(rec, r) {
			return
		}
		if coding := encoded(r); coding != "" {
			s.refuseEncoded(rec, r, coding)
			return
		}
		next.ServeHTTP(rec, r)
	})
}

// secureHeaders sets the headers of all HTTP answers. Pages have a wider policy.
func secureHeaders(h http.Header) {
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	h.Set("Cache-Control", "no-store")
}

func (s *Server) panicked(r *http.Request, rec *recorder, id string, p any) {
	if p == http.ErrAbortHandler { //nolint:errorlint // the documented value, never wrapped
		panic(p)
	}
	s.log.ErrorContext(r.Context(), "panic", "panic", p, "request", id, "stack", string(debug.Stack()))
	if rec.status != 0 {
		return // the response has already begun
	}
	if !assets.WantsPage(r) || assets.Failed(words.Of(r).Tag, id).Serve(rec, r, http.StatusInternalServerError) != nil {
		s.refusals.write(rec, r, protocol.Error{Code: protocol.CodeInternal, Text: "internal error"})
	}
}

// answerWithin bounds a response: ample for the largest page on a slow line.
const answerWithin = time.Minute

// pathOf returns the path for the log. An unknown path is not logged: an app that escapes
// the fragment's sign would put a token into it.
func pathOf(r *http.Request, status int) string {
	if status == http.StatusNotFound || status == http.StatusMethodNotAllowed {
		return "unknown"
	}
	if page, ok := secretPageOf(r.URL.Path); ok {
		return page.path
	}
	return r.URL.Path[:min(len(r.URL.Path), 80)]
}

// recorder remembers the status for the log.
type recorder struct {
	http.ResponseWriter
	status int
}

func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(b []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	return r.ResponseWriter.Write(b)
}

// Unwrap gives WebSocket upgrades and flushes access to the underlying writer.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }
