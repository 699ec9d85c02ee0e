package server

import (
	"context"
	"runtime/debug"
	"sync"

	"github.com/coder/websocket"

	"visavis/capture"
	"visavis/protocol"
	"visavis/server/live"
)

// maxInbox bounds what a read loop may be ahead of its work: more than the parts
// of a still, with some messages.
const maxInbox = 64

// maxInboxBytes is more than a still with its parts, so that a phone may send one
// without waiting, and no more.
const maxInboxBytes = capture.MaxStillBytes + 1<<20

// inbox lies between a socket's read loop, which never waits, and the work on its
// messages, which goes on in order in one goroutine that runs only while there is
// some: an idle socket holds neither a stack nor a buffer for it.
type inbox struct {
	sock   *socket
	handle func(ctx context.Context, it inItem)
	worker sync.WaitGroup

	mu      sync.Mutex // guards what follows, never held over work
	items   []inItem
	bytes   int // of items
	working bool
}

type inItem struct {
	binary bool
	data   []byte
}

// preview tells whether the item is a preview frame, of which the newest wins.
func (it inItem) preview() bool {
	return it.binary && len(it.data) > 1 && it.data[1] == byte(protocol.Preview)
}

// put takes one message in. A newer preview takes the place of one that waits; a
// full inbox closes the socket.
func (in *inbox) put(ctx context.Context, kind websocket.MessageType, data []byte) {
	it := inItem{binary: kind == websocket.MessageBinary, data: data}
	in.mu.Lock()
	defer in.mu.Unlock()
	if it.preview() {
		for i := range in.items {
			if in.items[i].preview() {
				in.bytes += len(data) - len(in.items[i].data)
				in.items[i] = it
				return
			}
		}
	}
	if len(in.items) >= maxInbox || in.bytes+len(data) > maxInboxBytes {
		in.sock.out.Close(&live.Ending{Code: protocol.CloseRateLimited, Reason: "too many messages at once"})
		return
	}
	in.items = append(in.items, it)
	in.bytes += len(data)
	if !in.working {
		in.working = true
		in.worker.Go(func() { in.work(ctx) })
	}
}

// work handles what is there and returns when nothing is left.
func (in *inbox) work(ctx context.Context) {
	for {
		in.mu.Lock()
		if len(in.items) == 0 || ctx.Err() != nil {
			in.items, in.bytes, in.working = nil, 0, false
			in.mu.Unlock()
			return
		}
		it := in.items[0]
		in.items[0] = inItem{}
		in.items = in.items[1:]
		in.bytes -= len(it.data)
		in.mu.Unlock()
		in.guarded(ctx, it)
	}
}

// guarded lets a panic end this connection alone.
func (in *inbox) guarded(ctx context.Context, it inItem) {
	defer func() {
		if v := recover(); v != nil {
			in.sock.log.ErrorContext(ctx, "panic", "panic", v, "stack", string(debug.Stack()))
			in.sock.out.Close(&live.Ending{Code: live.CloseInternal, Reason: "internal"})
		}
	}()
	in.handle(ctx, it)
}
