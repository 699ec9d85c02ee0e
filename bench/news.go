package main

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// news counts the published messages that this process gets from Redis, on all connections. It
// records nothing else.
type news struct {
	mu  sync.Mutex
	got map[string]int // by channel
}

var _ redis.OTelRecorder = (*news)(nil)

// ServeHTTP answers with the messages so far: a JSON object of numbers by channel.
func (n *news) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	n.mu.Lock()
	defer n.mu.Unlock()
	_ = json.NewEncoder(w).Encode(n.got) // who asked may have gone
}

// RecordPubSubMessage implements redis.OTelRecorder, as the methods below.
func (n *news) RecordPubSubMessage(_ context.Context, _ redis.ConnInfo, direction, channel string, _ bool) {
	if direction != "received" {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.got[channel]++
}

func (*news) RecordOperationDuration(context.Context, time.Duration, redis.Cmder, int, error, redis.ConnInfo, int) {
}

func (*news) RecordPipelineOperationDuration(context.Context, time.Duration, string, int, int, error, redis.ConnInfo,
	int) {
}

func (*news) RecordConnectionCreateTime(context.Context, time.Duration, redis.ConnInfo) {}

func (*news) RecordConnectionRelaxedTimeout(context.Context, int, redis.ConnInfo, string, string) {}

func (*news) RecordConnectionHandoff(context.Context, redis.ConnInfo, string) {}

func (*news) RecordError(context.Context, string, redis.ConnInfo, string, bool, int) {}

func (*news) RecordMaintenanceNotification(context.Context, redis.ConnInfo, string) {}

func (*news) RecordConnectionWaitTime(context.Context, time.Duration, redis.ConnInfo) {}

func (*news) RecordConnectionClosed(context.Context, redis.ConnInfo, string, error) {}

func (*news) RecordStreamLag(context.Context, time.Duration, redis.ConnInfo, string, string, string) {
}
