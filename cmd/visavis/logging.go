package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
)

// newLogger writes text to a terminal and JSON elsewhere.
func newLogger(c Config, env environment) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.LogLevel)); err != nil {
		level = slog.LevelInfo // validate lets nothing else through
	}
	o := &slog.HandlerOptions{Level: level}
	if c.LogFormat == "text" || (c.LogFormat == "" && isTerminal(env.stderr)) {
		return slog.New(faults{slog.NewTextHandler(env.stderr, o)})
	}
	return slog.New(faults{slog.NewJSONHandler(env.stderr, o)})
}

func isTerminal(w any) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// faults is a handler for which an ERROR is one that somebody has to look for. Whatever failed because the client went
// away meanwhile, or the server stops, is told at debug level.
type faults struct{ slog.Handler }

// Handle implements [slog.Handler].
func (h faults) Handle(ctx context.Context, r slog.Record) error {
	if r.Level >= slog.LevelError && ctx.Err() != nil && canceled(r) {
		if !h.Enabled(ctx, slog.LevelDebug) {
			return nil
		}
		r.Level = slog.LevelDebug
	}
	return h.Handler.Handle(ctx, r)
}

// WithAttrs implements [slog.Handler].
func (h faults) WithAttrs(attrs []slog.Attr) slog.Handler { return faults{h.Handler.WithAttrs(attrs)} }

// WithGroup implements [slog.Handler].
func (h faults) WithGroup(name string) slog.Handler { return faults{h.Handler.WithGroup(name)} }

// canceled tells whether a record's error is that its context was ended by who began it.
func canceled(r slog.Record) (yes bool) {
	r.Attrs(func(a slog.Attr) bool {
		err, ok := a.Value.Any().(error)
		yes = ok && errors.Is(err, context.Canceled)
		return !yes
	})
	return yes
}
