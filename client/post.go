package client

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"visavis/protocol"
)

// posted is the HTTP fallback: each message is a POST with the answers in its body. What
// comes unasked, a desktop reads from an event stream or by polling, a phone as answers to
// its heartbeat.
type posted struct {
	*conn
	listen sync.WaitGroup
	cancel context.CancelFunc // of the stream
}

func (c *conn) openPosted() transport {
	ctx, cancel := context.WithCancel(context.Background())
	p := &posted{conn: c, cancel: cancel}
	if c.stream == nil {
		return p
	}
	p.listen.Go(func() {
		read := p.follow
		if c.cfg.Poll {
			read = p.poll
		}
		if err := read(ctx); ctx.Err() == nil {
			code, _ := p.refused(err)
			c.put(Event{Ended: true, Code: code, Err: err})
		}
	})
	return p
}

// follow reads server-sent events. Each data line is one message.
func (p *posted) follow(ctx context.Context) error {
	body, err := p.state(ctx, "text/event-stream")
	if err != nil {
		return err
	}
	defer body.Close()
	lines := bufio.NewScanner(body)
	lines.Buffer(nil, maxMessage)
	for lines.Scan() {
		if data, ok := strings.CutPrefix(lines.Text(), "data:"); ok {
			p.take([]byte(strings.TrimSpace(data)))
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("follow session: %w", err)
	}
	return io.EOF
}

// poll asks for news until a request fails.
func (p *posted) poll(ctx context.Context) error {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		body, err := p.state(ctx, "application/json")
		if err == nil {
			err = p.answers(body)
		}
		if err != nil {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// state requests the desktop's state. The caller closes the body.
func (p *posted) state(ctx context.Context, accept string) (io.ReadCloser, error) {
	h := http.Header{"Accept": {accept}}
	body, err := p.request(ctx, http.MethodGet, "/api/"+p.name+"/state", p.stream(), h, nil)
	if err != nil {
		return nil, fmt.Errorf("follow session: %w", err)
	}
	return body, nil
}

func (p *posted) send(ctx context.Context, binary bool, data []byte) error {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	h := http.Header{"Content-Type": {"application/json"}}
	if binary {
		h.Set("Content-Type", "application/octet-stream")
	}
	p.mu.Lock()
	p.headers(h)
	p.mu.Unlock()
	var query url.Values
	if p.stream != nil {
		query = url.Values{"tab": {p.tab}}
	}
	body, err := p.request(ctx, http.MethodPost, "/api/"+p.name, query, h, data)
	if err == nil {
		return p.answers(body)
	}
	code, ok := p.refused(err)
	if !ok {
		return fmt.Errorf("send: %w", err)
	}
	if code != 0 {
		p.put(Event{Ended: true, Code: code, Err: err})
	}
	return nil
}

// answers takes the messages of a response, and closes it.
func (p *posted) answers(from io.ReadCloser) error {
	defer from.Close()
	var body protocol.Answers
	if err := json.NewDecoder(io.LimitReader(from, 4*maxMessage)).Decode(&body); err != nil {
		return fmt.Errorf("answers: %w", err)
	}
	for _, m := range body.Messages {
		p.take(m)
	}
	return nil
}

// take takes a message, and the end that it tells of.
func (p *posted) take(data []byte) {
	if code := protocol.EndOf(p.arrived(data)); code != 0 {
		p.put(Event{Ended: true, Code: code})
	}
}

// refused turns the server's refusal into the error that a socket would have brought, and
// returns the close code that would have followed, 0 for none. ok is false for other errors.
func (p *posted) refused(err error) (code protocol.CloseCode, ok bool) {
	refusal, ok := errors.AsType[*HTTPError](err)
	if !ok || refusal.Answer.Code == "" {
		return 0, false
	}
	p.put(Event{Message: refusal.Answer})
	return refusal.Answer.End(), true
}

func (p *posted) end(bool) {
	p.cancel()
	p.listen.Wait()
}
