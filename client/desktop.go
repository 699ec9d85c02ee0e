package client

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"

	"visavis/protocol"
)

// Desktop is a desktop page without a screen.
type Desktop struct {
	web  *web
	box  *mailbox
	way  desktopWay
	live transport // owned by Open, Drop, Resume and Close

	// Reference is the session's six-character id. Empty when an enrolment is followed.
	Reference string
	// follows is the id of the enrolment that is followed instead of a session, or empty.
	follows string

	mu      sync.Mutex
	rev     int64
	pairing protocol.Pairing
}

// OpenDesktop opens a session, or finds that of the cookie, connects and says hello. The
// first events are welcome and pairing. It returns an *HTTPError if the server refuses
// the session.
func OpenDesktop(ctx context.Context, cfg Config) (*Desktop, error) {
	w, err := newWeb(cfg)
	if err != nil {
		return nil, err
	}
	d := &Desktop{web: w}
	d.way = desktopWay{web: w, tab: newTab(), rev: d.lastRev}
	d.box = newMailbox(d.note)
	if err := d.session(ctx); err != nil {
		return nil, err
	}
	if err := d.Resume(ctx); err != nil {
		return nil, err
	}
	return d, nil
}

// Follow connects as the page of cfg.Enrolment does: by the cookies of a login, without a
// session. The first events are welcome and enrolment.
func Follow(ctx context.Context, cfg Config) (*Desktop, error) {
	w, err := newWeb(cfg)
	if err != nil {
		return nil, err
	}
	d := &Desktop{web: w, follows: cfg.Enrolment}
	d.way = desktopWay{web: w, follows: cfg.Enrolment, rev: d.lastRev}
	d.box = newMailbox(d.note)
	if err := d.Resume(ctx); err != nil {
		return nil, err
	}
	return d, nil
}

// session sends the POST that sets the cookie.
func (d *Desktop) session(ctx context.Context) error {
	body, err := json.Marshal(map[string]string{"language": d.web.cfg.Language, "enrolment": d.web.cfg.Enrolment})
	if err != nil {
		return fmt.Errorf("open session: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, d.web.server.JoinPath("/api/sessions").String(),
		bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("open session: %w", err)
	}
	request.Header = d.web.header()
	request.Header.Set("Content-Type", "application/json")
	answer, err := d.web.http.Do(request)
	if err != nil {
		return fmt.Errorf("open session: %w", err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("open session: %w", readHTTPError(answer))
	}
	var opened struct {
		Reference string `json:"reference"`
	}
	if err := json.NewDecoder(answer.Body).Decode(&opened); err != nil {
		return fmt.Errorf("open session: %w", err)
	}
	d.Reference = opened.Reference
	return nil
}

// note remembers the revs and the pairing of messages that arrive.
func (d *Desktop) note(m protocol.Message) {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch m := m.(type) {
	case protocol.Progress:
		d.rev = max(d.rev, m.Rev)
	case protocol.Welcome:
		if m.Progress != nil {
			d.rev = max(d.rev, m.Progress.Rev)
		}
	case protocol.Pairing:
		d.pairing = m
	case protocol.Enrolment:
		var view struct {
			Rev int64 `json:"rev"`
		}
		if json.Unmarshal(m.View, &view) == nil {
			d.rev = max(d.rev, view.Rev)
		}
	}
}

func (d *Desktop) lastRev() int64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.rev
}

// Pairing returns the newest pairing that arrived. Its URL is empty before the first.
func (d *Desktop) Pairing() protocol.Pairing {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.pairing
}

// Next waits for the next event.
func (d *Desktop) Next(ctx context.Context) (Event, error) { return d.box.next(ctx) }

// Send sends one message.
func (d *Desktop) Send(ctx context.Context, m protocol.Message) error {
	return send(ctx, d.live, m)
}

// Drop closes the connection abruptly, without a close frame.
func (d *Desktop) Drop() {
	if d.live != nil {
		d.live.drop()
		d.live = nil
	}
}

// Resume reconnects with the same cookie and says hello with the last rev, as a page does
// after a lost connection.
func (d *Desktop) Resume(ctx context.Context) error {
	d.Drop()
	live, err := d.web.dial(ctx, "/ws/desktop", d.way, d.box)
	if err != nil {
		return err
	}
	d.live = live
	return d.Send(ctx, protocol.Hello{Enrolment: d.follows, Rev: d.lastRev(), Language: d.web.cfg.Language})
}

// Refresh does what a reload of the page does: it drops the connection, forgets
// everything but the cookie, opens the session again and connects.
func (d *Desktop) Refresh(ctx context.Context) error {
	d.Drop()
	d.mu.Lock()
	d.rev, d.pairing = 0, protocol.Pairing{}
	d.mu.Unlock()
	d.way.tab = newTab()
	if err := d.session(ctx); err != nil {
		return err
	}
	return d.Resume(ctx)
}

// SendRaw sends data unchanged, as one text or one binary message.
func (d *Desktop) SendRaw(ctx context.Context, binary bool, data []byte) error {
	return sendRaw(ctx, d.live, binary, data)
}

// Cookies returns the cookies of the session and of the login, for another tab.
func (d *Desktop) Cookies() []*http.Cookie {
	at := *d.web.server
	at.Scheme = "https" // as the jar keeps them
	return d.web.http.Jar.Cookies(&at)
}

// Close closes the connection in good order. The session lives on.
func (d *Desktop) Close() {
	if d.live != nil {
		d.live.bye()
		d.live = nil
	}
	d.web.close()
}

// send encodes and sends m, or fails if the connection is not open.
func send(ctx context.Context, live transport, m protocol.Message) error {
	if live == nil {
		return fmt.Errorf("send %s: %w", m.MessageType(), ErrClosed)
	}
	data, err := protocol.Encode(m)
	if err != nil {
		return err
	}
	return live.sendText(ctx, data)
}

func sendRaw(ctx context.Context, live transport, binary bool, data []byte) error {
	switch {
	case live == nil:
		return fmt.Errorf("send: %w", ErrClosed)
	case binary:
		return live.sendBinary(ctx, data)
	}
	return live.sendText(ctx, data)
}
