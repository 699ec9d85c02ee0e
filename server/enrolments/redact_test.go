package enrolments_test

import (
	"net/http"
	"testing"

	"visavis/certificate"
	"visavis/enrolment"
	"visavis/enrolment/evidence"
	"visavis/server/api"
	"visavis/sites"
)

// gone fails unless a verification is redacted, with a receipt, and nothing of it can be
// read.
func (h *host) gone(v api.Verification, id string) {
	h.t.Helper()
	var out api.Redaction
	h.want(http.StatusOK, "POST", "/v1/verifications/"+v.ID+"/redact", nil, &out)
	if out.Verification.Status != sites.Redacted || out.Verification.Reference != "" || len(out.Receipts) != 1 {
		h.t.Fatalf("redacted %+v", out)
	}
	if _, err := evidence.VerifyReceipt(out.Receipts[0], h.in.keeper.Signer.Public()); err != nil {
		h.t.Errorf("the receipt: %v", err)
	}
	h.refused(http.StatusGone, "data_deleted", "GET", "/v1/verifications/"+v.ID+"/data", nil)
	h.refused(http.StatusGone, "data_deleted", "GET", "/v1/verifications/"+v.ID+"/evidence", nil)
	if _, err := h.in.service.Load(h.t.Context(), id); err == nil {
		h.t.Error("the enrolment is still there")
	}
	if seen := h.see(v.ID); seen.Status != sites.Redacted || !seen.Final {
		h.t.Errorf("afterwards %+v", seen)
	}
}

// A site redacts while the phone takes pictures: what comes later is kept nowhere.
func TestARedactionInTheMiddleOfACapture(t *testing.T) {
	in := sqlitePlace(t).start(t, "one")
	in.showSpecimens(t)
	h := in.host(t)
	v := h.create(sites.Identity)
	person := in.browser(t, "")
	id := person.open(v)
	person.act(id, "consent", yes(person.see(id)))
	c := person.pair(id, nil)
	c.choose("passport")
	c.take(passportSteps[:1]...)
	h.gone(v, id)
	if ended := c.shootUntilEnd(passportSteps[1]); !ended {
		t.Error("the phone goes on capturing for a verification that was redacted")
	}
	if objects, err := in.keeper.Bucket.List(t.Context(), id+"/"); err != nil || len(objects) != 0 {
		t.Errorf("pictures after the redaction: %v, %v", objects, err)
	}
	person.want(http.StatusUnauthorized, "GET", "/api/enrolments/"+id, nil, nil)
}

// A site redacts while a reviewer has the file in hand: no picture of it opens any more,
// and no decision lands.
func TestARedactionInTheMiddleOfAReview(t *testing.T) {
	in := sqlitePlace(t).start(t, "one")
	in.showSpecimens(t)
	h := in.host(t)
	v := h.create(sites.Identity)
	person := in.browser(t, "")
	id := person.open(v)
	person.photographs(id)
	person.await(id, enrolment.Review)
	reviewer := in.browser(t, "reviewer-1")
	var drawn struct {
		Drawn *struct {
			ID    string
			Items []struct{ URL string }
		}
	}
	reviewer.want(http.StatusOK, "POST", "/api/review/draw", struct{}{}, &drawn)
	if drawn.Drawn == nil || drawn.Drawn.ID != id || len(drawn.Drawn.Items) == 0 {
		t.Fatalf("drawn %+v", drawn)
	}
	h.gone(v, id)
	for _, i := range drawn.Drawn.Items {
		if status, _, _ := reviewer.do("GET", i.URL, nil); status < http.StatusBadRequest {
			t.Errorf("%s opens: %d", i.URL, status)
		}
	}
	if status, _, _ := reviewer.do("POST", "/api/review/"+id+"/decide",
		map[string]any{"verdict": "accept", "checklist": map[string]bool{}}); status < http.StatusBadRequest {
		t.Errorf("a decision lands: %d", status)
	}
	var queue struct {
		Waiting int
		Drawn   any
	}
	reviewer.want(http.StatusOK, "GET", "/api/review", nil, &queue)
	if queue.Waiting != 0 || queue.Drawn != nil {
		t.Errorf("the queue %+v", queue)
	}
}

// A site redacts while the certificate is being issued: the issuer has the request, and
// the file is owed. It is redacted once the certificate is there and handed over.
func TestARedactionInTheMiddleOfIssuing(t *testing.T) {
	p := sqlitePlace(t)
	trouble := &troubled{}
	trouble.failures.Store(1 << 20)
	p.issuer = func(ca certificate.Issuer) certificate.Issuer {
		trouble.Issuer = ca
		return trouble
	}
	in := p.start(t, "one")
	in.showSpecimens(t)
	h := in.host(t)
	v := h.create(sites.Certificate)
	person := in.browser(t, "")
	id := person.open(v)
	person.photographs(id)
	person.await(id, enrolment.Review)
	reviewer := in.browser(t, "reviewer-1")
	reviewer.draw()
	reviewer.decide(id, map[string]any{"verdict": "accept"})
	person.act(id, "confirm", struct{}{})
	person.act(id, "request", yes(person.see(id)))
	h.refused(http.StatusConflict, "owed_to_provider", "POST", "/v1/verifications/"+v.ID+"/redact", nil)
	if seen := h.see(v.ID); seen.Status != sites.Requested || seen.Reference != "member-7" {
		t.Errorf("a redaction that was refused changed %+v", seen)
	}
	trouble.failures.Store(0)
	person.await(id, enrolment.Issued)
	must(t, in.kept.HandedOver(t.Context(), id, enrolment.HandOver{To: "provider"}))
	h.gone(v, id)
}
