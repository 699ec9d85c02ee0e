package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// traces makes a span of each attempt of a job. It is a trace of its own, with a link to the span
// that enqueued the job: a job may be tried for a day. It names no enrolment and no person.
type traces struct {
	river.MiddlewareDefaults
	tracer trace.Tracer
}

// InsertMany notes in the jobs which span enqueues them, as W3C's traceparent in their metadata.
func (*traces) InsertMany(ctx context.Context, jobs []*rivertype.JobInsertParams,
	insert func(context.Context) ([]*rivertype.JobInsertResult, error)) ([]*rivertype.JobInsertResult, error) {
	if trace.SpanFromContext(ctx).IsRecording() {
		parent := propagation.MapCarrier{}
		propagation.TraceContext{}.Inject(ctx, parent)
		for _, job := range jobs {
			if err := mark(job, parent); err != nil {
				return nil, err
			}
		}
	}
	return insert(ctx)
}

// mark adds to a job's metadata.
func mark(job *rivertype.JobInsertParams, parent propagation.MapCarrier) error {
	data := map[string]any{}
	if len(job.Metadata) > 0 {
		if err := json.Unmarshal(job.Metadata, &data); err != nil {
			return fmt.Errorf("jobs: metadata of a %s: %w", job.Kind, err)
		}
	}
	for name, value := range parent {
		data[name] = value
	}
	raw, err := json.Marshal(data)
	if err != nil {
		return fmt.Errorf("jobs: metadata of a %s: %w", job.Kind, err)
	}
	job.Metadata = raw
	return nil
}

// Work implements rivertype.WorkerMiddleware.
func (t *traces) Work(ctx context.Context, job *rivertype.JobRow, work func(context.Context) error) error {
	options := []trace.SpanStartOption{trace.WithNewRoot(), trace.WithSpanKind(trace.SpanKindConsumer),
		trace.WithAttributes(
			attribute.String("visavis.job", job.Kind),
			attribute.Int64("visavis.job.id", job.ID),
			attribute.Int("visavis.job.attempt", job.Attempt),
			attribute.Float64("visavis.job.waited", waited(job)),
		)}
	if from := enqueuedBy(job); from.IsValid() {
		options = append(options, trace.WithLinks(trace.Link{SpanContext: from}))
	}
	ctx, span := t.tracer.Start(ctx, "job "+job.Kind, options...)
	defer span.End()
	err := work(ctx)
	if later, ok := errors.AsType[*river.JobSnoozeError](err); ok {
		span.SetAttributes(attribute.Float64("visavis.job.again", later.Duration.Seconds()))
	} else if err != nil {
		span.SetStatus(codes.Error, "") // its text may name a person: the log has it
	}
	return err
}

// waited is how long a job was due before this attempt began, in seconds.
func waited(job *rivertype.JobRow) float64 {
	if job.AttemptedAt == nil {
		return 0
	}
	return max(0, job.AttemptedAt.Sub(job.ScheduledAt).Seconds())
}

// enqueuedBy is the span that enqueued a job; not valid where none is known.
func enqueuedBy(job *rivertype.JobRow) trace.SpanContext {
	var data struct {
		Parent string `json:"traceparent"`
	}
	if json.Unmarshal(job.Metadata, &data) != nil {
		return trace.SpanContext{}
	}
	return trace.SpanContextFromContext(propagation.TraceContext{}.Extract(context.Background(),
		propagation.MapCarrier{"traceparent": data.Parent}))
}
