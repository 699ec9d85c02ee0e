package live

import (
	"sync"

	"visavis/protocol"
)

// Outbox holds the messages to be written to one socket or event stream. Safe for
// concurrent use. Put never blocks.
type Outbox struct {
	signalled chan struct{} // capacity one: there is something to take

	mu     sync.Mutex // guards what follows, never held over I/O
	items  []OutItem
	closed *Ending // set once; afterwards only holders may add messages
	held   int     // answers in progress that must be written before the end
	full   bool    // the reader stalled: nothing is accepted any more
}

// OutItem is one message that waits.
type OutItem struct {
	kind protocol.Type
	Data []byte // JSON, one line
}

// NewOutbox returns an empty Outbox.
func NewOutbox() *Outbox { return &Outbox{signalled: make(chan struct{}, 1)} }

// Put encodes and queues messages. A message that cannot be encoded is a bug and ends the
// connection.
func (o *Outbox) Put(messages ...protocol.Message) {
	for _, m := range messages {
		b, err := protocol.Encode(m)
		if err != nil {
			o.Close(&Ending{Code: CloseInternal, Reason: "internal", Cause: err})
			return
		}
		o.PutRaw(m.MessageType(), b)
	}
}

// PutRaw queues an encoded message. Progress, enrolment, live, pairing and notice replace
// a waiting one of their kind. Of frame results the oldest is dropped first. A full
// Outbox closes as slow. After the end only a held Outbox accepts messages.
func (o *Outbox) PutRaw(kind protocol.Type, data []byte) {
	o.mu.Lock()
	if o.full || o.closed != nil && o.held == 0 {
		o.mu.Unlock()
		return
	}
	if !o.makeRoom(kind, data) {
		o.items = append(o.items, OutItem{kind, data})
	}
	o.mu.Unlock()
	o.signal()
}

// Close ends the outbox: waiting messages are still written, then the socket is closed
// with e. Only the first call has an effect.
func (o *Outbox) Close(e *Ending) {
	o.mu.Lock()
	if o.closed == nil {
		o.closed = e
	}
	o.mu.Unlock()
	o.signal()
}

// Hold delays the end until release is called, so that an answer in progress is written
// before the close frame: the news of an end may overtake the answer to the message that
// caused it. It does not delay the end if the peer is gone.
func (o *Outbox) Hold() (release func()) {
	o.mu.Lock()
	o.held++
	o.mu.Unlock()
	return sync.OnceFunc(func() {
		o.mu.Lock()
		o.held--
		over := o.held == 0 && o.closed != nil
		o.mu.Unlock()
		if over {
			o.signal()
		}
	})
}

// Take returns all waiting messages, and the ending after them if there is one and it is
// not held.
func (o *Outbox) Take() ([]OutItem, *Ending) {
	o.mu.Lock()
	defer o.mu.Unlock()
	items := o.items
	o.items = nil
	if o.held > 0 && !o.full && o.closed != nil && o.closed.Code != 0 {
		return items, nil
	}
	return items, o.closed
}

// Ready receives while there is something to take.
func (o *Outbox) Ready() <-chan struct{} { return o.signalled }

func (o *Outbox) signal() {
	select {
	case o.signalled <- struct{}{}:
	default: // already signalled
	}
}
