package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"visavis/testkit"
)

// TestMain lets the test program be the measured processes.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "-child" {
		if err := run(context.Background(), os.Args[1:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func TestAgreementIsTheDistanceInPercentOfTheMean(t *testing.T) {
	means, apart := agreement([]map[string]float64{{"a": 90, "b": 0, "c": 3}, {"a": 110, "b": 0}})
	if means["a"] != 100 || apart["a"] != 20 || means["b"] != 0 || apart["b"] != 0 || means["c"] != 3 {
		t.Errorf("%v, %v", means, apart)
	}
}

// Runs agree on a figure up to a distance, and on none that one of them lacks.
func TestRunsAgreeOrSoItIsSaid(t *testing.T) {
	runs := []map[string]float64{
		{"near": 95, "far": 90, "limit": 9.5, "none": 0, "once": 3},
		{"near": 100, "far": 110, "limit": 10.5, "none": 0},
	}
	_, apart := agreement(runs)
	got := agree(runs, apart, 10)
	if !slices.Equal(got.Agreed, []string{"limit", "near", "none"}) ||
		!slices.Equal(got.Differs, []string{"far", "once"}) {
		t.Errorf("%+v of %v", got, apart)
	}
	var said strings.Builder
	got.print(&said, apart)
	for _, want := range []string{
		"far                            20.0  DISAGREE\n", "near                            5.1\n",
		"agreement of 2 runs within 10 %: 3 of 5 figures; not far, once\n",
	} {
		if !strings.Contains(said.String(), want) {
			t.Errorf("%q is not in\n%s", want, said.String())
		}
	}
	one := agree(runs[:1], apart, 10)
	said.Reset()
	one.print(&said, apart)
	if len(one.Agreed)+len(one.Differs) != 0 || !strings.Contains(said.String(), "one run, nothing to compare") {
		t.Errorf("%+v: %s", one, said.String())
	}
}

// Idle sessions cost what their sockets cost: all of them stay, and the figures are there.
func TestLoadMeasuresIdleSessions(t *testing.T) {
	out := filepath.Join(t.TempDir(), "load.json")
	if err := os.WriteFile(out, []byte(`{"else": 1, "runs": {"else": [1]}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"load", "-only", "idle", "-runs", "2", "-sessions", "40", "-rest", "10ms", "-out", out}
	if err := run(t.Context(), args); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Else     float64 `json:"else"`
		Asked    float64 `json:"idle_sessions_asked"`
		Sessions float64 `json:"idle_sessions"`
		Bare     float64 `json:"bare_pairs"`
		Lost     float64 `json:"idle_lost"`
		Bytes    float64 `json:"bytes_per_idle_session"`
		Ratio    float64 `json:"idle_ratio"`
		Rate     float64 `json:"pair_per_second"`
		Runs     map[string][]float64
		Agreed   agreedOn `json:"agreement"`
	}
	raw, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &got); err != nil {
		t.Fatal(err)
	}
	if got.Asked != 40 || got.Bare != 40 {
		t.Errorf("%v asked for, %v bare ones", got.Asked, got.Bare)
	}
	if got.Sessions != 40 || got.Lost != 0 || got.Bytes <= 0 || math.IsNaN(got.Ratio) || got.Ratio <= 0 || got.Rate <= 0 {
		t.Errorf("%s", raw)
	}
	if got.Else != 1 || len(got.Runs["else"]) != 1 || len(got.Runs["idle_ratio"]) != 2 {
		t.Errorf("what was there is gone, or the runs: %s", raw)
	}
	if n := len(got.Agreed.Agreed) + len(got.Agreed.Differs); got.Agreed.Runs != 2 || n != len(got.Runs)-1 {
		t.Errorf("the agreement is of %d runs and %d figures: %s", got.Agreed.Runs, n, raw)
	}
}

// The number of phones that are served is never larger than what was seen in time.
func TestLoadCountsThePhonesThatHadTheirVerdictsInTime(t *testing.T) {
	failed := map[string]int{"paired": 1}
	for name, test := range map[string]struct {
		show         func(n, time int) shownFigures // time counts the calls with this n
		most, inTime int
		fails        bool
	}{
		"late from six on": {func(n, _ int) shownFigures { return late(n >= 6) }, 4, 4, false},
		"late once":        {func(n, time int) shownFigures { return late(n >= 8 || n == 4 && time == 1) }, 6, 6, false},
		"never late":       {func(int, int) shownFigures { return late(false) }, 96, 96, false},
		"always late":      {func(int, int) shownFigures { return late(true) }, 1, 0, false},
		"four fail":        {func(n, _ int) shownFigures { return shownFigures{Failures: when(n >= 4, failed)} }, 2, 2, false},
		"one fails":        {func(int, int) shownFigures { return shownFigures{Failures: failed} }, 0, 0, true},
	} {
		t.Run(name, func(t *testing.T) {
			times := map[int]int{}
			most, inTime, _, err := phonesServed(func(n int) (shownFigures, error) {
				times[n]++
				return test.show(n, times[n]), nil
			})
			if most != test.most || inTime != test.inTime || (err != nil) != test.fails {
				t.Errorf("%d, of which %d in time (%v), want %d and %d", most, inTime, err, test.most, test.inTime)
			}
		})
	}
}

func late(yes bool) shownFigures {
	if yes {
		return shownFigures{Verdict: percentiles{P95: verdictGoal + 1}}
	}
	return shownFigures{Verdict: percentiles{P95: verdictGoal}}
}

func when(yes bool, failures map[string]int) map[string]int {
	if yes {
		return failures
	}
	return nil
}

// An event reaches the desktop on one instance, and on another through Redis or a Cluster. Instances that have
// nothing to do with the session do not hear of it.
func TestLoadMeasuresTheWayToTheDesktop(t *testing.T) {
	if _, err := exec.LookPath("redis-server"); err != nil {
		testkit.Lacking(t, "VISAVIS_REQUIRE_REDIS", "redis-server is missing: scripts/setup.sh installs it")
	}
	figures := map[string]float64{}
	if err := loadProgress(t.Context(), &loadFlags{events: 20}, figures); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{
		"progress_p50_ms", "progress_redis_p50_ms", "progress_redis_4_redis_bytes", "bare_redis_p50_ms", "redis_ratio",
		"progress_bytes", "progress_cluster_4_p99_ms", "progress_cluster_4_redis_bytes", "cluster_ratio_1",
		"cluster_ratio_2", "cluster_ratio_4",
	} {
		if figures[name] <= 0 {
			t.Errorf("%s is %v", name, figures[name])
		}
	}
	for _, on := range []string{"progress_redis", "progress_cluster"} {
		if got := figures[on+"_4_messages"]; got < 1.5 { // two, but for one that is on its way at the end of a turn
			t.Errorf("%s: the phone's instance and the desktop's get %v messages of an event, want 2", on, got)
		}
		if got, ok := figures[on+"_4_other_messages"]; !ok || got > 0.5 { // 0, but for news of their own sessions
			t.Errorf("%s: an instance that has nothing to do with a session got %v messages of an event, want 0", on, got)
		}
	}
	if got, ok := figures["progress_cluster_4_bus_messages"]; !ok || got > 0.5 {
		t.Errorf("masters send each other %v messages of an event, want 0", got)
	}
}

// The measured session is the one that its phone's instance hears of most; all that other instances hear of it counts.
func TestMessagesOfTheMeasuredSessionAreCounted(t *testing.T) {
	before := []map[string]int{{"own": 90, "measured": 3}, {"measured": 1}, {"another": 70}, {}}
	after := []map[string]int{{"own": 95, "measured": 13}, {"measured": 11}, {"another": 99, "measured": 2},
		{"measured": 9}}
	if all, other := ofBusiest(before, after); all != 31 || other != 12 {
		t.Errorf("%d messages, %d of them at instances that have nothing to do with it; want 31 and 12", all, other)
	}
	if all, other := ofBusiest(before, before); all != 0 || other != 0 {
		t.Errorf("%d and %d messages where none came", all, other)
	}
}

func TestLoadRefusesWhatItCannotMeasure(t *testing.T) {
	for _, args := range [][]string{{"-runs", "0"}, {"-sessions", "0"}, {"-events", "1"}, {"more"}, {"-only", "nothing"},
		{"-within", "-1"},
		{"-only", "idle", "-sessions", "1", "-ramp", "1ns"}} {
		if err := runLoad(t.Context(), append(args, "-out", filepath.Join(t.TempDir(), "load.json"))); err == nil {
			t.Errorf("%v is no error", args)
		}
	}
}

func TestProcessorTimeIsThatOfTheProcess(t *testing.T) {
	before, err := processorTime(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	for began := time.Now(); time.Since(began) < 50*time.Millisecond; { // busy
	}
	after, err := processorTime(os.Getpid())
	if err != nil || after < before {
		t.Errorf("%v, then %v (%v)", before, after, err)
	}
	if size, err := residentOf(os.Getpid()); err != nil || size < 1<<20 {
		t.Errorf("resident %v, %v", size, err)
	}
	if size, err := kernelBytes(); err != nil || size <= 0 {
		t.Errorf("kernel %v, %v", size, err)
	}
}

func TestALeakIsWhatGrowsAfterTheFirstQuarter(t *testing.T) {
	var rounds []soaked
	for n := range 8 {
		rounds = append(rounds, soaked{goroutines: 20, descriptors: float64(10 + n), server: 100, workers: 50})
	}
	rounds[0].goroutines = 5 // caches fill
	figures := leaks(rounds)
	if figures["soak_goroutines_ratio"] != 1 || figures["soak_server_memory_ratio"] != 1 ||
		figures["soak_descriptors_ratio"] != 16.5/12.5 {
		t.Errorf("%v", figures)
	}
	if one := leaks(rounds[:1]); one["soak_goroutines_ratio"] != 1 {
		t.Errorf("of one round: %v", one)
	}
}

// Goroutines that a server keeps for its next messages are no leak; all others count.
func TestKeptGoroutinesDoNotCount(t *testing.T) {
	const profile = `goroutine profile: total 42
20 @ 0x1 0x2 0x3
#	0x2	visavis/server.(*crew).next+0x9f	server/crew.go:49
#	0x3	visavis/server.(*crew).serve+0x63	server/crew.go:38

15 @ 0x4 0x5
#	0x4	visavis/server.(*crew).serve+0x5a	server/crew.go:37

7 @ 0x6
#	0x6	net/http.(*conn).serve+0x1
`
	if n, err := goroutinesOf(profile); n != 22 || err != nil {
		t.Errorf("%v goroutines, %v, want 22", n, err)
	}
	const broken = "goroutine profile: total 4\nx @ 0x1\n# server.(*crew).next"
	for _, wrong := range []string{"", "404 page not found", broken} {
		if n, err := goroutinesOf(wrong); err == nil {
			t.Errorf("%q has %v goroutines", wrong, n)
		}
	}
}
