package registry_test

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/codes"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"visavis/sites"
	"visavis/sites/registry"
	"visavis/sites/webhook"
)

// An attempt is a span inside its job's. It has neither the address nor what was answered.
func TestAnAttemptIsASpanOfItsJob(t *testing.T) {
	h, q := open(t, "file:"+filepath.Join(t.TempDir(), "sites.db")), &queued{}
	secrets, err := sites.NewSecrets([]byte(strings.Repeat("k", 32)))
	h.must(err)
	r, err := registry.New(registry.Config{Store: h.keeper.Store, Secrets: secrets, Queue: q,
		Sender: sends(func() webhook.Answer {
			return webhook.Answer{Status: http.StatusTeapot, Text: "Specimen", Problem: "answered 418, want 200 to 299"}
		})})
	h.must(err)
	r.Use(h.journey)
	e, err := r.AddEndpoint(t.Context(), h.site, sites.Endpoint{URL: "https://www.example.org/hook?key=secret"})
	h.must(err)
	h.create(registry.Wish{})
	_, err = r.Resend(t.Context(), h.site, e.ID, 1, 100)
	h.must(err)
	spans := tracetest.NewSpanRecorder()
	ctx, job := sdk.NewTracerProvider(sdk.WithSpanProcessor(spans)).Tracer("test").Start(t.Context(), "job delivery")
	_, err = r.Deliver(ctx, q.ids[0])
	h.must(err)
	if _, err := r.Deliver(t.Context(), q.ids[0]); err != nil { // without a trace there is no span
		t.Fatal(err)
	}
	all := spans.Ended()
	if len(all) != 1 || all[0].Name() != "webhook" || all[0].Parent().SpanID() != job.SpanContext().SpanID() {
		t.Fatalf("%d spans, want one of the webhook, inside the job's", len(all))
	}
	status := int64(0)
	for _, a := range all[0].Attributes() {
		if a.Key == "http.response.status_code" {
			status = a.Value.AsInt64()
		}
		for _, secret := range []string{"example.org", "secret", "Specimen"} {
			if strings.Contains(a.Value.String(), secret) {
				t.Errorf("%s=%s", a.Key, a.Value.String())
			}
		}
	}
	if status != http.StatusTeapot || all[0].Status().Code != codes.Error || all[0].Status().Description != "" {
		t.Errorf("answered %d, %+v, want 418 and an error without words", status, all[0].Status())
	}
}
