package pairing

import (
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"visavis/testkit"
	"visavis/testkit/rediscluster"
)

// redisURL returns a Redis for the test: that of REDIS_URL, else one started for
// it. Without either the test is skipped, or fails where
// VISAVIS_REQUIRE_REDIS is set.
func redisURL(t *testing.T) string {
	t.Helper()
	if u := os.Getenv("REDIS_URL"); u != "" {
		return u
	}
	return "redis://" + startRedis(t)
}

// startRedis starts a redis-server of the test's own and returns its address.
func startRedis(t *testing.T, args ...string) string {
	t.Helper()
	path, err := exec.LookPath("redis-server")
	if err != nil {
		testkit.Lacking(t, "VISAVIS_REQUIRE_REDIS", "neither REDIS_URL nor redis-server: nothing proved")
	}
	address := testkit.FreeAddress(t)
	_, port, _ := net.SplitHostPort(address)
	dir := t.TempDir()
	args = append([]string{"--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", dir,
		"--logfile", filepath.Join(dir, "log"), "--cluster-config-file", filepath.Join(dir, "nodes")}, args...)
	startServer(t, path, args...)
	client := redis.NewClient(&redis.Options{Addr: address})
	defer client.Close()
	waitFor(t, "redis-server answers", func() error { return client.Ping(t.Context()).Err() })
	return address
}

// restartableRedis starts a redis-server that the test stops and starts again at
// the same address.
func restartableRedis(t *testing.T) (u string, stop, start func()) {
	t.Helper()
	first := startRedis(t)
	_, port, _ := net.SplitHostPort(first)
	admin := redis.NewClient(&redis.Options{Addr: first, MaxRetries: -1})
	t.Cleanup(func() { _ = admin.Close() })
	stop = func() {
		t.Helper()
		_ = admin.ShutdownNoSave(t.Context()).Err() // the connection ends: always an error
		waitFor(t, "redis-server is gone", func() error {
			if admin.Ping(t.Context()).Err() == nil {
				return errors.New("it still answers")
			}
			return nil
		})
	}
	start = func() {
		t.Helper()
		path, err := exec.LookPath("redis-server")
		if err != nil {
			t.Fatal(err)
		}
		startServer(t, path, "--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", t.TempDir())
		waitFor(t, "redis-server answers again", func() error { return admin.Ping(t.Context()).Err() })
	}
	return "redis://" + first, stop, start
}

// startServer runs a program until the end of the test.
func startServer(t *testing.T, path string, args ...string) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, path, args...)
	if err := cmd.Start(); err != nil {
		cancel()
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		_ = cmd.Wait() // says that it was killed, which is what we wanted
	})
}

func waitFor(t *testing.T, what string, try func() error) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for {
		err := try()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("not within 20 s: %s: %v", what, err)
		}
		<-time.After(20 * time.Millisecond)
	}
}

// clusterURLs returns the seeds of a Cluster of three masters: those of
// VISAVIS_REDIS_CLUSTER_URLS, else of one started for the test.
func clusterURLs(t *testing.T) []string {
	t.Helper()
	if u := os.Getenv("VISAVIS_REDIS_CLUSTER_URLS"); u != "" {
		return strings.FieldsFunc(u, func(r rune) bool { return r == ',' || r == ' ' })
	}
	var addresses, urls []string
	for range 3 {
		a := startRedis(t, rediscluster.Settings(freePort(t))...)
		addresses = append(addresses, a)
		urls = append(urls, "redis://"+a)
	}
	if err := rediscluster.Join(t.Context(), addresses, 0); err != nil {
		t.Fatal(err)
	}
	return urls
}

func freePort(t *testing.T) string {
	_, port, _ := net.SplitHostPort(testkit.FreeAddress(t))
	return port
}

// openRedis opens a store that is closed at the end of the test.
func openRedis(t *testing.T, urls ...string) *Redis {
	t.Helper()
	r, err := NewRedis(t.Context(), RedisConfig{URLs: urls, Timeout: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() }) // a test may have closed it
	return r
}
