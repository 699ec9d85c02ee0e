package client

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"time"

	"visavis/protocol"
)

// Config says which server to talk to and how.
type Config struct {
	// Server is the origin of the server, such as https://localhost:8443. A
	// desktop needs https: the session's cookie is not sent without it.
	Server string
	// TLS settings; nil trusts the system's roots.
	TLS *tls.Config
	// Language that hello asks for, a BCP 47 tag; "" leaves the choice to the server.
	Language string
	// UserAgent is sent with every request; "" sends Go's default.
	UserAgent string
	// Enrolment is the id that a desktop opens its session for, or follows, with the
	// cookies of a login. "" for none.
	Enrolment string
	Cookies   []*http.Cookie
	// NoSocket uses the HTTP fallback only, like a page whose WebSockets are blocked.
	// Poll makes a desktop ask every 2 s instead of reading an event stream, as behind a
	// proxy that buffers streams.
	NoSocket, Poll bool
	// Dial opens the connections; nil uses the default dialer. Tests use it to simulate a
	// slow or broken network.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Device is the secret of a phone that has already claimed, for a second page of that
	// phone.
	Device string
	// NoHello opens a phone's connection without saying hello, for tests of a server.
	NoHello bool
	// BeatEvery is the interval of a phone's heartbeat. 0 means 4 s; a negative value
	// sends none.
	BeatEvery time.Duration
}

// requestTimeout bounds one HTTP request and the opening of a socket.
const requestTimeout = 20 * time.Second

// Event is a message that arrived, or the end of the connection.
type Event struct {
	At      time.Time
	Message protocol.Message // nil when the connection ended
	// Ended reports that the connection is gone. Code is the WebSocket close code, 0 if
	// it broke without one. Err is the error seen.
	Ended bool
	Code  protocol.CloseCode
	Err   error
}

// ErrClosed is returned by a call on a connection that is not open.
var ErrClosed = errors.New("connection is not open")

// HTTPError is an error answer of the server.
type HTTPError struct {
	Status int
	Answer protocol.Error // zero if the body held none
}

func (e *HTTPError) Error() string {
	return fmt.Sprintf("http %d: %s: %s", e.Status, e.Answer.Code, e.Answer.Text)
}

// newConn makes the connection of a role, "desktop" or "phone", as its page remembers it.
func newConn(cfg Config, role string, memory protocol.Memory) (*conn, error) {
	server, err := url.Parse(strings.TrimSuffix(cfg.Server, "/"))
	if err != nil || server.Host == "" || (server.Scheme != "https" && server.Scheme != "http") {
		return nil, fmt.Errorf("server address %q: want https://host[:port]", cfg.Server)
	}
	memory.Language = cfg.Language
	c := &conn{cfg: cfg, server: server, role: role, noSocket: cfg.NoSocket, memory: memory, fresh: make(chan struct{})}
	c.http = &http.Client{Transport: &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		TLSClientConfig:     cfg.TLS.Clone(),
		TLSHandshakeTimeout: requestTimeout,
		DialContext:         cfg.Dial,
	}}
	if role == "phone" {
		return c, nil // its endpoints know no cookies
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, fmt.Errorf("cookies: %w", err)
	}
	jar.SetCookies(server, cfg.Cookies)
	c.http.Jar = jar
	return c, nil
}

// header returns the headers that every request of this client carries, and more.
func (c *conn) header(more http.Header) http.Header {
	h := http.Header{"Origin": {c.server.String()}}
	maps.Copy(h, more)
	if c.cfg.UserAgent != "" {
		h.Set("User-Agent", c.cfg.UserAgent)
	}
	return h
}

// request sends one request. An answer other than 200 is an *HTTPError; the caller closes
// the body.
func (c *conn) request(
	ctx context.Context, method, path string, query url.Values, h http.Header, data []byte,
) (io.ReadCloser, error) {
	target := c.server.JoinPath(path)
	target.RawQuery = query.Encode()
	request, err := http.NewRequestWithContext(ctx, method, target.String(), bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	request.Header = c.header(h)
	answer, err := c.http.Do(request)
	if err != nil {
		return nil, err
	}
	if answer.StatusCode != http.StatusOK {
		defer answer.Body.Close()
		return nil, readHTTPError(answer)
	}
	return answer.Body, nil
}

// call sends one request within its time, and reads the JSON that answers it.
func (c *conn) call(
	ctx context.Context, method, path string, query url.Values, h http.Header, data []byte, answer any,
) error {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	body, err := c.request(ctx, method, path, query, h, data)
	if err != nil {
		return err
	}
	defer body.Close()
	return json.NewDecoder(io.LimitReader(body, 4*maxMessage)).Decode(answer)
}

// readHTTPError reads the server's error from an answer.
func readHTTPError(answer *http.Response) *HTTPError {
	var body protocol.Refusal
	_ = json.NewDecoder(io.LimitReader(answer.Body, 64<<10)).Decode(&body) // a body without an error leaves it zero
	return &HTTPError{Status: answer.StatusCode, Answer: body.Error}
}
