package live

import (
	"bytes"
	"testing"

	"visavis/protocol"
)

// TestSlowReader stops reading: its Outbox fills and it is closed to come again.
func TestSlowReader(t *testing.T) {
	out := NewOutbox()
	for i := range maxOutbox + 5 {
		out.Put(protocol.PartAck{Part: i})
	}
	items, end := out.Take()
	if end == nil || end.Code != protocol.CloseSlow || len(items) != 0 {
		t.Fatalf("a full outbox: %d items, ending %v, want none and 4001", len(items), end)
	}
	out = NewOutbox()
	for i := range 500 {
		out.Put(protocol.Progress{Rev: int64(i)}, protocol.Live{Step: "selfie"}, protocol.FrameResult{Seq: uint32(i)})
	}
	items, end = out.Take()
	if end != nil || len(items) > maxOutbox {
		t.Fatalf("what replaces itself: %d items, ending %v", len(items), end)
	}
	var progress, live int
	for _, it := range items {
		switch it.kind {
		case protocol.TypeProgress:
			progress++
			if !bytes.Contains(it.Data, []byte(`"rev":499`)) {
				t.Errorf("not the newest progress: %s", it.Data)
			}
		case protocol.TypeLive:
			live++
		}
	}
	if progress != 1 || live != 1 {
		t.Errorf("%d progress and %d live wait, want one of each", progress, live)
	}
}

// A holder keeps neither a peer waiting that is gone nor a reader that stopped.
func TestHeldOutboxThatNobodyReads(t *testing.T) {
	gone := NewOutbox()
	defer gone.Hold()()
	gone.Close(&Ending{})
	if _, end := gone.Take(); end == nil {
		t.Error("a peer that is gone is waited for")
	}
	full := NewOutbox()
	defer full.Hold()()
	for i := range 2 * maxOutbox {
		full.Put(protocol.PartAck{Part: i})
	}
	if items, end := full.Take(); len(items) != 0 || end == nil || end.Code != protocol.CloseSlow {
		t.Errorf("a full outbox: %d items, ending %v, want none and 4001", len(items), end)
	}
}
