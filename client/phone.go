package client

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"visavis/protocol"
)

// Phone is a phone page without a camera.
type Phone struct {
	conn

	token, typed string // one of them: the link's, or what was typed
	// With mu held.
	secret string // of the device, once it has claimed
	nonce  string // of the newest challenge
	// Said again after a return; nil before it was first said.
	started *protocol.Start
	still   []protocol.Frame // the parts of the newest one
}

// NewPhone makes a phone that follows the link of a QR, or has typed a code of eight
// letters. It sends nothing yet. With a link, the link's origin replaces Config.Server.
func NewPhone(cfg Config, linkOrCode string) (*Phone, error) {
	p := &Phone{typed: linkOrCode, secret: cfg.Device}
	if strings.Contains(linkOrCode, "://") {
		link, err := url.Parse(linkOrCode)
		if err != nil || link.Fragment == "" {
			return nil, errors.New("link of a QR: want an address with the token after #")
		}
		p.typed, p.token = "", link.Fragment
		cfg.Server = link.Scheme + "://" + link.Host
	}
	w, err := newWeb(cfg)
	if err != nil {
		return nil, err
	}
	w.http.Jar = nil // a phone's endpoints know no cookies
	p.conn = conn{
		web: w, name: "phone", fresh: make(chan struct{}), beat: cmp.Or(cfg.BeatEvery, beatEvery), ready: p.secret != "",
		hello: p.greeting, note: p.notice, again: p.repeat,
		headers: func(h http.Header) {
			h.Set("Visavis-Rev", strconv.FormatInt(p.rev, 10))
			if p.secret != "" {
				h.Set("Visavis-Device", p.secret)
			}
		},
	}
	return p, nil
}

// greeting names the phone: by the device secret if there is one, otherwise by the token or
// the typed code.
func (p *Phone) greeting() protocol.Hello {
	if p.secret != "" {
		return protocol.Hello{DeviceSecret: p.secret}
	}
	return protocol.Hello{Token: p.token, Code: p.typed}
}

func (p *Phone) notice(m protocol.Message) {
	switch m := m.(type) {
	case protocol.Challenge:
		p.nonce = m.Nonce
		if m.Done {
			p.nonce = ""
		}
	case protocol.Welcome:
		p.secret = cmp.Or(m.DeviceSecret, p.secret)
		p.ready = p.secret != ""
	}
}

// Claimed reports whether the phone holds a device secret, with which it can return.
func (p *Phone) Claimed() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.secret != ""
}

// Open connects and says hello. It is the same as Resume.
func (p *Phone) Open(ctx context.Context) error { return p.Resume(ctx) }

// Reload does what a reload of the page does: it drops the connection, forgets everything
// but the device secret, and reconnects with that.
func (p *Phone) Reload(ctx context.Context) error {
	p.Drop()
	p.mu.Lock()
	p.rev, p.nonce, p.started, p.still = 0, "", nil, nil
	p.mu.Unlock()
	return p.Resume(ctx)
}

// Send sends one message. On the HTTP fallback a claim repeats the token or code.
func (p *Phone) Send(ctx context.Context, m protocol.Message) error {
	switch said := m.(type) {
	case protocol.Claim:
		if p.noSocket {
			said.Token, said.Code = p.token, p.typed
			m = said
		}
	case protocol.Start:
		p.mu.Lock()
		p.started = &said
		p.mu.Unlock()
	}
	return p.conn.Send(ctx, m)
}

// SendPreview sends one preview, with the nonce of the newest challenge. Send the next
// one after its frame-result has arrived.
func (p *Phone) SendPreview(ctx context.Context, step string, seq uint32, jpeg []byte) error {
	p.mu.Lock()
	nonce := p.nonce
	p.mu.Unlock()
	return p.sendFrame(ctx, protocol.Frame{
		Kind: protocol.Preview, Step: step, Seq: seq, CapturedAt: time.Now(), Parts: 1, Nonce: nonce, Data: jpeg,
	})
}

// SendStill sends a still in parts of at most partSize bytes (0 means in one part),
// without the part numbers in skip.
func (p *Phone) SendStill(ctx context.Context, still protocol.Frame, partSize int, skip map[int]bool) error {
	parts := still.Split(partSize)
	p.mu.Lock()
	p.still = parts
	p.mu.Unlock()
	return p.sendParts(ctx, parts, skip)
}

func (p *Phone) sendParts(ctx context.Context, parts []protocol.Frame, skip map[int]bool) error {
	for i, part := range parts {
		if skip[i] {
			continue
		}
		if err := p.sendFrame(ctx, part); err != nil {
			return fmt.Errorf("part %d of %d: %w", i+1, len(parts), err)
		}
	}
	return nil
}

func (p *Phone) sendFrame(ctx context.Context, f protocol.Frame) error {
	data, err := protocol.PackFrame(f)
	if err != nil {
		return err
	}
	return p.SendRaw(ctx, true, data)
}

// repeat sends start again after the welcome to a return, and what the server lacks of the
// newest still. A failed send shows as the end of the connection.
func (p *Phone) repeat(ctx context.Context, w protocol.Welcome) {
	p.mu.Lock()
	start, still := p.started, p.still
	p.mu.Unlock()
	if start == nil || w.DeviceSecret != "" || p.Send(ctx, *start) != nil || w.Still == nil || len(still) == 0 {
		return
	}
	if w.Still.Seq == still[0].Seq && w.Still.Step == still[0].Step {
		there := map[int]bool{}
		for _, part := range w.Still.Received {
			there[part] = true
		}
		_ = p.sendParts(ctx, still, there)
	}
}
