package main

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"visavis/client"
	"visavis/protocol"
)

// FuzzParseScenario reads any file: an error in words, or a scenario of which every
// step can be played. It takes memory in proportion to the file.
func FuzzParseScenario(f *testing.F) {
	files, err := filepath.Glob("../../qa/scenarios/*.yaml")
	if err != nil || len(files) == 0 {
		f.Fatalf("%d scenarios, error %v", len(files), err)
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	for _, seed := range []string{
		"", "name", "name: a\nsteps:\n  - open:\n", "name: a\nsteps:\n  - null\n", "name: a\nsteps: 3\n",
		"name: a\nsteps:\n  - [open]\n",
		"name: a\nwithin: -3s\nsteps:\n  - drop: x\n", "a: &a [*a]\nname: x\nsteps: *a\n",
		"name: a\nnever: [{message: live, where: {x: {y: 1}}}]\nsteps:\n  - open: {}\n",
		"name: a\nsteps:\n  - send: {step: selfie, until: {message: closed, where: {code: [1, 2]}}}\n",
		"name: a\nsteps:\n  - expect:\n", "name: a\nsteps:\n  - say: {message: skip, with: {challenge: 3}}\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		if len(file) > 16<<10 {
			return
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		s, err := parseScenario(file, nil)
		runtime.ReadMemStats(&after)
		if took := after.TotalAlloc - before.TotalAlloc; took > 64<<20 {
			t.Fatalf("%d bytes of scenario took %d of memory", len(file), took)
		}
		if err != nil {
			if err.Error() == "" {
				t.Fatal("an error without words")
			}
			return
		}
		for i, step := range s.Steps {
			if step.verb == "" || step.line < 1 {
				t.Fatalf("step %d: verb %q, line %d", i, step.verb, step.line)
			}
			for _, m := range []*Match{step.Expect, untilOf(step)} {
				if m != nil {
					m.matches(client.Event{Message: protocol.Progress{State: protocol.StateDone}})
					m.matches(client.Event{Ended: true, Code: 4501})
				}
			}
			if step.Say != nil && step.Say.Message != "" {
				if _, err := step.Say.message(); err != nil {
					t.Fatalf("step %d says what cannot be said: %v", i, err)
				}
			}
		}
	})
}
