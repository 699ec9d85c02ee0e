package client

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
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

// fallback is the HTTP fallback of one role.
type fallback interface {
	open(box *mailbox) transport
}

// posted sends each message as a POST and reads the answers from the response body.
type posted struct {
	web    *web
	box    *mailbox
	path   string
	query  url.Values
	header func() http.Header // headers that the role adds

	listen sync.WaitGroup
	cancel context.CancelFunc // of the stream; nil if there is none
}

// phoneWay is the HTTP fallback of a phone, which polls by its heartbeat.
type phoneWay struct {
	web    *web
	header func() http.Header
}

func (w phoneWay) open(box *mailbox) transport {
	return &posted{web: w.web, box: box, path: "/api/phone", header: w.header}
}

// desktopWay is the HTTP fallback of a desktop: an event stream, and POSTs. The tab keeps
// its name over a Resume, as a page does.
type desktopWay struct {
	web     *web
	tab     string
	follows string // the enrolment followed instead of a session, or empty
	rev     func() int64
}

func newTab() string { return rand.Text() }

func (w desktopWay) open(box *mailbox) transport {
	ctx, cancel := context.WithCancel(context.Background())
	p := &posted{
		web: w.web, box: box, path: "/api/desktop", query: url.Values{"tab": {w.tab}},
		header: func() http.Header { return http.Header{"Visavis-Rev": {strconv.FormatInt(w.rev(), 10)}} },
		cancel: cancel,
	}
	p.listen.Go(func() {
		read := p.stream
		if w.web.cfg.Poll {
			read = func(ctx context.Context, _ url.Values) error { return p.poll(ctx, w.query) }
		}
		err := read(ctx, w.query())
		if ctx.Err() == nil {
			p.ended(err)
		}
	})
	return p
}

// query returns the parameters: what is followed, and the last rev known.
func (w desktopWay) query() url.Values {
	if w.follows != "" {
		return url.Values{"enrolment": {w.follows}, "language": {w.web.cfg.Language}}
	}
	return url.Values{"since": {strconv.FormatInt(w.rev(), 10)}, "tab": {w.tab}}
}

// stream reads server-sent events. Each data line is one message.
func (p *posted) stream(ctx context.Context, query url.Values) error {
	answer, err := p.state(ctx, query, "text/event-stream")
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	lines := bufio.NewScanner(answer.Body)
	lines.Buffer(nil, maxMessage)
	for lines.Scan() {
		if data, ok := strings.CutPrefix(lines.Text(), "data:"); ok {
			p.arrived([]byte(strings.TrimSpace(data)))
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("follow session: %w", err)
	}
	return io.EOF
}

// pollEvery is the interval of a desktop's polls where streams are buffered.
const pollEvery = 2 * time.Second

// poll asks for news until a request fails.
func (p *posted) poll(ctx context.Context, query func() url.Values) error {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		answer, err := p.state(ctx, query(), "application/json")
		if err != nil {
			return err
		}
		err = p.answers(answer)
		answer.Body.Close()
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

// state requests the desktop's state. The caller closes the response body.
func (p *posted) state(ctx context.Context, query url.Values, accept string) (*http.Response, error) {
	target := p.web.server.JoinPath("/api/desktop/state")
	target.RawQuery = query.Encode()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, target.String(), nil)
	if err != nil {
		return nil, fmt.Errorf("follow session: %w", err)
	}
	request.Header = p.web.header()
	request.Header.Set("Accept", accept)
	answer, err := p.web.http.Do(request)
	if err != nil {
		return nil, fmt.Errorf("follow session: %w", err)
	}
	if answer.StatusCode != http.StatusOK {
		defer answer.Body.Close()
		return nil, fmt.Errorf("follow session: %w", readHTTPError(answer))
	}
	return answer, nil
}

// answers reads the messages of a response.
func (p *posted) answers(answer *http.Response) error {
	var body protocol.Answers
	if err := json.NewDecoder(io.LimitReader(answer.Body, 4*maxMessage)).Decode(&body); err != nil {
		return fmt.Errorf("answers: %w", err)
	}
	for _, m := range body.Messages {
		p.arrived(m)
	}
	return nil
}

func (p *posted) arrived(data []byte) {
	m, err := protocol.Decode(data)
	if err != nil {
		m = protocol.Error{Code: protocol.CodeUnknownType, Text: "from the server: " + err.Error()}
	}
	p.box.put(Event{At: time.Now(), Message: m})
	if code := over(m); code != 0 {
		p.box.put(Event{At: time.Now(), Ended: true, Code: code})
	}
}

// over returns the close code of a session that has ended, which over HTTP is visible
// only in its progress, or 0 if it goes on.
func over(m protocol.Message) protocol.CloseCode {
	var shown *protocol.Progress
	switch m := m.(type) {
	case protocol.Progress:
		shown = &m
	case protocol.Welcome:
		shown = m.Progress
	}
	if shown == nil {
		return 0
	}
	return map[string]protocol.CloseCode{protocol.StateDone: 1000, protocol.StateEnded: protocol.CloseEnded}[shown.State]
}

func (p *posted) sendText(ctx context.Context, data []byte) error {
	return p.post(ctx, "application/json", data)
}

func (p *posted) sendBinary(ctx context.Context, data []byte) error {
	return p.post(ctx, "application/octet-stream", data)
}

func (p *posted) post(ctx context.Context, kind string, data []byte) error {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	target := p.web.server.JoinPath(p.path)
	target.RawQuery = p.query.Encode()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, target.String(), bytes.NewReader(data))
	if err != nil {
		return fmt.Errorf("send: %w", err)
	}
	request.Header = p.web.header()
	request.Header.Set("Content-Type", kind)
	for name, values := range p.header() {
		request.Header[http.CanonicalHeaderKey(name)] = values
	}
	answer, err := p.web.http.Do(request)
	if err != nil {
		return fmt.Errorf("send: %w", err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return p.refused(readHTTPError(answer))
	}
	return p.answers(answer)
}

// ended reports the end of the stream. A refusal on connect becomes the error that the
// socket would have brought.
func (p *posted) ended(err error) {
	if refused, ok := errors.AsType[*HTTPError](err); ok && refused.Answer.Code != "" {
		p.box.put(Event{At: time.Now(), Message: refused.Answer})
		p.box.put(Event{At: time.Now(), Ended: true, Code: finalCode(refused.Answer.Code), Err: err})
		return
	}
	p.box.put(Event{At: time.Now(), Ended: true, Err: err})
}

// finalCode returns the close code that follows an error after which nothing can come, or
// 0.
func finalCode(code string) protocol.CloseCode {
	return map[string]protocol.CloseCode{
		protocol.CodeInvalidToken:   protocol.CloseInvalidToken,
		protocol.CodeSessionMissing: protocol.CloseNoSession,
		protocol.CodeNoEnrolment:    protocol.CloseNoEnrolment,
	}[code]
}

// refused turns a refusal into the events that a socket would have brought: the error,
// and the end if it is final.
func (p *posted) refused(e *HTTPError) error {
	if e.Answer.Code == "" {
		return fmt.Errorf("send: %w", e)
	}
	p.box.put(Event{At: time.Now(), Message: e.Answer})
	if code := finalCode(e.Answer.Code); code != 0 {
		p.box.put(Event{At: time.Now(), Ended: true, Code: code, Err: e})
	}
	return nil
}

func (p *posted) bye() { p.drop() }

func (p *posted) drop() {
	if p.cancel != nil {
		p.cancel()
	}
	p.listen.Wait()
}

// readHTTPError reads the server's error from an answer.
func readHTTPError(answer *http.Response) *HTTPError {
	e := &HTTPError{Status: answer.StatusCode}
	var body protocol.Refusal
	data, err := io.ReadAll(io.LimitReader(answer.Body, 64<<10))
	if err == nil && json.Unmarshal(data, &body) == nil {
		e.Answer = body.Error
	}
	return e
}
