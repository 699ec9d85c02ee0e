package enrolments

import (
	"context"
	"errors"
	"net/http"

	"visavis/certificate/pades"
	"visavis/enrolment"
	"visavis/enrolment/evidence"
	"visavis/enrolment/journey"
	"visavis/enrolment/store"
	"visavis/identity"
	"visavis/server/sentences"
	"visavis/sites"
	"visavis/sites/registry"
	"visavis/words"
)

// answers maps errors without data to a status, a code and, if it differs from the code,
// the key of a sentence.
var answers = []struct {
	errs   []error
	status int
	code   string
	key    string
}{
	{[]error{enrolment.ErrNotOwner, store.ErrNotFound, evidence.ErrNotReadable}, http.StatusNotFound, "not-found", ""},
	{[]error{store.ErrText}, http.StatusUnprocessableEntity, "text", ""},
	{[]error{errBadMessage}, http.StatusBadRequest, "bad-message", ""},
	{[]error{errTooLarge}, http.StatusRequestEntityTooLarge, "too-large", ""},
	{[]error{sites.ErrLink}, http.StatusNotFound, "link-unknown", ""},
	{[]error{registry.ErrLinkOver}, http.StatusGone, "link-over", ""},
	{[]error{registry.ErrElsewhere}, http.StatusConflict, "link-elsewhere", ""},
	{[]error{errLogin}, http.StatusUnauthorized, "login-required", ""},
	{[]error{errRole}, http.StatusForbidden, "not-allowed", ""},
	{[]error{errBusySigning}, http.StatusServiceUnavailable, "unavailable", ""},
	{[]error{registry.ErrRunning}, http.StatusConflict, "unavailable", ""},
	{[]error{errTooMany}, http.StatusTooManyRequests, "limit", "too-many"},
	{[]error{journey.ErrNotTexted}, http.StatusServiceUnavailable, "sms-failed", ""},
	{[]error{store.ErrConflict, context.DeadlineExceeded, context.Canceled}, http.StatusServiceUnavailable, "unavailable", ""},
}

// problemOf alone turns an error into a client's answer: its code, and a sentence in the
// reader's language.
func problemOf(err error, language string) problem {
	w := words.In(language)
	say := func(status int, code string) problem {
		return problem{status: status, Code: code}.saying(w.Say("errors." + code))
	}
	var (
		state   *enrolment.StateError
		limit   *enrolment.LimitError
		consent *enrolment.ConsentError
		value   *enrolment.ValueError
		review  *enrolment.ReviewError
		input   *journey.InputError
		address *journey.AddressError
		invalid *sites.InvalidError
		page    *registry.UnreachableError
		owed    *enrolment.OwedError
		file    *pades.Refusal
		signing *journey.SigningError
	)
	switch {
	case errors.As(err, &file):
		a := problem{status: http.StatusUnprocessableEntity, Code: "file", Problem: string(file.Code)}
		return a.saying(w.Say("errors.file." + fileSentence(file.Code)))
	case errors.As(err, &signing):
		a := problem{status: http.StatusConflict, Code: "signing", Problem: string(signing.Problem), Left: signing.Left}
		switch signing.Problem {
		case journey.SigningForm:
			a.status, a.Field = http.StatusBadRequest, "digits"
		case journey.SigningWrong:
			a.status, a.Field = http.StatusUnprocessableEntity, "digits"
			if signing.Left == 0 {
				a.Problem = string(journey.SigningOver)
			}
		}
		return a.saying(w.Say("errors.signing." + a.Problem))
	case errors.As(err, &owed):
		return problem{status: http.StatusConflict, Code: "owed"}.saying(w.Say("errors.owed",
			words.Values{"days": w.Text("privacy.days", words.Values{"n": owed.Days})}))
	case errors.As(err, &invalid):
		a := say(http.StatusUnprocessableEntity, "value")
		a.Field, a.Problem = invalid.Field, invalid.Want
		return a
	case errors.As(err, &page):
		a := say(http.StatusUnprocessableEntity, "value")
		a.Code, a.Field, a.Problem = "unreachable", "url", page.Problem
		return a
	case errors.As(err, &address):
		return problem{
			status: http.StatusUnprocessableEntity, Code: "address", Field: "digits", Problem: string(address.Problem),
			Left: address.Left,
		}.saying(w.Say("errors.address." + string(address.Problem)))
	case errors.As(err, &state):
		a := say(http.StatusConflict, "out-of-order")
		a.State, a.Allowed = state.State, state.Allowed
		return a
	case errors.As(err, &limit):
		a := say(http.StatusTooManyRequests, "limit")
		if key := "errors." + limit.What; w.Has(key) {
			a = a.saying(w.Say(key))
		}
		if !limit.Next.IsZero() {
			a.Next = &limit.Next
		}
		a.Field = limit.What
		return a
	case errors.As(err, &input):
		a := say(http.StatusUnprocessableEntity, "value")
		a.Field = input.Field
		for _, one := range sentences.All[*journey.InputError](err) {
			a.Fields = append(a.Fields, fieldProblem{one.Field, sentences.CodeOfInput(one), sentences.OfInput(w, one).Text})
		}
		return a.saying(sentences.OfInput(w, input))
	case errors.As(err, &consent):
		a := say(http.StatusUnprocessableEntity, "consent")
		a.Field = string(consent.Missing)
		return a
	case errors.As(err, &value):
		a := say(http.StatusUnprocessableEntity, "value")
		a.Field = value.Field
		for _, one := range sentences.All[*enrolment.ValueError](err) {
			code, said := ofValue(w, one)
			a.Fields = append(a.Fields, fieldProblem{one.Field, code, said.Text})
		}
		_, said := ofValue(w, value)
		return a.saying(said)
	case errors.As(err, &review):
		key := "staff.review." + string(review.Problem)
		if !w.Has(key) {
			key = "staff.review." + string(enrolment.NotDrawn)
		}
		return problem{status: http.StatusConflict, Code: "review", Problem: string(review.Problem)}.saying(w.Say(key))
	}
	for _, answer := range answers {
		for _, one := range answer.errs {
			if !errors.Is(err, one) {
				continue
			}
			a := say(answer.status, answer.code)
			if answer.key != "" {
				return a.saying(w.Say("errors." + answer.key))
			}
			return a
		}
	}
	return say(http.StatusInternalServerError, "internal")
}

// fileSentence is the sentence of a file that is not signed; what a person can do is the
// same for some codes.
func fileSentence(c pades.Code) string {
	switch c {
	case pades.Hybrid:
		return string(pades.Damaged)
	case pades.XFA:
		return string(pades.Unreadable)
	}
	return string(c)
}

// ofValue says of one value of an event what is wrong with it, by code and in words.
func ofValue(w words.Words, e *enrolment.ValueError) (code string, said words.Said) {
	if bad, ok := errors.AsType[*identity.NameError](e); ok {
		return sentences.CodeOfName(bad), sentences.OfName(w, bad)
	}
	switch e.Field {
	case "checklist":
		return "checklist", w.Say("staff.checklist")
	case "extracted.birthDate":
		return string(journey.BadBirthDate), w.Say("errors." + string(journey.BadBirthDate))
	}
	return "value", w.Say("errors.value")
}
