package client

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"visavis/protocol"
)

// Phone is a phone page without a camera.
type Phone struct {
	web  *web
	box  *mailbox
	live transport // owned by Open, Drop, Resume and Close

	stopBeat context.CancelFunc // nil when none beats
	beating  sync.WaitGroup

	token, typed string

	mu     sync.Mutex
	secret string
	rev    int64
	nonce  string // of the newest challenge
	// Said again after a return; nil before it was first said.
	started *protocol.Start
	still   *sentStill
}

// sentStill is the newest still, with all its parts.
type sentStill struct {
	frame    protocol.Frame
	partSize int
}

// NewPhone makes a phone that follows the link of a QR, or has typed a code of eight
// letters. It sends nothing yet. With a link, the link's origin replaces Config.Server.
func NewPhone(cfg Config, linkOrCode string) (*Phone, error) {
	p := &Phone{typed: linkOrCode, secret: cfg.Device}
	if strings.Contains(linkOrCode, "://") {
		link, err := url.Parse(linkOrCode)
		if err != nil || link.Fragment == "" {
			return nil, fmt.Errorf("link of a QR: want an address with the token after #")
		}
		p.typed, p.token = "", link.Fragment
		cfg.Server = link.Scheme + "://" + link.Host
	}
	w, err := newWeb(cfg)
	if err != nil {
		return nil, err
	}
	w.http.Jar = nil // a phone's endpoints know no cookies
	p.web = w
	p.box = newMailbox(p.note)
	return p, nil
}

func (p *Phone) note(m protocol.Message) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch m := m.(type) {
	case protocol.Challenge:
		p.nonce = m.Nonce
		if m.Done {
			p.nonce = ""
		}
	case protocol.Progress:
		p.rev = max(p.rev, m.Rev)
	case protocol.Welcome:
		if m.DeviceSecret != "" {
			p.secret = m.DeviceSecret
		}
		if m.Progress != nil {
			p.rev = max(p.rev, m.Progress.Rev)
		}
	}
}

// Claimed reports whether the phone holds a device secret, with which it can return.
func (p *Phone) Claimed() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.secret != ""
}

// Open connects and says hello: with the device secret if there is one, otherwise with
// the token or typed code.
func (p *Phone) Open(ctx context.Context) error {
	p.Drop()
	live, err := p.web.dial(ctx, "/ws/phone", phoneWay{p.web, p.header}, p.box)
	if err != nil {
		return err
	}
	p.live = live
	if p.web.cfg.NoHello {
		return nil
	}
	p.mu.Lock()
	hello := protocol.Hello{DeviceSecret: p.secret, Rev: p.rev, Language: p.web.cfg.Language}
	p.mu.Unlock()
	if hello.DeviceSecret == "" {
		hello.Token, hello.Code = p.token, p.typed
	}
	if err := p.Send(ctx, hello); err != nil {
		return err
	}
	p.startBeat(live)
	return nil
}

// Resume reconnects after Drop, a close or a reload. It is the same as Open.
func (p *Phone) Resume(ctx context.Context) error { return p.Open(ctx) }

// Reload does what a reload of the page does: it drops the connection, forgets everything
// but the device secret, and reconnects with that.
func (p *Phone) Reload(ctx context.Context) error {
	p.Drop()
	p.mu.Lock()
	p.rev, p.nonce, p.started, p.still = 0, "", nil, nil
	p.mu.Unlock()
	return p.Open(ctx)
}

// SendRaw sends data unchanged, as one text or one binary message.
func (p *Phone) SendRaw(ctx context.Context, binary bool, data []byte) error {
	return sendRaw(ctx, p.live, binary, data)
}

// header returns the headers that the HTTP fallback adds.
func (p *Phone) header() http.Header {
	p.mu.Lock()
	defer p.mu.Unlock()
	h := http.Header{"Visavis-Rev": {strconv.FormatInt(p.rev, 10)}}
	if p.secret != "" {
		h.Set("Visavis-Device", p.secret)
	}
	return h
}

// startBeat starts the heartbeat.
func (p *Phone) startBeat(live transport) {
	every := p.web.cfg.BeatEvery
	if every < 0 {
		return
	}
	if every == 0 {
		every = beatEvery
	}
	ctx, cancel := context.WithCancel(context.Background())
	p.stopBeat = cancel
	p.beating.Go(func() {
		tick := time.NewTicker(every)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				if !p.Claimed() {
					continue
				}
				if err := send(ctx, live, protocol.Beat{}); err != nil {
					return // the reader tells how the connection ended
				}
			case <-ctx.Done():
				return
			}
		}
	})
}

// Next waits for the next event.
func (p *Phone) Next(ctx context.Context) (Event, error) { return p.box.next(ctx) }

// Send sends one message. On the HTTP fallback a claim repeats the token or code.
func (p *Phone) Send(ctx context.Context, m protocol.Message) error {
	if claim, ok := m.(protocol.Claim); ok && p.web.noSocket {
		claim.Token, claim.Code = p.token, p.typed
		m = claim
	}
	if start, ok := m.(protocol.Start); ok {
		p.mu.Lock()
		p.started = &start
		p.mu.Unlock()
	}
	return send(ctx, p.live, m)
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
	p.mu.Lock()
	p.still = &sentStill{still, partSize}
	p.mu.Unlock()
	if partSize <= 0 || partSize > len(still.Data) {
		partSize = max(1, len(still.Data))
	}
	parts := (len(still.Data) + partSize - 1) / partSize
	whole := still.Data
	still.Kind, still.Parts = protocol.Still, max(1, parts)
	for i := range still.Parts {
		if skip[i] {
			continue
		}
		still.Part = i
		still.Data = whole[min(len(whole), i*partSize):min(len(whole), (i+1)*partSize)]
		if err := p.sendFrame(ctx, still); err != nil {
			return fmt.Errorf("part %d of %d: %w", i+1, still.Parts, err)
		}
	}
	return nil
}

// sendFrame sends one binary message.
func (p *Phone) sendFrame(ctx context.Context, f protocol.Frame) error {
	data, err := protocol.PackFrame(f)
	if err != nil {
		return err
	}
	if p.live == nil {
		return fmt.Errorf("send frame: %w", ErrClosed)
	}
	return p.live.sendBinary(ctx, data)
}

// Drop closes the connection abruptly, without a close frame.
func (p *Phone) Drop() { p.end(transport.drop) }

// Close closes the connection in good order. The session lives on.
func (p *Phone) Close() {
	p.end(transport.bye)
	p.web.close()
}

func (p *Phone) end(how func(transport)) {
	if p.live == nil {
		return
	}
	p.stopBeating()
	how(p.live)
	p.live = nil
}

func (p *Phone) stopBeating() {
	if p.stopBeat == nil {
		return
	}
	p.stopBeat()
	p.stopBeat = nil
	p.beating.Wait()
}
