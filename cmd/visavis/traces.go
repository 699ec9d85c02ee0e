package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"log/slog"
	"time"

	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"visavis/server/live"
	"visavis/tracing"
)

// traceSettings say where spans go. Without a URL none are made.
type traceSettings struct {
	// URL is the base of a collector of OpenTelemetry. Default: OTEL_EXPORTER_OTLP_ENDPOINT,
	// else none.
	URL string
	// Frames is the share of the frames that are traced. Default 0.01.
	Frames float64
	// headers are those of OTEL_EXPORTER_OTLP_HEADERS: a collector's token may be among them.
	headers string
}

func (s *traceSettings) flags(f *flag.FlagSet) {
	f.StringVar(&s.URL, "trace-url", "", "send OpenTelemetry traces to this collector by OTLP over HTTP, e.g. "+
		"http://127.0.0.1:4318 (default OTEL_EXPORTER_OTLP_ENDPOINT, else none)")
	f.Float64Var(&s.Frames, "trace-frames", 0.01, "share of the frames that are traced, 0 to 1")
}

// complete reads the standard's own variables.
func (s *traceSettings) complete(env environment) error {
	s.URL = cmp.Or(s.URL, env.getenv("OTEL_EXPORTER_OTLP_ENDPOINT"))
	s.headers = env.getenv("OTEL_EXPORTER_OTLP_HEADERS")
	if s.URL == "" {
		return nil
	}
	return s.config("", nil).Check()
}

func (s *traceSettings) config(instance string, log *slog.Logger) tracing.Config {
	return tracing.Config{URL: s.URL, Headers: s.headers, Shares: map[string]float64{live.FrameSpan: s.Frames},
		Version: release, Instance: instance, Logger: log}
}

// traces makes the program's spans. nil: none are made.
type traces struct{ provider *sdk.TracerProvider }

// tracesWithin bounds the last post.
const tracesWithin = 3 * time.Second

func openTraces(ctx context.Context, c Config, log *slog.Logger) (*traces, error) {
	if c.Traces.URL == "" {
		return nil, nil //nolint:nilnil // a setting; every method knows nil
	}
	provider, err := tracing.Open(ctx, c.Traces.config(c.Journey.Instance, log.With("component", "traces")))
	if err != nil {
		return nil, err
	}
	return &traces{provider}, nil
}

// of returns the tracer of a package; nil without traces.
func (t *traces) of(name string) trace.Tracer {
	if t == nil {
		return nil
	}
	return t.provider.Tracer("visavis/" + name)
}

// close sends what is left.
func (t *traces) close() error {
	if t == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), tracesWithin)
	defer cancel()
	if err := t.provider.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return nil // the collector does not answer: no reason to fail
}
