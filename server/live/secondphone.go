package live

import (
	"context"
	"errors"

	"visavis/pairing"
	"visavis/protocol"
)

// tellSecond tells the desktop of a second phone that came with the code. That phone learns
// nothing.
func (t *PhoneTalk) tellSecond(ctx context.Context, err error) error {
	if second, ok := errors.AsType[*pairing.SecondPhoneError](err); ok {
		t.plane.Logger.InfoContext(ctx, "second phone refused")
		t.secondPhone(ctx, second.ID)
	}
	return err
}

// secondPhone tells the desktop that somebody else has the code or the device secret, unless
// it was told a moment ago.
func (t *PhoneTalk) secondPhone(ctx context.Context, id string) {
	if t.plane.Service.TellsSecondPhone(ctx, id) {
		t.plane.tellDesktops(ctx, id, protocol.Notice{Code: protocol.NoticeSecondPhone})
	}
}
