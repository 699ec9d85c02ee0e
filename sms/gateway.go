package sms

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"syscall"
	"time"

	"visavis/outgoing"
)

const (
	// answersWithin bounds one attempt: somebody waits before the page.
	answersWithin = 4 * time.Second
	// maxAnswer is what is read of an answer, so that its connection can be used again.
	maxAnswer = 16 << 10
)

// Config is a provider's gateway. URL and Body are required.
type Config struct {
	// URL is called once for each message. http is for gateways at private addresses alone.
	URL string
	// Method is POST or PUT. Empty: POST.
	Method string
	// Header is sent with the value Secret; empty: Authorization. Without a Secret there is
	// none.
	Header, Secret string
	// Body is JSON where it begins with { or [, else a form (application/x-www-form-urlencoded).
	// {to}, {digits} (the number without its plus sign), {text} and {sender} are put in,
	// escaped as its type has it. {text}, and {to} or {digits} are required.
	Body string
	// Sender is who the provider shows as the sender.
	Sender string
	// Within bounds one attempt. Default 4 s.
	Within time.Duration
	// Transport is for tests; nil: one of its own.
	Transport http.RoundTripper
}

// Gateway sends messages. Make it with New.
type Gateway struct {
	cfg    Config
	url    *url.URL
	json   bool
	client *http.Client
}

// Error is a message that the gateway did not take. It holds neither the number nor what the
// gateway wrote.
type Error struct {
	Status int  // of HTTP; 0: there was no answer
	Final  bool // trying again does not help
	Reason string
}

// Error implements error.
func (e *Error) Error() string { return "sms: the gateway " + e.Reason }

// New checks the configuration; its errors say what is wanted.
func New(c Config) (*Gateway, error) {
	u, err := url.Parse(c.URL)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.User != nil {
		return nil, errors.New("sms: the URL is not one like https://sms.example.net/messages; a password belongs into the " +
			"header's file")
	}
	if c.Method == "" {
		c.Method = http.MethodPost
	}
	if c.Header == "" {
		c.Header = "Authorization"
	}
	if c.Within == 0 {
		c.Within = answersWithin
	}
	g := &Gateway{cfg: c, url: u, json: strings.HasPrefix(c.Body, "{") || strings.HasPrefix(c.Body, "[")}
	const text = "\"\\\n&=%€"
	trial := g.body("+33639980012", text)
	switch {
	case c.Method != http.MethodPost && c.Method != http.MethodPut:
		return nil, fmt.Errorf("sms: method %q, want POST or PUT", c.Method)
	case strings.ContainsAny(c.Header+c.Secret, "\r\n\x00") || strings.ContainsAny(c.Header, " :"):
		return nil, errors.New("sms: the header's name or value is more than one line, or the name holds a colon")
	case !strings.Contains(c.Body, "{text}") || !strings.Contains(c.Body, "{to}") && !strings.Contains(c.Body, "{digits}"):
		return nil, errors.New("sms: the body holds no {text}, or neither {to} nor {digits}")
	case g.json && !json.Valid([]byte(trial)):
		return nil, errors.New(`sms: the body is no JSON, want one like {"to":"{to}","from":"{sender}","text":"{text}"}`)
	}
	if !g.json {
		form, err := url.ParseQuery(trial)
		said := slices.Concat(slices.Collect(maps.Values(form))...)
		if err != nil || !strings.Contains(strings.Join(said, "\x00"), text) {
			return nil, errors.New("sms: the body is neither JSON, which begins with { or [, nor a form like " +
				"to={to}&from={sender}&text={text}")
		}
	}
	transport := c.Transport
	if transport == nil {
		transport = transportOf(u)
	}
	g.client = &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return g, nil
}

// errPublic is a gateway whose messages would cross the internet in the clear.
var errPublic = errors.New("the address is one of the internet: use https")

// transportOf makes the transport for an address of https, or for one of http that has to be
// private: numbers and links do not cross the internet in the clear.
func transportOf(u *url.URL) http.RoundTripper {
	dialer := &net.Dialer{Timeout: answersWithin}
	t := &http.Transport{
		DialContext: dialer.DialContext, TLSHandshakeTimeout: answersWithin, ForceAttemptHTTP2: true,
		IdleConnTimeout: 30 * time.Second, MaxResponseHeaderBytes: maxAnswer,
	}
	if u.Scheme == "https" {
		t.Proxy = http.ProxyFromEnvironment
		return t
	}
	dialer.Control = func(network, address string, conn syscall.RawConn) error {
		if outgoing.Internet(network, address, conn) == nil {
			return errPublic
		}
		return nil
	}
	return t
}

// Address is the host and port of the gateway, for who looks whether it can be reached.
func (g *Gateway) Address() (hostPort string, tls bool) {
	port := g.url.Port()
	if tls = g.url.Scheme == "https"; port == "" {
		port = "80"
		if tls {
			port = "443"
		}
	}
	return net.JoinHostPort(g.url.Hostname(), port), tls
}

// Proxy is the host and port through which the environment leads to the gateway; empty: none.
func (g *Gateway) Proxy() string {
	if g.url.Scheme != "https" {
		return ""
	}
	proxy, err := http.ProxyFromEnvironment(&http.Request{URL: g.url})
	if err != nil || proxy == nil {
		return ""
	}
	return proxy.Host
}

// Send hands one message over. Where trying again may help it does so once: no answer, 408, 425, 429
// or 500 and above, unless ctx is done. A redirect is an error. The error is an *Error.
func (g *Gateway) Send(ctx context.Context, to Number, text string) error {
	err := g.attempt(ctx, to, text)
	if bad, ok := errors.AsType[*Error](err); ok && !bad.Final && ctx.Err() == nil {
		return g.attempt(ctx, to, text)
	}
	return err
}

func (g *Gateway) attempt(ctx context.Context, to Number, text string) error {
	ctx, cancel := context.WithTimeout(ctx, g.cfg.Within)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, g.cfg.Method, g.cfg.URL, strings.NewReader(g.body(to, text)))
	if err != nil {
		return &Error{Final: true, Reason: "cannot be called"}
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if g.json {
		r.Header.Set("Content-Type", "application/json")
	}
	r.Header.Set("User-Agent", "Visavis-SMS/1")
	if g.cfg.Secret != "" {
		r.Header.Set(g.cfg.Header, g.cfg.Secret)
	}
	answer, err := g.client.Do(r)
	if err != nil {
		return &Error{Reason: "gave no answer: " + reason(err)}
	}
	defer func() { _ = answer.Body.Close() }()
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, maxAnswer)) // the status alone counts
	status := answer.StatusCode
	if status >= 200 && status < 300 {
		return nil
	}
	again := status >= 500 || status == http.StatusRequestTimeout || status == http.StatusTooEarly ||
		status == http.StatusTooManyRequests
	return &Error{Status: status, Final: !again, Reason: fmt.Sprintf("answered %d, want 200 to 299", status)}
}

// reason is a fault of the connection without its address, which may hold a key.
func reason(err error) string {
	if errors.Is(err, context.DeadlineExceeded) {
		return "none in time"
	}
	if bad, ok := errors.AsType[*url.Error](err); ok {
		err = bad.Err
	}
	return err.Error()
}

// body puts a message into the template. What is put in is not looked at again.
func (g *Gateway) body(to Number, text string) string {
	escape := url.QueryEscape
	if g.json {
		escape = inJSON
	}
	return strings.NewReplacer("{to}", escape(string(to)), "{digits}", escape(to.Digits()), "{text}", escape(text),
		"{sender}", escape(g.cfg.Sender)).Replace(g.cfg.Body)
}

// inJSON escapes a text for its place between quotes.
func inJSON(text string) string {
	quoted, _ := json.Marshal(text) // a string always can be
	return string(quoted[1 : len(quoted)-1])
}
