//go:build chaos

package chaos

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"visavis/testkit"
)

// TestSlowNetwork puts half a second between people and the server, each way, and lets
// one piece in twenty wait for what TCP takes to send a lost segment again. The kernel of
// a container often lacks netem: the front does it.
func TestSlowNetwork(t *testing.T) {
	addr := testkit.FreeAddress(t)
	f := newFront(t, addr)
	newServer(t, addr, f.url(), t.TempDir(), "--enrolments=off")
	all := pairs(t, f.url(), 3)
	f.delay.Store(int64(500 * time.Millisecond))
	moment := time.Now()
	worst := judgedAfter(t, all, moment.Add(2*time.Second), slack(15*time.Second))
	began := make([]int64, len(all))
	for i, p := range all {
		began[i] = p.judged.Load()
	}
	for i, p := range all {
		eventually(t, fmt.Sprintf("phone %d gets ten verdicts", i+1), slack(time.Minute), func() error {
			if n := p.judged.Load() - began[i]; n < 10 {
				return fmt.Errorf("%d", n)
			}
			return nil
		})
		if n := p.reconnects.Load(); n != 0 {
			t.Errorf("phone %d was cut off %d times by a network that is only slow", i+1, n)
		}
	}
	lost(t, all, "a network of 500 ms each way that loses 5 %", worst)
}

// sentinels are a Redis, its replica and the Sentinel that watches them.
func sentinels(t *testing.T) (master *redisServer, url string) {
	t.Helper()
	master = startRedis(t)
	host, port, _ := net.SplitHostPort(master.addr)
	replica := &redisServer{
		t: t, addr: testkit.FreeAddress(t),
		more: []string{"--replicaof", host, port, "--dir", t.TempDir()}, // it writes what it is sent
	}
	replica.start()
	t.Cleanup(replica.kill)
	dir := t.TempDir()
	file, at := filepath.Join(dir, "sentinel.conf"), testkit.FreeAddress(t)
	_, own, _ := net.SplitHostPort(at)
	conf := fmt.Sprintf("port %s\nbind 127.0.0.1\ndir %s\nsentinel monitor companion %s %s 1\n"+
		"sentinel down-after-milliseconds companion 1000\nsentinel failover-timeout companion 10000\n", own, dir, host, port)
	if err := os.WriteFile(file, []byte(conf), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("redis-server", file, "--sentinel")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	sentinel := redis.NewSentinelClient(&redis.Options{Addr: at})
	t.Cleanup(func() { _ = sentinel.Close() })
	eventually(t, "the Sentinel knows a replica that follows", time.Minute, func() error {
		known, err := sentinel.Replicas(context.Background(), "companion").Result()
		if err != nil {
			return err
		}
		if len(known) != 1 || known[0]["master-link-status"] != "ok" {
			return fmt.Errorf("replicas: %v", known)
		}
		return nil
	})
	return master, "redis://" + at + "?master_name=companion"
}

// TestSentinelFailover kills the master while phones capture. The replica has what the
// master confirmed but for the last moment, since Redis replicates asynchronously.
func TestSentinelFailover(t *testing.T) {
	master, url := sentinels(t)
	a, b := testkit.FreeAddress(t), testkit.FreeAddress(t)
	f := newFront(t, a, b)
	for _, addr := range []string{a, b} {
		newServer(t, addr, f.url(), t.TempDir(), "--enrolments=off", "--redis-url="+url,
			"--secret="+strings.Repeat("ab", 32))
	}
	all := pairs(t, f.url(), 3)
	master.kill()
	moment := time.Now()
	worst := judgedAfter(t, all, moment.Add(3*time.Second), slack(20*time.Second))
	fresh := newPair(t, f.url()) // the new master takes sessions
	judgedAfter(t, []*pairOf{fresh}, time.Now(), slack(30*time.Second))
	lost(t, all, "Redis failed over by Sentinel", worst+3*time.Second)
}
