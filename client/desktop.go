package client

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"

	"visavis/protocol"
)

// Desktop is a desktop page without a screen.
type Desktop struct {
	*conn

	// Reference is the session's six-character id. Empty when an enrolment is followed.
	Reference string
}

// OpenDesktop opens a session, or finds that of the cookie, connects and says hello. The
// first events are welcome and pairing. It returns an *HTTPError if the server refuses
// the session.
func OpenDesktop(ctx context.Context, cfg Config) (*Desktop, error) {
	c, err := newConn(cfg, "desktop", protocol.Memory{})
	if err != nil {
		return nil, err
	}
	d := &Desktop{conn: c}
	if err := d.Refresh(ctx); err != nil {
		return nil, err
	}
	return d, nil
}

// Follow connects as the page of cfg.Enrolment does: by the cookies of a login, without a
// session. The first events are welcome and enrolment.
func Follow(ctx context.Context, cfg Config) (*Desktop, error) {
	c, err := newConn(cfg, "desktop", protocol.Memory{Enrolment: cfg.Enrolment})
	if err != nil {
		return nil, err
	}
	if err := c.Resume(ctx); err != nil {
		return nil, err
	}
	return &Desktop{conn: c}, nil
}

// Pairing returns the newest pairing that arrived. Its URL is empty before the first.
func (d *Desktop) Pairing() protocol.Pairing {
	return remember(d.conn, func(m *protocol.Memory) protocol.Pairing { return m.Pairing })
}

// Refresh does what a reload of the page does: it drops the connection, forgets
// everything but the cookie, opens the session again and connects.
func (d *Desktop) Refresh(ctx context.Context) error {
	d.forget()
	d.tab = rand.Text() // it keeps its name over a Resume, as a page does
	var opened protocol.Opened
	wish, err := json.Marshal(protocol.OpenSession{Language: d.cfg.Language, Enrolment: d.cfg.Enrolment})
	if err == nil {
		h := http.Header{"Content-Type": {"application/json"}}
		err = d.call(ctx, http.MethodPost, "/api/sessions", nil, h, wish, &opened) // sets the cookie
	}
	if err != nil {
		return fmt.Errorf("open session: %w", err)
	}
	d.Reference = opened.Reference
	return d.Resume(ctx)
}

// forget drops the connection and what the page remembers.
func (c *conn) forget() {
	c.Drop()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.memory.Forget()
}

// Cookies returns the cookies of the session and of the login, for another tab.
func (d *Desktop) Cookies() []*http.Cookie {
	at := *d.server
	at.Scheme = "https" // as the jar keeps them
	return d.http.Jar.Cookies(&at)
}
