package live

import (
	"context"
	"sync/atomic"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"visavis/capture"
)

// FrameSpan is the name of the span of a frame, from its arrival to its answer.
const FrameSpan = "frame"

// traced is the last frame of a capture whose span is sent.
type traced struct {
	last atomic.Pointer[trace.SpanContext]
}

// span begins the span of a frame: a trace of its own, with a link to the last one of this
// capture. The caller ends it. It names neither session nor person.
func (t *traced) span(ctx context.Context, tracer trace.Tracer, step string,
	kind capture.Kind) (context.Context, trace.Span) {
	options := []trace.SpanStartOption{trace.WithNewRoot(), trace.WithSpanKind(trace.SpanKindServer),
		trace.WithAttributes(attribute.String("visavis.kind", kindName(kind)), attribute.String("visavis.step", step))}
	if last := t.last.Load(); last != nil {
		options = append(options, trace.WithLinks(trace.Link{SpanContext: *last}))
	}
	ctx, span := tracer.Start(ctx, FrameSpan, options...)
	if span.IsRecording() {
		now := span.SpanContext()
		t.last.Store(&now)
	}
	return ctx, span
}

// answered notes in a frame's span how it was answered, by codes of the protocol, and ends it.
// An empty one is left out.
func answered(span trace.Span, status, code, hint string) {
	for name, value := range map[string]string{"status": status, "code": code, "hint": hint} {
		if value != "" {
			span.SetAttributes(attribute.String("visavis."+name, value))
		}
	}
	span.End()
}
