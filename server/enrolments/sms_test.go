package enrolments_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"

	"visavis/enrolment"
	"visavis/enrolment/journey"
	"visavis/enrolment/store"
	"visavis/limits"
	"visavis/sms"
)

// texts is a provider that takes every message until it fails.
type texts struct {
	mu   sync.Mutex
	to   []string
	fail error
	then func() // after each; nil: nothing
}

func (s *texts) send(ctx context.Context, r enrolment.Record) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.then != nil {
		s.then()
	}
	if s.fail == nil {
		s.to = append(s.to, r.Declared.Mobile)
	}
	return errors.Join(s.fail, ctx.Err())
}

func (s *texts) sent() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.to)
}

// Who has no mail on their phone gets the link by text message, a few times a day, at the
// number that they declared.
func TestTheCapturesLinkGoesByTextMessage(t *testing.T) {
	provider := &texts{}
	p := sqlitePlace(t)
	p.sms = &journey.SMS{Send: provider.send, Prefixes: sms.Prefixes{"+33"}}
	in := p.start(t, "one")
	maeva, elouan := in.browser(t, "maeva"), in.browser(t, "elouan")
	v := maeva.begin()
	link := "/api/enrolments/" + v.ID + "/link/sms"
	maeva.want(http.StatusConflict, "POST", link, nil, nil) // nothing is agreed to yet
	if maeva.see(v.ID).SMS {
		t.Error("offered before anything is agreed to")
	}
	v = maeva.consented()
	if !v.SMS {
		t.Error("not offered")
	}
	elouan.want(http.StatusNotFound, "POST", link, nil, nil)
	for n := range limits.SMSNumber.Number() {
		maeva.want(http.StatusOK, "POST", link, nil, nil)
		if provider.sent() != n+1 || provider.to[n] != "+33639980012" {
			t.Errorf("message %d: %v", n+1, provider.to)
		}
	}
	status, _, body := maeva.do("POST", link+"?lang=en", nil)
	if status != http.StatusTooManyRequests || !strings.Contains(string(body), "Too many text messages") ||
		!strings.Contains(string(body), `"field":"sms"`) {
		t.Errorf("one too many: %d %s", status, body)
	}
	in.refusedAgain(t, maeva, v.ID, link)
	// The same number from another account.
	other := elouan.consented()
	declared := map[string]string{"surname": "Specimen", "givenNames": "Élouan Noé", "birthDate": "1990-07-13",
		"mobile": "+33639980012", "email": "elouan.specimen@example.org"}
	elouan.act(other.ID, "correct", declared)
	elouan.want(http.StatusTooManyRequests, "POST", "/api/enrolments/"+other.ID+"/link/sms", nil, nil)
	if provider.sent() != limits.SMSNumber.Number() {
		t.Errorf("%d messages", provider.sent())
	}
	// Countries that nobody pays for.
	for _, mobile := range []string{"+32470123456", "+18765550100"} {
		declared["mobile"] = mobile
		if elouan.act(other.ID, "correct", declared).SMS {
			t.Errorf("%s: offered", mobile)
		}
		status, _, body = elouan.do("POST", "/api/enrolments/"+other.ID+"/link/sms?lang=en", nil)
		if status != http.StatusUnprocessableEntity || !strings.Contains(string(body), "sms-number") {
			t.Errorf("%s: %d %s", mobile, status, body)
		}
	}
	provider.fail = &sms.Error{Status: 500, Reason: "answered 500"}
	declared["mobile"] = "+33639980034"
	elouan.act(other.ID, "correct", declared)
	status, _, body = elouan.do("POST", "/api/enrolments/"+other.ID+"/link/sms?lang=en", nil)
	if status != http.StatusServiceUnavailable || !strings.Contains(string(body), "could not be sent") {
		t.Errorf("not taken: %d %s", status, body)
	}
	var said []string
	must(t, in.keeper.Store.InTx(t.Context(), func(tx *store.Tx) error {
		for _, id := range []string{v.ID, other.ID} {
			audits, err := tx.Audits(t.Context(), id)
			for _, a := range audits {
				said = append(said, a.Action+" "+a.What)
			}
			if err != nil {
				return err
			}
		}
		return nil
	}))
	all := strings.Join(said, "; ")
	if strings.Count(all, "sms link sent") != limits.SMSNumber.Number() ||
		!strings.Contains(all, "limit text message: 5 for one") ||
		!strings.Contains(all, "sms link not sent: sms: the gateway answered 500") || strings.Contains(all, "+33") {
		t.Errorf("audited: %s", all)
	}
	checkLog(t, in)
}

// Without a gateway nobody is offered text messages; what the caller's own count forbids is
// neither sent nor counted.
func TestTextMessagesAreOffByDefault(t *testing.T) {
	p := sqlitePlace(t)
	in := p.start(t, "one")
	maeva := in.browser(t, "maeva")
	maeva.begin()
	v := maeva.consented()
	if v.SMS || in.service.SendsTexts() {
		t.Error("offered")
	}
	maeva.want(http.StatusNotFound, "POST", "/api/enrolments/"+v.ID+"/link/sms", nil, nil)

	provider := &texts{}
	p = sqlitePlace(t)
	p.sms = &journey.SMS{Send: provider.send, Prefixes: sms.Prefixes{"+33"}}
	in = p.start(t, "one")
	maeva = in.browser(t, "maeva")
	maeva.begin()
	v = maeva.consented()
	no := errors.New("not now")
	for range limits.SMSNumber.Number() + 1 {
		if _, err := in.service.TextLink(t.Context(), "demo:maeva", v.ID, func() error { return no }); !errors.Is(err, no) {
			t.Errorf("forbidden: %v", err)
		}
	}
	maeva.want(http.StatusOK, "POST", "/api/enrolments/"+v.ID+"/link/sms", nil, nil)
	if provider.sent() != 1 {
		t.Errorf("%d messages", provider.sent())
	}
}

// Who hangs up while the gateway is asked does not keep the message out of the log.
func TestATextMessageIsRecordedThoughItsPersonLeft(t *testing.T) {
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	provider := &texts{then: leave}
	p := sqlitePlace(t)
	p.sms = &journey.SMS{Send: provider.send, Prefixes: sms.Prefixes{"+33"}}
	in := p.start(t, "one")
	maeva := in.browser(t, "maeva")
	maeva.begin()
	v := maeva.consented()
	if _, err := in.service.TextLink(ctx, "demo:maeva", v.ID, func() error { return nil }); err != nil {
		t.Error(err)
	}
	if entries, last := in.audited(t, v.ID); ctx.Err() == nil || entries["sms"] != 1 || last != "link sent" {
		t.Errorf("%v, %d entries of the message, the last %q", ctx.Err(), entries["sms"], last)
	}
}
