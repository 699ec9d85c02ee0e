package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// phoneSteps are the numbers of phones that are tried until one is too many.
var phoneSteps = []int{1, 2, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96}

// verdictGoal is the time to a verdict, at the 95th percentile, that people still feel as
// at once; in milliseconds.
const verdictGoal = 150

// previewRate is how many previews a phone shows in a second.
const previewRate = 5

// shownFigures are what "qa load -json" writes, as far as it is used here.
type shownFigures struct {
	Previews int            `json:"previews"`
	Rate     float64        `json:"previewsASecondAndPhone"`
	Slowest  float64        `json:"slowestPhone"`
	Median   float64        `json:"medianPhone"`
	Verdict  percentiles    `json:"verdictMilliseconds"`
	Statuses map[string]int `json:"statuses"`
	Stills   int            `json:"stillsAsked"`
	Failures map[string]int `json:"failures"`

	used spent // by the program
}

// spent is processor time of the server and of its workers.
type spent struct{ server, workers time.Duration }

func (s spent) sum() time.Duration { return s.server + s.workers }

// less is what is left of s without n times another.
func (s spent) less(n int, other spent) spent {
	return spent{s.server - time.Duration(n)*other.server, s.workers - time.Duration(n)*other.workers}
}

type percentiles struct {
	P50 float64 `json:"p50"`
	P95 float64 `json:"p95"`
}

func (s shownFigures) failed() (n int) {
	for _, times := range s.Failures {
		n += times
	}
	return n
}

// loadPhones finds how many phones the program serves with verdicts in time, and shows it
// 2, 5 and 10 times as many.
func loadPhones(ctx context.Context, l *loadFlags, figures map[string]float64) error {
	s, err := startProgram(ctx, l)
	if err != nil {
		return err
	}
	defer s.stop()
	if _, err := s.shown(ctx, l, 1); err != nil { // workers load their models
		return err
	}
	pairing, err := s.pairingCost(ctx, l)
	if err != nil {
		return err
	}
	quiet, err := s.resident()
	if err != nil {
		return err
	}
	most, inTime, f, err := phonesServed(func(n int) (shownFigures, error) {
		f, err := s.measured(ctx, l, n)
		fmt.Fprintf(os.Stderr, "    %d phones: p95 %.0f ms, %.1f a second and phone, failures %v\n", n, f.Verdict.P95, f.Rate,
			f.Failures)
		return f, err
	})
	if err != nil {
		return err
	}
	figures["capturing_phones"] = float64(inTime)
	figures["verdict_p50_ms"], figures["verdict_p95_ms"] = f.Verdict.P50, f.Verdict.P95
	figures["verdicts_per_second"] = float64(f.Previews) / l.show.Seconds()
	figures["stills_asked"] = float64(f.Stills)
	l.hands.compare(figures, most, f, f.used.less(most, pairing))
	for _, times := range []int{2, 5, 10} {
		f, err := s.shown(ctx, l, times*most)
		if err != nil {
			return err
		}
		fmt.Fprintf(os.Stderr, "    %d phones: p95 %.0f ms, %.1f a second and phone, slowest %.1f, %v, failures %v\n",
			times*most, f.Verdict.P95, f.Rate, f.Slowest, f.Statuses, f.Failures)
		name := fmt.Sprintf("overload_%dx_", times)
		figures[name+"p95_ms"], figures[name+"rate"] = f.Verdict.P95, f.Rate
		figures["stills_asked"] += float64(f.Stills)
		figures["overload_failures"] += float64(f.failed())
		figures["overload_p95_ms"] = max(figures["overload_p95_ms"], f.Verdict.P95)
		figures["overload_verdicts_per_second"] = max(figures["overload_verdicts_per_second"],
			float64(f.Previews)/l.show.Seconds())
		if f.Median > 0 {
			figures[name+"slowest_to_median"] = f.Slowest / f.Median
		}
	}
	after, err := s.resident()
	if err != nil {
		return err
	}
	figures["overload_memory_ratio"] = after / quiet
	return nil
}

// measured is shown, with the processor time that the program has used for it.
func (s *program) measured(ctx context.Context, l *loadFlags, n int) (shownFigures, error) {
	before, err := s.used()
	if err != nil {
		return shownFigures{}, err
	}
	f, err := s.shown(ctx, l, n)
	if err != nil {
		return f, err
	}
	after, err := s.used()
	f.used = after.less(1, before)
	return f, err
}

// pairingCost is what one session costs the program until it is paired and has ended.
func (s *program) pairingCost(ctx context.Context, l *loadFlags) (one spent, err error) {
	const sessions = 40
	before, err := s.used()
	if err != nil {
		return one, err
	}
	short := *l
	short.show = time.Second
	f, err := s.shown(ctx, &short, 0, "-sessions", strconv.Itoa(sessions))
	if err != nil {
		return one, err
	}
	if n := f.failed(); n > 0 {
		return one, fmt.Errorf("%d of %d sessions did not pair: %v", n, sessions, f.Failures)
	}
	after, err := s.used()
	all := after.less(1, before)
	return spent{all.server / sessions, all.workers / sessions}, err
}

// compare adds what a verdict costs the bare analyzer, held as in a session and singly, and what it
// costs the program, its server and its workers; and how many of them a core does in a second, beside those
// of the bare analyzer on the same pictures in the same order.
func (s *shownHands) compare(figures map[string]float64, phones int, f shownFigures, used spent) {
	if s == nil || f.Previews == 0 || used.sum() <= 0 { // one condition is shown, in place of sequences
		return
	}
	bare, each := s.cost(phones), used.sum()/time.Duration(f.Previews)
	figures["sequences_shown"], figures["pictures_shown"] = float64(len(s.show)), float64(s.pictures())
	figures["bare_verdict_cpu_ms"] = bare.held.Seconds() * 1000
	figures["bare_single_verdict_cpu_ms"] = bare.single.Seconds() * 1000
	figures["verdict_cpu_ms"] = each.Seconds() * 1000
	figures["verdict_server_cpu_ms"] = used.server.Seconds() * 1000 / float64(f.Previews)
	figures["verdict_workers_cpu_ms"] = used.workers.Seconds() * 1000 / float64(f.Previews)
	figures["frames_per_second_per_core"] = 1 / each.Seconds()
	figures["frames_per_core_ratio"] = bare.held.Seconds() / each.Seconds()
}

// phonesServed tries more and more phones until verdicts are late or a session fails. The
// figures are those of the most phones; inTime of them had their verdicts in time. Where
// not even one has, most is 1 and inTime is 0. That one fails is an error.
func phonesServed(show func(n int) (shownFigures, error)) (most, inTime int, of shownFigures, err error) {
	for _, n := range phoneSteps {
		f, err := show(n)
		if err == nil && f.Verdict.P95 > verdictGoal { // other work of the machine, perhaps: the second time counts
			f, err = show(n)
		}
		if err != nil {
			return 0, 0, f, err
		}
		late := f.Verdict.P95 > verdictGoal
		switch {
		case n > 1 && (late || f.failed() > 0):
			return most, inTime, of, nil
		case f.failed() > 0:
			return 0, 0, f, fmt.Errorf("the session of one phone failed: %v", f.Failures)
		case late:
			return n, 0, f, nil
		}
		most, inTime, of = n, n, f
	}
	return most, inTime, of, nil
}

// program is the server under test with its workers, as people run it.
type program struct {
	cmd *exec.Cmd
	url string
	dir string
	// shows counts the calls of shown: each has networks of its own, or those of the calls before would have used up
	// what one network may do in ten minutes.
	shows int
}

// startProgram starts visavis with a folder of its own and waits until it is ready. Settings in more take the place of
// others.
func startProgram(ctx context.Context, l *loadFlags, more ...string) (*program, error) {
	addr, err := freeAddress(ctx)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "load")
	if err != nil {
		return nil, err
	}
	s := &program{url: "https://" + addr, dir: dir}
	s.cmd = exec.CommandContext(
		ctx,
		filepath.Join(l.programs, "visavis"),
		append([]string{"--listen", addr, "--http-listen", "off", "--public-url", s.url, "--data", dir, "--models",
			l.models, "--enrolments", "off", "--sessions-per-hour", "1000000", "--log-level", "error"}, more...)...)
	s.cmd.Stderr = os.Stderr
	if err := s.cmd.Start(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	for until := time.Now().Add(time.Minute); ; {
		if s.ready(ctx) {
			return s, nil
		}
		if time.Now().After(until) || sleep(ctx, 100*time.Millisecond) != nil {
			s.stop()
			return nil, errors.New("visavis is not ready within a minute")
		}
	}
}

func (s *program) ready(ctx context.Context) bool {
	req, err := newGet(ctx, s.url+"/readyz")
	if err != nil {
		return false
	}
	res, err := web.Do(req)
	return err == nil && res.Body.Close() == nil && res.StatusCode == 200
}

func (s *program) stop() {
	_ = s.cmd.Process.Signal(os.Interrupt)
	_ = s.cmd.Wait()
	_ = os.RemoveAll(s.dir)
}

// shown lets n phones show previews with the program qa and reads its figures. Sessions
// that fail are among them and no error.
func (s *program) shown(ctx context.Context, l *loadFlags, n int, more ...string) (shownFigures, error) {
	var f shownFigures
	name := filepath.Join(s.dir, "shown.json")
	var said bytes.Buffer
	s.shows++
	what := []string{"-condition", l.shows}
	if l.hands != nil {
		what = []string{"-show", l.hands.folder}
	}
	cmd := exec.CommandContext(
		ctx,
		filepath.Join(l.programs, "qa"),
		slices.Concat([]string{"load", "-server", s.url, "-insecure", "-phones", strconv.Itoa(n),
			"-first", strconv.Itoa(1000 * s.shows),
			"-rate", strconv.Itoa(previewRate), "-duration", l.show.String(), "-json", name}, what, more)...)
	cmd.Stdout, cmd.Stderr = &said, &said
	err := cmd.Run()
	data, readErr := os.ReadFile(name)
	if readErr != nil {
		return f, fmt.Errorf("qa load: %w: %s", errors.Join(err, readErr), said.String())
	}
	err = errors.Join(json.Unmarshal(data, &f), os.Remove(name))
	return f, err
}

// resident is the memory of the server and its workers, in bytes.
func (s *program) resident() (total float64, err error) {
	err = s.processes(func(pid int) error {
		size, err := residentOf(pid)
		total += size
		return err
	})
	return total, err
}

// used is the processor time of the server and its workers.
func (s *program) used() (all spent, err error) {
	err = s.processes(func(pid int) error {
		used, err := processorTime(pid)
		if pid == s.cmd.Process.Pid {
			all.server += used
		} else {
			all.workers += used
		}
		return err
	})
	return all, err
}

// processes calls do for the server and each of its workers.
func (s *program) processes(do func(pid int) error) error {
	if err := do(s.cmd.Process.Pid); err != nil {
		return err
	}
	lists, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", s.cmd.Process.Pid)) // of whichever thread
	if err != nil {
		return err
	}
	var children []byte
	for _, list := range lists {
		some, err := os.ReadFile(list)
		if err != nil && !errors.Is(err, os.ErrNotExist) { // the thread has ended
			return err
		}
		children = append(append(children, some...), ' ')
	}
	for text := range strings.FieldsSeq(string(children)) {
		pid, err := strconv.Atoi(text)
		if err != nil {
			return err
		}
		if err := do(pid); err != nil {
			return err
		}
	}
	return nil
}
