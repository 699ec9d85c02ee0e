package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"github.com/coder/websocket"
	"github.com/redis/go-redis/v9"

	"visavis/pairing"
	"visavis/protocol"
)

// loadProgress measures the way of an event from the phone's socket to the desktop's: on
// one instance, across two on one Redis, and the same bytes through bare sockets and a
// bare publish and subscribe. With one instance and with four on the same Redis it tells what
// instances cost that have nothing to do with a session: time, and bytes that Redis sends.
func loadProgress(ctx context.Context, l *loadFlags, figures map[string]float64) error {
	addr, stop, err := startRedis(ctx)
	if err != nil {
		return err
	}
	defer stop()
	var size int
	for _, way := range []struct {
		name      string
		redis     string
		instances int
	}{{"progress", "", 1}, {"progress_redis_1", addr, 1}, {"progress_redis", addr, 2}, {"progress_redis_4", addr, 4}} {
		before, err := redisSent(ctx, addr)
		if err != nil {
			return err
		}
		took, bytes, err := eventsAcross(ctx, way.redis, way.instances, l.events)
		if err != nil {
			return fmt.Errorf("%s: %w", way.name, err)
		}
		after, err := redisSent(ctx, addr)
		if err != nil {
			return err
		}
		if way.redis != "" {
			figures[way.name+"_redis_bytes"] = float64(after-before) / float64(len(took))
		}
		size = bytes
		figures[way.name+"_p50_ms"], figures[way.name+"_p99_ms"] = quantile(took, 0.5), quantile(took, 0.99)
	}
	took, err := relayed(ctx, addr, size, l.events)
	if err != nil {
		return fmt.Errorf("relay: %w", err)
	}
	figures["bare_redis_p50_ms"], figures["bare_redis_p99_ms"] = quantile(took, 0.5), quantile(took, 0.99)
	figures["progress_bytes"] = float64(size)
	figures["redis_ratio"] = figures["progress_redis_p50_ms"] / figures["bare_redis_p50_ms"]
	return nil
}

// redisSent is how many bytes Redis has sent to all of its clients.
func redisSent(ctx context.Context, addr string) (int64, error) {
	client := redis.NewClient(&redis.Options{Addr: addr})
	defer func() { _ = client.Close() }()
	info, err := client.Info(ctx, "stats").Result()
	if err != nil {
		return 0, fmt.Errorf("redis: %w", err)
	}
	for line := range strings.Lines(info) {
		if n, ok := strings.CutPrefix(strings.TrimSpace(line), "total_net_output_bytes:"); ok {
			return strconv.ParseInt(n, 10, 64)
		}
	}
	return 0, errors.New("redis: no total_net_output_bytes in its INFO")
}

// startRedis starts a Redis that keeps nothing, on a free port.
func startRedis(ctx context.Context) (addr string, stop func(), err error) {
	if addr, err = freeAddress(ctx); err != nil {
		return "", nil, err
	}
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		return "", nil, err
	}
	cmd := exec.CommandContext(ctx, "redis-server", "--port", port, "--bind", "127.0.0.1", "--save", "",
		"--appendonly", "no")
	if err := cmd.Start(); err != nil {
		return "", nil, fmt.Errorf("redis-server: %w", err)
	}
	stop = func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
	client := redis.NewClient(&redis.Options{Addr: addr})
	defer func() { _ = client.Close() }()
	for until := time.Now().Add(10 * time.Second); ; {
		if err = client.Ping(ctx).Err(); err == nil {
			return addr, stop, nil
		}
		if time.Now().After(until) || sleep(ctx, 20*time.Millisecond) != nil {
			stop()
			return "", nil, fmt.Errorf("redis-server: %w", err)
		}
	}
}

// eventsAcross lets a phone fall asleep and wake up again and again, and returns how long it
// took until the desktop, on the last instance, was told, and the size of what it got.
func eventsAcross(ctx context.Context, redis string, instances, n int) (took []time.Duration, size int, err error) {
	var urls []string
	for range instances {
		c, err := startChild(ctx, childFlags{kind: "server", redis: redis})
		if err != nil {
			return nil, 0, err
		}
		defer c.stop()
		urls = append(urls, c.url)
	}
	desktop, phone, err := pairAcross(ctx, urls[len(urls)-1], urls[0])
	if err != nil {
		return nil, 0, err
	}
	defer desktop.conn.CloseNow()
	defer phone.conn.CloseNow()
	phone.keepReading(ctx, func() {})
	states := []struct{ said, told string }{{"asleep", string(pairing.Asleep)}, {"awake", string(pairing.Present)}}
	for i := range n + n/10 { // the first warm up
		state := states[i%2]
		sent := time.Now()
		if err := phone.send(ctx, protocol.Presence{State: state.said}); err != nil {
			return nil, 0, err
		}
		size, err = desktop.reads(ctx, func(m protocol.Message) bool {
			p, ok := m.(protocol.Progress)
			return ok && p.Phone != nil && p.Phone.State == state.told
		})
		if err != nil {
			return nil, 0, err
		}
		if i >= n/10 {
			took = append(took, time.Since(sent))
		}
		if err := sleep(ctx, 2*time.Millisecond); err != nil { // one at a time: the way is measured, not a queue
			return nil, 0, err
		}
	}
	return took, size, nil
}

// relayed sends messages of this size through two relays and returns their times.
func relayed(ctx context.Context, addr string, size, n int) (took []time.Duration, err error) {
	var urls []string
	for range 2 {
		c, err := startChild(ctx, childFlags{kind: "relay", redis: addr})
		if err != nil {
			return nil, err
		}
		defer c.stop()
		urls = append(urls, c.url)
	}
	out, err := dial(ctx, urls[1], "/out", "")
	if err != nil {
		return nil, err
	}
	defer out.conn.CloseNow()
	in, err := dial(ctx, urls[0], "/in", "")
	if err != nil {
		return nil, err
	}
	defer in.conn.CloseNow()
	message := make([]byte, size)
	for i := range message {
		message[i] = 'a'
	}
	for i := range n + n/10 {
		sent := time.Now()
		if err := in.conn.Write(ctx, websocket.MessageText, message); err != nil {
			return nil, err
		}
		if _, _, err := out.conn.Read(ctx); err != nil {
			return nil, err
		}
		if i >= n/10 {
			took = append(took, time.Since(sent))
		}
		if err := sleep(ctx, 2*time.Millisecond); err != nil {
			return nil, err
		}
	}
	return took, nil
}
