package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

// Whoever is told of an error looks for a fault: that a client went away is none, wherever it was noticed.
func TestAClientThatGoesAwayIsNoError(t *testing.T) {
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	late, stop := context.WithTimeout(t.Context(), 0)
	defer stop()
	contexts := map[string]context.Context{"waits": t.Context(), "gone": gone, "late": late}
	canceled := fmt.Errorf("load: %w", context.Canceled)
	unavailable := fmt.Errorf("%w: %w", errors.New("unavailable"), canceled)
	for name, c := range map[string]struct {
		client string
		err    error
		want   string // the level; empty: nothing is written
	}{
		"a fault":                                       {"waits", errors.New("broken"), "ERROR"},
		"a call that gave up by itself":                 {"waits", canceled, "ERROR"},
		"a fault while the client went away":            {"gone", errors.New("broken"), "ERROR"},
		"a request that ran out of time":                {"late", context.DeadlineExceeded, "ERROR"},
		"a client that went away":                       {"gone", canceled, "DEBUG"},
		"a client that went away, in the store's words": {"gone", unavailable, "DEBUG"},
	} {
		for _, level := range []slog.Level{slog.LevelDebug, slog.LevelInfo} {
			var out bytes.Buffer
			handler := faults{slog.NewTextHandler(&out, &slog.HandlerOptions{Level: level})}
			log := slog.New(handler).With("component", "test").WithGroup("call")
			log.ErrorContext(contexts[c.client], "request failed", "code", "internal", "err", c.err)
			want := "level=" + c.want
			if c.want == "DEBUG" && level > slog.LevelDebug {
				want = ""
			}
			if have := out.String(); !strings.Contains(have, want) || want == "" && have != "" {
				t.Errorf("%s, from %v on: %q, want %q", name, level, have, want)
			}
		}
	}
	var out bytes.Buffer
	log := slog.New(faults{slog.NewTextHandler(&out, nil)})
	log.WarnContext(gone, "a worker ended", "err", canceled)
	if !strings.Contains(out.String(), "level=WARN") {
		t.Errorf("a warning is %q", out.String())
	}
}
