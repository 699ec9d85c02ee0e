package live

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"

	"visavis/capture"
	"visavis/limits"
	"visavis/pairing"
	"visavis/protocol"
)

// The roles.
const (
	RoleDesktop = "desktop"
	RolePhone   = "phone"
)

// Close codes of RFC 6455 that we send ourselves.
const (
	CloseDone     protocol.CloseCode = 1000
	CloseTooBig   protocol.CloseCode = 1009
	CloseInternal protocol.CloseCode = 1011
	CloseBusy     protocol.CloseCode = 1013
)

// Ending says how to close a connection. A zero code means that the peer is gone.
type Ending struct {
	Code   protocol.CloseCode
	Reason string // fixed and short: a close frame holds 123 bytes
	Cause  error  // for the log
}

func (e *Ending) Error() string {
	if e.Cause != nil {
		return fmt.Sprintf("close %d %s: %v", e.Code, e.Reason, e.Cause)
	}
	return fmt.Sprintf("close %d %s", e.Code, e.Reason)
}

// Unwrap returns the cause.
func (e *Ending) Unwrap() error { return e.Cause }

// Refusal is an error with its answer on the wire.
type Refusal struct{ Message protocol.Error }

func (e *Refusal) Error() string { return e.Message.Code + ": " + e.Message.Text }

// Refuse returns a Refusal.
func Refuse(code, text string) error {
	return &Refusal{Message: protocol.Error{Code: code, Text: text}}
}

// wantedSecret is what a phone is told whose secret opens nothing. It is the same for each, so that nobody learns by it
// whether one was ever good.
const wantedSecret = "a hello with one of token and code, from the desktop's newest code, or deviceSecret, from the " +
	"welcome after the claim; where it is posted, deviceSecret as the header Visavis-Device"

// AnswerTo turns an error into a client's answer: an error message, which names the frame
// in question, or an ending if the connection cannot go on.
func AnswerTo(err error, role string) (protocol.Error, *Ending) {
	answer, end := answerTo(err, role)
	if frame, ok := errors.AsType[*frameError](err); ok {
		answer.Seq = frame.seq
	}
	return answer, end
}

// answerTo is the table of AnswerTo. An error that is not in it is a server fault: its
// details go only to the log.
func answerTo(err error, role string) (protocol.Error, *Ending) {
	var (
		end     *Ending
		refused *Refusal
		decode  *protocol.DecodeError
		wire    *protocol.FrameError
		image   *capture.FrameError
		limit   *limits.Refused
	)
	switch {
	case errors.As(err, &end):
		return protocol.Error{Code: codeOfClose(end.Code), Text: end.Reason}, end
	case errors.As(err, &refused):
		return refused.Message, nil
	case errors.As(err, &decode):
		return decode.Message(), nil
	case errors.As(err, &wire):
		return protocol.Error{Code: wire.Code, Text: "binary frame refused", Measured: wire.Measured, Wanted: wire.Wanted},
			nil
	case errors.As(err, &image):
		return protocol.Error{Code: image.Code, Text: "image refused", Measured: image.Measured, Wanted: image.Wanted}, nil
	case errors.Is(err, ErrOver):
		return protocol.Error{Code: protocol.CodeNotAllowed, Text: "the enrolment takes no pictures any more"},
			&Ending{Code: protocol.CloseEnded, Reason: protocol.ReasonEnrolmentOver}
	case errors.Is(err, ErrNoLogin):
		return protocol.Error{Code: protocol.CodeSessionMissing, Text: "log in"},
			&Ending{Code: protocol.CloseNoSession, Reason: "no login"}
	case errors.Is(err, ErrNoEnrolment):
		return protocol.Error{Code: protocol.CodeNoEnrolment, Text: "no enrolment of this login"},
			&Ending{Code: protocol.CloseNoEnrolment, Reason: "no enrolment"}
	case errors.Is(err, pairing.ErrWrongCode):
		return protocol.Error{Code: protocol.CodeInvalidToken, Text: "the comparison failed"},
			&Ending{Code: protocol.CloseWrongCode, Reason: "wrong code"}
	case errors.Is(err, pairing.ErrInvalid), errors.Is(err, pairing.ErrNotFound):
		if role == RoleDesktop {
			return protocol.Error{Code: protocol.CodeSessionMissing, Text: "no session; open a new one"},
				&Ending{Code: protocol.CloseNoSession, Reason: "no session"}
		}
		return protocol.Error{Code: protocol.CodeInvalidToken, Text: "unknown, expired or used", Wanted: wantedSecret},
			&Ending{Code: protocol.CloseInvalidToken, Reason: "invalid token"}
	case errors.Is(err, pairing.ErrNotAllowed):
		return protocol.Error{Code: protocol.CodeNotAllowed, Text: "not in this state"}, nil
	case errors.As(err, &limit):
		return protocol.Error{Code: protocol.CodeRateLimited, Text: limit.Text(), Wanted: limit.Limit.Of().Amount()}, nil
	case errors.Is(err, pairing.ErrRateLimited):
		return protocol.Error{Code: protocol.CodeRateLimited, Text: "too many tries; wait"}, nil
	case errors.Is(err, pairing.ErrTooLarge):
		return protocol.Error{Code: protocol.CodeTooLarge, Text: "over the limit"}, nil
	case errors.Is(err, capture.ErrOffender):
		return protocol.Error{Code: protocol.CodeBadImage,
				Text: "two pictures of this phone stopped the analysis; the session is ended, begin again"},
			&Ending{Code: protocol.CloseEnded, Reason: protocol.ReasonUnsafePictures}
	case errors.Is(err, capture.ErrBusy):
		return protocol.Error{Code: protocol.CodeBusy, Text: "busy; send the next one"}, nil
	case errorIsAny(err, context.DeadlineExceeded, context.Canceled, pairing.ErrConflict, pairing.ErrUnavailable,
		pairing.ErrFull, errMoved):
		return protocol.Error{Code: protocol.CodeUnavailable, Text: "try again"}, nil
	}
	return protocol.Error{Code: protocol.CodeInternal, Text: "internal error"}, nil
}

// codeOfClose returns the error code that stands for a close code on the HTTP fallback.
func codeOfClose(c protocol.CloseCode) string {
	switch c {
	case protocol.CloseRateLimited:
		return protocol.CodeRateLimited
	case protocol.CloseGoingDown, protocol.CloseSlow, protocol.CloseIdle, CloseBusy:
		return protocol.CodeUnavailable
	case protocol.CloseBadMessage, protocol.CloseUnsupportedVersion:
		return protocol.CodeBadMessage
	case protocol.CloseNoSession:
		return protocol.CodeSessionMissing
	case CloseInternal:
		return protocol.CodeInternal
	}
	return protocol.CodeInvalidToken
}

// errorIsAny reports whether err matches one of the targets.
func errorIsAny(err error, targets ...error) bool {
	return slices.ContainsFunc(targets, func(t error) bool { return errors.Is(err, t) })
}

// LogFault logs server faults as errors and client errors at debug level.
func LogFault(ctx context.Context, log *slog.Logger, err error, answer protocol.Error) {
	switch answer.Code {
	case protocol.CodeInternal, protocol.CodeUnavailable:
		log.ErrorContext(ctx, "request failed", "code", answer.Code, "err", err)
	default:
		log.DebugContext(ctx, "message refused", "code", answer.Code)
	}
}
