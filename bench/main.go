// Command bench measures what the server adds to bare WebSockets: the way of a
// frame to its verdict, and the memory of an idle session. Both servers run in
// processes of their own, with the same settings, in the same run.
//
//	go run ./bench [-out bench.json] [-photo picture.png] [-native bench.txt] [-figures more.json]
//	go run ./bench previews [-out bench.json] [-models var/models]
//	go run ./bench load [-out load.json] [-runs 2] [-only idle,phones,progress,journey]
//	go run ./bench soak [-out load.json] [-for 20m]
//
// It prints a table and writes its keys into the JSON file, beside those that are
// there. "previews" measures what a verdict costs beside the grey decode of the same
// frames, "load" how many clients one machine holds, "soak" whether anything leaks.
package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/signal"
	"slices"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) > 0 && args[0] == "load" {
		return runLoad(ctx, args[1:])
	}
	if len(args) > 0 && args[0] == "soak" {
		return runSoak(ctx, args[1:])
	}
	if len(args) > 0 && args[0] == "previews" {
		return runPreviews(ctx, args[1:])
	}
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	out := f.String("out", "bench.json", "JSON file to write the figures into")
	photo := f.String("photo", "var/models/astronaut.png", "photo of the frame; without it a picture is drawn")
	natives := f.String("native", "", "output of go test -bench, for the figures of the native code")
	more := f.String("figures", "", "JSON file of figures that were measured elsewhere")
	var child childFlags
	f.StringVar(&child.kind, "child", "", "server, bare or relay: be the measured process (used by bench itself)")
	f.BoolVar(&child.tls, "child-tls", false, "the measured process speaks TLS")
	f.StringVar(&child.redis, "child-redis", "", "address of the measured process's Redis, or the masters of a Cluster")
	frames := f.Int("frames", 2000, "frames to send to each server")
	sessions := f.Int("sessions", 1000, "idle sessions")
	if err := f.Parse(args); err != nil {
		return err
	}
	if child.kind != "" {
		return serveChild(ctx, child)
	}
	frame, drawn, err := benchFrame(*photo)
	if err != nil {
		return err
	}
	if drawn {
		fmt.Printf("no photo at %s: the frame is drawn\n", *photo)
	}
	figures := map[string]float64{"frame_bytes": float64(len(frame))}
	if *natives != "" {
		if err := readNative(*natives, figures); err != nil {
			return fmt.Errorf("native: %w", err)
		}
	}
	if *more != "" {
		raw, err := os.ReadFile(*more)
		if err == nil {
			err = json.Unmarshal(raw, &figures)
		}
		if err != nil {
			return fmt.Errorf("figures: %w", err)
		}
	}
	if err := measureWire(ctx, frame, *frames, figures); err != nil {
		return fmt.Errorf("wire: %w", err)
	}
	if err := measureIdle(ctx, *sessions, figures); err != nil {
		return fmt.Errorf("idle: %w", err)
	}
	table(figures, goals)
	return merge(*out, figures)
}

// goals are the figures that have one.
var goals = map[string]float64{
	"api_create_sqlite_ratio": 5, "api_create_postgres_ratio": 5,
	"events_sqlite_lag_p99_ms": 1000, "events_postgres_lag_p99_ms": 1000,
	"wire_ratio": 1.5, "idle_ratio": 2, "document_ratio": 4, "selfie_ratio": 1.3, "worker_overhead_ms": 0.3,
}

// leastGoals are the figures that are to be large.
var leastGoals = map[string]float64{
	"capturing_phones": 16, "frames_per_core_ratio": 0.9,
	"overload_2x_slowest_to_median": 0.5, "overload_5x_slowest_to_median": 0.5, "overload_10x_slowest_to_median": 0.5,
}

// table prints the figures and how they stand to their goals.
func table(figures, goals map[string]float64) {
	for _, name := range slices.Sorted(maps.Keys(figures)) {
		note := ""
		if goal, ok := goals[name]; ok {
			note = fmt.Sprintf("goal <= %g: met", goal)
			if cmp.Compare(figures[name], goal) > 0 {
				note = fmt.Sprintf("goal <= %g: MISSED", goal)
			}
		}
		if goal, ok := leastGoals[name]; ok {
			note = fmt.Sprintf("goal >= %g: met", goal)
			if figures[name] < goal {
				note = fmt.Sprintf("goal >= %g: MISSED", goal)
			}
		}
		fmt.Printf("%-*s %12.3f  %s\n", widest(figures), name, figures[name], note)
	}
}

// widest is the width of a column of names.
func widest(figures map[string]float64) int {
	width := 28
	for name := range figures {
		width = max(width, len(name))
	}
	return width
}

// merge writes the figures into a JSON file and leaves its other keys alone.
func merge[V any](name string, figures map[string]V) error {
	all := map[string]any{}
	b, err := os.ReadFile(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return err
	default:
		if err := json.Unmarshal(b, &all); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	for k, v := range figures {
		all[k] = v
	}
	if b, err = json.MarshalIndent(all, "", "  "); err != nil {
		return err
	}
	return os.WriteFile(name, append(b, '\n'), 0o644)
}

// mergeInto is merge for an object under one key of the file.
func mergeInto[V any](name, key string, values map[string]V) error {
	held := map[string]any{}
	b, err := os.ReadFile(name)
	if err == nil {
		all := map[string]any{}
		if err := json.Unmarshal(b, &all); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if was, ok := all[key].(map[string]any); ok {
			held = was
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for k, v := range values {
		held[k] = v
	}
	return merge(name, map[string]any{key: held})
}
