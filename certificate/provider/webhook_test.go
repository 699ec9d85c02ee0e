package provider_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"visavis/certificate"
	"visavis/certificate/provider"
)

// letter is a webhook as a provider sends it.
type letter struct {
	id     string
	at     time.Time
	body   string
	secret []byte
}

func (l letter) request() *http.Request {
	stamp := strconv.FormatInt(l.at.Unix(), 10)
	h := hmac.New(sha256.New, l.secret)
	fmt.Fprintf(h, "%s.%s.%s", l.id, stamp, l.body)
	r := httptest.NewRequest(http.MethodPost, "/provider/webhook", strings.NewReader(l.body))
	r.Header.Set("webhook-id", l.id)
	r.Header.Set("webhook-timestamp", stamp)
	r.Header.Set("webhook-signature", "v1a,AAAA v1,"+base64.StdEncoding.EncodeToString(h.Sum(nil)))
	return r
}

func good(id string) letter {
	return letter{id, time.Now(), `{"type":"request.changed","enrolment":"e-1"}`, webhookSecret}
}

func post(h http.Handler, r *http.Request) int {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code
}

func TestAWebhookIsBelievedOnceAndOnlyWhenSigned(t *testing.T) {
	told := map[string]int{}
	h := must(provider.NewWebhook([][]byte{[]byte(strings.Repeat("n", 24)), webhookSecret},
		func(_ context.Context, enrolment string) error {
			told[enrolment]++
			return nil
		}))
	forged, old, ahead, garbled, nobody := good("f"), good("o"), good("a"), good("g"), good("n")
	forged.secret = []byte(strings.Repeat("x", 24))
	old.at, ahead.at = old.at.Add(-6*time.Minute), ahead.at.Add(6*time.Minute)
	garbled.body, nobody.body = "{", `{"enrolment":""}`
	changed := good("c").request()
	changed.Body = http.NoBody
	unsigned := good("u").request()
	unsigned.Header.Del("webhook-signature")
	renamed := good("r").request()
	renamed.Header.Set("webhook-id", "s")
	for name, c := range map[string]struct {
		request *http.Request
		want    int
	}{
		"forged": {forged.request(), 401}, "old": {old.request(), 401}, "from the future": {ahead.request(), 401},
		"changed": {changed, 401}, "unsigned": {unsigned, 401}, "another id": {renamed, 401}, "no id": {letter{"", time.Now(), "{}", webhookSecret}.request(), 401},
		"garbled": {garbled.request(), 400}, "about nobody": {nobody.request(), 400},
		"GET": {httptest.NewRequest(http.MethodGet, "/", nil), 405}, "long": {letter{"l", time.Now(), strings.Repeat("x", 1<<20), webhookSecret}.request(), 413},
	} {
		if got := post(h, c.request); got != c.want || len(told) > 0 {
			t.Errorf("%s: %d, told %v; want %d and nobody told", name, got, told, c.want)
		}
	}
	for range 3 {
		if got := post(h, good("1").request()); got != 204 || told["e-1"] != 1 {
			t.Errorf("a good one and its replays: %d, told %v; want 204 and one told", got, told)
		}
	}
}

func TestAWebhookThatCouldNotBeUsedMayComeAgain(t *testing.T) {
	fail, told := true, 0
	h := must(provider.NewWebhook([][]byte{webhookSecret}, func(context.Context, string) error {
		told++
		if fail {
			return errors.New("no database")
		}
		return nil
	}))
	first := post(h, good("1").request())
	fail = false
	if second := post(h, good("1").request()); first != 503 || second != 204 || told != 2 {
		t.Errorf("%d, then %d, told %d times; want 503, 204, 2", first, second, told)
	}
}

// The example of standardwebhooks.com's specification.
func TestTheSpecificationsExampleOfASecret(t *testing.T) {
	secret, err := provider.ParseWebhookSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	h := hmac.New(sha256.New, secret)
	h.Write([]byte(`msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{"test": 2432232314}`))
	if got := base64.StdEncoding.EncodeToString(h.Sum(nil)); err != nil ||
		got != "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=" {
		t.Errorf("%s (%v), want the example's signature", got, err)
	}
	if _, err := provider.ParseWebhookSecret("whsec_?"); err == nil {
		t.Error("what is not base64 was taken")
	}
	if _, err := provider.NewWebhook([][]byte{{1}}, nil); err == nil {
		t.Error("a short secret was taken")
	}
}

func TestAForgedWebhookChangesNothing(t *testing.T) {
	f := newFake(t, nil)
	f.set(func(f *fake) { f.pendingFor = 2 })
	d := f.desk(t)
	c := must(d.New(request()))
	h := must(provider.NewWebhook([][]byte{webhookSecret}, func(ctx context.Context, _ string) (err error) {
		c, _, err = d.Advance(ctx, c)
		return err
	}))
	forged := good("f")
	forged.secret = []byte(strings.Repeat("x", 24))
	forged.body = `{"enrolment":"e-1","status":"issued"}`
	if got := post(h, forged.request()); got != 401 {
		t.Fatalf("%d, want 401", got)
	}
	if asked, _ := f.counts(); asked != 0 {
		t.Error("the provider was asked because of it")
	}
	for i := 0; state(c) == certificate.StateRequested && i < 9; i++ { // the provider repeats itself
		if got := post(h, good("s"+strconv.Itoa(i)).request()); got != 204 {
			t.Fatalf("%d, want 204", got)
		}
	}
	if _, issued := f.counts(); state(c) != certificate.StateValid || issued != 1 {
		t.Errorf("%s, %d made; want valid, one", state(c), issued)
	}
}
