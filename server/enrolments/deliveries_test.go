package enrolments_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"visavis/server/api"
	"visavis/sites"
)

// inbox is an endpoint of a site, which checks what it gets.
type inbox struct {
	h    *host
	id   string
	keys *standardwebhooks.Webhook

	mu     sync.Mutex
	got    []sites.Message
	answer int // 0: 204
	asked  int
}

// listen registers an endpoint.
func (h *host) listen(events ...sites.EventType) *inbox {
	h.t.Helper()
	in := &inbox{h: h}
	srv := httptest.NewServer(in)
	h.t.Cleanup(srv.Close)
	var e api.Endpoint
	h.want(http.StatusCreated, "POST", "/v1/endpoints", map[string]any{"url": srv.URL + "/hook", "events": events}, &e)
	var err error
	in.keys, err = standardwebhooks.NewWebhook(e.Secret)
	must(h.t, err)
	if !strings.HasPrefix(e.PublicKey, "whpk_") || !e.Enabled {
		h.t.Errorf("endpoint %+v", e)
	}
	in.id = e.ID
	return in
}

// ServeHTTP takes a message.
func (in *inbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	var m sites.Message
	if err == nil {
		err = in.keys.Verify(body, r.Header)
	}
	if err == nil {
		err = json.Unmarshal(body, &m)
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	in.asked++
	if err != nil || m.ID != r.Header.Get("Webhook-Id") || len(body) > 4<<10 ||
		strings.Contains(string(body), "Specimen") {
		in.h.t.Errorf("a message that should not be: %v %s %v", err, body, r.Header)
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	if in.answer != 0 {
		w.WriteHeader(in.answer)
		_, _ = io.WriteString(w, "not now")
		return
	}
	if !slices.ContainsFunc(in.got, func(known sites.Message) bool { return known.ID == m.ID }) {
		in.got = append(in.got, m)
	}
	w.WriteHeader(http.StatusNoContent)
}

func (in *inbox) await(fits func(sites.Message) bool) {
	in.h.t.Helper()
	waitFor(in.h.t, func() bool {
		in.mu.Lock()
		defer in.mu.Unlock()
		return slices.ContainsFunc(in.got, fits)
	})
}

func (in *inbox) count() (asked, got int) {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.asked, len(in.got)
}

func (in *inbox) will(answer int) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.answer = answer
}

func (in *inbox) deliveries() (page api.DeliveryPage) {
	in.h.t.Helper()
	in.h.want(http.StatusOK, "GET", "/v1/endpoints/"+in.id+"/deliveries?limit=100", nil, &page)
	return page
}

func (in *inbox) endpoint() (e api.Endpoint) {
	in.h.t.Helper()
	in.h.want(http.StatusOK, "GET", "/v1/endpoints/"+in.id, nil, &e)
	return e
}

func (h *host) advance(id string, to sites.Status, why sites.Reason) (v api.Verification) {
	h.t.Helper()
	h.want(http.StatusOK, "POST", "/v1/test/verifications/"+id+"/advance", map[string]any{"to": to, "reason": why}, &v)
	return v
}

func TestATestIsMovedToEveryOutcomeWithItsEvents(t *testing.T) {
	in := sqlitePlace(t).start(t, "one")
	h := in.host(t)
	told := h.listen()
	for _, c := range []struct {
		to      sites.Status
		why     sites.Reason
		purpose sites.Purpose
		want    sites.Reason
	}{
		{to: sites.Capturing}, {to: sites.Verifying}, {to: sites.InReview}, {to: sites.ToConfirm}, {to: sites.Verified}, {to: sites.InPerson},
		{to: sites.RequiresInput, want: sites.Unreadable}, {to: sites.RequiresInput, why: sites.StepAgain, want: sites.StepAgain},
		{to: sites.RequiresInput, why: sites.CaptureFailed, want: sites.CaptureFailed}, {to: sites.RequiresInput, why: sites.DocumentExpired, want: sites.DocumentExpired},
		{to: sites.Refused, want: sites.OtherPerson}, {to: sites.Refused, why: sites.Altered, want: sites.Altered},
		{to: sites.Cancelled, want: sites.SiteCancelled}, {to: sites.Expired, want: sites.Abandoned}, {to: sites.Verified, purpose: sites.Certificate},
	} {
		purpose := c.purpose
		if purpose == "" {
			purpose = sites.Identity
		}
		v := h.create(purpose)
		got := h.advance(v.ID, c.to, c.why)
		if purpose == sites.Certificate { // the test authority issues it
			waitFor(t, func() bool { got = h.see(v.ID); return got.Final })
		}
		if got.Status != c.to || got.Reason != c.want {
			t.Errorf("%s %s: %s %s", c.to, c.why, got.Status, got.Reason)
		}
		told.await(func(m sites.Message) bool { return m.Data.Verification == v.ID && m.Data.Status == c.to })
		checkChain(t, in, in.enrolmentOf(t, v.ID))
	}
	v := h.create(sites.Identity)
	h.refused(http.StatusUnprocessableEntity, "invalid_value", "POST", "/v1/test/verifications/"+v.ID+"/advance",
		map[string]any{"to": "refused", "reason": "document.unreadable"})
	h.advance(v.ID, sites.Verified, "")
	var data api.Data
	h.want(http.StatusOK, "GET", "/v1/verifications/"+v.ID+"/data", nil, &data)
	if data != (api.Data{Surname: "Specimen", GivenNames: "Maéva Claire", BirthDate: "1990-07-13", Document: "passport",
		Source: "document"}) {
		t.Errorf("the data of a played test: %+v", data)
	}
	h.refused(http.StatusConflict, "wrong_status", "POST", "/v1/test/verifications/"+v.ID+"/advance",
		map[string]any{"to": "refused"})
	live, err := in.sites.AddSite(t.Context(), sites.Site{Name: "Vrai", Live: true})
	must(t, err)
	real := (&host{t: t, in: in, of: live}).with()
	v = real.create2(map[string]any{"purpose": "identity"})
	real.refused(http.StatusConflict, "test_only", "POST", "/v1/test/verifications/"+v.ID+"/advance",
		map[string]any{"to": "verified"})
}

func (h *host) create2(body any) (v api.Verification) {
	h.t.Helper()
	h.want(http.StatusCreated, "POST", "/v1/verifications", body, &v)
	return v
}

func checkChain(t *testing.T, in *instance, id string) {
	t.Helper()
	found, err := in.keeper.Verify(t.Context(), id)
	must(t, err)
	if !found.OK() {
		t.Errorf("evidence: %+v", found.Findings)
	}
}

func TestDeliveriesAreShownRetriedAndSentAgain(t *testing.T) {
	in := sqlitePlace(t).start(t, "one")
	h := in.host(t)
	told := h.listen("verification.cancelled", "endpoint.test")
	told.will(http.StatusServiceUnavailable)
	v := h.create(sites.Identity)
	h.want(http.StatusOK, "POST", "/v1/verifications/"+v.ID+"/cancel", nil, nil)
	waitFor(t, func() bool { d := told.deliveries().Data; return len(d) == 1 && len(d[0].Attempts) > 0 })
	d := told.deliveries().Data[0]
	first := d.Attempts[0]
	if d.State != sites.Pending || first.Status != 503 || first.Answer != "not now" || first.Problem == "" ||
		first.Signature == "" || d.NextAt.IsZero() {
		t.Errorf("after a failure: %+v", d)
	}
	if told.endpoint().FailingSince.IsZero() {
		t.Error("the endpoint does not say that it fails")
	}
	h.want(http.StatusOK, "POST", "/v1/endpoints/"+told.id+"/check", map[string]any{
		"webhook_id": d.Event, "webhook_timestamp": mustInt(t, first.Timestamp), "webhook_signature": first.Signature, "body_base64": []byte(d.Body),
	}, &struct{ Good *bool }{})
	var why api.SignatureCheck
	h.want(http.StatusOK, "POST", "/v1/endpoints/"+told.id+"/check", map[string]any{
		"webhook_id": d.Event, "webhook_timestamp": mustInt(t, first.Timestamp), "webhook_signature": first.Signature, "body_base64": []byte(d.Body + "\n"),
	}, &why)
	if why.Good || !strings.Contains(why.Why, "as they came") {
		t.Errorf("another body: %+v", why)
	}
	for _, header := range []string{
		first.Timestamp, "v1,abc", "v2," + strings.Repeat("A", 44), "v1:" + first.Signature[3:],
	} {
		why = api.SignatureCheck{}
		h.want(http.StatusOK, "POST", "/v1/endpoints/"+told.id+"/check", map[string]any{
			"webhook_id": d.Event, "webhook_timestamp": mustInt(t, first.Timestamp),
			"webhook_signature": strings.Fields(header)[0], "body_base64": []byte(d.Body),
		}, &why)
		if why.Good || !strings.Contains(why.Why, "is a signature v1,… or v1a,…") {
			t.Errorf("%q as the header: %+v", header, why)
		}
	}
	told.will(0)
	told.await(func(m sites.Message) bool { return m.Data.Verification == v.ID }) // the retry, after some seconds
	waitFor(t, func() bool {
		return told.deliveries().Data[0].State == sites.Delivered && told.endpoint().FailingSince.IsZero()
	})

	asked, _ := told.count()
	h.want(http.StatusOK, "POST", "/v1/endpoints/"+told.id+"/deliveries/"+d.ID+"/resend", nil, nil)
	// created and cancelled
	h.want(http.StatusOK, "POST", "/v1/endpoints/"+told.id+"/resend", map[string]int{"from": 1, "to": 100}, nil)
	h.want(http.StatusOK, "POST", "/v1/endpoints/"+told.id+"/test", nil, nil)
	told.await(func(m sites.Message) bool { return m.Type == sites.EndpointTest })
	waitFor(t, func() bool { now, got := told.count(); return now == asked+4 && got == 3 })

	var gone api.Redaction
	h.want(http.StatusOK, "POST", "/v1/verifications/"+v.ID+"/redact", nil, &gone)
	for _, d := range told.deliveries().Data {
		if d.Verification == v.ID && (d.Body != "" || slices.ContainsFunc(d.Attempts, func(a api.DeliveryAttempt) bool {
			return a.Answer != ""
		})) {
			t.Errorf("after the redaction: %+v", d)
		}
	}
	h.refused(http.StatusNotFound, "not_found", "GET", "/v1/endpoints/"+in.host(t).listen().id, nil) // another site's
	h.want(http.StatusNoContent, "DELETE", "/v1/endpoints/"+told.id, nil, nil)
	h.refused(http.StatusNotFound, "not_found", "GET", "/v1/endpoints/"+told.id, nil)
}

func mustInt(t *testing.T, text string) int64 {
	t.Helper()
	n, err := strconv.ParseInt(text, 10, 64)
	must(t, err)
	return n
}

func TestAnEndpointThatIsGoneOrHangsSlowsNobody(t *testing.T) {
	in := sqlitePlace(t).start(t, "one")
	hangs, other := in.host(t), in.host(t)
	stop := make(chan struct{})
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-stop }))
	defer srv.Close()
	defer close(stop)
	hangs.want(http.StatusCreated, "POST", "/v1/endpoints", map[string]string{"url": srv.URL}, nil)
	gone := other.listen("endpoint.test")
	gone.will(http.StatusGone)
	good := other.listen()
	for i := range 60 {
		hangs.create2(map[string]any{"purpose": "identity", "reference": fmt.Sprint(i)})
	}
	begun := time.Now()
	v := other.create(sites.Identity)
	good.await(func(m sites.Message) bool { return m.Data.Verification == v.ID })
	if took := time.Since(begun); took > 20*time.Second {
		t.Errorf("an endpoint that hangs made another one wait for %s", took)
	}
	other.want(http.StatusOK, "POST", "/v1/endpoints/"+gone.id+"/test", nil, nil)
	waitFor(t, func() bool { e := gone.endpoint(); return !e.Enabled && strings.Contains(e.WhyNot, "gone") })
	other.want(http.StatusOK, "PATCH", "/v1/endpoints/"+gone.id, map[string]bool{"enabled": true}, nil)
	if e := gone.endpoint(); !e.Enabled || e.WhyNot != "" {
		t.Errorf("enabled again: %+v", e)
	}
}

func TestTestKeysSeeSpecimensAlone(t *testing.T) {
	in := sqlitePlace(t).start(t, "one")
	h := in.host(t)
	v := h.create(sites.Identity)
	person := in.browser(t, "")
	id := person.open(v)
	in.reader.lines = valid().lines(t) // of a state that exists
	person.photographs(id)
	waitFor(t, func() bool { return h.see(v.ID).Status == sites.RequiresInput })
	if v = h.see(v.ID); v.Reason != sites.NotAccepted {
		t.Errorf("a passport that is no specimen: %s %s", v.Status, v.Reason)
	}
}
