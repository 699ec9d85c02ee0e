// Package rediscluster makes a Redis Cluster of servers that run, for tests and measurements.
package rediscluster

import (
	"context"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// settling is how long a Cluster may take to be whole.
const settling = time.Minute

// Settings are the arguments that let a redis-server be part of a Cluster. Its nodes speak with
// each other at the port bus. Such a server writes a file into its folder (--dir).
func Settings(bus string) []string {
	return []string{"--cluster-enabled", "yes", "--cluster-node-timeout", "2000", "--cluster-port", bus}
}

// Join makes a Cluster of the servers at these addresses (host:port), which have [Settings]. Of
// each 1 + replicas of them one is a master; redis-cli chooses which, and wants three of them at
// least. Join returns when every server says that the Cluster is whole and that every replica
// follows its master.
func Join(ctx context.Context, addresses []string, replicas int) error {
	ctx, cancel := context.WithTimeout(ctx, settling)
	defer cancel()
	args := append([]string{"--cluster", "create"}, addresses...)
	args = append(args, "--cluster-yes", "--cluster-replicas", strconv.Itoa(replicas))
	if out, err := exec.CommandContext(ctx, "redis-cli", args...).CombinedOutput(); err != nil {
		return fmt.Errorf("redis-cli %s: %w: %s", strings.Join(args, " "), err, out)
	}
	for _, addr := range addresses {
		if err := settled(ctx, addr, replicas); err != nil {
			return err
		}
	}
	return nil
}

// settled waits until the server at addr says that its Cluster is whole.
func settled(ctx context.Context, addr string, replicas int) error {
	node := redis.NewClient(&redis.Options{Addr: addr})
	defer func() { _ = node.Close() }()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for {
		err := whole(ctx, node, replicas)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the Cluster is not whole: %s: %w", addr, err)
		case <-again.C:
		}
	}
}

// whole is nil when a node knows a Cluster without gaps, in which it has its replicas or follows its master.
func whole(ctx context.Context, node *redis.Client, replicas int) error {
	info, err := node.ClusterInfo(ctx).Result()
	if err != nil {
		return err
	}
	if !strings.Contains(info, "cluster_state:ok") {
		return fmt.Errorf("cluster info: %s", info)
	}
	role, err := node.Info(ctx, "replication").Result()
	switch {
	case err != nil:
		return err
	case strings.Contains(role, "role:slave") && !strings.Contains(role, "master_link_status:up"):
		return fmt.Errorf("a replica does not follow yet: %s", role)
	case strings.Contains(role, "role:master") && !strings.Contains(role, fmt.Sprintf("connected_slaves:%d", replicas)):
		return fmt.Errorf("a master without its replicas: %s", role)
	}
	return nil
}
