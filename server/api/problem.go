package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/validation"

	"visavis/enrolment"
	"visavis/enrolment/evidence"
	"visavis/enrolment/journey"
	"visavis/enrolment/store"
	"visavis/server/sentences"
	"visavis/sites"
	"visavis/sites/registry"
	"visavis/words"
)

// Problem is the body of every answer that is not what was asked for (RFC 9457).
type Problem struct {
	Type   string `json:"type" format:"uri" example:"urn:visavis:problem:not_found" doc:"The code as an URI"`
	Title  string `json:"title" example:"Not Found" doc:"The status in words"`
	Status int    `json:"status" example:"404" doc:"The HTTP status"`
	Detail string `json:"detail" example:"this site has no such verification" doc:"What is wrong and what to do, for the developer; it may change"`
	Code   string `json:"code" example:"not_found" doc:"What is wrong, for programs; it does not change"`
	// RequestID finds the line in the server's log.
	RequestID string              `json:"request_id,omitempty" doc:"As the header X-Request-Id: it finds the line of the server's log"`
	Errors    []*huma.ErrorDetail `json:"errors,omitempty" doc:"Which values are wrong, and what was wanted"`
}

// The codes.
const (
	codeBadRequest     = "bad_request"
	codeInvalid        = "invalid_value"
	codeNoKey          = "unauthorized"
	codeScope          = "scope_missing"
	codeNotFound       = "not_found"
	codeMethod         = "method_not_allowed"
	codeState          = "wrong_status"
	codeNotReady       = "not_ready"
	codeGone           = "data_deleted"
	codeOwed           = "owed_to_provider"
	codeRunning        = "request_in_progress"
	codeOtherContent   = "idempotency_mismatch"
	codeTooMany        = "rate_limited"
	codeLiveOnly       = "test_only"
	codeNoCertificates = "certificates_unavailable"
	codeNoAddress      = "no_email_address"
	codeLetters        = "too_many_letters"
	codeUnavailable    = "unavailable"
	codeInternal       = "internal"
)

// codesOf are the codes of statuses that the framework itself answers with.
var codesOf = map[int]string{
	http.StatusBadRequest: codeBadRequest, http.StatusUnprocessableEntity: codeInvalid, http.StatusNotFound: codeNotFound,
	http.StatusRequestEntityTooLarge: "body_too_large", http.StatusUnsupportedMediaType: "media_type",
	http.StatusNotAcceptable:  "not_acceptable",
	http.StatusRequestTimeout: "body_too_slow",
}

// codeMeaning is what the page at /v1/docs says of a code.
type codeMeaning struct {
	Code    string
	Status  int
	Meaning string
}

// codeMeanings has every code.
var codeMeanings = []codeMeaning{
	{codeBadRequest, http.StatusBadRequest, "The request cannot be read, or asks for another version."},
	{codeNoKey, http.StatusUnauthorized, "No key, or one that is unknown, was revoked or has ended."},
	{codeScope, http.StatusForbidden, "The key lacks the scope of this call."},
	{codeNotFound, http.StatusNotFound, "Your site has nothing here. Other sites' ids answer the same."},
	{codeMethod, http.StatusMethodNotAllowed, "The address takes another method."},
	{codesOf[http.StatusNotAcceptable], http.StatusNotAcceptable, "Accept names no form that there is."},
	{codesOf[http.StatusRequestTimeout], http.StatusRequestTimeout, "The body did not arrive within 10 seconds."},
	{codeState, http.StatusConflict, "The verification's status does not allow this: read it again."},
	{codeNotReady, http.StatusConflict, "What is asked for is not there yet, or never comes with this status."},
	{codeRunning, http.StatusConflict, "The first request with this Idempotency-Key still runs: try again in a second."},
	{codeOwed, http.StatusConflict, "The file has yet to be handed over to the certificate's provider: try again later."},
	{codeLiveOnly, http.StatusConflict, "Outcomes and clocks are played on test sites alone."},
	{codeNoCertificates, http.StatusConflict, "Certificates are not issued here, or not to test sites."},
	{codeNoAddress, http.StatusConflict, "No e-mail address was declared."},
	{codeLetters, http.StatusConflict, "The address got as many letters as it may: hand the link over yourself."},
	{codeGone, http.StatusGone, "Data and evidence were deleted."},
	{codesOf[http.StatusRequestEntityTooLarge], http.StatusRequestEntityTooLarge, "The body is over 64 kB."},
	{codesOf[http.StatusUnsupportedMediaType], http.StatusUnsupportedMediaType, "The body is not application/json."},
	{codeInvalid, http.StatusUnprocessableEntity, "A value is wrong: `errors` has where, and what is wanted."},
	{codeOtherContent, http.StatusUnprocessableEntity,
		"This Idempotency-Key came with another body in the last 24 hours."},
	{codeTooMany, http.StatusTooManyRequests, "Too many calls: `Retry-After` says when to go on."},
	{codeInternal, http.StatusInternalServerError, "A fault on this side: `request_id` finds it in the log."},
	{codeUnavailable, http.StatusServiceUnavailable, "Busy or starting: try again in a moment."},
}

// newProblem makes a Problem.
func newProblem(status int, code, detail string) *Problem {
	return &Problem{Type: "urn:visavis:problem:" + code, Title: http.StatusText(status), Status: status,
		Detail: detail, Code: code}
}

// Error implements error.
func (p *Problem) Error() string { return p.Code + ": " + p.Detail }

// GetStatus implements huma.StatusError.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType implements huma.ContentTypeFilter.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// problems has the framework's own errors be Problems too. The framework keeps what makes them in variables of its
// package, which are set once for the process.
var problems = sync.OnceFunc(func() {
	// numbers as people write them, not 2.592e+06; and what to look at
	validation.MsgExpectedMinimumNumber = "expected number >= %.15g"
	validation.MsgExpectedMaximumNumber = "expected number <= %.15g"
	validation.MsgUnexpectedProperty = "unknown field; /v1/docs lists those of this call"
	validation.MsgExpectedRFC3339Date = "expected a date like 1990-07-13 (RFC 3339)"
	huma.NewError = func(status int, detail string, errs ...error) huma.StatusError {
		code, ok := codesOf[status]
		if !ok {
			code = codeInternal
		}
		p := newProblem(status, code, detail)
		for _, err := range errs {
			if detailer, ok := err.(huma.ErrorDetailer); ok { // the framework's own, never wrapped
				d := detailer.ErrorDetail()
				// not the value: it may be a person's
				p.Errors = append(p.Errors, &huma.ErrorDetail{Message: d.Message, Location: d.Location})
			} else if err != nil {
				p.Errors = append(p.Errors, &huma.ErrorDetail{Message: err.Error()})
			}
		}
		p.toDo()
		return p
	}
	huma.NewErrorWithContext = func(ctx huma.Context, status int, detail string, errs ...error) huma.StatusError {
		err := huma.NewError(status, detail, errs...)
		if p, ok := err.(*Problem); ok && ctx != nil { // made above
			p.RequestID, _ = ctx.Context().Value(requestKey{}).(string)
		}
		return err
	}
})

// toDo has what the framework found wrong say what to do, and its detail, which is what most clients log, say what it
// is: the framework's own detail is that the validation failed.
func (p *Problem) toDo() {
	if len(p.Errors) == 0 {
		return
	}
	for _, e := range p.Errors {
		switch {
		case p.Status == http.StatusUnsupportedMediaType:
			e.Message += "; send JSON with the Content-Type application/json"
		case e.Message == "unknown query parameter":
			e.Message += "; /v1/docs lists those of this call"
		}
	}
	first := p.Errors[0]
	p.Detail = first.Message
	if first.Location != "" {
		p.Detail = first.Location + ": " + first.Message
	}
	if more := len(p.Errors) - 1; more > 0 {
		p.Detail += fmt.Sprintf(" (and %d more in errors)", more)
	}
}

// problemOf is the one place that turns an error into what a site sees.
func problemOf(err error) *Problem {
	var (
		known   *Problem
		invalid *sites.InvalidError
		input   *journey.InputError
		state   *enrolment.StateError
		value   *enrolment.ValueError
		limit   *enrolment.LimitError
	)
	switch {
	case errors.As(err, &known):
		return known
	case errors.As(err, &invalid):
		p := newProblem(http.StatusUnprocessableEntity, codeInvalid, invalid.Error())
		p.Errors = []*huma.ErrorDetail{{Location: "body." + invalid.Field, Message: "want " + invalid.Want}}
		return p
	case errors.As(err, &input):
		p := newProblem(http.StatusUnprocessableEntity, codeInvalid, "")
		for _, one := range sentences.All[*journey.InputError](err) {
			// developers read English
			at, said := "declared."+snake(one.Field), sentences.OfInput(words.In(words.Fallback()), one).Text
			if one.Problem == journey.BadBirthDate {
				said = "want a day of the last 130 years, not after today, like 1990-07-13"
			}
			if p.Detail == "" {
				p.Detail = at + ": " + said
			}
			p.Errors = append(p.Errors, &huma.ErrorDetail{Location: "body." + at, Message: said})
		}
		return p
	case errors.As(err, &value):
		return newProblem(http.StatusUnprocessableEntity, codeInvalid, "a value is missing or not possible: "+value.Field)
	case errors.As(err, &limit):
		return newProblem(http.StatusConflict, codeState, "the person has used all attempts: "+limit.What)
	case errors.Is(err, registry.ErrFinal):
		return newProblem(http.StatusConflict, codeState,
			"the verification has ended, and its status is final; create a new one")
	case errors.As(err, &state):
		return newProblem(http.StatusConflict, codeState, "the verification's status does not allow this; read it again")
	case errors.Is(err, registry.ErrLive):
		return newProblem(http.StatusConflict, codeLiveOnly,
			"the outcome of a live verification cannot be played; use a test key")
	case errors.Is(err, registry.ErrNoAddress):
		return newProblem(http.StatusConflict, codeNoAddress, registry.ErrNoAddress.Error())
	case errors.Is(err, registry.ErrLetters):
		return newProblem(http.StatusConflict, codeLetters,
			registry.ErrLetters.Error()+"; make a link with POST …/link and hand it over yourself")
	case errors.Is(err, registry.ErrAddressLetters):
		return newProblem(http.StatusConflict, codeLetters,
			registry.ErrAddressLetters.Error()+"; make a link with POST …/link and hand it over yourself")
	case errors.Is(err, registry.ErrRunning):
		return newProblem(http.StatusConflict, codeRunning,
			"the first request with this Idempotency-Key is not done; try again in a second")
	case errors.Is(err, registry.ErrOtherContent):
		return newProblem(http.StatusUnprocessableEntity, codeOtherContent,
			"this Idempotency-Key came with another body in the last 24 hours; use a new one")
	case errors.Is(err, enrolment.ErrOwed):
		return newProblem(http.StatusConflict, codeOwed,
			"the file is owed to the provider of the certificate, who has to keep it; try again once it was handed over")
	case errors.Is(err, store.ErrText):
		return newProblem(http.StatusUnprocessableEntity, codeInvalid, "a text holds a NUL or is not UTF-8")
	case errors.Is(err, store.ErrNotFound), errors.Is(err, enrolment.ErrNotOwner), errors.Is(err, evidence.ErrNotReadable):
		return newProblem(http.StatusNotFound, codeNotFound, "this site has nothing here")
	case errors.Is(err, store.ErrConflict), errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return newProblem(http.StatusServiceUnavailable, codeUnavailable, "the service is busy; try again in a moment")
	}
	return newProblem(http.StatusInternalServerError, codeInternal,
		"something went wrong on this side; the request id finds it in the log")
}

// snake writes a name of the journey's as the API does.
func snake(name string) string {
	out := make([]byte, 0, len(name)+2)
	for _, c := range []byte(name) {
		if c >= 'A' && c <= 'Z' {
			out = append(out, '_', c+'a'-'A')
			continue
		}
		out = append(out, c)
	}
	return string(out)
}

// write answers with a problem outside of the framework.
func (p *Problem) write(w http.ResponseWriter) {
	p.RequestID = w.Header().Get("X-Request-Id")
	w.Header().Set("Content-Type", "application/problem+json")
	if p.Status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer realm="visavis"`)
	}
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // the client went away: there is nobody to tell
}
