package server

import (
	"context"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"visavis/pairing"
	"visavis/testkit"
)

// eachStore runs a test on every kind of store that instances can share.
func eachStore(t *testing.T, test func(t *testing.T, open func(t *testing.T) pairing.Store)) {
	t.Helper()
	t.Run("memory", func(t *testing.T) {
		store := newStore(t)
		test(t, func(*testing.T) pairing.Store { return store })
	})
	t.Run("Redis", func(t *testing.T) {
		url := redisURL(t)
		// Each instance has a client of its own, as it would in a process of its own.
		test(t, func(t *testing.T) pairing.Store { return openRedis(t, url) })
	})
}

func openRedis(t *testing.T, url string) pairing.Store {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; {
		store, err := pairing.NewRedis(t.Context(), pairing.RedisConfig{URLs: []string{url}, Timeout: 5 * time.Second})
		if err == nil {
			t.Cleanup(func() { _ = store.Close() })
			return store
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
		<-time.After(20 * time.Millisecond)
	}
}

// redisURL is the Redis of REDIS_URL, else one started for the test.
func redisURL(t *testing.T) string {
	t.Helper()
	if u := os.Getenv("REDIS_URL"); u != "" {
		return u
	}
	path, err := exec.LookPath("redis-server")
	if err != nil {
		testkit.Lacking(t, "VISAVIS_REQUIRE_REDIS", "neither REDIS_URL nor redis-server: nothing proved")
	}
	url, _ := startRedis(t, path, "")
	return url
}

// startRedis starts a server on a free port, or on the one given, with nothing in it.
func startRedis(t *testing.T, path, port string) (url string, stop func()) {
	t.Helper()
	if port == "" {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		_, port, _ = net.SplitHostPort(l.Addr().String())
		_ = l.Close()
	}
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, path, "--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no",
		"--dir", t.TempDir())
	if err := cmd.Start(); err != nil {
		cancel()
		t.Fatal(err)
	}
	stop = sync.OnceFunc(func() {
		cancel()
		_ = cmd.Wait() // it was killed: that is no news
	})
	t.Cleanup(stop)
	return "redis://127.0.0.1:" + port, stop
}

func portOf(t *testing.T, url string) string {
	t.Helper()
	_, port, err := net.SplitHostPort(strings.TrimPrefix(url, "redis://"))
	if err != nil {
		t.Fatal(err)
	}
	return port
}
