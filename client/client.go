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
	NoSocket bool
	Poll     bool
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

// web is the HTTP side of a client, with its own cookies and connections.
type web struct {
	cfg      Config
	server   *url.URL
	http     *http.Client
	noSocket bool // use HTTP: by Config.NoSocket, or because no socket opens
}

func newWeb(cfg Config) (*web, error) {
	server, err := url.Parse(strings.TrimSuffix(cfg.Server, "/"))
	if err != nil {
		return nil, fmt.Errorf("server address: %w", err)
	}
	if server.Host == "" || (server.Scheme != "https" && server.Scheme != "http") {
		return nil, fmt.Errorf("server address %q: want https://host[:port]", cfg.Server)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, fmt.Errorf("cookies: %w", err)
	}
	jar.SetCookies(server, cfg.Cookies)
	transport := &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		TLSClientConfig:     cfg.TLS.Clone(),
		TLSHandshakeTimeout: requestTimeout,
		IdleConnTimeout:     time.Minute,
		DialContext:         cfg.Dial,
	}
	return &web{cfg: cfg, server: server, noSocket: cfg.NoSocket, http: &http.Client{Transport: transport, Jar: jar}}, nil
}

// header returns the headers that every request of this client carries.
func (w *web) header() http.Header {
	h := http.Header{"Origin": {w.server.String()}}
	if w.cfg.UserAgent != "" {
		h.Set("User-Agent", w.cfg.UserAgent)
	}
	return h
}

// request sends one request. An answer other than 200 is an *HTTPError; the caller closes
// the body.
func (w *web) request(
	ctx context.Context, method, path string, query url.Values, h http.Header, data []byte,
) (io.ReadCloser, error) {
	target := w.server.JoinPath(path)
	target.RawQuery = query.Encode()
	request, err := http.NewRequestWithContext(ctx, method, target.String(), bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	request.Header = w.header()
	maps.Copy(request.Header, h)
	answer, err := w.http.Do(request)
	if err != nil {
		return nil, err
	}
	if answer.StatusCode != http.StatusOK {
		defer answer.Body.Close()
		return nil, readHTTPError(answer)
	}
	return answer.Body, nil
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
