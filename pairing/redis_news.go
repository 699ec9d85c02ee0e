package pairing

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	// silence after which a connection is asked whether it lives; twice that and it
	// is replaced.
	silence = 20 * time.Second
	// The waits between tries to connect again.
	minRetry = 50 * time.Millisecond
	maxRetry = 2 * time.Second
)

// redisGroup is the one connection of this instance that brings the news of all
// sessions of one hash tag.
type redisGroup struct {
	refs   int // subscriptions, guarded by Redis.mu
	cancel context.CancelFunc

	mu     sync.Mutex // guards what follows; never held while waiting
	conn   *redis.PubSub
	topics map[string]*topic // by channel
}

// topic is one session's channel.
type topic struct {
	id    string
	refs  int
	ready chan struct{} // closed at the first confirmation
	known bool          // confirmed once: a confirmation now means that news may have been missed
}

// Subscribe implements [Store]. It returns when Redis has confirmed.
func (r *Redis) Subscribe(ctx context.Context, id string) (<-chan Event, func(), error) {
	wait, stop := r.call(ctx)
	defer stop()
	g, ready, err := r.acquire(wait, id)
	if err != nil {
		return nil, nil, err
	}
	sub := r.fan.add(id)
	cancel := func() {
		r.fan.remove(id, sub)
		g.leave(ctx, id, r.timeout)
		r.release(group(id), g)
	}
	select {
	case <-ready:
		return sub.events, until(ctx, cancel), nil
	case <-wait.Done():
		cancel()
		return nil, nil, fmt.Errorf("redis: subscribe: %w", context.Cause(wait))
	}
}

// acquire joins the session's channel in its group, which is made for the first
// subscription. What it returns closes when Redis has confirmed.
func (r *Redis) acquire(ctx context.Context, id string) (*redisGroup, <-chan struct{}, error) {
	n := group(id)
	r.mu.Lock()
	if r.closed {
		r.mu.Unlock()
		return nil, nil, errClosed
	}
	if g := r.groups[n]; g != nil {
		g.refs++
		r.mu.Unlock()
		return g, g.join(ctx, id), nil
	}
	defer r.mu.Unlock()
	// The group outlives who subscribes first; release and Close end it.
	own, cancel := context.WithCancel(context.WithoutCancel(ctx))
	g := &redisGroup{refs: 1, cancel: cancel, topics: make(map[string]*topic)}
	ready := g.join(ctx, id) // without a connection yet: it only notes the topic
	r.groups[n] = g
	r.wait.Go(func() { r.read(own, g) })
	return g, ready, nil
}

// release ends the group when it was the last subscription.
func (r *Redis) release(n int, g *redisGroup) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if g.refs--; g.refs == 0 {
		delete(r.groups, n)
		g.cancel()
	}
}

// join asks for a session's channel and returns what closes when it is confirmed.
func (g *redisGroup) join(ctx context.Context, id string) <-chan struct{} {
	name := key(kindNews, id)
	g.mu.Lock()
	t := g.topics[name]
	if t == nil {
		t = &topic{id: id, ready: make(chan struct{})}
		g.topics[name] = t
	}
	t.refs++
	conn, first := g.conn, t.refs == 1
	g.mu.Unlock()
	if first && conn != nil {
		// An error shows in the reader, which connects again with all topics.
		_ = conn.SSubscribe(ctx, name)
	}
	return t.ready
}

// leave gives a session's channel up when it was the last who asked.
func (g *redisGroup) leave(ctx context.Context, id string, timeout time.Duration) {
	name := key(kindNews, id)
	g.mu.Lock()
	t := g.topics[name]
	if t == nil {
		g.mu.Unlock()
		return
	}
	t.refs--
	last := t.refs == 0
	if last {
		delete(g.topics, name)
	}
	conn := g.conn
	g.mu.Unlock()
	if last && conn != nil {
		bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), timeout)
		defer cancel()
		_ = conn.SUnsubscribe(bounded, name)
	}
}

// read is the group's goroutine: it connects, asks for all topics and hands out
// what comes, until ctx ends.
func (r *Redis) read(ctx context.Context, g *redisGroup) {
	retry := minRetry
	for ctx.Err() == nil {
		conn := r.client.SSubscribe(ctx)
		stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
		names := g.use(conn)
		if len(names) > 0 {
			if conn.SSubscribe(ctx, names...) == nil && r.receive(ctx, g, conn) {
				retry = minRetry
			}
		}
		g.use(nil)
		stop()
		_ = conn.Close()
		if c, ok := r.client.(*redis.ClusterClient); ok {
			c.ReloadState(ctx) // the group may have moved to another node
		}
		t := time.NewTimer(retry)
		select {
		case <-ctx.Done():
		case <-t.C:
		}
		t.Stop()
		retry = min(2*retry, maxRetry)
	}
}

// use sets the connection that joiners ask on and returns the channels that were
// asked for before.
func (g *redisGroup) use(conn *redis.PubSub) []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.conn = conn
	names := make([]string, 0, len(g.topics))
	for name := range g.topics {
		names = append(names, name)
	}
	return names
}

// receive hands out what comes over conn until it breaks. It tells whether
// anything came.
func (r *Redis) receive(ctx context.Context, g *redisGroup, conn *redis.PubSub) (worked bool) {
	asked := false
	for {
		msg, err := conn.ReceiveTimeout(ctx, silence)
		if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() && !asked && ctx.Err() == nil {
			if asked = true; conn.Ping(ctx) == nil {
				continue
			}
		}
		if err != nil {
			return worked
		}
		asked, worked = false, true
		switch m := msg.(type) {
		case *redis.Message:
			r.deliver(m)
		case *redis.Subscription:
			if r.subscribed(ctx, g, conn, m) != nil {
				return worked
			}
		}
	}
}

// deliver hands a message of Redis to the subscribers here.
func (r *Redis) deliver(m *redis.Message) {
	id := m.Channel[strings.LastIndexByte(m.Channel, ':')+1:]
	if m.Payload == "" {
		return
	}
	switch kind, rest := m.Payload[0], m.Payload[1:]; kind {
	case newsRecord:
		if s, err := decodeRecord(rest); err == nil {
			r.fan.publish(id, Event{Session: &s})
		}
	case newsLive:
		r.fan.publish(id, Event{Live: []byte(rest)})
	}
}

// subscribed takes note of a confirmation. At the second one of a topic the
// connection was new: what was saved meanwhile is read again.
func (r *Redis) subscribed(ctx context.Context, g *redisGroup, conn *redis.PubSub, m *redis.Subscription) error {
	g.mu.Lock()
	t := g.topics[m.Channel]
	missed := t != nil && t.known
	if t != nil && m.Kind == "ssubscribe" && !t.known {
		t.known = true
		close(t.ready)
	}
	g.mu.Unlock()
	switch {
	case t == nil:
		return nil
	case m.Kind == "sunsubscribe":
		// Redis took the channel away, or somebody left while another came.
		return conn.SSubscribe(ctx, m.Channel)
	case missed:
		s, err := r.Load(ctx, t.id)
		if errors.Is(err, ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		r.fan.publish(t.id, Event{Session: &s})
	}
	return nil
}

// Close implements [Store]: subscriptions end, connections close.
func (r *Redis) Close() error {
	r.mu.Lock()
	r.closed = true
	for _, g := range r.groups {
		g.cancel()
	}
	r.mu.Unlock()
	r.fan.closeAll()
	r.wait.Wait()
	return r.client.Close()
}
