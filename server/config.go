package server

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"net/http"
	"net/netip"
	"slices"
	"time"

	"visavis/capture"
	"visavis/limits"
	"visavis/pairing"
	"visavis/protocol"
	"visavis/server/assets"
	"visavis/server/live"
)

// Policy decides whether a request may open a session of no enrolment; nil allows
// all. Its error is answered with 403.
type Policy func(ctx context.Context, r *http.Request) error

// Config is everything a Server needs. Service, Analyzer, Static and Origin are
// required.
type Config struct {
	// Service holds the sessions.
	Service *pairing.Service
	// Analyzer measures frames. AnalyzerReady tells whether it can; nil: always.
	Analyzer      capture.Analyzer
	AnalyzerReady func() error
	// Static holds home.html, companion.html, phone.html, trust.html, css, js, img, parts.
	Static fs.FS
	// Pages are Static as it was read already, for programs with many servers; nil: it is
	// read and compressed now.
	Pages *assets.Set
	// Reload reads Static anew for each request: for development.
	Reload bool

	// Site is who asks, as the phone shows it.
	Site string
	// Origin returns the address that links carry unless the desktop chose
	// another ("https://192.168.1.20:8443"). Never taken from a request.
	Origin func() string
	// Place returns roughly where an address is, in a language of the pages; empty:
	// not known. nil: nothing is.
	Place func(address netip.Addr, language string) string
	// Origins returns the addresses one may choose among; nil: only Origin.
	Origins func() []string
	// AllowedOrigins are further values of the Origin header that may connect,
	// e.g. "https://localhost:8443".
	AllowedOrigins func() []string
	// PageOrigins are the addresses that the pages' policy lets them open sockets to,
	// besides Origin; nil: Origins and AllowedOrigins. Everybody who loads a page reads
	// them.
	PageOrigins func() []string
	// Container says that the program runs in a container, where its own
	// addresses may not be reachable from a phone.
	Container bool
	// TrustURL leads to the page that explains the local root; empty without one.
	TrustURL func() string

	// Challenge asks for tilts and gestures.
	Challenge bool
	// CompareFaces tells how alike the faces of two JPEGs are, as a cosine, and
	// whether both show one; nil: the selfie is not compared with its gestures.
	CompareFaces func(ctx context.Context, a, b []byte) (score float64, found bool, err error)
	// Companion serves the bare pairing page.
	Companion bool
	// Policy decides who may open a session.
	Policy Policy
	// Enrolments ties sessions to enrolments, and serves their pages; nil: none.
	Enrolments Enrolments
	// Sink keeps the accepted stills of the sessions of no enrolment; nil: the live
	// store, until the session's end.
	Sink live.Sink

	// MetricsToken lets its holder read /metrics on the public port; empty: the path is not there.
	MetricsToken string
	// TrustedProxies may speak for others in X-Forwarded-For.
	TrustedProxies []netip.Prefix
	// Tap watches what passes on the wire, pictures too: for test sites alone. Nil: nobody
	// does.
	Tap Tap
	// Limits bound what one address and one socket may do.
	Limits Limits

	// Logger gets what happens; nil: nothing is logged.
	Logger *slog.Logger
}

// Limits bound a stranger. Zero fields get the default beside them; the numbers that networks share are those of
// package limits.
type Limits struct {
	Messages      float64       // a second and address: 100
	MessagesBurst float64       // 1,000
	Bytes         float64       // a second and address: 8 MiB
	BytesBurst    float64       // 64 MiB
	Sockets       int           // open sockets of one address: 200
	SocketsTotal  int           // open sockets of all, of which phones and strangers have their shares: 16,000
	Body          time.Duration // until a request's body is there: 30 s, ample for the largest part on a slow line
	Hello         time.Duration // until the first message: 10 s
	Ping          time.Duration // between pings: 20 s, since proxies cut at 60 s
	Pong          time.Duration // until the pong: 10 s
	Absent        time.Duration // silence of a phone until it counts as absent: 9 s
	Write         time.Duration // one write to a socket: 5 s
	Store         time.Duration // one call to the store: 5 s
	Analysis      time.Duration // one analysis with its wait: 10 s
}

// The sizes of the wire, in bytes and pixels.
const (
	// maxBody is the largest image of one binary message.
	maxBody = 512 << 10
	// maxBinary is the largest binary message.
	maxBinary = protocol.HeaderSize + protocol.NonceSize + maxBody
	// maxText is ample for any text message, and all that a socket may send before
	// its welcome: a stranger's message takes no more memory.
	maxText = 16 << 10
)

func (c Config) withDefaults() (Config, error) {
	if c.Service == nil || c.Analyzer == nil || c.Static == nil || c.Origin == nil {
		return c, errors.New("server config: Service, Analyzer, Static and Origin are required")
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Place == nil {
		c.Place = func(netip.Addr, string) string { return "" }
	}
	if c.Origins == nil {
		c.Origins = func() []string { return []string{c.Origin()} }
	}
	if c.AllowedOrigins == nil {
		c.AllowedOrigins = func() []string { return nil }
	}
	if c.PageOrigins == nil {
		c.PageOrigins = func() []string { return slices.Concat(c.Origins(), c.AllowedOrigins()) }
	}
	if c.TrustURL == nil {
		c.TrustURL = func() string { return "" }
	}
	if c.AnalyzerReady == nil {
		c.AnalyzerReady = func() error { return nil }
	}
	if c.Tap == nil {
		c.Tap = untapped{}
	}
	if c.Sink == nil {
		c.Sink = func(ctx context.Context, session string, step capture.Step, jpeg []byte) error {
			return c.Service.PutStill(ctx, session, string(step), jpeg, capture.MaxStillBytes)
		}
	}
	c.Limits = c.Limits.withDefaults()
	return c, nil
}

// per is the time in which so many pass at this rate a second.
func per(number, rate float64) time.Duration {
	return time.Duration(number / rate * float64(time.Second))
}

func (l Limits) withDefaults() Limits {
	l.MessagesBurst = cmp.Or(l.MessagesBurst, float64(limits.Messages.Number()))
	l.Messages = cmp.Or(l.Messages, float64(limits.Messages.Number())/limits.Messages.Per().Seconds())
	l.BytesBurst = cmp.Or(l.BytesBurst, float64(limits.Bytes.Number()))
	l.Bytes = cmp.Or(l.Bytes, float64(limits.Bytes.Number())/limits.Bytes.Per().Seconds())
	l.Sockets = cmp.Or(l.Sockets, limits.Sockets.Number())
	l.SocketsTotal = cmp.Or(l.SocketsTotal, limits.SocketsTotal.Number())
	l.Body = cmp.Or(l.Body, 30*time.Second)
	l.Hello = cmp.Or(l.Hello, 10*time.Second)
	l.Ping = cmp.Or(l.Ping, 20*time.Second)
	l.Pong = cmp.Or(l.Pong, 10*time.Second)
	l.Absent = cmp.Or(l.Absent, 9*time.Second)
	l.Write = cmp.Or(l.Write, 5*time.Second)
	l.Store = cmp.Or(l.Store, 5*time.Second)
	l.Analysis = cmp.Or(l.Analysis, 10*time.Second)
	return l
}
