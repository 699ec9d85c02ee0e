//go:build chaos

package chaos

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"visavis/client"
	"visavis/protocol"
	"visavis/testkit"
	"visavis/testkit/rediscluster"
)

// cluster are the masters of a Redis Cluster. With replicas each has one.
func cluster(t *testing.T, replicas bool) (masters []*redisServer) {
	t.Helper()
	count, each := 3, 0
	if replicas {
		count, each = 6, 1
	}
	var addresses []string
	all := map[string]*redisServer{}
	for range count {
		_, bus, _ := net.SplitHostPort(testkit.FreeAddress(t))
		r := &redisServer{t: t, addr: testkit.FreeAddress(t), more: append(rediscluster.Settings(bus),
			"--dir", t.TempDir(), "--cluster-require-full-coverage", "no")}
		r.start()
		t.Cleanup(r.kill)
		all[r.addr], addresses = r, append(addresses, r.addr)
	}
	if err := rediscluster.Join(t.Context(), addresses, each); err != nil {
		t.Fatal(err)
	}
	for addr, r := range all {
		node := redis.NewClient(&redis.Options{Addr: addr})
		defer node.Close()
		role, err := node.Info(t.Context(), "replication").Result()
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(role, "role:master") {
			masters = append(masters, r)
		}
	}
	if len(masters) != 3 {
		t.Fatalf("%d masters, want 3", len(masters))
	}
	return masters
}

// sessionsOn is how many sessions a node holds.
func sessionsOn(t *testing.T, r *redisServer) int {
	t.Helper()
	node := redis.NewClient(&redis.Options{Addr: r.addr})
	defer node.Close()
	keys, err := node.Keys(context.Background(), "visavis:{*}:session:*").Result()
	if err != nil {
		t.Fatal(err)
	}
	return len(keys)
}

// whole waits until every slot of the Cluster has a node that is there.
func whole(t *testing.T, masters []*redisServer, but *redisServer) {
	t.Helper()
	for _, m := range masters {
		if m == but {
			continue
		}
		node := redis.NewClient(&redis.Options{Addr: m.addr})
		defer node.Close()
		eventually(t, "the Cluster is whole again", slack(time.Minute), func() error {
			info, err := node.ClusterInfo(context.Background()).Result()
			if err != nil || !strings.Contains(info, "cluster_slots_ok:16384") {
				return fmt.Errorf("%v: %s", err, info)
			}
			return nil
		})
	}
}

// onCluster starts two instances on a Cluster and pairs phones; busiest is the master that
// holds most of their sessions.
func onCluster(t *testing.T, masters []*redisServer, phones int) (all []*pairOf, busiest *redisServer, f *front) {
	t.Helper()
	var urls []string
	for _, m := range masters {
		urls = append(urls, "redis://"+m.addr)
	}
	a, b := testkit.FreeAddress(t), testkit.FreeAddress(t)
	f = newFront(t, a, b)
	for _, addr := range []string{a, b} {
		newServer(t, addr, f.url(), t.TempDir(), "--enrolments=off", "--redis-url="+strings.Join(urls, ","),
			"--secret="+strings.Repeat("ab", 32))
	}
	all = pairs(t, f.url(), phones)
	busiest = slices.MaxFunc(masters, func(a, b *redisServer) int { return sessionsOn(t, a) - sessionsOn(t, b) })
	return all, busiest, f
}

// TestClusterNodeLost kills the master that holds most sessions while phones capture. Its
// replica takes its place, with all of them.
func TestClusterNodeLost(t *testing.T) {
	masters := cluster(t, true)
	all, busiest, f := onCluster(t, masters, 4)
	held := sessionsOn(t, busiest)
	busiest.kill()
	moment := time.Now()
	<-time.After(2 * time.Second) // the Cluster has not noticed yet
	whole(t, masters, busiest)
	worst := judgedAfter(t, all, time.Now(), slack(backWithin))
	for i, p := range all { // each record is read from where it is now
		eventually(t, fmt.Sprintf("another tab of desktop %d sees its phone", i+1), slack(10*time.Second), func() error {
			return sees(t, f, p)
		})
	}
	over := time.Since(moment)
	fresh := pairs(t, f.url(), 2)
	lost(t, append(all, fresh...), fmt.Sprintf(
		"a master of a Redis Cluster killed with %d sessions, which were read from its replica after %.1f s",
		held, over.Seconds()), worst)
}

// sees opens another tab of a desktop, which reads the session's record.
func sees(t *testing.T, f *front, p *pairOf) error {
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	tab, err := client.OpenDesktop(ctx, client.Config{Server: f.url(), TLS: anyCertificate(), Language: "en",
		Cookies: p.desktop.Cookies()})
	if err != nil {
		return err
	}
	defer tab.Close()
	for {
		e, err := tab.Next(ctx)
		switch m := e.Message.(type) {
		case protocol.Welcome:
			if m.Progress != nil && m.Progress.State == protocol.StateCapturing {
				return nil
			}
		case protocol.Progress:
			if m.State == protocol.StateCapturing {
				return nil
			}
		}
		if err != nil || e.Ended {
			return fmt.Errorf("ended: %w, %d %w", err, e.Code, e.Err)
		}
	}
}

// TestClusterNodeLostForGood kills a master that has no replica, with all that it held.
// Sessions of the others go on, and whoever was on it is told once it is back, empty.
func TestClusterNodeLostForGood(t *testing.T) {
	masters := cluster(t, false)
	all, busiest, f := onCluster(t, masters, 6)
	held := sessionsOn(t, busiest)
	if held == 0 || held == len(all) {
		t.Fatalf("one node holds %d of %d sessions: they are to be spread", held, len(all))
	}
	busiest.kill()
	<-time.After(5 * time.Second) // the fault: nobody is there for so long
	busiest.start()
	told := func() (n int) {
		for _, p := range all {
			if p.over.Load() >= 4000 && p.deskOver.Load() >= 4000 {
				n++
			}
		}
		return n
	}
	took := eventually(t, "everybody on the lost node is told", slack(20*time.Second), func() error {
		if n := told(); n < held {
			return fmt.Errorf("%d of %d", n, held)
		}
		return nil
	})
	whole(t, masters, nil)
	rest := slices.DeleteFunc(slices.Clone(all), func(p *pairOf) bool { return p.over.Load() >= 4000 })
	worst := judgedAfter(t, rest, time.Now(), slack(backWithin))
	if n := told(); n != held {
		t.Errorf("%d sessions ended, the lost node held %d", n, held)
	}
	fresh := pairs(t, f.url(), 3)
	lost(t, append(rest, fresh...), fmt.Sprintf("a node of a Redis Cluster back empty after 5 s: "+
		"%d sessions of %d were gone and told after %.1f s; the others", held, len(all), took.Seconds()), worst)
}
