package registry_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"visavis/enrolment/store"
	"visavis/sites"
	"visavis/sites/registry"
	"visavis/sites/webhook"
)

// queued is what was asked for: deliveries, letters, and verifications with a plan.
type queued struct{ ids, letters, plans []string }

func (q *queued) EnqueueLetter(_ context.Context, _ *store.Tx, name, id string) error {
	q.letters = append(q.letters, name+" "+id)
	return nil
}

func (q *queued) EnqueueAdvance(_ context.Context, _ *store.Tx, id string) error {
	q.plans = append(q.plans, id)
	return nil
}

func (q *queued) EnqueueDelivery(_ context.Context, _ *store.Tx, id string) error {
	q.ids = append(q.ids, id)
	return nil
}

// sends is a registry.Sender.
type sends func() webhook.Answer

func (s sends) Send(context.Context, webhook.Message) webhook.Answer { return s() }

// An endpoint answers with what it should not. The verification is redacted during the
// second attempt; a third one follows.
func TestARedactionTakesTheAnswersOfEveryAttempt(t *testing.T) {
	postgres.Each(t, func(t *testing.T, url string) {
		h, q := open(t, url), &queued{}
		secrets, err := sites.NewSecrets(bytes.Repeat([]byte{7}, 32))
		h.must(err)
		// Each attempt is of another instance: one leaves an endpoint that failed alone for a while.
		instance := func(s registry.Sender) *registry.Registry {
			r, err := registry.New(registry.Config{Store: h.keeper.Store, Secrets: secrets, Queue: q, Sender: s,
				Now: func() time.Time { return h.now }})
			h.must(err)
			r.Use(h.journey)
			return r
		}
		answer := sends(func() webhook.Answer {
			return webhook.Answer{Status: http.StatusInternalServerError, Text: "Specimen", Problem: "answered 500"}
		})
		first := instance(answer)
		e, err := first.AddEndpoint(t.Context(), h.site, sites.Endpoint{URL: "https://www.example.org/hook"})
		h.must(err)
		v := h.create(registry.Wish{})
		if n, err := first.Resend(t.Context(), h.site, e.ID, 1, 100); err != nil || n != 1 {
			t.Fatalf("%d events, %v", n, err)
		}
		attempt := func(r *registry.Registry) {
			t.Helper()
			if again, err := r.Deliver(t.Context(), q.ids[0]); err != nil || again <= 0 {
				t.Fatalf("to be tried again after %s, %v", again, err)
			}
			h.now = h.now.Add(time.Hour)
		}
		answers := func() (all string, attempts int) {
			t.Helper()
			d, err := h.Delivery(t.Context(), h.site.ID, e.ID, q.ids[0])
			h.must(err)
			for _, one := range d.Attempts {
				all += one.Answer
			}
			return all, len(d.Attempts)
		}
		attempt(first)
		if all, n := answers(); all != "Specimen" || n != 1 {
			t.Fatalf("%d attempts were answered %q", n, all)
		}
		attempt(instance(sends(func() webhook.Answer {
			_, _, err := h.Redact(t.Context(), h.site.ID, v.ID, h.kept)
			h.must(err)
			return answer()
		})))
		attempt(instance(answer))
		if all, n := answers(); all != "" || n != 3 {
			t.Errorf("after the redaction %d attempts were answered %q", n, all)
		}
	})
}

func TestAnEmptyRangeIsNotSentAgain(t *testing.T) {
	h := open(t, filepath.Join(t.TempDir(), "records.db"))
	var invalid *sites.InvalidError
	if _, err := h.Resend(t.Context(), h.site, "end_none", 7, 6); !errors.As(err, &invalid) || invalid.Field != "to" {
		t.Errorf("from 7 to 6: %v", err)
	}
}

// Ten thousand events wait for an endpoint that is dead. It is asked now and then, those
// who deliver do not stay with it, and another site's event goes out at once.
func TestTenThousandEventsToADeadEndpointSlowNobody(t *testing.T) {
	h, q := open(t, filepath.Join(t.TempDir(), "records.db")), &queued{}
	secrets, err := sites.NewSecrets(bytes.Repeat([]byte{7}, 32))
	h.must(err)
	asked := map[string]int{}
	r, err := registry.New(registry.Config{
		Store: h.keeper.Store, Secrets: secrets, Queue: q, Now: func() time.Time { return h.now },
		Sender: sender(func(m webhook.Message) webhook.Answer {
			asked[m.URL]++
			if m.URL == "https://dead.example/" {
				return webhook.Answer{Problem: "no connection"}
			}
			return webhook.Answer{Status: http.StatusOK}
		}),
	})
	h.must(err)
	other, err := r.AddSite(t.Context(), sites.Site{Name: "Autre"})
	h.must(err)
	dead, err := r.AddEndpoint(t.Context(), h.site, sites.Endpoint{URL: "https://dead.example/"})
	h.must(err)
	good, err := r.AddEndpoint(t.Context(), other, sites.Endpoint{URL: "https://good.example/"})
	h.must(err)
	const events = 10_000
	h.must(h.keeper.Store.InTx(t.Context(), func(tx *store.Tx) error {
		for range events {
			if _, _, err := tx.AddSiteEvent(t.Context(), sites.Event{ID: sites.NewID("evt"), Type: sites.EndpointTest,
				Site: h.site.ID, At: h.now}); err != nil {
				return err
			}
		}
		return nil
	}))
	for from := int64(1); from < events; from += 1000 {
		if n, err := r.Resend(t.Context(), h.site, dead.ID, from, from+999); err != nil || n != 1000 {
			t.Fatalf("%d of the events from %d, %v", n, from, err)
		}
	}
	waits := 0
	for _, id := range q.ids {
		again, err := r.Deliver(t.Context(), id)
		h.must(err)
		if again > 0 {
			waits++
		}
	}
	if len(q.ids) != events || waits != events {
		t.Errorf("%d deliveries, %d wait for another time", len(q.ids), waits)
	}
	// It rests 5 s after its first failure, 10 s after the second, and so on: on the slowest
	// machine ten minutes hold no more than a dozen attempts.
	if n := asked["https://dead.example/"]; n < 1 || n > 12 {
		t.Errorf("the dead endpoint was asked %d times", n)
	}
	before := len(q.ids)
	_, err = r.TestEndpoint(t.Context(), other, good.ID)
	h.must(err)
	if again, err := r.Deliver(t.Context(), q.ids[before]); err != nil || again != 0 ||
		asked["https://good.example/"] != 1 {
		t.Errorf("the other site's event: again after %s, %v, sent %d times", again, err, asked["https://good.example/"])
	}
}

// sender is a registry.Sender that sees what it sends.
type sender func(webhook.Message) webhook.Answer

func (s sender) Send(_ context.Context, m webhook.Message) webhook.Answer { return s(m) }
