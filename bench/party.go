package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/coder/websocket"

	"visavis/devicekey"
	"visavis/protocol"
)

// party is one end of a socket.
type party struct {
	conn *websocket.Conn
	key  *ecdsa.PrivateKey // signs its frames, as a browser's; nil: none
}

// web trusts any certificate: the measured processes are this program's own.
var web = &http.Client{Transport: &http.Transport{
	TLSClientConfig: &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS12}, //nolint:gosec // loopback alone
}}

func dial(ctx context.Context, url, path, cookie string) (*party, error) {
	header := http.Header{}
	if cookie != "" {
		header.Set("Cookie", cookie)
	}
	conn, _, err := websocket.Dial(ctx, url+path, &websocket.DialOptions{
		HTTPClient: web, Subprotocols: []string{protocol.Subprotocol}, HTTPHeader: header,
	})
	if err != nil {
		return nil, err
	}
	conn.SetReadLimit(1 << 20)
	return &party{conn: conn}, nil
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
	_, err := p.reads(ctx, take)
	return err
}

// reads is until, and returns the size of the message that was waited for.
func (p *party) reads(ctx context.Context, take func(protocol.Message) bool) (size int, err error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	for {
		_, b, err := p.conn.Read(ctx)
		if err != nil {
			return 0, err
		}
		m, err := protocol.Decode(b)
		if err != nil {
			return 0, err
		}
		if e, ok := m.(protocol.Error); ok {
			return 0, fmt.Errorf("error %s: %s", e.Code, e.Text)
		}
		if take(m) {
			return len(b), nil
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
func pair(ctx context.Context, url string) (desktop, phone *party, err error) {
	return pairAcross(ctx, url, url)
}

// pairAcross is pair with the phone at another instance.
func pairAcross(ctx context.Context, url, phoneURL string) (desktop, phone *party, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/api/sessions", strings.NewReader(`{}`))
	if err != nil {
		return nil, nil, err
	}
	res, err := web.Do(req)
	if err != nil {
		return nil, nil, err
	}
	defer res.Body.Close()
	if len(res.Cookies()) == 0 {
		return nil, nil, fmt.Errorf("open session: status %d", res.StatusCode)
	}
	cookie := res.Cookies()[0]
	if desktop, err = dial(ctx, url, "/ws/desktop", cookie.Name+"="+cookie.Value); err != nil {
		return nil, nil, err
	}
	if phone, err = dial(ctx, phoneURL, "/ws/phone", ""); err != nil {
		return nil, nil, err
	}
	return desktop, phone, join(ctx, desktop, phone)
}

// claim makes the phone's key, and the claim that brings it.
func (p *party) claim() (c protocol.Claim, err error) {
	if p.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		return c, err
	}
	if c.SigningKey, err = devicekey.Text(&p.key.PublicKey); err != nil {
		return c, err
	}
	proof, err := devicekey.Prove(p.key, devicekey.Claim, 1)
	c.Proof = &protocol.Proof{Count: proof.Count, Signature: base64.RawURLEncoding.EncodeToString(proof.Signature)}
	return c, err
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
	claim, err := phone.claim()
	if err != nil {
		return err
	}
	for _, m := range []protocol.Message{protocol.Hello{Token: token}, claim} {
		if err := phone.send(ctx, m); err != nil {
			return err
		}
	}
	var shown string
	err = desktop.until(ctx, func(m protocol.Message) bool {
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
