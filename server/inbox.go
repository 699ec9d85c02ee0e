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

// maxInbox bounds the messages that wait: more than the parts of a still and some others.
const maxInbox = 64

// maxInboxBytes is a little more than a still with its parts, so that a phone may send
// one without waiting.
const maxInboxBytes = capture.MaxStillBytes + 1<<20

// inbox lies between a socket's read loop, which never blocks, and the work on its
// messages. One goroutine, of the server's crew, handles them in order and only while there
// are any: an idle socket holds neither a stack nor a buffer.
type inbox struct {
	sock   *socket
	crew   *crew
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

// preview reports whether the item is a preview. Of waiting previews only the newest is
// kept.
func (it inItem) preview() bool {
	return it.binary && len(it.data) > 1 && it.data[1] == byte(protocol.Preview)
}

// put adds one message. A newer preview replaces a waiting one. A full inbox closes the
// socket.
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
		in.worker.Add(1)
		in.crew.run(func() {
			defer in.worker.Done()
			in.work(ctx)
		})
	}
}

// work handles the waiting messages and returns when none is left.
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

// guarded limits a panic to this connection.
func (in *inbox) guarded(ctx context.Context, it inItem) {
	defer func() {
		if v := recover(); v != nil {
			in.sock.log.ErrorContext(ctx, "panic", "panic", v, "stack", string(debug.Stack()))
			in.sock.out.Close(&live.Ending{Code: live.CloseInternal, Reason: "internal"})
		}
	}()
	in.handle(ctx, it)
}
