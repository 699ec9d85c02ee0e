// Package webhook sends what sites are told: one POST that trusts nothing about the
// address it goes to.
package webhook

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"visavis/outgoing"
)

const (
	// answersWithin bounds one attempt from the look-up of the name to the end of what
	// is read of the answer.
	answersWithin = 15 * time.Second
	// maxAnswer is what is read of an answer, to be shown to who looks for a mistake.
	maxAnswer = 1 << 10
	// MaxBody is the largest message.
	MaxBody = 4 << 10
)

// Config is what a Sender needs.
type Config struct {
	// Private lets endpoints have addresses of this machine and its networks.
	Private bool
	// Roots check the certificates of endpoints; nil: the machine's.
	Roots *tls.Config
	// Within bounds one attempt. Default 15 s.
	Within time.Duration
}

// Sender sends messages. Any number of goroutines may use it.
type Sender struct {
	client *http.Client
	within time.Duration
}

// errPrivate is an address that is not one of the internet.
var errPrivate = errors.New("the address is private, of this machine or reserved; visavis serve " +
	"--private-endpoints=on allows it")

// New makes a Sender.
func New(c Config) *Sender {
	dialer := &net.Dialer{Timeout: 5 * time.Second, Control: func(network, address string, conn syscall.RawConn) error {
		if c.Private {
			return metadata(address)
		}
		if outgoing.Internet(network, address, conn) != nil {
			return errPrivate
		}
		return nil
	}}
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if c.Roots != nil {
		config = c.Roots.Clone()
		config.MinVersion = tls.VersionTLS12
	}
	s := &Sender{within: answersWithin, client: &http.Client{
		Transport: &http.Transport{
			DialContext: dialer.DialContext, TLSClientConfig: config, TLSHandshakeTimeout: 5 * time.Second,
			ForceAttemptHTTP2: true,
			// no bombs
			MaxResponseHeaderBytes: 16 << 10, MaxIdleConnsPerHost: 4, IdleConnTimeout: 30 * time.Second,
			DisableCompression: true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	if c.Within > 0 {
		s.within = c.Within
	}
	return s
}

// metadataServices are those of clouds that have no link-local address.
var metadataServices = []netip.Addr{
	netip.MustParseAddr("fd00:ec2::254"),      // Amazon
	netip.MustParseAddr("fd20:ce::254"),       // Google
	netip.MustParseAddr("fd00:c1::a9fe:a9fe"), // Oracle
	netip.MustParseAddr("100.100.100.200"),    // Alibaba
	netip.MustParseAddr("168.63.129.16"),      // Azure
}

// metadata refuses the addresses of clouds' metadata services, link-local ones among them,
// also where private addresses are allowed.
func metadata(address string) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return err
	}
	for _, addr := range meant(at.Addr().WithZone("").Unmap()) {
		if addr.IsLinkLocalUnicast() || slices.Contains(metadataServices, addr) {
			return errors.New("the address is link-local, or of a cloud's metadata service: no endpoint has one")
		}
	}
	return nil
}

// carriers are networks of IPv6 whose addresses carry one of IPv4 that a router or a translator may go on to, and the
// places of its four bytes.
var carriers = []struct {
	network netip.Prefix
	bytes   [4]int
}{
	{netip.MustParsePrefix("::/96"), [4]int{12, 13, 14, 15}},        // IPv4-compatible (RFC 4291, 2.5.5.1)
	{netip.MustParsePrefix("2002::/16"), [4]int{2, 3, 4, 5}},        // 6to4 (RFC 3056)
	{netip.MustParsePrefix("64:ff9b::/96"), [4]int{12, 13, 14, 15}}, // NAT64 (RFC 6052)
	// NAT64 of a network's own (RFC 8215), by the lengths of prefix that have a place there (RFC 6052, 2.2).
	{netip.MustParsePrefix("64:ff9b:1::/48"), [4]int{6, 7, 9, 10}},
	{netip.MustParsePrefix("64:ff9b:1::/48"), [4]int{7, 9, 10, 11}},
	{netip.MustParsePrefix("64:ff9b:1::/48"), [4]int{9, 10, 11, 12}},
	{netip.MustParsePrefix("64:ff9b:1::/48"), [4]int{12, 13, 14, 15}},
}

// meant returns the address, and those of IPv4 that it carries.
func meant(addr netip.Addr) []netip.Addr {
	all := []netip.Addr{addr}
	from := addr.As16()
	for _, c := range carriers {
		if c.network.Contains(addr) {
			var carried [4]byte
			for i, at := range c.bytes {
				carried[i] = from[at]
			}
			all = append(all, netip.AddrFrom4(carried))
		}
	}
	return all
}

// Message is what is sent.
type Message struct {
	URL, ID, Signature string
	At                 time.Time
	Body               []byte
}

// Answer is what came of it.
type Answer struct {
	Status  int           // 0: there was no answer
	Text    string        // how the answer begins
	Problem string        // why it does not count; empty: delivered
	Gone    bool          // 410: the endpoint is not to be called again
	After   time.Duration // what the endpoint asks to wait; 0: nothing
	Took    time.Duration
}

// Send makes one attempt.
func (s *Sender) Send(ctx context.Context, m Message) (a Answer) {
	begun := time.Now()
	defer func() { a.Took = time.Since(begun) }()
	if len(m.Body) > MaxBody {
		return Answer{Problem: fmt.Sprintf("the message has %d bytes, %d are sent at most", len(m.Body), MaxBody)}
	}
	ctx, cancel := context.WithTimeout(ctx, s.within)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, m.URL, bytes.NewReader(m.Body))
	if err != nil {
		return Answer{Problem: "the address cannot be called"}
	}
	// net/http sends it again where a kept connection was just closed: who gets a message twice knows it by its id.
	// Without a value the header is not sent.
	req.Header["Idempotency-Key"] = nil
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "Visavis-Webhooks/1")
	req.Header.Set("Webhook-Id", m.ID)
	req.Header.Set("Webhook-Timestamp", strconv.FormatInt(m.At.Unix(), 10))
	req.Header.Set("Webhook-Signature", m.Signature)
	res, err := s.client.Do(req)
	if err != nil {
		return Answer{Problem: reason(err)}
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer)) // the rest is not waited for
	a = Answer{Status: res.StatusCode, Text: strings.ToValidUTF8(strings.ReplaceAll(string(text), "\x00", ""), ""),
		After: retryAfter(res.Header.Get("Retry-After"))}
	switch {
	case res.StatusCode >= 200 && res.StatusCode < 300:
		if err != nil {
			a.Problem = "the answer did not come to its end: " + reason(err)
		}
	case res.StatusCode == http.StatusGone:
		a.Problem, a.Gone = "the endpoint says that it is gone", true
	case res.StatusCode >= 300 && res.StatusCode < 400:
		a.Problem = "a redirect is not followed: register the address that it leads to"
	default:
		a.Problem = fmt.Sprintf("answered %d, want 200 to 299", res.StatusCode)
	}
	return a
}

// maxPage is what is read of a page: its head.
const maxPage = 256 << 10

// Page is what came of reading a page.
type Page struct {
	Status  int // 0: there was no answer
	Header  http.Header
	Body    []byte // how the page begins
	Problem string // why there is none
}

// Fetch reads a page as a browser's first request would get it: no redirect is followed,
// and the addresses are those that messages may be sent to.
func (s *Sender) Fetch(ctx context.Context, page string) Page {
	ctx, cancel := context.WithTimeout(ctx, s.within)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, page, nil)
	if err != nil {
		return Page{Problem: "the address cannot be called"}
	}
	req.Header.Set("Accept", "text/html")
	req.Header.Set("User-Agent", "Visavis-Check/1")
	res, err := s.client.Do(req)
	if err != nil {
		return Page{Problem: reason(err)}
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxPage))
	if err != nil {
		return Page{Problem: "the answer did not come to its end: " + reason(err)}
	}
	return Page{Status: res.StatusCode, Header: res.Header, Body: body}
}

// reason says in words what kept an attempt from an answer.
func reason(err error) string {
	switch {
	case errors.Is(err, errPrivate):
		return errPrivate.Error()
	case errors.Is(err, context.DeadlineExceeded):
		return "no whole answer in time"
	case errors.Is(err, context.Canceled):
		return "the server stopped"
	}
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		return "the name of the address is not known"
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return "the certificate of the address is not one to be trusted"
	}
	if op, ok := errors.AsType[*net.OpError](err); ok {
		return "no connection: " + op.Err.Error()
	}
	return "no connection"
}

// retryAfter reads seconds or a date.
func retryAfter(text string) time.Duration {
	if n, err := strconv.Atoi(text); err == nil && n > 0 {
		return time.Duration(min(n, 7*24*3600)) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(time.Until(at), 0)
	}
	return 0
}
