package tracing

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"visavis/testkit"
)

// takes is a collector that notes what it was sent.
type takes struct {
	mu     sync.Mutex
	spans  map[string]int // names, counted
	server map[string]string
	answer int
	posts  int
}

func (c *takes) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.posts++
	body, err := io.ReadAll(r.Body)
	var data tracepb.TracesData
	if err != nil || proto.Unmarshal(body, &data) != nil || r.Method+r.URL.Path != "POST/base/v1/traces" ||
		r.Header.Get("Authorization") != "Bearer a b" || r.Header.Get("Content-Type") != "application/x-protobuf" {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	if c.answer != 0 {
		w.WriteHeader(c.answer)
		return
	}
	for _, of := range data.ResourceSpans {
		for _, a := range of.Resource.Attributes {
			c.server[a.Key] = a.Value.GetStringValue()
		}
		for _, scope := range of.ScopeSpans {
			for _, s := range scope.Spans {
				c.spans[s.Name]++
			}
		}
	}
}

func TestSpansComeToTheCollector(t *testing.T) {
	c := &takes{spans: map[string]int{}, server: map[string]string{}}
	at := httptest.NewServer(c)
	defer at.Close()
	log := &testkit.LogBuffer{}
	p, err := Open(t.Context(), Config{URL: at.URL + "/base/", Headers: "authorization=Bearer%20a%20b",
		Shares: map[string]float64{"some": 0.5, "none": 0}, Version: "1.2", Instance: "one",
		Logger: slog.New(slog.NewTextHandler(log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	tracer := p.Tracer("test")
	for range 400 {
		for _, name := range []string{"some", "none", "every"} {
			ctx, span := tracer.Start(t.Context(), name)
			_, child := tracer.Start(ctx, "in "+name)
			child.End()
			span.End()
		}
	}
	if err := p.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	n := c.spans
	// Of 400 tosses of a coin fewer than 100 or more than 300 come once in 10^22 runs.
	if n["every"] != 400 || n["in every"] != 400 || n["none"]+n["in none"] != 0 || n["some"] != n["in some"] ||
		n["some"] < 100 || n["some"] > 300 {
		t.Errorf("spans %v, want 400 of every, 0 of none, a half of some, each with what is in it", n)
	}
	if s := c.server; s["service.name"] != "visavis" || s["service.version"] != "1.2" ||
		s["service.instance.id"] != "one" {
		t.Errorf("sent by %v", s)
	}
	if log.String() != "" {
		t.Errorf("log: %s", log)
	}
}

func TestACollectorThatRefusesIsToldOfOnce(t *testing.T) {
	c := &takes{spans: map[string]int{}, server: map[string]string{}, answer: http.StatusServiceUnavailable}
	at := httptest.NewServer(c)
	defer at.Close()
	log := &testkit.LogBuffer{}
	p, err := Open(t.Context(), Config{URL: at.URL + "/base", Headers: "authorization=Bearer%20a%20b",
		Logger: slog.New(slog.NewTextHandler(log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	send := func() {
		t.Helper()
		_, span := p.Tracer("test").Start(t.Context(), "one")
		span.End()
		if err := p.ForceFlush(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	send()
	send()
	if said := log.String(); strings.Count(said, "traces are lost") != 1 || !strings.Contains(said, "answered 503") {
		t.Errorf("log: %s", said)
	}
	c.mu.Lock()
	c.answer = 0
	c.mu.Unlock()
	send()
	if err := p.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if said := log.String(); strings.Count(said, "takes traces again") != 1 || c.posts != 3 || c.spans["one"] != 1 {
		t.Errorf("%d posts, spans %v, log: %s", c.posts, c.spans, said)
	}
}

func TestSettingsThatCannotBeAreRefused(t *testing.T) {
	const good = "http://127.0.0.1:4318"
	if err := (Config{URL: good, Headers: "a=b, c=d%2C", Shares: map[string]float64{"frame": 1}}).Check(); err != nil {
		t.Errorf("good settings: %v", err)
	}
	for wrong, c := range map[string]Config{
		"no address of a collector": {URL: "127.0.0.1:4318"},
		"no address":                {URL: "grpc://127.0.0.1:4317"},
		"http://user:xxxxx@host":    {URL: "http://user:secret@host"},
		"a share of 1.5":            {URL: good, Shares: map[string]float64{"frame": 1.5}},
		"want name=value":           {URL: good, Headers: "token"},
		"percent-encoded":           {URL: good, Headers: "token=%zz"},
	} {
		if err := c.Check(); err == nil || !strings.Contains(err.Error(), wrong) {
			t.Errorf("%+v: %v, want %q", c, err, wrong)
		}
	}
}
