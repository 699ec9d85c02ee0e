// Package tracing sends OpenTelemetry spans to a collector, by OTLP over HTTP. The packages that
// make spans know the API of OpenTelemetry alone: a trace.TracerProvider, or the one of the span
// in their context. A span holds no personal data: no name, address, picture, token or error text.
package tracing

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// Config is what Open needs.
type Config struct {
	// URL is the collector's base, http:// or https://; spans are posted to its /v1/traces.
	URL string
	// Headers are sent with each post: "name=value,name=value", values percent-encoded, as
	// OpenTelemetry writes them. May be empty.
	Headers string
	// Shares are the shares, 0 to 1, of the traces that begin with a span of that name. All
	// others are sent.
	Shares map[string]float64
	// Version and Instance name the program that sends.
	Version, Instance string
	Logger            *slog.Logger
}

// sendWithin bounds one post.
const sendWithin = 10 * time.Second

// Check tells what is wrong with the settings.
func (c Config) Check() error {
	u, err := url.Parse(c.URL)
	if err != nil {
		return errors.New("traces: no address of a collector, want one like http://127.0.0.1:4318")
	}
	if (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.RawQuery != "" || u.User != nil {
		return fmt.Errorf("traces: %q is no address of a collector, want one like http://127.0.0.1:4318", u.Redacted())
	}
	for name, share := range c.Shares {
		if !(share >= 0 && share <= 1) { // so that what is not a number is refused too
			return fmt.Errorf("traces: a share of %v of the spans %q, want 0 to 1", share, name)
		}
	}
	_, err = headers(c.Headers)
	return err
}

// Open starts sending. The provider's Shutdown sends what is left. Whether the collector answers
// is not waited for: spans that it does not take are lost, and the log says so once until it
// takes some again.
func Open(ctx context.Context, c Config) (*sdk.TracerProvider, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	head, err := headers(c.Headers)
	if err != nil {
		return nil, err
	}
	to := &collector{
		url: strings.TrimRight(c.URL, "/") + "/v1/traces", head: head, log: c.Logger,
		client: &http.Client{
			Timeout:       sendWithin,
			Transport:     &http.Transport{Proxy: http.ProxyFromEnvironment, IdleConnTimeout: time.Minute},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
	exporter, err := otlptrace.New(ctx, to)
	if err != nil {
		return nil, fmt.Errorf("traces: %w", err)
	}
	from, err := resource.New(ctx, resource.WithAttributes(
		attribute.String("service.name", "visavis"),
		attribute.String("service.version", c.Version),
		attribute.String("service.instance.id", c.Instance),
	), resource.WithFromEnv()) // OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES win
	if err != nil {
		return nil, fmt.Errorf("traces: %w", err)
	}
	some := sampler{}
	for name, share := range c.Shares {
		some[name] = sdk.TraceIDRatioBased(share)
	}
	return sdk.NewTracerProvider(sdk.WithBatcher(exporter), sdk.WithResource(from),
		sdk.WithSampler(sdk.ParentBased(some))), nil
}

// headers reads what goes with each post.
func headers(text string) (http.Header, error) {
	head := http.Header{}
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		name, value, ok := strings.Cut(part, "=")
		value, err := url.PathUnescape(strings.TrimSpace(value))
		if name = strings.TrimSpace(name); !ok || name == "" || err != nil {
			return nil, errors.New("traces: OTEL_EXPORTER_OTLP_HEADERS: want name=value,name=value, percent-encoded")
		}
		head.Set(name, value)
	}
	return head, nil
}

// sampler takes a share of the traces that begin with a span of a name, and all others.
type sampler map[string]sdk.Sampler

func (s sampler) ShouldSample(p sdk.SamplingParameters) sdk.SamplingResult {
	if share, ok := s[p.Name]; ok {
		return share.ShouldSample(p)
	}
	return sdk.AlwaysSample().ShouldSample(p)
}

func (s sampler) Description() string { return "Shares" }

// collector posts spans. It implements otlptrace.Client: OpenTelemetry's own client over HTTP
// links all of gRPC, 5 MB.
type collector struct {
	url    string
	head   http.Header
	client *http.Client
	log    *slog.Logger
	down   atomic.Bool // the last post failed
}

func (*collector) Start(context.Context) error { return nil }

func (c *collector) Stop(context.Context) error {
	c.client.CloseIdleConnections()
	return nil
}

// UploadTraces posts spans. A failure is logged here: nobody can do anything about it.
func (c *collector) UploadTraces(ctx context.Context, spans []*tracepb.ResourceSpans) error {
	err := c.post(ctx, spans)
	switch {
	case err != nil && !c.down.Swap(true):
		c.log.WarnContext(ctx, "traces are lost until their collector takes them", "err", err)
	case err == nil && c.down.Swap(false):
		c.log.InfoContext(ctx, "the collector takes traces again")
	}
	return nil
}

func (c *collector) post(ctx context.Context, spans []*tracepb.ResourceSpans) error {
	// On the wire TracesData is OTLP's ExportTraceServiceRequest, whose package links gRPC.
	body, err := proto.Marshal(&tracepb.TracesData{ResourceSpans: spans})
	if err != nil {
		return fmt.Errorf("traces: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("traces: %w", err)
	}
	req.Header = c.head.Clone()
	req.Header.Set("Content-Type", "application/x-protobuf")
	res, err := c.client.Do(req)
	if err != nil {
		return fmt.Errorf("traces: %w", err)
	}
	defer func() { _ = res.Body.Close() }()
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 64<<10)) // so that the connection is used again
	if res.StatusCode < 200 || res.StatusCode > 299 {
		return fmt.Errorf("traces: %s answered %d, want 200", c.url, res.StatusCode)
	}
	return nil
}
