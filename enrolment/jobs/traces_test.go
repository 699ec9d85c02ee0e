package jobs_test

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/codes"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"visavis/enrolment/jobs"
	"visavis/enrolment/store"
	"visavis/enrolment/store/storetest"
)

// fails is a worker whose verifications fail, and whose deliveries are put off.
type fails struct{ *worker }

func (fails) Verify(context.Context, string) (jobs.Finish, error) {
	return nil, errors.New("no answer about maeva.specimen@example.org")
}

func (fails) Deliver(context.Context, string) (time.Duration, error) { return time.Hour, nil }

func TestAJobsSpanLinksToWhoEnqueuedIt(t *testing.T) {
	s := storetest.Open(t, "file:"+filepath.Join(t.TempDir(), "jobs.db"), jobs.Migration)
	spans := tracetest.NewSpanRecorder()
	tracer := sdk.NewTracerProvider(sdk.WithSpanProcessor(spans)).Tracer("test")
	w := fails{&worker{store: s}}
	q, err := jobs.New(jobs.Config{Store: s, Verifier: w, Mailer: w, Sweeper: w, Deliverer: w, Tracer: tracer,
		Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, frame := tracer.Start(t.Context(), "frame")
	err = s.InTx(ctx, func(tx *store.Tx) error {
		return errors.Join(q.Enqueue(ctx, tx, jobs.Verification{Enrolment: "one"}),
			q.Enqueue(t.Context(), tx, jobs.Delivery{ID: "two"}))
	})
	frame.End()
	if err != nil {
		t.Fatal(err)
	}
	if err := q.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := q.Stop(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	}()
	ended := func(name string) sdk.ReadOnlySpan {
		t.Helper()
		for deadline := time.Now().Add(time.Minute); ; <-time.After(10 * time.Millisecond) {
			for _, span := range spans.Ended() {
				if span.Name() == name {
					return span
				}
			}
			if time.Now().After(deadline) {
				t.Fatalf("no span %q within a minute", name)
			}
		}
	}
	failed, putOff := ended("job verification"), ended("job delivery")
	if l := failed.Links(); len(l) != 1 || l[0].SpanContext.SpanID() != frame.SpanContext().SpanID() ||
		failed.SpanContext().TraceID() == frame.SpanContext().TraceID() || failed.Parent().IsValid() {
		t.Errorf("the job that a frame enqueued: links %+v, parent %+v, want a trace of its own with a link to it",
			l, failed.Parent())
	}
	if failed.Status().Code != codes.Error || failed.Status().Description != "" {
		t.Errorf("the failed job: %+v, want an error without its text", failed.Status())
	}
	for _, a := range failed.Attributes() {
		if strings.Contains(a.Value.String(), "one") {
			t.Errorf("%s=%s names the enrolment", a.Key, a.Value.String())
		}
	}
	if putOff.Status().Code == codes.Error || len(putOff.Links()) != 0 {
		t.Errorf("the job that was put off: %+v, links %+v, want neither error nor link", putOff.Status(), putOff.Links())
	}
	again := 0.0
	for _, a := range putOff.Attributes() {
		if a.Key == "visavis.job.again" {
			again = a.Value.AsFloat64()
		}
	}
	if again != 3600 {
		t.Errorf("put off for %v s, want 3600", again)
	}
}
