//go:build chaos

package chaos

import (
	"context"
	"fmt"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"visavis/client"
	"visavis/protocol"
	"visavis/testkit"
)

// two are two instances on one Redis behind a front.
func two(t *testing.T) (redis *redisServer, in [2]*server, f *front) {
	t.Helper()
	redis = startRedis(t)
	a, b := testkit.FreeAddress(t), testkit.FreeAddress(t)
	f = newFront(t, a, b)
	for i, addr := range []string{a, b} {
		in[i] = newServer(t, addr, f.url(), t.TempDir(), "--enrolments=off", "--redis-url=redis://"+redis.addr,
			"--secret="+strings.Repeat("ab", 32))
	}
	return redis, in, f
}

// backWithin is the promise after the loss of an instance.
const backWithin = 5 * time.Second

func TestKilledInstance(t *testing.T) {
	_, in, f := two(t)
	all := pairs(t, f.url(), 4)
	for _, s := range in {
		moment := time.Now()
		s.kill(syscall.SIGKILL)
		worst := judgedAfter(t, all, moment.Add(100*time.Millisecond), slack(backWithin))
		lost(t, all, "kill -9 of an instance", worst)
		s.start()
	}
}

func TestRollingRestart(t *testing.T) {
	_, in, f := two(t)
	all := pairs(t, f.url(), 4)
	for range 2 {
		for _, s := range in {
			moment := time.Now()
			s.kill(syscall.SIGTERM)
			// Closes are spread over five seconds, and each client waits as long as it was told.
			worst := judgedAfter(t, all, moment.Add(100*time.Millisecond), slack(2*backWithin))
			lost(t, all, "SIGTERM of an instance", worst)
			s.start()
		}
	}
}

func TestPausedRedis(t *testing.T) {
	redis, _, f := two(t)
	all := pairs(t, f.url(), 3)
	redis.pause(10 * time.Second)
	worst := judgedAfter(t, all, time.Now(), slack(backWithin))
	lost(t, all, "Redis paused for 10 s", worst)
}

func TestEmptyRedis(t *testing.T) {
	redis, _, f := two(t)
	all := pairs(t, f.url(), 3)
	redis.kill()
	<-time.After(time.Second) // the fault: nobody is there for so long
	redis.start()
	moment := time.Now()
	within := slack(10 * time.Second)
	for i, p := range all {
		eventually(t, fmt.Sprintf("desktop and phone %d are told", i+1), within-time.Since(moment), func() error {
			if p.over.Load() >= 4000 && p.deskOver.Load() >= 4000 {
				return nil
			}
			return fmt.Errorf("close codes %d and %d", p.over.Load(), p.deskOver.Load())
		})
	}
	t.Logf("Redis killed, back empty: all told after %.1f s; lost: the live sessions, which it held alone",
		time.Since(moment).Seconds())
	fresh := pairs(t, f.url(), 1) // and one begins again
	lost(t, fresh, "after it", 0)
}

func TestWorkersKilledInALoop(t *testing.T) {
	addr := testkit.FreeAddress(t)
	s := newServer(t, addr, "https://"+addr, t.TempDir(), "--enrolments=off")
	all := pairs(t, "https://"+addr, 2)
	killed := 0
	for range 10 {
		for _, pid := range s.workers() {
			if syscall.Kill(pid, syscall.SIGKILL) == nil {
				killed++
			}
		}
		<-time.After(300 * time.Millisecond) // the fault: again while the next one starts
	}
	if killed < 5 {
		t.Errorf("%d workers were killed: the others were not there", killed)
	}
	worst := judgedAfter(t, all, time.Now(), slack(30*time.Second)) // a restarted worker loads its models
	lost(t, all, fmt.Sprintf("%d workers killed in 3 s", killed), worst)
}

func TestHungWorker(t *testing.T) {
	addr := testkit.FreeAddress(t)
	s := newServer(t, addr, "https://"+addr, t.TempDir(), "--enrolments=off")
	all := pairs(t, "https://"+addr, 1)
	workers := s.workers()
	if len(workers) == 0 {
		t.Fatal("no worker is there")
	}
	before, moment := all[0].busy.Load(), time.Now()
	for _, pid := range workers {
		_ = syscall.Kill(pid, syscall.SIGSTOP)
	}
	eventually(t, "the frame is answered busy", slack(5*time.Second), func() error {
		if all[0].busy.Load() > before {
			return nil
		}
		return fmt.Errorf("%d busy", all[0].busy.Load())
	})
	found := time.Since(moment)
	if found > slack(3*time.Second) { // two seconds, and the half until the next frame came
		t.Errorf("found after %s, promised: 2 s after its frame came", found)
	}
	worst := judgedAfter(t, all, time.Now(), slack(30*time.Second))
	lost(t, all, fmt.Sprintf("worker hung, found after %.1f s", found.Seconds()), worst)
}

func TestHalfOpenSockets(t *testing.T) {
	addr := testkit.FreeAddress(t)
	f, other := newFront(t, addr), newFront(t, addr)
	newServer(t, addr, f.url(), t.TempDir(), "--enrolments=off", "--origins="+other.url())
	p := newPair(t, f.url())
	all := []*pairOf{p}
	judgedAfter(t, all, time.Now(), slack(30*time.Second))
	// The phone's way alone goes dead: the desktop comes by another.
	cfg := client.Config{Server: other.url(), TLS: anyCertificate(), Language: "en", Cookies: p.desktop.Cookies()}
	desktop, err := client.OpenDesktop(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer desktop.Close()
	f.stuck.Store(true)
	moment := time.Now()
	limited, cancel := context.WithTimeout(t.Context(), slack(20*time.Second))
	defer cancel()
	await(t, limited, desktop.Next, func(m protocol.Message) bool {
		pr, ok := m.(protocol.Progress)
		return ok && pr.Phone != nil && pr.Phone.State == "absent"
	})
	t.Logf("half-open socket of a phone: the desktop was told after %.1f s", time.Since(moment).Seconds())
	f.stuck.Store(false)
	f.cut()
	worst := judgedAfter(t, all, time.Now(), slack(10*time.Second))
	lost(t, all, "half-open sockets", worst)
}

func TestProxyThatClosesConnections(t *testing.T) {
	addr := testkit.FreeAddress(t)
	f := newFront(t, addr)
	newServer(t, addr, f.url(), t.TempDir(), "--enrolments=off")
	f.life.Store(int64(3 * time.Second)) // a minute, made short
	all := pairs(t, f.url(), 2)
	for i, p := range all {
		eventually(t, fmt.Sprintf("phone %d is cut off and comes back", i+1), slack(time.Minute), func() error {
			if n := p.reconnects.Load(); n < 3 {
				return fmt.Errorf("%d times, want 3", n)
			}
			return nil
		})
	}
	worst := judgedAfter(t, all, time.Now(), slack(backWithin))
	lost(t, all, "a proxy that closes each connection after 3 s", worst)
}

func TestWorkerOutOfMemory(t *testing.T) {
	addr := testkit.FreeAddress(t)
	s := newServer(t, addr, "https://"+addr, t.TempDir(), "--enrolments=off")
	all := pairs(t, "https://"+addr, 2)
	limited := s.workers()
	if len(limited) == 0 {
		t.Fatal("no worker is there")
	}
	for _, pid := range limited {
		none := unix.Rlimit{Cur: 1 << 20, Max: 1 << 20}
		if err := unix.Prlimit(pid, unix.RLIMIT_AS, &none, nil); err != nil {
			t.Fatal(err)
		}
	}
	asked := eventually(t, "a frame asks for memory that there is not", 2*time.Minute, func() error {
		for _, pid := range s.workers() {
			if slices.Contains(limited, pid) {
				return fmt.Errorf("worker %d is there still", pid)
			}
		}
		return nil
	})
	worst := judgedAfter(t, all, time.Now(), slack(30*time.Second))
	lost(t, all, fmt.Sprintf("a worker out of memory %.1f s after its limit", asked.Seconds()), worst)
}

// unread is a connection whose owner stops reading.
type unread struct {
	net.Conn
	stopped *atomic.Bool
}

func (u unread) Read(p []byte) (int, error) {
	for u.stopped.Load() {
		<-time.After(50 * time.Millisecond)
	}
	return u.Conn.Read(p)
}

// TestSlowReader lets a second tab of the desktop stop reading while live pictures come.
func TestSlowReader(t *testing.T) {
	addr := testkit.FreeAddress(t)
	s := newServer(t, addr, "https://"+addr, t.TempDir(), "--enrolments=off")
	all := pairs(t, "https://"+addr, 2)
	var stopped atomic.Bool
	var d net.Dialer
	cfg := client.Config{
		Server: "https://" + addr, TLS: anyCertificate(), Language: "en", Cookies: all[0].desktop.Cookies(),
		Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := d.DialContext(ctx, network, address)
			if tcp, ok := conn.(*net.TCPConn); ok {
				_ = tcp.SetReadBuffer(4 << 10)
			}
			return unread{conn, &stopped}, err
		},
	}
	tab, err := client.OpenDesktop(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer tab.Close()
	defer stopped.Store(false)
	before := residentOf(t, s.pid())
	stopped.Store(true)
	<-time.After(20 * time.Second) // the fault: it reads nothing for so long
	worst := judgedAfter(t, all, time.Now(), slack(backWithin))
	after := residentOf(t, s.pid())
	if after > before+(32<<20) {
		t.Errorf("the server grew from %d to %d bytes", before, after)
	}
	lost(t, all,
		fmt.Sprintf("a tab that stops reading for 20 s, the server grew by %.1f MB", float64(after-before)/1e6),
		worst)
}

func residentOf(t *testing.T, pid int) int64 {
	t.Helper()
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		t.Fatal(err)
	}
	pages, err := strconv.ParseInt(strings.Fields(string(raw))[1], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return pages * int64(os.Getpagesize())
}
