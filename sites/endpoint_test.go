package sites_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"visavis/sites"
)

func header(id string, at time.Time, signature string) http.Header {
	h := http.Header{}
	h.Set("webhook-id", id)
	h.Set("webhook-timestamp", strconv.FormatInt(at.Unix(), 10))
	h.Set("webhook-signature", signature)
	return h
}

// The library of Standard Webhooks judges v1, ed25519 itself v1a.
func TestSignaturesAreStandardWebhooks(t *testing.T) {
	s, err := sites.NewSecrets(bytes.Repeat([]byte{7}, 32))
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	e := sites.Endpoint{ID: sites.NewID("end"), Version: 1}
	body := []byte(`{"type":"verification.verified"}`)
	first, second := s.KeysOf(e.ID, 1), s.KeysOf(e.ID, 2)
	verified := func(keys sites.WebhookKeys, signature string, body []byte) bool {
		t.Helper()
		w, err := standardwebhooks.NewWebhook(keys.Secret)
		if err != nil {
			t.Fatal(err)
		}
		symmetric := w.Verify(body, header("evt_1", now, signature)) == nil
		public, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(keys.Public, "whpk_"))
		if err != nil || len(public) != ed25519.PublicKeySize {
			t.Fatalf("public key %q: %v", keys.Public, err)
		}
		asymmetric := false
		for one := range strings.FieldsSeq(signature) {
			if raw, ok := strings.CutPrefix(one, "v1a,"); ok {
				sig, err := base64.StdEncoding.DecodeString(raw)
				content := append([]byte("evt_1."+strconv.FormatInt(now.Unix(), 10)+"."), body...)
				asymmetric = asymmetric || err == nil && ed25519.Verify(public, content, sig)
			}
		}
		if symmetric != asymmetric {
			t.Errorf("v1 says %v, v1a %v", symmetric, asymmetric)
		}
		return symmetric
	}
	signed := s.Sign(e, "evt_1", now, body)
	if !verified(first, signed, body) || verified(first, signed, append(body, ' ')) || verified(second, signed, body) {
		t.Errorf("signature %s", signed)
	}
	// While keys are rotated both may be used; then the new one alone.
	e.Version, e.BeforeUntil = 2, now.Add(time.Hour)
	both := s.Sign(e, "evt_1", now, body)
	if !verified(first, both, body) || !verified(second, both, body) {
		t.Errorf("during the rotation: %s", both)
	}
	e.BeforeUntil = now.Add(-time.Second)
	if after := s.Sign(e, "evt_1", now, body); verified(first, after, body) || !verified(second, after, body) {
		t.Errorf("after the rotation: %s", after)
	}
	if other := s.KeysOf(sites.NewID("end"), 1); other == first {
		t.Error("two endpoints share their keys")
	}
}

func TestRetriesLastThreeDays(t *testing.T) {
	var all time.Duration
	failed := 1
	for ; ; failed++ {
		pause, more := sites.NextTry(failed, 0, 0)
		if !more {
			break
		}
		if later, _ := sites.NextTry(failed, 0, 1); later <= pause || later > pause+pause/4 {
			t.Errorf("after %d: %s to %s", failed, pause, later)
		}
		all += pause
	}
	if all < 70*time.Hour || all > 74*time.Hour || failed < 8 {
		t.Errorf("%d attempts over %s, want about three days", failed, all)
	}
	if pause, _ := sites.NextTry(1, time.Hour, 0); pause != time.Hour {
		t.Errorf("the endpoint asks for an hour and gets %s", pause)
	}
	if pause, _ := sites.NextTry(1, 1000*time.Hour, 0); pause != 24*time.Hour {
		t.Errorf("an endpoint puts it off by %s", pause)
	}
}

func TestAnEndpointThatCannotBeIsRefused(t *testing.T) {
	for _, e := range []sites.Endpoint{
		{URL: "http://www.example.org/"}, {URL: "https://user@www.example.org/"}, {URL: "file:///etc/passwd"}, {URL: "https://www.example.org/", Events: []sites.EventType{"x"}},
	} {
		var bad *sites.InvalidError
		if err := e.Check(true); !errors.As(err, &bad) {
			t.Errorf("%+v: %v", e, err)
		}
	}
	if (sites.Endpoint{URL: "http://localhost:1/"}).Check(true) == nil ||
		(sites.Endpoint{URL: "http://localhost:1/"}).Check(false) != nil {
		t.Error("http on this machine is for test sites alone")
	}
}
