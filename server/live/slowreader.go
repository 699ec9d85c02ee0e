package live

import "visavis/protocol"

// maxOutbox bounds the messages that wait for one socket. Replaceable kinds wait at most
// once, so only a stalled reader reaches it.
const maxOutbox = 64

// makeRoom prepares the queue for a message, so that a slow reader costs bounded memory
// and reads the newest state first. Reports whether the message is dealt with: it took
// the place of a waiting one, or the reader stalled and the Outbox closed as slow.
func (o *Outbox) makeRoom(kind protocol.Type, data []byte) (done bool) {
	switch kind {
	case protocol.TypeProgress, protocol.TypeEnrolment:
		// The newer state replaces the waiting one at its place in the queue: messages behind it, such as a new code,
		// depend on it.
		if o.replace(kind, data) {
			return true
		}
	case protocol.TypeLive, protocol.TypePairing, protocol.TypeNotice:
		o.removeFirst(kind)
	}
	if len(o.items) < maxOutbox || o.removeFirst(protocol.TypeFrameResult) {
		return false
	}
	if o.closed == nil {
		o.closed = &Ending{Code: protocol.CloseSlow, Reason: "slow reader"}
	}
	o.items, o.full = nil, true
	return true
}

func (o *Outbox) replace(kind protocol.Type, data []byte) bool {
	for i := range o.items {
		if o.items[i].kind == kind {
			o.items[i].Data = data
			return true
		}
	}
	return false
}

func (o *Outbox) removeFirst(kind protocol.Type) bool {
	for i, it := range o.items {
		if it.kind == kind {
			o.items = append(o.items[:i], o.items[i+1:]...)
			return true
		}
	}
	return false
}
