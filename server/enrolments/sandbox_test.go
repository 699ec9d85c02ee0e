package enrolments_test

import (
	"net/http"
	"slices"
	"testing"

	"visavis/server/api"
	"visavis/sites"
)

func TestALinkGoesByEmailAndAClockMoves(t *testing.T) {
	p := sqlitePlace(t)
	in := p.start(t, "one")
	h := in.host(t)
	v := h.create(sites.Identity)
	at := "/v1/verifications/" + v.ID
	var sent api.Verification
	h.want(http.StatusOK, "POST", at+"/link/email", nil, &sent)
	if sent.URL+sent.ClientSecret != "" || sent.Link == nil || sent.Link.EmailedAt.IsZero() {
		t.Errorf("the answer has the link, or does not say that it went: %+v %+v", sent, sent.Link)
	}
	waitFor(t, func() bool { return slices.Contains(p.letters.list(), "site-link "+v.ID) })
	var nameless api.Verification
	h.want(http.StatusCreated, "POST", "/v1/verifications", map[string]string{"purpose": "identity"}, &nameless)
	h.refused(http.StatusConflict, "no_email_address", "POST", "/v1/verifications/"+nameless.ID+"/link/email", nil)
	for range 4 {
		h.want(http.StatusOK, "POST", at+"/link/email", nil, nil)
	}
	h.refused(http.StatusConflict, "too_many_letters", "POST", at+"/link/email", nil)
	h.with(sites.Read).refused(http.StatusForbidden, "scope_missing", "POST", at+"/link/email", nil)
	in.host(t).refused(http.StatusNotFound, "not_found", "POST", at+"/link/email", nil)

	h.want(http.StatusOK, "POST", "/v1/test/verifications/"+v.ID+"/advance", map[string]any{"to": "verified",
		"after": 7200}, &sent)
	var clock api.Clock
	h.want(http.StatusOK, "POST", "/v1/test/clock", map[string]int{"forward": 3600}, &clock)
	if now := h.see(v.ID); sent.Status != sites.Created || now.Status != sites.Created || clock.Ahead != 3600 {
		t.Errorf("planned in two hours, after one: %s, %s, clock %+v", sent.Status, now.Status, clock)
	}
	h.want(http.StatusOK, "POST", "/v1/test/clock", map[string]int{"forward": 3600}, &clock)
	if now := h.see(v.ID); now.Status != sites.Verified || clock.Ahead != 7200 {
		t.Errorf("planned in two hours, after two: %s, clock %+v", now.Status, clock)
	}
	h.want(http.StatusOK, "POST", "/v1/test/clock", map[string]int{"forward": 8 * 24 * 3600}, nil)
	if now := h.see(nameless.ID); now.Status != sites.Expired {
		t.Errorf("a week later: %s", now.Status)
	}
	h.refused(http.StatusUnprocessableEntity, "invalid_value", "POST", "/v1/test/clock", map[string]int{"forward": -1})
	h.refused(http.StatusUnprocessableEntity, "invalid_value", "POST", "/v1/test/clock",
		map[string]int{"forward": 366 * 24 * 3600})
}
