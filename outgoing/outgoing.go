// Package outgoing asks servers elsewhere for something small, and tells addresses of the
// internet from private ones.
package outgoing

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"syscall"
	"time"

	"code.dny.dev/ssrf"
)

// ErrPrivate says that an address is not a public one.
var ErrPrivate = errors.New("the address is private, of this machine or reserved")

var guard = ssrf.New(ssrf.WithAnyPort(), ssrf.WithNetworks("tcp4", "tcp6")).Safe

// Internet refuses a connection to an address that is not public: ErrPrivate. It is the
// Control of a net.Dialer, which passes the resolved address. A second look-up, which might
// give another one, does not happen.
func Internet(network, address string, conn syscall.RawConn) error {
	if guard(network, address, conn) != nil {
		return ErrPrivate
	}
	return nil
}

// Public is a client for addresses that strangers name. It connects to those of the
// internet alone, also after a redirect. Where the environment names a proxy, that one
// decides.
var Public = &http.Client{Transport: public{&http.Transport{
	DialContext:         (&net.Dialer{Timeout: 5 * time.Second, Control: Internet}).DialContext,
	TLSHandshakeTimeout: 5 * time.Second, ForceAttemptHTTP2: true, IdleConnTimeout: 30 * time.Second,
	MaxResponseHeaderBytes: 16 << 10,
}}}

type public struct{ direct *http.Transport }

// RoundTrip implements http.RoundTripper.
func (p public) RoundTrip(r *http.Request) (*http.Response, error) {
	if proxy, err := http.ProxyFromEnvironment(r); proxy != nil || err != nil {
		return http.DefaultTransport.RoundTrip(r)
	}
	return p.direct.RoundTrip(r)
}

// Question is one request. Its bounds are required.
type Question struct {
	Client *http.Client // nil: the default one
	URL    string
	Type   string // of the body
	Body   []byte // it is posted; nil: the address is read
	Within time.Duration
	Most   int // bytes of the answer
}

// Ask returns the answer of status 200, whole.
func (q Question) Ask(ctx context.Context) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, q.Within)
	defer cancel()
	method := http.MethodGet
	if q.Body != nil {
		method = http.MethodPost
	}
	r, err := http.NewRequestWithContext(ctx, method, q.URL, bytes.NewReader(q.Body))
	if err != nil {
		return nil, err
	}
	if q.Body != nil {
		r.Header.Set("Content-Type", q.Type)
	}
	client := q.Client
	if client == nil {
		client = http.DefaultClient
	}
	answer, err := client.Do(r)
	if err != nil {
		return nil, err
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answered %s", r.URL.Redacted(), answer.Status)
	}
	body, err := io.ReadAll(io.LimitReader(answer.Body, int64(q.Most)+1))
	if err == nil && len(body) > q.Most {
		return nil, fmt.Errorf("%s: more than %d bytes", r.URL.Redacted(), q.Most)
	}
	return body, err
}
