package main

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	"visavis/client"
)

// notUnderRace skips a test that plays scenarios against the clock: the race detector
// makes drawing and TLS many times slower, so that the times of the scenarios would
// measure it and not the server.
func notUnderRace(t *testing.T) {
	t.Helper()
	info, _ := debug.ReadBuildInfo()
	if info != nil && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"}) {
		t.Skip("drawing is too slow under the race detector; scripts/test.sh runs this without it")
	}
}

// scenarios are the files of every scenario.
func scenarios(t *testing.T) []string {
	t.Helper()
	paths, err := filepath.Glob("../../qa/scenarios/*.yaml")
	if err != nil || len(paths) < 8 {
		t.Fatalf("%d scenarios, %v", len(paths), err)
	}
	return paths
}

func TestTheScenariosOfTheBrowserTestsAreRight(t *testing.T) {
	paths, err := filepath.Glob("../../e2e/scenarios/*.yaml")
	if err != nil || len(paths) == 0 {
		t.Fatalf("%d scenarios, %v", len(paths), err)
	}
	for _, path := range paths {
		if _, err := LoadScenario(path, nil); err != nil {
			t.Error(err)
		}
	}
}

// atOnce is how many scenarios are played at the same time: they wait most of the time.
const atOnce = 32

// together plays all at the same time, and reports each as a test of its own.
func together(t *testing.T, names []string, do func(name string) error) {
	t.Helper()
	results := map[string]chan error{}
	turn := make(chan struct{}, atOnce)
	for _, name := range names {
		result := make(chan error, 1)
		results[name] = result
		go func() { // read below
			turn <- struct{}{}
			result <- do(name)
			<-turn
		}()
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			if err := <-results[name]; err != nil {
				t.Error(err)
			}
		})
	}
}

// Every scenario passes against a mock server of its own, over real sockets.
func TestScenariosPass(t *testing.T) {
	notUnderRace(t)
	t.Parallel()
	paths := map[string]string{}
	var names []string
	for _, path := range scenarios(t) {
		name := strings.TrimSuffix(filepath.Base(path), ".yaml")
		paths[name], names = path, append(names, name)
	}
	if len(names) < 50 {
		t.Errorf("%d scenarios, want 50 at least", len(names))
	}
	together(t, names, func(name string) error {
		return played(t.Context(), paths[name], Options{Own: true, Client: client.Config{Language: "fr"}})
	})
}

// played plays a file; the error has all that happened.
func played(ctx context.Context, path string, o Options) error {
	s, err := LoadScenario(path, nil)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	if err := play(ctx, s, o, &printer{out: &out, start: time.Now()}); err != nil {
		return fmt.Errorf("%w\n%s", err, out.String())
	}
	return nil
}

func playFile(t *testing.T, path string, o Options) {
	t.Helper()
	if err := played(t.Context(), path, o); err != nil {
		t.Error(err)
	}
}
