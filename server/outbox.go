package server

import (
	"encoding/json"
	"sync"

	"visavis/protocol"
)

// maxOutbox bounds the messages that wait for one socket. Kinds that replace each
// other wait once, so only a reader that stopped gets here.
const maxOutbox = 64

// outbox is what waits to be written to one socket or event stream. Safe for use
// by many goroutines; put never waits.
type outbox struct {
	ready chan struct{} // has one element while there is something to take

	mu     sync.Mutex // guards what follows, never held over I/O
	items  []outItem
	closed *ending // set once; nothing is taken in after it
}

type outItem struct {
	kind protocol.Type
	data []byte
}

func newOutbox() *outbox { return &outbox{ready: make(chan struct{}, 1)} }

// put encodes and queues messages. A message that cannot be encoded is our fault
// and ends the connection.
func (o *outbox) put(messages ...protocol.Message) {
	for _, m := range messages {
		b, err := protocol.Encode(m)
		if err != nil {
			o.close(&ending{code: 1011, reason: "internal", cause: err})
			return
		}
		o.putRaw(m.MessageType(), b)
	}
}

// putRaw queues an encoded message. Progress, enrolment, live, pairing and notice
// replace the one that waits; of frame results the oldest goes first; a full
// outbox closes as slow.
func (o *outbox) putRaw(kind protocol.Type, data []byte) {
	o.mu.Lock()
	if o.closed != nil {
		o.mu.Unlock()
		return
	}
	switch kind {
	case protocol.TypeProgress, protocol.TypeEnrolment:
		// In its place: what waits behind it, such as a new code, follows from it.
		if o.replace(kind, data) {
			o.mu.Unlock()
			return
		}
	case protocol.TypeLive, protocol.TypePairing, protocol.TypeNotice:
		o.removeFirst(kind)
	}
	if len(o.items) >= maxOutbox && !o.removeFirst(protocol.TypeFrameResult) {
		o.closed = &ending{code: protocol.CloseSlow, reason: "slow reader"}
		o.items = nil
	} else {
		o.items = append(o.items, outItem{kind, data})
	}
	o.mu.Unlock()
	o.signal()
}

func (o *outbox) replace(kind protocol.Type, data []byte) bool {
	for i := range o.items {
		if o.items[i].kind == kind {
			o.items[i].data = data
			return true
		}
	}
	return false
}

func (o *outbox) removeFirst(kind protocol.Type) bool {
	for i, it := range o.items {
		if it.kind == kind {
			o.items = append(o.items[:i], o.items[i+1:]...)
			return true
		}
	}
	return false
}

// close ends the outbox: what waits is still written, then the socket is closed
// with e. The first call counts.
func (o *outbox) close(e *ending) {
	o.mu.Lock()
	if o.closed == nil {
		o.closed = e
	}
	o.mu.Unlock()
	o.signal()
}

// take returns everything that waits, and how to end after it, if so.
func (o *outbox) take() ([]outItem, *ending) {
	o.mu.Lock()
	defer o.mu.Unlock()
	items := o.items
	o.items = nil
	return items, o.closed
}

func (o *outbox) signal() {
	select {
	case o.ready <- struct{}{}:
	default: // already signalled
	}
}

// rawList makes a JSON list of encoded messages.
func rawList(items []outItem) []json.RawMessage {
	out := make([]json.RawMessage, 0, len(items))
	for _, it := range items {
		out = append(out, it.data)
	}
	return out
}
