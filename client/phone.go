package client

import (
	"cmp"
	"context"

	"visavis/protocol"
)

// Phone is a phone page without a camera.
type Phone struct{ *conn }

// NewPhone makes a phone that follows the link of a QR, or has typed a code of eight
// letters. It sends nothing yet. With a link, the link's origin replaces Config.Server.
func NewPhone(cfg Config, linkOrCode string) (*Phone, error) {
	memory, origin, err := protocol.Scanned(linkOrCode)
	if err != nil {
		return nil, err
	}
	memory.Secret, cfg.Server = cfg.Device, cmp.Or(origin, cfg.Server)
	c, err := newConn(cfg, "phone", memory)
	if err != nil {
		return nil, err
	}
	c.beat = cmp.Or(cfg.BeatEvery, protocol.BeatEvery)
	return &Phone{c}, nil
}

// Claimed reports whether the phone holds a device secret, with which it can return.
func (p *Phone) Claimed() bool {
	return remember(p.conn, func(m *protocol.Memory) bool { return m.Secret != "" })
}

// Open connects and says hello. It is the same as Resume.
func (p *Phone) Open(ctx context.Context) error { return p.Resume(ctx) }

// Reload does what a reload of the page does: it drops the connection, forgets everything
// but the device secret, and reconnects with that.
func (p *Phone) Reload(ctx context.Context) error {
	p.forget()
	return p.Resume(ctx)
}

// Send sends one message. On the HTTP fallback a claim repeats the token or code.
func (p *Phone) Send(ctx context.Context, m protocol.Message) error {
	said := remember(p.conn, func(r *protocol.Memory) protocol.Message { return r.Say(m, p.noSocket) })
	return p.conn.Send(ctx, said)
}

// SendPreview sends one preview, with the nonce of the newest challenge. Send the next
// one after its frame-result has arrived.
func (p *Phone) SendPreview(ctx context.Context, step string, seq uint32, jpeg []byte) error {
	return p.sendFrames(ctx, remember(p.conn, func(m *protocol.Memory) protocol.Frame {
		return m.Preview(step, seq, jpeg)
	}))
}

// SendStill sends a still in parts of at most partSize bytes (0 means in one part),
// without the part numbers in skip.
func (p *Phone) SendStill(ctx context.Context, still protocol.Frame, partSize int, skip map[int]bool) error {
	return p.sendFrames(ctx, remember(p.conn, func(m *protocol.Memory) []protocol.Frame {
		return m.Still(still, partSize, skip)
	})...)
}
