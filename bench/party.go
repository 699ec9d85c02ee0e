package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/coder/websocket"

	"visavis/protocol"
)

// party is one end of a socket.
type party struct{ conn *websocket.Conn }

func dial(ctx context.Context, addr, path, cookie string) (*party, error) {
	header := http.Header{}
	if cookie != "" {
		header.Set("Cookie", cookie)
	}
	conn, _, err := websocket.Dial(ctx, "http://"+addr+path, &websocket.DialOptions{
		Subprotocols: []string{protocol.Subprotocol}, HTTPHeader: header,
	})
	if err != nil {
		return nil, err
	}
	conn.SetReadLimit(1 << 20)
	return &party{conn}, nil
}

func (p *party) send(ctx context.Context, m protocol.Message) error {
	b, err := protocol.Encode(m)
	if err != nil {
		return err
	}
	return p.conn.Write(ctx, websocket.MessageText, b)
}

// until reads until take says that a message is the one waited for.
func (p *party) until(ctx context.Context, take func(protocol.Message) bool) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	for {
		_, b, err := p.conn.Read(ctx)
		if err != nil {
			return err
		}
		m, err := protocol.Decode(b)
		if err != nil {
			return err
		}
		if e, ok := m.(protocol.Error); ok {
			return fmt.Errorf("error %s: %s", e.Code, e.Text)
		}
		if take(m) {
			return nil
		}
	}
}

// is waits for a message of one type and keeps it.
func is[M protocol.Message](into *M) func(protocol.Message) bool {
	return func(m protocol.Message) bool {
		got, ok := m.(M)
		if ok {
			*into = got
		}
		return ok
	}
}

// pair opens a session and pairs a phone with it.
func pair(ctx context.Context, addr string) (desktop, phone *party, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+addr+"/api/sessions", strings.NewReader(`{}`))
	if err != nil {
		return nil, nil, err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, nil, err
	}
	defer res.Body.Close()
	if len(res.Cookies()) == 0 {
		return nil, nil, fmt.Errorf("open session: status %d", res.StatusCode)
	}
	cookie := res.Cookies()[0]
	if desktop, err = dial(ctx, addr, "/ws/desktop", cookie.Name+"="+cookie.Value); err != nil {
		return nil, nil, err
	}
	if phone, err = dial(ctx, addr, "/ws/phone", ""); err != nil {
		return nil, nil, err
	}
	return desktop, phone, join(ctx, desktop, phone)
}

func join(ctx context.Context, desktop, phone *party) error {
	if err := desktop.send(ctx, protocol.Hello{}); err != nil {
		return err
	}
	var code protocol.Pairing
	if err := desktop.until(ctx, is(&code)); err != nil {
		return err
	}
	_, token, _ := strings.Cut(code.URL, "#")
	for _, m := range []protocol.Message{protocol.Hello{Token: token}, protocol.Claim{}} {
		if err := phone.send(ctx, m); err != nil {
			return err
		}
	}
	var shown string
	err := desktop.until(ctx, func(m protocol.Message) bool {
		p, ok := m.(protocol.Progress)
		shown = p.Code
		return ok && p.State == protocol.StateComparing
	})
	if err != nil {
		return err
	}
	if err := phone.send(ctx, protocol.ChooseCode{Code: shown}); err != nil {
		return err
	}
	return phone.until(ctx, func(m protocol.Message) bool {
		p, ok := m.(protocol.Progress)
		return ok && p.State == protocol.StatePaired
	})
}
