package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// openers are how many clients come at once.
const openers = 16

// loadIdle compares idle paired sessions over TLS with two bare sockets each, at the same
// number. The number is what is asked for, or what the machine takes within the ramp.
func loadIdle(ctx context.Context, l *loadFlags, figures map[string]float64) error {
	ours, err := crowdOn(ctx, l, childFlags{kind: "server", tls: true}, l.sessions, openSession)
	if err != nil {
		return err
	}
	bare, err := crowdOn(ctx, l, childFlags{kind: "bare", tls: true}, ours.reached, openBare)
	if err != nil {
		return err
	}
	figures["idle_sessions_asked"] = float64(l.sessions)
	figures["idle_sessions"] = float64(ours.reached)
	figures["bare_pairs"] = float64(bare.reached)
	figures["idle_lost"] = float64(ours.lost)
	figures["bytes_per_idle_session"] = ours.bytes
	figures["kernel_bytes_per_idle_session"] = ours.kernel
	figures["bare_bytes_per_idle_session"] = bare.bytes
	figures["idle_ratio"] = ours.bytes / bare.bytes
	figures["idle_cpu_percent"] = 100 * ours.cpu
	figures["pair_per_second"] = ours.perSecond
	figures["bare_pair_per_second"] = bare.perSecond
	return nil
}

// crowdFigures are what a measured process shows with many sockets.
type crowdFigures struct {
	reached   int     // pairs of sockets
	lost      int64   // sockets that ended while nothing happened
	bytes     float64 // resident, for each pair
	kernel    float64 // of the process's ends, for each pair
	cpu       float64 // cores while nothing happened
	perSecond float64 // pairs that came
}

// crowdOn opens up to n pairs of sockets at a measured process, lets them rest and
// measures the process.
func crowdOn(ctx context.Context, l *loadFlags, flags childFlags, n int,
	open opener) (crowdFigures, error) {
	var f crowdFigures
	c, err := startChild(ctx, flags)
	if err != nil {
		return f, err
	}
	defer c.stop()
	first, err := open(ctx, c.url) // what a server sets up once does not count
	if err != nil {
		return f, err
	}
	before, err := c.resident(ctx)
	if err != nil {
		return f, err
	}
	kernel, err := kernelBytes()
	if err != nil {
		return f, err
	}
	var (
		mu      sync.Mutex // guards all and failed
		all     = first
		failed  error
		next    atomic.Int64
		lost    atomic.Int64
		workers sync.WaitGroup
	)
	began := time.Now()
	for range openers {
		workers.Go(func() {
			for next.Add(1) <= int64(n) && time.Since(began) < l.ramp {
				more, err := open(ctx, c.url)
				mu.Lock()
				all = append(all, more...)
				if err != nil && failed == nil {
					failed = fmt.Errorf("after %d sockets: %w", len(all), err)
				}
				stop := failed != nil
				mu.Unlock()
				if stop {
					return
				}
				for _, p := range more {
					p.keepReading(ctx, func() { lost.Add(1) })
				}
			}
		})
	}
	workers.Wait()
	f.perSecond = float64(len(all)/2-1) / time.Since(began).Seconds()
	defer func() {
		for _, p := range all {
			if p != nil {
				_ = p.conn.CloseNow()
			}
		}
	}()
	if failed != nil {
		return f, failed
	}
	if f.reached = len(all)/2 - 1; f.reached == 0 {
		return f, fmt.Errorf("nobody came within -ramp %s", l.ramp)
	}
	if f.reached < n {
		fmt.Fprintf(os.Stderr, "    %s: %d of %d came within %s\n", flags.kind, f.reached, n, l.ramp)
	}
	busy, err := c.processorTime()
	if err != nil {
		return f, err
	}
	rested := time.Now()
	if err := sleep(ctx, l.rest); err != nil {
		return f, err
	}
	after, err := c.processorTime()
	if err != nil {
		return f, err
	}
	f.cpu = (after - busy).Seconds() / time.Since(rested).Seconds()
	f.lost = lost.Load()
	grown, err := kernelBytes()
	if err != nil {
		return f, err
	}
	f.kernel = (grown - kernel) / 2 / float64(f.reached) // the clients' ends are on this machine too
	now, err := c.resident(ctx)
	f.bytes = (now - before) / float64(f.reached)
	return f, err
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// processorTime is what the child has used so far.
func (c *child) processorTime() (time.Duration, error) {
	return processorTime(c.cmd.Process.Pid)
}

// processorTime is what a process has used so far, its threads together.
func processorTime(pid int) (time.Duration, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:])) // the name may have blanks
	var ticks int64
	for _, i := range []int{11, 12} { // utime and stime, counted from the state
		n, err := strconv.ParseInt(fields[i], 10, 64)
		if err != nil {
			return 0, err
		}
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond, nil // USER_HZ is 100 on every Linux that Go runs on
}

// socketSlabs are the kernel's caches that grow with sockets, by the name in /proc/slabinfo.
var socketSlabs = map[string]bool{
	"TCP":              true,
	"tw_sock_TCP":      true,
	"request_sock_TCP": true,
	"sock_inode_cache": true,
	"filp":             true,
	"dentry":           true,
	"eventpoll_epi":    true,
	"eventpoll_pwq":    true,
	"ep_head":          true,
	"lsm_file_cache":   true,
	"lsm_inode_cache":  true,
}

// kernelBytes is what the kernel holds for all sockets of this machine: their objects,
// where /proc/slabinfo can be read (by root), and the pages of their queues.
func kernelBytes() (float64, error) {
	slabs, err := os.ReadFile("/proc/slabinfo")
	if err != nil && !os.IsPermission(err) && !os.IsNotExist(err) {
		return 0, err
	}
	total := 0.0
	for line := range strings.Lines(string(slabs)) {
		fields := strings.Fields(line)
		if len(fields) < 4 || !socketSlabs[fields[0]] {
			continue
		}
		used, err := strconv.ParseFloat(fields[1], 64)
		if err != nil {
			return 0, fmt.Errorf("/proc/slabinfo: %w", err)
		}
		size, err := strconv.ParseFloat(fields[3], 64)
		if err != nil {
			return 0, fmt.Errorf("/proc/slabinfo: %w", err)
		}
		total += used * size
	}
	stats, err := os.ReadFile("/proc/net/sockstat")
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(stats)) {
		rest, ok := strings.CutPrefix(line, "TCP:")
		if _, pages, found := strings.Cut(rest, " mem "); ok && found {
			n, err := strconv.ParseFloat(strings.TrimSpace(pages), 64)
			if err != nil {
				return 0, fmt.Errorf("/proc/net/sockstat: %w", err)
			}
			total += n * float64(os.Getpagesize())
		}
	}
	return total, nil
}
