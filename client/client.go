package client

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
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
	// Language that hello asks for: "fr" or "en"; "" leaves it to the server.
	Language string
	// UserAgent names the browser; "" is Go's own.
	UserAgent string
	// Enrolment is what a desktop opens its session for, or follows, with the cookies
	// of a login; "" for none.
	Enrolment string
	Cookies   []*http.Cookie
	// NoSocket goes by HTTP alone, as a page does whose WebSockets are blocked. Poll
	// lets a desktop ask every 2 s then, as where a proxy holds event streams back.
	NoSocket bool
	Poll     bool
	// Dial opens the connections; nil: as usual. A test's line may be slow or down.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Device is the secret of a phone that has claimed: this is another page of it.
	Device string
	// NoHello opens a phone's connection and says nothing on it: for tests of a server.
	NoHello bool
	// BeatEvery is the time between two beats of a phone; 0 means 4 s, below 0
	// sends none.
	BeatEvery time.Duration
}

// beatEvery is what the protocol asks of a phone.
const beatEvery = 4 * time.Second

// requestTimeout bounds one HTTP request and the opening of a socket.
const requestTimeout = 20 * time.Second

// Event is something that happened on a connection: a message arrived, or the
// connection ended.
type Event struct {
	At      time.Time
	Message protocol.Message // nil when the connection ended
	// Ended says that the connection is gone. Code is the WebSocket close code, 0
	// when it broke without one; Err is what was seen.
	Ended bool
	Code  protocol.CloseCode
	Err   error
}

// ErrClosed is returned by calls on a connection that is not open.
var ErrClosed = errors.New("connection is not open")

// HTTPError is an answer of the server that is not a success.
type HTTPError struct {
	Status int
	Answer protocol.Error // as far as the body held one
}

func (e *HTTPError) Error() string {
	return fmt.Sprintf("http %d: %s: %s", e.Status, e.Answer.Code, e.Answer.Text)
}

// web is the HTTP side of a client: its own cookies and connections.
type web struct {
	cfg      Config
	server   *url.URL
	http     *http.Client
	noSocket bool // go by HTTP, whether wished or because no socket opens
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

// header is what every request of this client carries.
func (w *web) header() http.Header {
	h := http.Header{"Origin": {w.server.String()}}
	if w.cfg.UserAgent != "" {
		h.Set("User-Agent", w.cfg.UserAgent)
	}
	return h
}

// dial opens one of the two sockets, or the HTTP way in its place, and starts to
// fill the mailbox.
func (w *web) dial(ctx context.Context, path string, way fallback, box *mailbox) (transport, error) {
	if w.noSocket {
		return way.open(box), nil
	}
	return dialSocket(ctx, w, path, box)
}

// close lets go of idle connections.
func (w *web) close() { w.http.CloseIdleConnections() }
