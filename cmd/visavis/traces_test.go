package main

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"
)

// collector is a collector of OpenTelemetry in this process.
type collector struct {
	url string

	mu    sync.Mutex
	spans []*tracepb.Span
	said  strings.Builder // all that was sent, in words
}

func collectSpans(t *testing.T) *collector {
	t.Helper()
	c := &collector{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var data tracepb.TracesData
		body, err := io.ReadAll(r.Body)
		if err != nil || proto.Unmarshal(body, &data) != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		c.said.WriteString(prototext.Format(&data))
		for _, of := range data.ResourceSpans {
			for _, scope := range of.ScopeSpans {
				c.spans = append(c.spans, scope.Spans...)
			}
		}
	}))
	t.Cleanup(s.Close) // after the program that sends
	c.url = s.URL
	return c
}

func (c *collector) text() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.said.String()
}

// named are the spans of a name that came so far.
func (c *collector) named(name string) (found []*tracepb.Span) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.spans {
		if s.Name == name {
			found = append(found, s)
		}
	}
	return found
}

// await waits for spans of a name.
func (c *collector) await(t *testing.T, name string, count int) []*tracepb.Span {
	t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); ; <-time.After(100 * time.Millisecond) {
		if found := c.named(name); len(found) >= count {
			return found
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d spans %q within two minutes, want %d", len(c.named(name)), name, count)
		}
	}
}

func linked(from, to *tracepb.Span) bool {
	return len(from.Links) == 1 && bytes.Equal(from.Links[0].SpanId, to.SpanId) && !bytes.Equal(from.TraceId, to.TraceId)
}

func inside(child, parent *tracepb.Span) bool {
	return bytes.Equal(child.TraceId, parent.TraceId) && bytes.Equal(child.ParentSpanId, parent.SpanId)
}

// checkJourney checks the spans of a journey of two stills: each frame a trace of its own with the worker inside, the
// second with a link to the first, and the verification with a link to the last.
func (c *collector) checkJourney(t *testing.T) {
	t.Helper()
	frames, jobs := c.await(t, "frame", 2), c.await(t, "job verification", 1)
	workers := c.await(t, "worker", 3) // two stills, and what the verification reads
	if len(frames) != 2 || !linked(frames[1], frames[0]) || len(frames[0].Links) != 0 {
		t.Errorf("%d frames, want two, the second with a link to the first", len(frames))
	}
	if !linked(jobs[0], frames[len(frames)-1]) {
		t.Error("the verification has no link to the still that ended the capture")
	}
	count := map[*tracepb.Span]int{}
	for _, w := range workers {
		for _, of := range append(frames, jobs...) {
			if inside(w, of) {
				count[of]++
			}
		}
	}
	for _, of := range append(frames, jobs[0]) {
		if count[of] == 0 {
			t.Errorf("no worker's span inside a %q", of.Name)
		}
	}
	c.await(t, "job certificate", 1)
}
