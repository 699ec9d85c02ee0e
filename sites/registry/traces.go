package registry

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"visavis/sites/webhook"
)

// send makes an attempt to tell an endpoint, as a span where the context is traced: inside a
// job's. The span has the endpoint's id, not its address, and nothing of what is sent: sites get
// no header of it either.
func (r *Registry) send(ctx context.Context, endpoint string, attempt int, m webhook.Message) webhook.Answer {
	parent := trace.SpanFromContext(ctx)
	if !parent.IsRecording() {
		return r.cfg.Sender.Send(ctx, m)
	}
	ctx, span := parent.TracerProvider().Tracer("visavis/sites/registry").Start(ctx, "webhook",
		trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(
			attribute.String("visavis.endpoint", endpoint), attribute.Int("visavis.attempt", attempt)))
	defer span.End()
	answer := r.cfg.Sender.Send(ctx, m)
	if answer.Status != 0 {
		span.SetAttributes(attribute.Int("http.response.status_code", answer.Status))
	}
	if answer.Problem != "" {
		span.SetStatus(codes.Error, "")
	}
	return answer
}
