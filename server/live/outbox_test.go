package live

import (
	"testing"

	"visavis/protocol"
)

// What is said while the outbox is held goes before the end, though the end came first.
func TestAnswerUnderWayGoesBeforeTheEnd(t *testing.T) {
	out := NewOutbox()
	release := out.Hold()
	out.Put(protocol.Progress{State: protocol.StateEnded})
	out.Close(&Ending{Code: protocol.CloseEnded, Reason: protocol.ReasonUnsafePictures})
	items, end := out.Take()
	if len(items) != 1 || end != nil {
		t.Fatalf("held: %d items, ending %v, want the progress and no end yet", len(items), end)
	}
	<-out.Ready()
	out.Put(protocol.Error{Code: protocol.CodeBadImage})
	out.Close(&Ending{Code: protocol.CloseSlow}) // the first end counts
	release()
	release() // once counts
	<-out.Ready()
	items, end = out.Take()
	if len(items) != 1 || items[0].kind != protocol.TypeError || end == nil || end.Code != protocol.CloseEnded {
		t.Fatalf("released: %v, ending %v, want the error and then 4501", items, end)
	}
	out.Put(protocol.PartAck{})
	if items, _ = out.Take(); len(items) != 0 {
		t.Errorf("%d messages after the end", len(items))
	}
}
