package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"time"
)

// soakFlags are the settings of "bench soak".
type soakFlags struct {
	loadFlags
	length           time.Duration
	phones, sessions int
}

// leakGoals are how much of something may be there at the end, as a share of what was
// there after the first quarter.
var leakGoals = map[string]float64{
	"soak_goroutines_ratio":     1.1,
	"soak_descriptors_ratio":    1.1,
	"soak_server_memory_ratio":  1.15,
	"soak_workers_memory_ratio": 1.1,
	"soak_failures":             0,
}

// runSoak is "bench soak": phones and idle sessions come and go for a while, in rounds. At
// the rest after each round the server's goroutines, descriptors and memory are read, and
// its workers' memory, where the Mats of OpenCV are. What grows leaks.
func runSoak(ctx context.Context, args []string) error {
	var s soakFlags
	f := s.flags("bench soak")
	f.DurationVar(&s.length, "for", 20*time.Minute, "how long")
	f.DurationVar(&s.show, "show", 20*time.Second, "how long the phones of a round show previews")
	f.IntVar(&s.phones, "phones", 4, "phones of a round")
	f.IntVar(&s.sessions, "sessions", 20, "idle sessions of a round")
	if err := f.Parse(args); err != nil {
		return err
	}
	if f.NArg() > 0 || s.phones < 1 || s.length < 4*s.show {
		return fmt.Errorf("soak: want flags alone, a phone or more, and -for of at least four rounds (%s)", 4*s.show)
	}
	remove, err := s.draw(ctx)
	if err != nil {
		return err
	}
	defer remove()
	debug, err := freeAddress(ctx)
	if err != nil {
		return err
	}
	p, err := startProgram(ctx, &s.loadFlags, "--debug-listen", debug)
	if err != nil {
		return err
	}
	defer p.stop()
	var rounds []soaked
	failures := 0
	for began := time.Now(); time.Since(began) < s.length; {
		shown, err := p.shown(ctx, &s.loadFlags, s.phones, "-sessions", strconv.Itoa(s.sessions))
		if err != nil {
			return err
		}
		failures += shown.failed()
		r, err := p.soaked(ctx, debug)
		if err != nil {
			return err
		}
		rounds = append(rounds, r)
		fmt.Fprintf(os.Stderr,
			"    %5.0f s: %4.0f goroutines, %3.0f descriptors, server %4.0f MB, workers %4.0f MB, %d failures\n",
			time.Since(began).Seconds(), r.goroutines, r.descriptors, r.server/1e6, r.workers/1e6, failures)
	}
	figures := leaks(rounds)
	figures["soak_minutes"], figures["soak_failures"] = s.length.Minutes(), float64(failures)
	figures["soak_sessions"] = float64(len(rounds) * (s.phones + s.sessions))
	table(figures, leakGoals)
	if err := merge(s.out, figures); err != nil {
		return err
	}
	var grown []string
	for name, most := range leakGoals {
		if figures[name] > most {
			grown = append(grown, fmt.Sprintf("%s %.2f (at most %g)", name, figures[name], most))
		}
	}
	if len(grown) > 0 {
		return fmt.Errorf("soak: %s", strings.Join(grown, ", "))
	}
	return nil
}

// soaked is what a server holds at rest: resident memory of it and of its workers, and of its own what is
// live of Go's heap.
type soaked struct{ goroutines, descriptors, server, heap, workers float64 }

// leaks compares the last quarter of the rounds with the second one: in the first, caches
// fill.
func leaks(rounds []soaked) map[string]float64 {
	quarter := max(1, len(rounds)/4)
	mean := func(some []soaked, of func(soaked) float64) (sum float64) {
		for _, r := range some {
			sum += of(r)
		}
		return sum / float64(len(some))
	}
	early, late := rounds[min(quarter, len(rounds)-1):min(2*quarter, len(rounds))], rounds[len(rounds)-quarter:]
	if len(early) == 0 {
		early = rounds[:1]
	}
	figures := map[string]float64{}
	for name, of := range map[string]func(soaked) float64{
		"goroutines":     func(s soaked) float64 { return s.goroutines },
		"descriptors":    func(s soaked) float64 { return s.descriptors },
		"server_memory":  func(s soaked) float64 { return s.server },
		"workers_memory": func(s soaked) float64 { return s.workers },
	} {
		figures["soak_"+name+"_ratio"] = mean(late, of) / mean(early, of)
	}
	return figures
}

// soaked reads what the program holds once its sockets are gone.
func (s *program) soaked(ctx context.Context, debug string) (r soaked, err error) {
	const collected = "/debug/pprof/goroutine?debug=1"
	if r.heap, err = s.collect(ctx, debug); err != nil {
		return r, err
	}
	for try := 0; ; try++ { // connections end a moment after their clients
		goroutines, err := goroutinesAt(ctx, "http://"+debug+collected)
		if err != nil {
			return r, err
		}
		if goroutines == r.goroutines || try == 20 {
			r.goroutines = goroutines
			break
		}
		r.goroutines = goroutines
		if err := sleep(ctx, 250*time.Millisecond); err != nil {
			return r, err
		}
	}
	descriptors, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", s.cmd.Process.Pid))
	if err != nil {
		return r, err
	}
	r.descriptors = float64(len(descriptors))
	if r.server, err = residentOf(s.cmd.Process.Pid); err != nil {
		return r, err
	}
	all, err := s.resident()
	r.workers = all - r.server
	return r, err
}

// collect has the program collect its garbage, twice for finalizers. It returns what is live of Go's heap.
func (s *program) collect(ctx context.Context, debug string) (live float64, err error) {
	var profile string
	for range 2 {
		if profile, err = text(ctx, "http://"+debug+"/debug/pprof/heap?gc=1&debug=1"); err != nil {
			return 0, err
		}
	}
	_, after, _ := strings.Cut(profile, "# HeapAlloc = ")
	line, _, _ := strings.Cut(after, "\n")
	if live, err = strconv.ParseFloat(line, 64); err != nil {
		return 0, fmt.Errorf("heap profile: %q is no HeapAlloc", line)
	}
	return live, nil
}

// goroutinesAt asks a program for its goroutines.
func goroutinesAt(ctx context.Context, url string) (float64, error) {
	profile, err := text(ctx, url)
	if err != nil {
		return 0, err
	}
	return goroutinesOf(profile)
}

// text is what an address answers.
func text(ctx context.Context, url string) (string, error) {
	req, err := newGet(ctx, url)
	if err != nil {
		return "", err
	}
	res, err := web.Do(req)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	return string(b), err
}

// kept is in the stack of a goroutine that waits for the next message. A server keeps 64 at
// most, as many as were busy at once: that number grows by chance, and is no leak.
const kept = "server.(*crew).next"

// goroutinesOf reads "goroutine profile: total 42" and, behind it, a group for each stack,
// "3 @ 0x…" with its functions. Those that are kept do not count.
func goroutinesOf(profile string) (float64, error) {
	line, groups, _ := strings.Cut(profile, "\n")
	_, text, _ := strings.Cut(line, "total ")
	total, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return 0, fmt.Errorf("%q is no goroutine profile", line)
	}
	for group := range strings.SplitSeq(groups, "\n\n") {
		if !strings.Contains(group, kept) {
			continue
		}
		text, _, _ := strings.Cut(strings.TrimSpace(group), " @")
		n, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return 0, fmt.Errorf("%q is no group of a goroutine profile", group)
		}
		total -= n
	}
	return total, nil
}

// freeAddress is a port of the loopback address that nobody listens on.
func freeAddress(ctx context.Context) (string, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}
