package pairing

import (
	"errors"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

func TestRedisClusterStore(t *testing.T) {
	urls := clusterURLs(t)
	testStore(t, func(t *testing.T) (Store, Store) { return openRedis(t, urls...), openRedis(t, urls...) })
	t.Run("spreads sessions over the masters", func(t *testing.T) {
		r := openRedis(t, urls...)
		for range 60 {
			create(t, r, time.Minute)
		}
		for _, u := range urls {
			client := plainClient(t, u)
			if n, err := client.DBSize(t.Context()).Result(); n == 0 || err != nil {
				t.Errorf("master %s: %d keys, %v; want some", u, n, err)
			}
		}
	})
	t.Run("asks one master for the time", func(t *testing.T) {
		r := openRedis(t, urls...)
		for range 20 {
			if _, err := r.Time(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		var asked []string
		for _, u := range urls {
			info, err := plainClient(t, u).Info(t.Context(), "commandstats").Result()
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(info, "cmdstat_time:") {
				asked = append(asked, u)
			}
		}
		if len(asked) != 1 {
			t.Errorf("asked for the time: %v, want one", asked)
		}
	})
}

// When a slot moves to another master, Redis takes the channels of its sessions
// away; their subscribers go on at the new one.
func TestRedisClusterFollowsAMovedSlot(t *testing.T) {
	if os.Getenv("VISAVIS_REDIS_CLUSTER_URLS") != "" {
		t.Skip("SKIPPED: slots of a Cluster that is not the test's own are not moved")
	}
	urls := clusterURLs(t)
	r, other := openRedis(t, urls...), openRedis(t, urls...)
	s := create(t, r, time.Minute)
	events := subscribe(t, r, s.ID)
	moveSlot(t, urls, key(kindSession, s.ID))
	for range 3 {
		var err error
		s.Rev++
		waitFor(t, "save at the new master", func() error { err = other.Save(t.Context(), s, time.Minute); return err })
		for e := next(t, events); e.Session.Rev != s.Rev; e = next(t, events) {
		}
	}
	liveNewsReach(t, other, s.ID, events, "live news from the new master")
}

// While the master that tells the time is down, another one tells it to an instance that
// starts; without any, the instance does not start.
func TestRedisClusterTellsTheTimeWithoutItsMaster(t *testing.T) {
	if os.Getenv("VISAVIS_REDIS_CLUSTER_URLS") != "" {
		t.Skip("SKIPPED: masters of a Cluster that is not the test's own are not stopped")
	}
	urls := clusterURLs(t)
	// A server that refuses a connection is asked once: what the client library waits in between proves nothing.
	seeds := append([]string{urls[0] + "?max_retries=-1&dialer_retries=1"}, urls[1:]...)
	r := openRedis(t, seeds...)
	stop := func(address string) {
		t.Helper()
		client := redis.NewClient(&redis.Options{Addr: address, MaxRetries: -1, DialerRetries: 1})
		defer client.Close()
		_ = client.ShutdownNoSave(t.Context()).Err() // the connection ends: always an error
		waitFor(t, "redis-server is gone", func() error {
			if client.Ping(t.Context()).Err() == nil {
				return errors.New("it still answers")
			}
			return nil
		})
	}
	teller, err := r.client.(*redis.ClusterClient).MasterForKey(t.Context(), sharePrefix)
	if err != nil {
		t.Fatal(err)
	}
	stop(teller.Options().Addr)
	if _, err := r.Time(t.Context()); err == nil {
		t.Fatal("the master that tells the time answers after its end")
	}
	began := time.Now()
	started, err := NewRedis(t.Context(), RedisConfig{URLs: seeds, Timeout: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = started.Close() })
	if at := started.Now(); at.Before(began.Add(-time.Minute)) || at.After(time.Now().Add(time.Minute)) {
		t.Errorf("the clock shows %v, want that of the other masters, %v", at, began)
	}
	for _, u := range urls {
		if address := strings.TrimPrefix(u, "redis://"); address != teller.Options().Addr {
			stop(address)
		}
	}
	if r, err := NewRedis(t.Context(), RedisConfig{URLs: seeds, Timeout: time.Second}); err == nil {
		t.Errorf("a store without a master, at %v", r.Now())
		_ = r.Close()
	}
}

// liveNewsReach publishes live news until they reach a subscription.
func liveNewsReach(t *testing.T, from Store, id string, events <-chan Event, what string) {
	t.Helper()
	eventually(t, what, func() bool {
		if err := from.Publish(t.Context(), id, []byte("live")); err != nil {
			t.Fatal(err)
		}
		select {
		case e := <-events:
			return string(e.Live) == "live"
		case <-time.After(50 * time.Millisecond):
			return false
		}
	})
}

// moveSlot moves the slot of the key, with all in it, from its master to another.
func moveSlot(t *testing.T, urls []string, of string) {
	t.Helper()
	do := func(client *redis.Client, args ...any) *redis.Cmd {
		t.Helper()
		cmd := client.Do(t.Context(), args...)
		if cmd.Err() != nil {
			t.Fatalf("%v: %v", args, cmd.Err())
		}
		return cmd
	}
	var clients []*redis.Client
	var ids []string
	from := -1
	for i, u := range urls {
		client := plainClient(t, u)
		clients = append(clients, client)
		ids = append(ids, do(client, "CLUSTER", "MYID").Val().(string))
		if client.Exists(t.Context(), of).Err() == nil { // the others answer MOVED
			from = i
		}
	}
	if from < 0 {
		t.Fatal("no master holds the key")
	}
	to := (from + 1) % len(urls)
	slot := do(clients[from], "CLUSTER", "KEYSLOT", of).Val()
	do(clients[to], "CLUSTER", "SETSLOT", slot, "IMPORTING", ids[from])
	do(clients[from], "CLUSTER", "SETSLOT", slot, "MIGRATING", ids[to])
	host, port, err := net.SplitHostPort(clients[to].Options().Addr)
	if err != nil {
		t.Fatal(err)
	}
	args := []any{"MIGRATE", host, port, "", 0, 5000, "KEYS"}
	do(clients[from], append(args, do(clients[from], "CLUSTER", "GETKEYSINSLOT", slot, 1000).Val().([]any)...)...)
	for _, i := range []int{to, from, 3 - to - from} {
		do(clients[i], "CLUSTER", "SETSLOT", slot, "NODE", ids[to])
	}
}
