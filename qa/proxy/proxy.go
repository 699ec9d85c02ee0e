// Package proxy stands between clients and a server of the wire and shows every
// message that passes to a hook, which may change it, hold it back or end the
// connection: to record a session, to judge a client, or to lie.
package proxy

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"

	"visavis/protocol"
)

// The kinds of a Passing.
const (
	Opened = "open"   // a socket was asked for
	Text   = "text"   // a text message
	Binary = "binary" // a binary message
	Closed = "close"  // a socket ended, with Code
)

// Passing is one thing that passes on a connection.
type Passing struct {
	At   time.Time
	Conn int64  // number of the socket; 0 over HTTP
	Role string // "desktop" or "phone"
	Kind string
	// ToServer tells what a client sends from what the server answers. Of an end: the
	// client began it.
	ToServer bool
	Data     []byte             // of messages; a hook may replace it
	Code     protocol.CloseCode // of an end; 0 when it broke
	Request  *http.Request      // of Opened; nil otherwise

	// What a hook decides; nothing passes on unchanged.
	Drop   bool               // it is not passed on
	After  [][]byte           // text messages that follow it, the same way
	Twice  bool               // it is passed on two times
	Delay  time.Duration      // it is held back for so long, and what follows it
	Close  protocol.CloseCode // then both sockets are closed with this code
	Broken bool               // then both are lost without a word
}

// Hook sees what passes. Calls of one connection and direction come in order, those
// of others at the same time.
type Hook func(p *Passing)

// Proxy is a handler in front of a server. Make it with New.
type Proxy struct {
	upstream *url.URL
	client   *http.Client
	hook     Hook
	plain    *httputil.ReverseProxy
	count    atomic.Int64
}

// New makes a proxy in front of a server, whose certificate is not looked at: it is
// one's own.
func New(upstream string, hook Hook) (*Proxy, error) {
	to, err := url.Parse(upstream)
	if err != nil || to.Host == "" {
		return nil, fmt.Errorf("proxy: server %q: want https://host[:port]", upstream)
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}} //nolint:gosec // one's own server
	p := &Proxy{upstream: to, client: &http.Client{Transport: transport}, hook: hook}
	p.plain = &httputil.ReverseProxy{
		Transport: transport, FlushInterval: -1,
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(to)
			r.Out.Header.Set("Origin", upstream)
		},
		ModifyResponse: p.answered,
	}
	return p, nil
}

// ServeHTTP passes a request on.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if role, ok := strings.CutPrefix(r.URL.Path, "/ws/"); ok {
		p.socket(w, r, role)
		return
	}
	if role, ok := strings.CutPrefix(r.URL.Path, "/api/"); ok && r.Method == http.MethodPost &&
		(role == "phone" || role == "desktop") {
		body, err := io.ReadAll(io.LimitReader(r.Body, 4<<20))
		if err != nil {
			http.Error(w, "body ended early", http.StatusBadRequest)
			return
		}
		kind := Text
		if strings.HasPrefix(r.Header.Get("Content-Type"), "application/octet-stream") {
			kind = Binary
		}
		p.hook(&Passing{At: time.Now(), Role: role, Kind: kind, ToServer: true, Data: body})
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	}
	p.plain.ServeHTTP(w, r)
}

// answered shows the messages of an answer to a POST.
func (p *Proxy) answered(answer *http.Response) error {
	role, ok := strings.CutPrefix(answer.Request.URL.Path, p.upstream.Path+"/api/")
	if !ok || answer.Request.Method != http.MethodPost || role != "phone" && role != "desktop" {
		return nil
	}
	body, err := io.ReadAll(io.LimitReader(answer.Body, 4<<20))
	if err != nil {
		return err
	}
	answer.Body = io.NopCloser(bytes.NewReader(body))
	var said protocol.Answers
	if json.Unmarshal(body, &said) != nil {
		return nil //nolint:nilerr // not the wire's: passed on as it is
	}
	for _, m := range said.Messages {
		p.hook(&Passing{At: time.Now(), Role: role, Kind: Text, Data: m})
	}
	return nil
}

// socket passes both ways until one side ends.
func (p *Proxy) socket(w http.ResponseWriter, r *http.Request, role string) {
	conn := p.count.Add(1)
	p.hook(&Passing{At: time.Now(), Conn: conn, Role: role, Kind: Opened, ToServer: true, Request: r})
	header := http.Header{"Origin": {p.upstream.Scheme + "://" + p.upstream.Host}}
	for _, name := range []string{"Cookie", "User-Agent"} {
		if v := r.Header.Get(name); v != "" {
			header.Set(name, v)
		}
	}
	var offered []string
	for _, list := range r.Header.Values("Sec-WebSocket-Protocol") {
		for one := range strings.SplitSeq(list, ",") {
			offered = append(offered, strings.TrimSpace(one))
		}
	}
	to := *p.upstream
	to.Scheme = map[string]string{"https": "wss", "http": "ws"}[to.Scheme]
	to.Path = r.URL.Path
	server, refused, err := websocket.Dial(r.Context(), to.String(), &websocket.DialOptions{
		HTTPClient: p.client, HTTPHeader: header, Subprotocols: offered})
	if err != nil {
		status := http.StatusBadGateway
		if refused != nil && refused.StatusCode >= 400 {
			status = refused.StatusCode
		}
		http.Error(w, "the server refused the socket", status)
		return
	}
	defer server.CloseNow()
	client, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: offered, InsecureSkipVerify: true})
	if err != nil {
		return
	}
	defer client.CloseNow()
	client.SetReadLimit(4 << 20)
	server.SetReadLimit(4 << 20)
	l := &line{proxy: p, conn: conn, role: role, client: client, server: server}
	done := make(chan struct{})
	go func() { // ends with either socket
		defer close(done)
		l.pass(r.Context(), client, server, true)
	}()
	l.pass(r.Context(), server, client, false)
	<-done
}

// line is one socket with its counterpart.
type line struct {
	proxy          *Proxy
	conn           int64
	role           string
	client, server *websocket.Conn
}

// pass passes one way.
func (l *line) pass(ctx context.Context, from, to *websocket.Conn, toServer bool) {
	for {
		kind, data, err := from.Read(ctx)
		passing := &Passing{At: time.Now(), Conn: l.conn, Role: l.role, ToServer: toServer, Data: data, Kind: Text}
		if kind == websocket.MessageBinary {
			passing.Kind = Binary
		}
		if err != nil {
			passing.Kind = Closed
			if code := websocket.CloseStatus(err); code != -1 {
				passing.Code = protocol.CloseCode(code)
			}
		}
		l.proxy.hook(passing)
		if err != nil {
			l.end(to, err, passing)
			return
		}
		if !l.forward(ctx, to, kind, passing) {
			return
		}
	}
}

// forward does with a message what the hook decided; false when that was the end.
func (l *line) forward(ctx context.Context, to *websocket.Conn, kind websocket.MessageType, p *Passing) bool {
	if p.Delay > 0 {
		select {
		case <-time.After(p.Delay):
		case <-ctx.Done():
			return false
		}
	}
	times := map[bool]int{false: 1, true: 2}[p.Twice]
	if p.Drop {
		times = 0
	}
	for range times {
		if to.Write(ctx, kind, p.Data) != nil {
			return false
		}
	}
	for _, text := range p.After {
		if to.Write(ctx, websocket.MessageText, text) != nil {
			return false
		}
	}
	switch {
	case p.Broken:
		l.client.CloseNow()
		l.server.CloseNow()
		return false
	case p.Close != 0:
		_ = l.client.Close(websocket.StatusCode(p.Close), "") // the peer may be gone
		l.server.CloseNow()
		return false
	}
	return true
}

// end hands an end on.
func (l *line) end(to *websocket.Conn, err error, p *Passing) {
	if p.Drop {
		return
	}
	if closed, ok := errors.AsType[websocket.CloseError](err); ok {
		code := closed.Code
		if p.Code != 0 {
			code = websocket.StatusCode(p.Code) // a hook may have another
		}
		_ = to.Close(code, closed.Reason) // the peer may be gone
		return
	}
	to.CloseNow()
}
