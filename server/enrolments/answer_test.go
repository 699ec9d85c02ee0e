package enrolments

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"visavis/email"
	"visavis/enrolment"
	"visavis/enrolment/evidence"
	"visavis/enrolment/journey"
	"visavis/enrolment/store"
	"visavis/identity"
	"visavis/words"
)

func TestEachErrorHasItsAnswer(t *testing.T) {
	next := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	cases := []struct {
		err    error
		status int
		code   string
		field  string
	}{
		{&enrolment.StateError{State: enrolment.Review, Allowed: []enrolment.Action{enrolment.ActionCancel}}, http.StatusConflict, "out-of-order", ""},
		{&enrolment.LimitError{What: "attempts", Next: next}, http.StatusTooManyRequests, "limit", "attempts"},
		{&enrolment.ConsentError{Missing: enrolment.Faces}, http.StatusUnprocessableEntity, "consent", "faces"},
		{&enrolment.ValueError{Action: enrolment.ActionDecide, Field: "reason"}, http.StatusUnprocessableEntity, "value", "reason"},
		{&journey.InputError{Field: "mobile", Problem: journey.BadMobile}, http.StatusUnprocessableEntity, "value", "mobile"},
		{&enrolment.ReviewError{Problem: enrolment.OwnFile}, http.StatusConflict, "review", ""},
		{enrolment.ErrNotOwner, http.StatusNotFound, "not-found", ""},
		{store.ErrNotFound, http.StatusNotFound, "not-found", ""},
		{evidence.ErrNotReadable, http.StatusNotFound, "not-found", ""},
		{&enrolment.OwedError{Days: 7}, http.StatusConflict, "owed", ""},
		{errBadMessage, http.StatusBadRequest, "bad-message", ""},
		{errTooLarge, http.StatusRequestEntityTooLarge, "too-large", ""},
		{errLogin, http.StatusUnauthorized, "login-required", ""},
		{errRole, http.StatusForbidden, "not-allowed", ""},
		{store.ErrConflict, http.StatusServiceUnavailable, "unavailable", ""},
		{errors.New("disk full"), http.StatusInternalServerError, "internal", ""},
	}
	for _, c := range cases {
		for _, language := range []string{"fr", "en"} {
			got := problemOf(fmt.Errorf("wrapped: %w", c.err), language)
			if got.status != c.status || got.Code != c.code || got.Field != c.field || got.Text == "" {
				t.Errorf("%v in %s: %d %+v, want %d %s %q", c.err, language, got.status, got, c.status, c.code, c.field)
			}
		}
	}
	if a := problemOf(cases[0].err, "fr"); a.State != enrolment.Review || len(a.Allowed) != 1 {
		t.Errorf("out of order: %+v, want the state and what is allowed", a)
	}
	for _, l := range words.Languages() {
		if a := problemOf(&enrolment.OwedError{Days: 9}, l.Tag); !strings.Contains(a.Text, "9") ||
			strings.Contains(a.Text, "{") {
			t.Errorf("owed, in %s: %q, want the days", l.Tag, a.Text)
		}
	}
	if a := problemOf(cases[1].err, "fr"); a.Next == nil || !a.Next.Equal(next) {
		t.Errorf("a limit: %+v, want when the next may be", a)
	}
}

// Whatever a person typed, they read in their language what to change.
func TestSentencesOfWhatPeopleType(t *testing.T) {
	for _, l := range words.Languages() {
		for _, c := range []struct {
			err        error
			has, hasNo string
		}{
			{&journey.InputError{Field: "surname", Err: identity.CheckName("Speсimen")}, "с", ""},
			{&journey.InputError{Field: "surname", Err: identity.CheckName("Specimen 2")}, "10", ""},
			{&journey.InputError{Field: "surname", Err: identity.CheckName("Spec\u202eimen")}, "U+202E", "\u202e"},
			{&journey.InputError{Field: "surname", Err: identity.CheckName("Мария")}, "М", ""},
			{&journey.InputError{Field: "surname", Err: identity.CheckName("Specimen & Co")}, "&", ""},
			{&journey.InputError{Field: "surname", Err: identity.NameFaults("", "")[0]}, "", ""},
			{&journey.InputError{Field: "email", Err: emailError("a\u200b@example.org")}, "U+200B", "\u200b"},
			{&journey.InputError{Field: "email", Err: emailError("a@10.0.0.1")}, "IP", ""},
			{&journey.InputError{Field: "email", Err: emailError("nobody")}, "@", ""},
			{&journey.InputError{Field: "email", Err: emailError("a@localhost")}, "@", ""},
			{&journey.InputError{Field: "email", Err: emailError("a@-.example")}, "@", ""},
			{&journey.InputError{Field: "email", Err: emailError(strings.Repeat("a", 65) + "@example.org")}, "64", ""},
			{&journey.InputError{Field: "email", Err: email.Unwritable()}, "@", ""},
			{&journey.InputError{Field: "mobile", Problem: journey.BadMobile}, "+33", ""},
			{&journey.InputError{Field: "birthDate", Problem: journey.BadBirthDate}, "", ""},
			{&journey.InputError{Field: "answers.terms", Problem: journey.TextChanged}, "", ""},
		} {
			a := problemOf(c.err, l.Tag)
			if a.said.Language.Tag != l.Tag || !strings.Contains(a.Text, c.has) ||
				c.hasNo != "" && strings.Contains(a.Text, c.hasNo) ||
				strings.ContainsAny(a.Text, "{}") || strings.Contains(a.Text, "errors.") {
				t.Errorf("%v in %s: %q (%s)", c.err, l.Tag, a.Text, a.said.Language.Tag)
			}
		}
	}
}

func emailError(text string) error {
	_, err := email.Parse(text)
	return err
}

// What staff reads is in French or English, and says so.
func TestTheWordsOfStaffAreInTwoLanguages(t *testing.T) {
	a := problemOf(&enrolment.ReviewError{Problem: enrolment.Lapsed}, "de")
	if a.said.Language.Tag != words.Fallback() || !strings.Contains(a.Text, "too long") {
		t.Errorf("%q in %s", a.Text, a.said.Language.Tag)
	}
	if got := checkWords(words.In("fr"), "digit-number"); got != "Clé de contrôle\u202f: number" {
		t.Errorf("%q", got)
	}
	if got := checkWords(words.In("en"), "given-names"); got != "Given names" {
		t.Errorf("%q", got)
	}
	if got := checkWords(words.In("en"), "a-new-one"); got != "a-new-one" {
		t.Errorf("%q", got)
	}
}

// A body is read up to its bound, and no further.
func TestABodyOverItsBoundIsTooLarge(t *testing.T) {
	for length, want := range map[int]error{maxBody: nil, maxBody + 1: errTooLarge} {
		body := `{"reason":"` + strings.Repeat("x", length-len(`{"reason":""}`)) + `"}`
		r := request{Request: httptest.NewRequest(http.MethodPost, "/api/enrolments", strings.NewReader(body))}
		var value struct{ Reason string }
		if err := r.decode(&value); !errors.Is(err, want) {
			t.Errorf("%d bytes: %v, want %v", length, err, want)
		}
	}
}
