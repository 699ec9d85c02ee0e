package pairing

import (
	"context"
	"errors"
	"sync"

	"github.com/redis/go-redis/v9"
)

// redisGroup is this instance's one connection for the news of all sessions of one hash
// tag. Its reader goroutine owns the connection. Subscribers only record the wanted
// topics and never wait for the network while they hold a lock.
type redisGroup struct {
	refs   int // subscriptions, guarded by Redis.mu
	cancel context.CancelFunc

	changed chan struct{} // capacity one: the wanted topics changed

	mu       sync.Mutex // guards what follows; never held while waiting
	topics   map[string]*topic
	dropping map[string]int // channels unsubscribed on this connection, not confirmed yet
}

// topic is one session's channel.
type topic struct {
	id    string
	refs  int
	ready chan struct{} // closed at the first confirmation
	known bool          // confirmed once: a confirmation now means that news may have been missed
	noted noted
}

// topic returns what is known of a session that is followed on this instance, or nil. It may
// be used until unlock, which is nil with it.
func (r *Redis) topic(id string) (t *topic, unlock func()) {
	r.mu.Lock()
	g := r.groups[group(id)]
	r.mu.Unlock()
	if g == nil {
		return nil, nil
	}
	g.mu.Lock()
	if t = g.topics[key(kindNews, id)]; t == nil {
		g.mu.Unlock()
		return nil, nil
	}
	return t, g.mu.Unlock
}

// join subscribes to a session's channel. The returned channel closes on confirmation.
func (g *redisGroup) join(id string) <-chan struct{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	name := key(kindNews, id)
	t := g.topics[name]
	if t == nil {
		t = &topic{id: id, ready: make(chan struct{})}
		g.topics[name] = t
		g.signal()
	}
	t.refs++
	return t.ready
}

// leave unsubscribes from a session's channel after its last subscriber left.
func (g *redisGroup) leave(id string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	name := key(kindNews, id)
	if t := g.topics[name]; t != nil {
		if t.refs--; t.refs == 0 {
			delete(g.topics, name)
			g.signal()
		}
	}
}

func (g *redisGroup) signal() {
	select {
	case g.changed <- struct{}{}:
	default:
	}
}

// ask subscribes and unsubscribes on conn until it matches the wanted topics. One that was left
// and joined again since the last call is asked for once more: its subscribers wait for a
// confirmation.
func (g *redisGroup) ask(ctx context.Context, conn *redis.PubSub, asked map[string]*topic) error {
	var add, drop []string
	g.mu.Lock()
	for name, t := range g.topics {
		if asked[name] != t {
			asked[name] = t
			add = append(add, name)
		}
	}
	for name := range asked {
		if g.topics[name] == nil {
			delete(asked, name)
			drop = append(drop, name)
			g.dropping[name]++
		}
	}
	g.mu.Unlock()
	if len(drop) > 0 {
		if err := conn.SUnsubscribe(ctx, drop...); err != nil {
			return err
		}
	}
	if len(add) == 0 {
		return nil
	}
	return conn.SSubscribe(ctx, add...)
}

// errTaken: Redis unsubscribed a channel because its slot moves to another node.
var errTaken = errors.New("channel taken away")

// dropped handles the confirmation of an unsubscribed channel.
func (g *redisGroup) dropped(name string) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.dropping[name] == 0 {
		return errTaken
	}
	if g.dropping[name]--; g.dropping[name] == 0 {
		delete(g.dropping, name)
	}
	return nil
}
