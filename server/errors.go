package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"

	"visavis/capture"
	"visavis/pairing"
	"visavis/protocol"
)

// Close codes of RFC 6455 that we send ourselves.
const (
	closeDone     protocol.CloseCode = 1000
	closeTooBig   protocol.CloseCode = 1009
	closeInternal protocol.CloseCode = 1011
	closeBusy     protocol.CloseCode = 1013
)

// ending says how a connection is to be closed. A zero code means that there is
// nobody left to tell.
type ending struct {
	code   protocol.CloseCode
	reason string // fixed and short: a close frame holds 123 bytes
	cause  error  // for the log
}

func (e *ending) Error() string {
	if e.cause != nil {
		return fmt.Sprintf("close %d %s: %v", e.code, e.reason, e.cause)
	}
	return fmt.Sprintf("close %d %s", e.code, e.reason)
}

func (e *ending) Unwrap() error { return e.cause }

// refusal is an error of ours with its answer on the wire.
type refusal struct{ message protocol.Error }

func (e *refusal) Error() string { return e.message.Code + ": " + e.message.Text }

func refuse(code, text string) error {
	return &refusal{protocol.Error{Code: code, Text: text}}
}

// answerTo is the one place that turns an error into what a client sees: an
// error message, or an ending when the connection cannot go on. What is not in
// the table is our fault: the details go only to the log.
func answerTo(err error, role string) (protocol.Error, *ending) {
	var (
		end     *ending
		refused *refusal
		decode  *protocol.DecodeError
		wire    *protocol.FrameError
		image   *capture.FrameError
	)
	switch {
	case errors.As(err, &end):
		return protocol.Error{Code: codeOfClose(end.code), Text: end.reason}, end
	case errors.As(err, &refused):
		return refused.message, nil
	case errors.As(err, &decode):
		return decode.Message(), nil
	case errors.As(err, &wire):
		return protocol.Error{Code: wire.Code, Text: "binary frame refused", Measured: wire.Measured, Wanted: wire.Wanted}, nil
	case errors.As(err, &image):
		return protocol.Error{Code: image.Code, Text: "image refused", Measured: image.Measured, Wanted: image.Wanted}, nil
	case errors.Is(err, ErrOver):
		return protocol.Error{Code: protocol.CodeNotAllowed, Text: "the enrolment takes no pictures any more"},
			&ending{code: protocol.CloseEnded, reason: "ended"}
	case errors.Is(err, ErrNoLogin):
		return protocol.Error{Code: protocol.CodeSessionMissing, Text: "log in"},
			&ending{code: protocol.CloseNoSession, reason: "no login"}
	case errors.Is(err, ErrNoEnrolment):
		return protocol.Error{Code: protocol.CodeNoEnrolment, Text: "no enrolment of this login"},
			&ending{code: protocol.CloseNoEnrolment, reason: "no enrolment"}
	case errors.Is(err, pairing.ErrWrongCode):
		return protocol.Error{Code: protocol.CodeInvalidToken, Text: "the comparison failed"},
			&ending{code: protocol.CloseWrongCode, reason: "wrong code"}
	case errors.Is(err, pairing.ErrInvalid), errors.Is(err, pairing.ErrNotFound):
		if role == roleDesktop {
			return protocol.Error{Code: protocol.CodeSessionMissing, Text: "no session; open a new one"},
				&ending{code: protocol.CloseNoSession, reason: "no session"}
		}
		return protocol.Error{Code: protocol.CodeInvalidToken, Text: "unknown, expired or used"},
			&ending{code: protocol.CloseInvalidToken, reason: "invalid token"}
	case errors.Is(err, pairing.ErrNotAllowed):
		return protocol.Error{Code: protocol.CodeNotAllowed, Text: "not in this state"}, nil
	case errors.Is(err, pairing.ErrRateLimited):
		return protocol.Error{Code: protocol.CodeRateLimited, Text: "too many tries; wait"}, nil
	case errors.Is(err, pairing.ErrTooLarge):
		return protocol.Error{Code: protocol.CodeTooLarge, Text: "over the limit"}, nil
	case errors.Is(err, capture.ErrBusy):
		return protocol.Error{Code: protocol.CodeBusy, Text: "busy; send the next one"}, nil
	case errorIsAny(err, context.DeadlineExceeded, context.Canceled, pairing.ErrConflict, pairing.ErrUnavailable, pairing.ErrFull):
		return protocol.Error{Code: protocol.CodeUnavailable, Text: "try again"}, nil
	}
	return protocol.Error{Code: protocol.CodeInternal, Text: "internal error"}, nil
}

// codeOfClose is the error code of the POST way that says what a close code says.
func codeOfClose(c protocol.CloseCode) string {
	switch c {
	case protocol.CloseRateLimited:
		return protocol.CodeRateLimited
	case protocol.CloseGoingDown, protocol.CloseSlow, protocol.CloseIdle, closeBusy:
		return protocol.CodeUnavailable
	case protocol.CloseBadMessage, protocol.CloseUnsupportedVersion:
		return protocol.CodeBadMessage
	case protocol.CloseNoSession:
		return protocol.CodeSessionMissing
	case closeInternal:
		return protocol.CodeInternal
	}
	return protocol.CodeInvalidToken
}

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

// statusOf is the HTTP status of an error code; 400 unless the table says else.
func statusOf(code string) int { return or(httpStatus[code], http.StatusBadRequest) }

// writeError answers a request with an error.
func writeError(w http.ResponseWriter, e protocol.Error) {
	if e.Code == protocol.CodeRateLimited {
		w.Header().Set("Retry-After", "60")
	}
	writeJSON(w, statusOf(e.Code), protocol.Refusal{Error: e})
}

// errorIsAny tells whether err is one of the targets.
func errorIsAny(err error, targets ...error) bool {
	return slices.ContainsFunc(targets, func(t error) bool { return errors.Is(err, t) })
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(v); err != nil {
		return // the client went away: there is nobody to tell
	}
}

// logFault logs an error that is ours; those of clients are debug noise.
func logFault(ctx context.Context, log *slog.Logger, err error, answer protocol.Error) {
	switch answer.Code {
	case protocol.CodeInternal, protocol.CodeUnavailable:
		log.ErrorContext(ctx, "request failed", "code", answer.Code, "err", err)
	default:
		log.DebugContext(ctx, "message refused", "code", answer.Code)
	}
}
