package enrolments_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"visavis/sites"
)

func TestWhoGetsAnAccessToken(t *testing.T) {
	in := sqlitePlace(t).start(t, "one")
	h := in.host(t)
	another := in.host(t)
	changed := func(key, value string) url.Values {
		v := h.credentials()
		v.Set(key, value)
		return v
	}
	twice := h.credentials()
	twice.Add("client_id", h.of.ID)
	for _, one := range []struct {
		code, part string
		form       url.Values
	}{
		{"invalid_request", "grant_type", changed("grant_type", "password")},
		{"invalid_request", "grant_type", url.Values{"client_id": {h.of.ID}, "client_secret": {h.key}}},
		{"invalid_request", "client_id", changed("client_id", "")},
		{"invalid_request", "Client authorization required", changed("client_secret", "")},
		{"invalid_request", "client_secret", changed("client_secret", h.key[:len(h.key)-1]+"_")},
		{"invalid_request", "client_id", changed("client_id", another.of.ID)},
		{"invalid_scope", "service", changed("scope", "credential")},
		{"invalid_request", "twice", twice},
		{"unauthorized_client", "sign", h.with(sites.Read, sites.Write, sites.Personal, sites.Redact).credentials()},
	} {
		status, body := h.form(one.form)
		wrong(t, one.form.Encode(), status, body, http.StatusBadRequest, one.code, one.part)
	}

	r := h.remote()
	later := strings.Replace(r.token, ".1", ".2", 1)
	for _, token := range []string{"", h.key, "vva.x", r.token[:len(r.token)-1] + "_", later} {
		if token == r.token {
			continue
		}
		status, header, body := (&remote{h, token}).call("credentials/list", object{"userID": "x"})
		wrong(t, fmt.Sprintf("the token %q", token), status, body, http.StatusUnauthorized, "invalid_token", "token")
		if !strings.HasPrefix(header.Get("WWW-Authenticate"), "Bearer ") {
			t.Errorf("no WWW-Authenticate: %v", header)
		}
	}
	for _, body := range []string{"", "null", "[]", "{"} {
		status, _, answer := r.call("credentials/list", body)
		wrong(t, "the body "+body, status, answer, http.StatusBadRequest, "invalid_request", "")
	}
	status, _, answer := r.call("credentials/list", object{"userID": strings.Repeat("a", 70_000)})
	wrong(t, "a long body", status, answer, http.StatusRequestEntityTooLarge, "invalid_request", "64 KiB")
	status, _, answer = r.call("signatures/signDoc", object{})
	wrong(t, "what there is not", status, answer, http.StatusNotImplemented, "invalid_request", "no such method")

	keys, err := in.sites.Keys(t.Context(), h.of.ID)
	must(t, err)
	for _, k := range keys {
		must(t, in.sites.RevokeKey(t.Context(), h.of.ID, k.ID))
	}
	status, _, answer = r.call("credentials/list", object{"userID": "x"})
	wrong(t, "a revoked key's token", status, answer, http.StatusUnauthorized, "invalid_token", "ended")
}

func TestCallsOfOneTokenAreBounded(t *testing.T) {
	p := sqlitePlace(t)
	p.calls = 3
	in := p.start(t, "one")
	r := in.host(t).remote()
	for range 2 {
		r.refusedWith("invalid_request", "userID", "credentials/list", object{})
	}
	status, header, answer := r.call("credentials/list", object{})
	wrong(t, "a fourth call", status, answer, http.StatusTooManyRequests, "temporarily_unavailable", "")
	if header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
}

func TestANetworksLimitIsToldAsTheStandardHasIt(t *testing.T) {
	p := sqlitePlace(t)
	p.messages = 10
	r := &remote{host: p.start(t, "one").host(t)}
	for range 20 {
		status, _, answer := r.call("info", object{})
		if status == http.StatusOK {
			continue
		}
		wrong(t, "too many", status, answer, http.StatusTooManyRequests, "temporarily_unavailable", "")
		return
	}
	t.Error("nothing bounds who has no token")
}
