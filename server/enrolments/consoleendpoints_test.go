package enrolments_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"visavis/sites"
)

func TestTheConsoleShowsDeliveriesAndWhyASignatureFails(t *testing.T) {
	in := sqlitePlace(t).start(t, "one")
	h := in.host(t)
	b := in.staffOf(t, h.of.ID)
	at := "/api/console/sites/" + h.of.ID + "/endpoints"
	broken := httptest.NewServer(
		http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusGone) }))
	t.Cleanup(broken.Close)
	var e struct {
		Endpoint struct{ ID, PublicKey, WhyNot string }
		Secret   string
	}
	b.want(http.StatusOK, "POST", at, map[string]any{"url": broken.URL + "/hook", "label": "un"}, &e)
	if !strings.HasPrefix(e.Secret, "whsec_") || !strings.HasPrefix(e.Endpoint.PublicKey, "whpk_") {
		t.Errorf("endpoint %+v", e)
	}
	one := at + "/" + e.Endpoint.ID
	b.want(http.StatusOK, "POST", one+"/test", nil, nil)
	var list struct{ Deliveries []sites.Delivery }
	waitFor(t, func() bool {
		b.want(http.StatusOK, "GET", one+"/deliveries", nil, &list)
		return len(list.Deliveries) == 1 && list.Deliveries[0].State == sites.Failed
	})
	try := list.Deliveries[0].Attempts[0]
	if try.Status != http.StatusGone || try.Problem == "" || try.Signature == "" || list.Deliveries[0].Body == "" {
		t.Errorf("the attempt says %+v", try)
	}
	var why struct {
		Valid bool
		Why   string
	}
	sent := map[string]any{
		"id":        list.Deliveries[0].Event,
		"timestamp": try.Timestamp,
		"signature": try.Signature,
		"body":      list.Deliveries[0].Body,
	}
	b.want(http.StatusOK, "POST", one+"/check", sent, &why)
	if !why.Valid {
		t.Errorf("what was sent: %+v", why)
	}
	sent["body"] = " " + list.Deliveries[0].Body
	b.want(http.StatusOK, "POST", one+"/check", sent, &why)
	if why.Valid || !strings.Contains(why.Why, "before any parsing") {
		t.Errorf("a body that was changed: %+v", why)
	}
	sent["timestamp"] = "yesterday"
	b.want(http.StatusUnprocessableEntity, "POST", one+"/check", sent, nil)

	// The endpoint answered 410 and is off; it is mended, switched on, and gets it again.
	good := h.listen()
	var addresses struct {
		Endpoints []struct{ ID, URL, WhyNot string }
	}
	b.want(http.StatusOK, "GET", at, nil, &addresses)
	if len(addresses.Endpoints) != 2 || addresses.Endpoints[0].WhyNot == "" {
		t.Errorf("endpoints %+v", addresses)
	}
	h.create(sites.Identity)
	good.await(func(m sites.Message) bool { return m.Type == "verification.created" })
	var sentAgain struct{ Sent int }
	b.want(http.StatusOK, "POST", at+"/"+good.id+"/resend", map[string]any{"from": 1, "to": 99}, &sentAgain)
	if sentAgain.Sent != 2 {
		t.Errorf("%d sent again, want the test's event and the verification's", sentAgain.Sent)
	}
	good.await(func(m sites.Message) bool { return m.Type == sites.EndpointTest })
	b.want(http.StatusOK, "POST", one+"/deliveries/"+list.Deliveries[0].ID+"/resend", nil, nil)
	b.want(http.StatusNotFound, "POST", at+"/"+good.id+"/deliveries/"+list.Deliveries[0].ID+"/resend", nil, nil)
	secret := e.Secret
	b.want(http.StatusOK, "POST", one+"/rotate", map[string]any{"hours": 1}, &e)
	if e.Secret == secret {
		t.Error("the secret is the one before")
	}
	var on struct{ Endpoint sites.Endpoint }
	b.want(http.StatusOK, "POST", one, map[string]any{"enabled": true}, &on)
	if on.Endpoint.WhyNot != "" || !on.Endpoint.Enabled || on.Endpoint.Label != "un" {
		t.Errorf("enabled %+v", on.Endpoint)
	}
	b.want(http.StatusOK, "POST", one+"/drop", nil, nil)
	b.want(http.StatusNotFound, "GET", one+"/deliveries", nil, nil)
}
