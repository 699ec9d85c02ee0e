package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"visavis/testkit/rediscluster"
)

// startCluster starts a Cluster of three masters that keep nothing.
func startCluster(ctx context.Context) (masters []string, stop func(), err error) {
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return nil, nil, err
	}
	stops := []func(){func() { _ = os.RemoveAll(dir) }}
	stop = func() {
		for _, s := range slices.Backward(stops) {
			s()
		}
	}
	for n := range 3 {
		bus, err := freeAddress(ctx)
		if err != nil {
			stop()
			return nil, nil, err
		}
		_, port, err := net.SplitHostPort(bus)
		if err != nil {
			stop()
			return nil, nil, err
		}
		addr, end, err := startRedis(ctx, append(rediscluster.Settings(port),
			"--dir", dir, "--cluster-config-file", fmt.Sprintf("nodes-%d.conf", n))...)
		if err != nil {
			stop()
			return nil, nil, err
		}
		masters, stops = append(masters, addr), append(stops, end)
	}
	if err := rediscluster.Join(ctx, masters, 0); err != nil {
		stop()
		return nil, nil, err
	}
	return masters, stop, nil
}

// startRedis starts a Redis that keeps nothing, on a free port, with more settings.
func startRedis(ctx context.Context, more ...string) (addr string, stop func(), err error) {
	if addr, err = freeAddress(ctx); err != nil {
		return "", nil, err
	}
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		return "", nil, err
	}
	cmd := exec.CommandContext(ctx, "redis-server", append([]string{"--port", port, "--bind", "127.0.0.1", "--save", "",
		"--appendonly", "no"}, more...)...)
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

// outputs are the bytes that the nodes have sent to their clients, without the answers to outputs itself.
func (w *way) outputs(ctx context.Context) (sum int64, err error) {
	var answers int64
	for _, node := range w.admins {
		stats := node.Info(ctx, "stats")
		n, err := counter(stats, "total_net_output_bytes")
		if err != nil {
			return 0, err
		}
		sum += n
		answers += int64(len(stats.Val())) // sent after it was counted
	}
	sum -= w.asked
	w.asked += answers
	return sum, nil
}

// onBus are the published messages that the nodes of a Cluster have sent to each other.
func (w *way) onBus(ctx context.Context) (sum int64, err error) {
	if len(w.admins) < 2 {
		return 0, nil
	}
	for _, node := range w.admins {
		info := node.ClusterInfo(ctx)
		for _, kind := range []string{"publish", "publishshard"} { // a node that sent none has no such line
			n, err := counter(info, "cluster_stats_messages_"+kind+"_sent")
			if err != nil && !errors.Is(err, errNoCounter) {
				return 0, err
			}
			sum += n
		}
	}
	return sum, nil
}

// errNoCounter says that a section of Redis' figures has no such counter.
var errNoCounter = errors.New("no such counter")

// counter is one of a section of Redis' figures.
func counter(section *redis.StringCmd, name string) (int64, error) {
	text, err := section.Result()
	if err != nil {
		return 0, fmt.Errorf("redis: %w", err)
	}
	for line := range strings.Lines(text) {
		if n, ok := strings.CutPrefix(strings.TrimSpace(line), name+":"); ok {
			return strconv.ParseInt(n, 10, 64)
		}
	}
	return 0, fmt.Errorf("redis: %w: %s", errNoCounter, name)
}
