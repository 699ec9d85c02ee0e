package worker

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
)

// span begins the span of one request to a worker where the context is traced: inside a frame's or
// a job's. free is called when a worker was found; end ends it.
func span(ctx context.Context, op string) (free func(), end func(cost time.Duration, err error)) {
	parent := trace.SpanFromContext(ctx)
	if !parent.IsRecording() {
		return func() {}, func(time.Duration, error) {}
	}
	_, s := parent.TracerProvider().Tracer("visavis/capture/worker").Start(ctx, "worker",
		trace.WithAttributes(attribute.String("visavis.worker.op", op)))
	return func() { s.AddEvent("a worker is free") }, func(cost time.Duration, err error) {
		s.SetAttributes(attribute.Float64("visavis.worker.cpu", cost.Seconds()))
		if err != nil {
			s.SetStatus(codes.Error, "")
		}
		s.End()
	}
}
