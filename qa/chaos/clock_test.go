//go:build chaos

package chaos

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"visavis/testkit"
)

// jumps is added to the program: its clock is off by the seconds in a file.
const jumps = `package main

import (
	"os"
	"strconv"
	"strings"
	"time"
)

func init() {
	path := os.Getenv("CHAOS_CLOCK")
	if path == "" {
		return
	}
	go func() {
		for range time.Tick(20 * time.Millisecond) { // by the monotonic clock, which does not jump
			if raw, err := os.ReadFile(path); err == nil {
				if n, err := strconv.ParseInt(strings.TrimSpace(string(raw)), 10, 64); err == nil {
					time.Jumped.Store(n)
				}
			}
		}
	}()
}
`

// jumping builds the program with a clock that can be set: time.Now of the standard library
// adds what the file of the variable CHAOS_CLOCK says, and its monotonic reading stays as it
// is. So it goes on a machine whose clock is corrected. Go asks the kernel itself, so that
// libfaketime reaches nothing. The first build compiles everything, for some minutes.
func jumping(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatalf("go env: %v", err)
	}
	clock := filepath.Join(strings.TrimSpace(string(out)), "src", "time", "time.go")
	source, err := os.ReadFile(clock)
	if err != nil {
		t.Fatal(err)
	}
	const reads = "	sec, nsec, mono := runtimeNow()\n	if mono == 0 {"
	if strings.Count(string(source), reads) != 1 {
		t.Fatalf("%s does not read the clock where this test knows it", clock)
	}
	text := strings.Replace(string(source), reads, strings.Replace(reads, "\n", "\n	sec += Jumped.Load()\n", 1), 1)
	text = strings.Replace(text, "import (", "import (\n	\"sync/atomic\"", 1) +
		"\n// Jumped is by how many seconds the clock is off.\nvar Jumped atomic.Int64\n"
	dir := filepath.Join(root(t), "var", "chaos") // at the same place each time: the build is cached
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{
		clock: filepath.Join(dir, "time.txt"),
		filepath.Join(root(t), "cmd", "visavis", "jumps.go"): filepath.Join(dir, "jumps.txt"),
	}})
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string]string{"time.txt": text, "jumps.txt": jumps, "overlay.json": string(overlay)} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	program := filepath.Join(dir, "visavis")
	build := exec.Command("go", "build", "-overlay", filepath.Join(dir, "overlay.json"), "-o", program, "./cmd/visavis")
	build.Dir = root(t)
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return program
}

// TestClockJumps sets the clock of a server an hour forward, and later back to what it was,
// while phones capture and a person goes through a journey. An hour that the clock alone knows
// of is no hour without activity: no session ends, no socket is cut.
func TestClockJumps(t *testing.T) {
	program := jumping(t)
	for name, where := range map[string]func(t *testing.T) []string{
		"in memory": func(*testing.T) []string { return nil },
		"on Redis": func(t *testing.T) []string {
			return []string{"--redis-url=redis://" + startRedis(t).addr, "--secret=" + strings.Repeat("ab", 32)}
		},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "clock")
			set := func(seconds int) {
				if err := os.WriteFile(file+".new", []byte(strconv.Itoa(seconds)), 0o644); err != nil {
					t.Fatal(err)
				}
				if err := os.Rename(file+".new", file); err != nil {
					t.Fatal(err)
				}
			}
			set(0)
			t.Setenv("CHAOS_CLOCK", file)
			addr, data := testkit.FreeAddress(t), t.TempDir()
			s := prepare(t, addr, "https://"+addr, data, where(t)...)
			s.program = program
			s.run()
			all := pairs(t, "https://"+addr, 2)
			for n, hour := range []int{3600, 0} {
				j := newJourney(t, "https://"+addr, n)
				j.t = t
				for j.reached < 2 {
					if _, err := j.step(t.Context()); err != nil {
						t.Fatal(err)
					}
				}
				set(hour)
				moment := time.Now()
				<-time.After(35 * time.Second) // more than the time between two saves of a session's record
				worst := judgedAfter(t, all, time.Now(), slack(backWithin))
				what := "the clock an hour back"
				if hour > 0 {
					what = "the clock an hour forward"
				}
				lost(t, all, what, worst)
				for i, p := range all {
					if n := p.reconnects.Load(); n > 0 {
						t.Errorf("%s: phone %d was cut off %d times", what, i+1, n)
					}
				}
				j.finish(slack(2 * time.Minute))
				t.Logf("the journey that was begun before it ended %.1f s after it", time.Since(moment).Seconds())
			}
			verified(t, data)
		})
	}
}
