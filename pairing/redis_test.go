package pairing

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

	"visavis/testkit"

	"github.com/redis/go-redis/v9"
)

func TestRedisStore(t *testing.T) {
	u := redisURL(t)
	testStore(t, func(t *testing.T) (Store, Store) { return openRedis(t, u), openRedis(t, u) })
}

func TestRedisSentinelStore(t *testing.T) {
	master := startRedis(t)
	host, port, err := net.SplitHostPort(master)
	if err != nil {
		t.Fatal(err)
	}
	path, err := exec.LookPath("redis-server")
	if err != nil {
		t.Fatal(err) // startRedis found it
	}
	var urls []string
	for i := range 2 {
		address := testkit.FreeAddress(t)
		_, own, _ := net.SplitHostPort(address)
		conf := filepath.Join(t.TempDir(), "sentinel.conf")
		text := fmt.Sprintf("port %s\nbind 127.0.0.1\nsentinel monitor companion %s %s 1\n", own, host, port)
		if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		startServer(t, path, conf, "--sentinel")
		client := plainClient(t, "redis://"+address)
		waitFor(t, "sentinel answers", func() error { return client.Ping(t.Context()).Err() })
		u := "redis://" + address
		if i == 0 {
			u += "?master_name=companion"
		}
		urls = append(urls, u)
	}
	testStore(t, func(t *testing.T) (Store, Store) { return openRedis(t, urls...), openRedis(t, urls...) })
}

// A Redis that ends loses what it kept; the store goes on with the next one.
func TestRedisComesBackAfterARestart(t *testing.T) {
	u, stop, start := restartableRedis(t)
	r := openRedis(t, u)
	old := create(t, r, time.Minute)
	events := subscribe(t, r, old.ID)
	stop()
	_, err := r.Load(t.Context(), old.ID)
	wantErr(t, "load while it is down", err, ErrUnavailable)
	wantErr(t, "ping while it is down", r.Ping(t.Context()), ErrUnavailable)
	start()
	waitFor(t, "the store answers again", func() error { return r.Ping(t.Context()) })
	_, err = r.Load(t.Context(), old.ID)
	wantErr(t, "load what was lost", err, ErrNotFound)

	again := old
	if err := r.Create(t.Context(), again, time.Minute); err != nil {
		t.Fatal(err)
	}
	other := openRedis(t, u)
	liveNewsReach(t, other, old.ID, events, "news reach the subscription from before")
}

// plainClient returns a client of one server, closed at the end of the test.
func plainClient(t *testing.T, u string) *redis.Client {
	t.Helper()
	o, err := redis.ParseURL(u)
	if err != nil {
		t.Fatal(err)
	}
	client := redis.NewClient(o)
	t.Cleanup(func() { _ = client.Close() })
	return client
}

// Who leaves a session's channel and joins it again at once, before the connection was told, is
// confirmed too: a phone that reloads its page, while others of its group go on.
func TestASubscriptionThatComesBackAtOnceIsConfirmed(t *testing.T) {
	r := openRedis(t, redisURL(t))
	s := create(t, r, time.Minute)
	other := testSession()
	for group(other.ID) != group(s.ID) {
		other = testSession()
	}
	if err := r.Create(t.Context(), other, time.Minute); err != nil {
		t.Fatal(err)
	}
	subscribe(t, r, other.ID) // keeps the group's connection
	for n := range 50 {
		events, cancel, err := r.Subscribe(t.Context(), s.ID)
		if err != nil {
			t.Fatalf("subscription %d: %v", n, err)
		}
		if n%10 == 0 {
			save(t, r, &s)
			if e := next(t, events); e.Session == nil || e.Session.Rev != s.Rev {
				t.Fatalf("subscription %d: %+v, want rev %d", n, e, s.Rev)
			}
		}
		cancel()
	}
}

func TestRedisHealsAfterALostConnection(t *testing.T) {
	u := "redis://" + startRedis(t)
	r, admin := openRedis(t, u), plainClient(t, u)
	s := create(t, r, time.Minute)
	events := subscribe(t, r, s.ID)
	other := openRedis(t, u)
	for round := range 5 {
		if err := admin.ClientKillByFilter(t.Context(), "TYPE", "pubsub").Err(); err != nil {
			t.Fatal(err)
		}
		save(t, other, &s) // while nobody listens
		for e := next(t, events); e.Session.Rev != s.Rev; e = next(t, events) {
		}
		// The new connection brings live news too.
		live := fmt.Sprint("live ", round)
		eventually(t, "live news", func() bool {
			if err := other.Publish(t.Context(), s.ID, []byte(live)); err != nil {
				t.Fatal(err)
			}
			select {
			case e := <-events:
				return string(e.Live) == live
			case <-time.After(50 * time.Millisecond):
				return false
			}
		})
		for len(events) > 0 {
			<-events
		}
	}
}

func TestRedisUsesOneNewsConnectionAGroup(t *testing.T) {
	u := "redis://" + startRedis(t)
	r, admin := openRedis(t, u), plainClient(t, u)
	connections := func() int {
		list, err := admin.Do(t.Context(), "CLIENT", "LIST", "TYPE", "pubsub").Text()
		if err != nil {
			t.Fatal(err)
		}
		return strings.Count(list, "id=")
	}
	used := make(map[int]bool)
	var cancels []func()
	for range 150 {
		s := create(t, r, time.Minute)
		used[group(s.ID)] = true
		for range 2 {
			_, cancel, err := r.Subscribe(t.Context(), s.ID)
			if err != nil {
				t.Fatal(err)
			}
			cancels = append(cancels, cancel)
		}
	}
	if got := connections(); got != len(used) || got > groups {
		t.Errorf("%d news connections for %d groups", got, len(used))
	}
	for _, cancel := range cancels {
		cancel()
	}
	eventually(t, "no news connection is left", func() bool { return connections() == 0 })
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.groups) != 0 {
		t.Errorf("%d groups left", len(r.groups))
	}
}

func TestRedisCallsEndInTime(t *testing.T) {
	// A server that takes connections and never answers.
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	o, err := RedisConfig{URLs: []string{"redis://" + l.Addr().String()}, Timeout: time.Second}.client()
	if err != nil {
		t.Fatal(err)
	}
	r := &Redis{client: o, timeout: 100 * time.Millisecond, groups: make(map[int]*redisGroup),
		clock: newSteady(time.Now()), stop: func() {}}
	t.Cleanup(func() { _ = r.Close() })
	s := testSession()
	s.Rev = 2
	for name, call := range map[string]func(ctx context.Context) error{
		"ping":      r.Ping,
		"load":      func(ctx context.Context) error { _, err := r.Load(ctx, s.ID); return err },
		"save":      func(ctx context.Context) error { return r.Save(ctx, s, time.Minute) },
		"create":    func(ctx context.Context) error { return r.Create(ctx, s, time.Minute) },
		"delete":    func(ctx context.Context) error { return r.Delete(ctx, s.ID) },
		"count":     func(ctx context.Context) error { _, err := r.Count(ctx, "k", time.Minute); return err },
		"counted":   func(ctx context.Context) error { _, err := r.Counted(ctx, "k"); return err },
		"publish":   func(ctx context.Context) error { return r.Publish(ctx, s.ID, nil) },
		"subscribe": func(ctx context.Context) error { _, _, err := r.Subscribe(ctx, s.ID); return err },
		"index":     func(ctx context.Context) error { return r.PutIndex(ctx, "k", s.ID, time.Minute) },
		"find":      func(ctx context.Context) error { _, err := r.FindIndex(ctx, "k"); return err },
		"beat":      func(ctx context.Context) error { return r.Beat(ctx, s.ID, time.Minute) },
		"alive":     func(ctx context.Context) error { _, err := r.Alive(ctx, s.ID); return err },
		"part":      func(ctx context.Context) error { return r.PutPart(ctx, s.ID, "u", 0, nil, 1, time.Minute) },
		"parts":     func(ctx context.Context) error { _, err := r.Parts(ctx, s.ID, "u"); return err },
		"put still": func(ctx context.Context) error { return r.PutStill(ctx, s.ID, "selfie", nil, maxStill, time.Minute) },
		"still":     func(ctx context.Context) error { _, err := r.Still(ctx, s.ID, "selfie"); return err },
	} {
		start := time.Now()
		err := call(t.Context())
		wantErr(t, name, err, ErrUnavailable)
		if took := time.Since(start); err == nil || took > 3*time.Second {
			t.Errorf("%s: %v after %s, want an error within the timeout of 100 ms", name, err, took)
		}
	}
}

func TestRedisThatIsNotThereIsToldAtStart(t *testing.T) {
	_, err := NewRedis(t.Context(), RedisConfig{URLs: []string{"redis://user:hunter2@" + testkit.FreeAddress(t)},
		Timeout: time.Second})
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("error %v, want one without the password", err)
	}
}

func TestRedisURLs(t *testing.T) {
	for _, test := range []struct {
		name string
		urls []string
		kind string // of client, or the error
	}{
		{"one server", []string{"redis://127.0.0.1:6379/2"}, "*redis.Client"},
		{"one server with TLS", []string{"rediss://user:pw@127.0.0.1:6379"}, "*redis.Client"},
		{"several seeds", []string{"redis://127.0.0.1:1", "redis://127.0.0.1:2"}, "*redis.ClusterClient"},
		{"one seed", []string{"redis://127.0.0.1:1?cluster=true"}, "*redis.ClusterClient"},
		{"sentinels", []string{"redis://127.0.0.1:1?master_name=m", "redis://127.0.0.1:2"}, "*redis.Client"},
		{"none", nil, "redis: no URL"},
		{"another scheme", []string{"http://127.0.0.1"}, "redis URL: redis: invalid URL scheme: http"},
		{"not a URL", []string{"redis://a b:pw@c"}, "redis: bad URL"},
		{"second without a host", []string{"redis://127.0.0.1:1", "nonsense"}, "redis: bad URL"},
	} {
		client, err := RedisConfig{URLs: test.urls}.client()
		got := fmt.Sprintf("%T", client)
		if err != nil {
			got = err.Error()
		} else {
			_ = client.Close()
		}
		if got != test.kind {
			t.Errorf("%s: %s, want %s", test.name, got, test.kind)
		}
	}
}

func TestRedisKeysOfASessionShareATag(t *testing.T) {
	id := testSession().ID
	tag := fmt.Sprintf("visavis:{%02d}:", group(id))
	for _, kind := range []string{kindSession, kindStills, kindParts, kindBeat, kindNews} {
		if k := key(kind, id); !strings.HasPrefix(k, tag) {
			t.Errorf("%s key %s, want it to begin with %s", kind, k, tag)
		}
	}
}
