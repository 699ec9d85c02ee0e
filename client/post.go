package client

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
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
	read := p.follow
	if c.cfg.Poll {
		read = p.poll
	}
	if c.role == "desktop" {
		p.listen.Go(func() {
			if err := read(ctx); ctx.Err() == nil {
				code, _ := p.refused(err)
				c.put(Event{Ended: true, Code: code, Err: fmt.Errorf("follow session: %w", err)})
			}
		})
	}
	return p
}

// state says what a desktop follows, and what it knows of it.
func (p *posted) state() url.Values {
	hello := remember(p.conn, (*protocol.Memory).Hello)
	if hello.Enrolment != "" {
		return url.Values{"enrolment": {hello.Enrolment}, "language": {hello.Language}}
	}
	return url.Values{"since": {strconv.FormatInt(hello.Rev, 10)}, "tab": {p.tab}}
}

// follow reads server-sent events. Each data line is one message.
func (p *posted) follow(ctx context.Context) error {
	h := http.Header{"Accept": {"text/event-stream"}}
	body, err := p.request(ctx, http.MethodGet, "/api/desktop/state", p.state(), h, nil)
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
	return cmp.Or(lines.Err(), io.EOF)
}

// poll asks for news until a request fails.
func (p *posted) poll(ctx context.Context) error {
	for tick := time.Tick(protocol.PollEvery); ; {
		h := http.Header{"Accept": {"application/json"}}
		if err := p.ask(ctx, http.MethodGet, "/api/desktop/state", p.state(), h, nil); err != nil {
			return err
		}
		select {
		case <-tick:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

func (p *posted) send(ctx context.Context, binary bool, data []byte) error {
	h := http.Header{"Content-Type": {"application/json"}}
	if binary {
		h.Set("Content-Type", "application/octet-stream")
	}
	p.mu.Lock()
	p.memory.Header(h)
	p.mu.Unlock()
	query := url.Values{}
	if p.tab != "" {
		query.Set("tab", p.tab)
	}
	err := p.ask(ctx, http.MethodPost, "/api/"+p.role, query, h, data)
	code, refused := p.refused(err)
	if !refused {
		return err
	}
	if code != 0 {
		p.put(Event{Ended: true, Code: code, Err: err})
	}
	return nil
}

// ask sends a request and takes the messages that answer it.
func (p *posted) ask(ctx context.Context, method, path string, query url.Values, h http.Header, data []byte) error {
	var answer protocol.Answers
	if err := p.call(ctx, method, path, query, h, data, &answer); err != nil {
		return err
	}
	for _, m := range answer.Messages {
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
