package server

import (
	"cmp"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"visavis/limits"
	"visavis/protocol"
	"visavis/server/live"
)

var httpStatus = map[string]int{
	protocol.CodeInvalidToken:   http.StatusUnauthorized,
	protocol.CodeSessionMissing: http.StatusUnauthorized,
	protocol.CodeOriginRefused:  http.StatusForbidden,
	protocol.CodeNoEnrolment:    http.StatusNotFound,
	protocol.CodeNotAllowed:     http.StatusConflict,
	protocol.CodeRateLimited:    http.StatusTooManyRequests,
	protocol.CodeTooLarge:       http.StatusRequestEntityTooLarge,
	protocol.CodeBusy:           http.StatusServiceUnavailable,
	protocol.CodeUnavailable:    http.StatusServiceUnavailable,
	protocol.CodeInternal:       http.StatusInternalServerError,
}

// statusOf returns the HTTP status of an error code; 400 unless the table has another.
func statusOf(code string) int { return cmp.Or(httpStatus[code], http.StatusBadRequest) }

// writeError answers a request with an error.
func writeError(w http.ResponseWriter, e protocol.Error) {
	if e.Code == protocol.CodeRateLimited && w.Header().Get("Retry-After") == "" {
		w.Header().Set("Retry-After", "60")
	}
	writeJSON(w, statusOf(e.Code), protocol.Refusal{Error: e})
}

// writeRefused answers a request with the limit that it reached.
func writeRefused(w http.ResponseWriter, err error) { writeError(w, refusal(w, err)) }

// refusal returns the error of a limit that was reached, and says in the head when to try again.
func refusal(w http.ResponseWriter, err error) protocol.Error {
	refused, ok := errors.AsType[*limits.Refused](err)
	if !ok {
		return protocol.Error{Code: protocol.CodeInternal, Text: "internal error"}
	}
	if refused.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(limits.Seconds(refused.RetryAfter)))
	}
	return tooMany(refused)
}

// refusals has the form of errors for the paths that do not answer as pages' scripts read them, by their beginning.
type refusals map[string]func(w http.ResponseWriter, status int, code, text string)

// write answers a request with an error in the form of its path.
func (f refusals) write(w http.ResponseWriter, r *http.Request, e protocol.Error) {
	if !f.refused(w, r, statusOf(e.Code), e.Code, e.Text) {
		writeError(w, e)
	}
}

// refused answers a request whose path has a form of its own. It reports whether there is one.
func (f refusals) refused(w http.ResponseWriter, r *http.Request, status int, code, text string) bool {
	for prefix, write := range f {
		if strings.HasPrefix(r.URL.Path, prefix) {
			write(w, status, code, text)
			return true
		}
	}
	return false
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(v); err != nil {
		return // the client went away: there is nobody to tell
	}
}

// rawList makes a JSON list of encoded messages.
func rawList(items []live.OutItem) []json.RawMessage {
	out := make([]json.RawMessage, 0, len(items))
	for _, it := range items {
		out = append(out, it.Data)
	}
	return out
}
