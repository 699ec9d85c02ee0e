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
	// silence is the time after which a quiet connection is pinged. After twice that it
	// is replaced.
	silence = 20 * time.Second
	// The delays between attempts to reconnect.
	minRetry = 50 * time.Millisecond
	maxRetry = 2 * time.Second
)

// Subscribe implements [Store]. It returns after Redis has confirmed.
func (r *Redis) Subscribe(ctx context.Context, id string) (<-chan Event, func(), error) {
	// select would choose at random between a confirmation and an ended ctx.
	if err := ctx.Err(); err != nil {
		return nil, nil, fmt.Errorf("subscribe: %w", err)
	}
	wait, stop := r.call(ctx)
	defer stop()
	g, ready, err := r.acquire(wait, id)
	if err != nil {
		return nil, nil, err
	}
	sub := r.fan.add(id)
	cancel := func() {
		r.fan.remove(id, sub)
		g.leave(id)
		r.release(group(id), g)
	}
	select {
	case <-ready:
		return sub.events, until(ctx, cancel), nil
	case <-wait.Done():
		cancel()
		return nil, nil, fmt.Errorf("subscribe: %w", wrap(context.Cause(wait)))
	}
}

// acquire joins the session's channel in its group and makes the group for its first
// subscription. The returned channel closes when Redis has confirmed.
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
		return g, g.join(id), nil
	}
	defer r.mu.Unlock()
	// The group outlives who subscribes first; release and Close end it.
	own, cancel := context.WithCancel(context.WithoutCancel(ctx))
	g := &redisGroup{refs: 1, cancel: cancel, changed: make(chan struct{}, 1), topics: make(map[string]*topic)}
	ready := g.join(id)
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

// read is the group's goroutine: it connects, subscribes to all topics and delivers
// messages until ctx ends.
func (r *Redis) read(ctx context.Context, g *redisGroup) {
	retry := minRetry
	for ctx.Err() == nil {
		if r.follow(ctx, g) {
			retry = minRetry
		}
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

// follow uses one connection until it breaks. It reports whether a message came.
func (r *Redis) follow(ctx context.Context, g *redisGroup) (worked bool) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	conn := r.client.SSubscribe(ctx)
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer func() {
		if stop() {
			_ = conn.Close()
		}
	}()
	g.mu.Lock()
	g.dropping = make(map[string]int)
	g.mu.Unlock()
	// The first channel decides which node of a Cluster is connected to.
	asked := make(map[string]*topic)
	if g.ask(ctx, conn, asked) != nil {
		return false
	}
	var asker sync.WaitGroup
	defer asker.Wait()
	defer cancel()
	asker.Go(func() {
		for {
			select {
			case <-ctx.Done():
				return
			case <-g.changed:
			}
			if g.ask(ctx, conn, asked) != nil {
				cancel()
				return
			}
		}
	})
	return r.receive(ctx, g, conn)
}

// receive delivers the messages of conn until it breaks. It reports whether one came.
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
			if r.subscribed(ctx, g, m) != nil {
				return worked
			}
		}
	}
}

// deliver passes a message of Redis to the local subscribers.
func (r *Redis) deliver(m *redis.Message) {
	id := m.Channel[strings.LastIndexByte(m.Channel, ':')+1:]
	if m.Payload == "" {
		return
	}
	switch kind, rest := m.Payload[0], m.Payload[1:]; kind {
	case newsRecord:
		if rev, err := revOf(rest); err != nil || !r.fan.lacks(id, rev) { // what this instance saved comes back to it
			return
		}
		if s, err := decodeRecord(rest); err == nil {
			r.fan.publish(id, Event{Session: &s})
		}
	case newsGone:
		r.fan.publish(id, Event{Gone: true})
	case newsLive:
		r.fan.publish(id, Event{Live: []byte(rest)})
	}
}

// subscribed handles a subscription's confirmation. A second one for the same topic means
// a new connection: the record is read again in case a save was missed, and subscribers
// of a missing record are told. An error asks for a new connection.
func (r *Redis) subscribed(ctx context.Context, g *redisGroup, m *redis.Subscription) error {
	if m.Kind == "sunsubscribe" {
		return g.dropped(m.Channel)
	}
	g.mu.Lock()
	t := g.topics[m.Channel]
	missed := t != nil && t.known
	if t != nil && !t.known {
		t.known = true
		close(t.ready)
	}
	g.mu.Unlock()
	if !missed {
		return nil
	}
	s, err := r.Load(ctx, t.id)
	if errors.Is(err, ErrNotFound) { // it came back without its data
		r.fan.publish(t.id, Event{Gone: true})
		return nil
	}
	if err != nil {
		return err
	}
	r.fan.publish(t.id, Event{Session: &s})
	return nil
}

// Close implements [Store]. It ends the subscriptions and closes the connections.
func (r *Redis) Close() error {
	r.mu.Lock()
	r.closed = true
	for _, g := range r.groups {
		g.cancel()
	}
	r.mu.Unlock()
	r.stop()
	r.fan.closeAll()
	r.wait.Wait()
	return r.client.Close()
}
