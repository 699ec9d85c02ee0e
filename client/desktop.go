package client

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"visavis/protocol"
)

// Desktop is a desktop page without a screen.
type Desktop struct {
	conn

	// Reference is the session's six-character id. Empty when an enrolment is followed.
	Reference string
	follows   string // the id of the enrolment that is followed instead of a session, or empty
	pairing   protocol.Pairing
}

// OpenDesktop opens a session, or finds that of the cookie, connects and says hello. The
// first events are welcome and pairing. It returns an *HTTPError if the server refuses
// the session.
func OpenDesktop(ctx context.Context, cfg Config) (*Desktop, error) {
	d, err := newDesktop(cfg, "")
	if err != nil {
		return nil, err
	}
	if err := d.Refresh(ctx); err != nil {
		return nil, err
	}
	return d, nil
}

// Follow connects as the page of cfg.Enrolment does: by the cookies of a login, without a
// session. The first events are welcome and enrolment.
func Follow(ctx context.Context, cfg Config) (*Desktop, error) {
	d, err := newDesktop(cfg, cfg.Enrolment)
	if err != nil {
		return nil, err
	}
	if err := d.Resume(ctx); err != nil {
		return nil, err
	}
	return d, nil
}

func newDesktop(cfg Config, follows string) (*Desktop, error) {
	w, err := newWeb(cfg)
	if err != nil {
		return nil, err
	}
	d := &Desktop{follows: follows}
	d.conn = conn{
		web: w, name: "desktop", fresh: make(chan struct{}),
		hello: func() protocol.Hello { return protocol.Hello{Enrolment: follows} },
		note: func(m protocol.Message) {
			if p, ok := m.(protocol.Pairing); ok {
				d.pairing = p
			}
		},
		again:   func(context.Context, protocol.Welcome) {},
		headers: func(h http.Header) { h.Set("Visavis-Rev", strconv.FormatInt(d.rev, 10)) },
		stream:  d.followed,
	}
	return d, nil
}

// followed is what the event stream asks for: what is followed, and the last rev known.
func (d *Desktop) followed() url.Values {
	if d.follows != "" {
		return url.Values{"enrolment": {d.follows}, "language": {d.cfg.Language}}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return url.Values{"since": {strconv.FormatInt(d.rev, 10)}, "tab": {d.tab}}
}

// session sends the POST that sets the cookie.
func (d *Desktop) session(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	wish, err := json.Marshal(map[string]string{"language": d.cfg.Language, "enrolment": d.cfg.Enrolment})
	if err != nil {
		return fmt.Errorf("open session: %w", err)
	}
	h := http.Header{"Content-Type": {"application/json"}}
	body, err := d.request(ctx, http.MethodPost, "/api/sessions", nil, h, wish)
	if err != nil {
		return fmt.Errorf("open session: %w", err)
	}
	defer body.Close()
	var opened struct {
		Reference string `json:"reference"`
	}
	if err := json.NewDecoder(body).Decode(&opened); err != nil {
		return fmt.Errorf("open session: %w", err)
	}
	d.Reference = opened.Reference
	return nil
}

// Pairing returns the newest pairing that arrived. Its URL is empty before the first.
func (d *Desktop) Pairing() protocol.Pairing {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.pairing
}

// Refresh does what a reload of the page does: it drops the connection, forgets
// everything but the cookie, opens the session again and connects.
func (d *Desktop) Refresh(ctx context.Context) error {
	d.Drop()
	d.mu.Lock()
	d.rev, d.pairing = 0, protocol.Pairing{}
	d.mu.Unlock()
	d.tab = rand.Text() // it keeps its name over a Resume, as a page does
	if err := d.session(ctx); err != nil {
		return err
	}
	return d.Resume(ctx)
}

// Cookies returns the cookies of the session and of the login, for another tab.
func (d *Desktop) Cookies() []*http.Cookie {
	at := *d.server
	at.Scheme = "https" // as the jar keeps them
	return d.http.Jar.Cookies(&at)
}
