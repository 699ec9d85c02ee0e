package main

import (
	"context"
	"fmt"
	"time"

	"github.com/coder/websocket"
)

// eventRounds are the turns of each way, after one to warm up: what else the machine does meanwhile
// meets all of them.
const eventRounds = 10

// loadProgress measures the way of an event from the phone's socket to the desktop's: on
// one instance, across two on one Redis, and the same bytes through bare sockets and a
// bare publish and subscribe. With one instance and with four on the same Redis, and on a
// Cluster of three masters, it tells what instances cost that have nothing to do with a
// session: time, messages, and bytes that Redis sends.
func loadProgress(ctx context.Context, l *loadFlags, figures map[string]float64) error {
	addr, stop, err := startRedis(ctx)
	if err != nil {
		return err
	}
	defer stop()
	masters, stop, err := startCluster(ctx)
	if err != nil {
		return err
	}
	defer stop()
	one := []string{addr}
	ways := []*way{
		{name: "progress", instances: 1},
		{name: "progress_redis_1", nodes: one, instances: 1},
		{name: "progress_cluster_1", nodes: masters, instances: 1},
		{name: "progress_redis", nodes: one, instances: 2},
		{name: "progress_cluster_2", nodes: masters, instances: 2},
		{name: "progress_redis_4", nodes: one, instances: 4},
		{name: "progress_cluster_4", nodes: masters, instances: 4},
	}
	for _, w := range ways {
		defer w.close()
		if err := w.open(ctx); err != nil {
			return fmt.Errorf("%s: %w", w.name, err)
		}
	}
	for round := range 1 + eventRounds {
		for _, w := range ways {
			if round == 1 { // the first warmed up
				if err := w.begin(ctx); err != nil {
					return fmt.Errorf("%s: %w", w.name, err)
				}
			}
			if err := w.turn(ctx, l.events/eventRounds); err != nil {
				return fmt.Errorf("%s: %w", w.name, err)
			}
		}
	}
	size := ways[0].size
	for _, w := range ways {
		if err := w.report(ctx, figures); err != nil {
			return fmt.Errorf("%s: %w", w.name, err)
		}
		w.close() // before the relays are measured
	}
	took, err := relayed(ctx, addr, size, l.events)
	if err != nil {
		return fmt.Errorf("relay: %w", err)
	}
	figures["bare_redis_p50_ms"], figures["bare_redis_p99_ms"] = quantile(took, 0.5), quantile(took, 0.99)
	figures["progress_bytes"] = float64(size)
	figures["redis_ratio"] = figures["progress_redis_p50_ms"] / figures["bare_redis_p50_ms"]
	for n, redis := range map[int]string{1: "progress_redis_1", 2: "progress_redis", 4: "progress_redis_4"} {
		figures[fmt.Sprintf("cluster_ratio_%d", n)] = figures[fmt.Sprintf("progress_cluster_%d_p50_ms", n)] /
			figures[redis+"_p50_ms"]
	}
	return nil
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
