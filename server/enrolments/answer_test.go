package enrolments

import (
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"visavis/enrolment"
	"visavis/enrolment/evidence"
	"visavis/enrolment/journey"
	"visavis/enrolment/store"
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
		{&journey.InputError{Field: "mobile", French: "…", English: "…"}, http.StatusUnprocessableEntity, "value", "mobile"},
		{&enrolment.ReviewError{Problem: enrolment.OwnFile}, http.StatusConflict, "review", ""},
		{enrolment.ErrNotOwner, http.StatusNotFound, "not-found", ""},
		{store.ErrNotFound, http.StatusNotFound, "not-found", ""},
		{evidence.ErrNotReadable, http.StatusNotFound, "not-found", ""},
		{enrolment.ErrOwed, http.StatusConflict, "owed", ""},
		{errBadMessage, http.StatusBadRequest, "bad-message", ""},
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
	if a := problemOf(cases[1].err, "fr"); a.Next == nil || !a.Next.Equal(next) {
		t.Errorf("a limit: %+v, want when the next may be", a)
	}
}
