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

	"go.opentelemetry.io/otel/trace"

	"visavis/capture"
	"visavis/limits"
	"visavis/pairing"
	"visavis/protocol"
	"visavis/server/assets"
	"visavis/server/live"
)

// Policy decides whether a request may open a session without an enrolment. nil allows
// all. Its error is answered with 403.
type Policy func(ctx context.Context, r *http.Request) error

// Config of a Server. Service, Analyzer, Static and Origin are required.
type Config struct {
	// Service holds the sessions.
	Service *pairing.Service
	// Analyzer measures frames. AnalyzerReady reports whether it can; nil means always.
	Analyzer      capture.Analyzer
	AnalyzerReady func() error
	// Static has home.html, companion.html, phone.html, trust.html, css, js, img, parts.
	Static fs.FS
	// Pages is Static already read, for programs with several servers or listeners; Static and
	// Reload are not looked at then. If nil, New reads and compresses Static.
	Pages *assets.Set
	// Reload reads Static for each request, for development.
	Reload bool

	// Site is the name of who asks, as the phone shows it.
	Site string
	// Origin returns the origin of links unless the desktop chose another
	// ("https://192.168.1.20:8443"). It never comes from a request.
	Origin func() string
	// Place returns the approximate location of an address, in a language of the pages;
	// empty if unknown. nil: no location is shown.
	Place func(address netip.Addr, language string) string
	// Origins returns the origins that a desktop may choose among. nil: only Origin.
	Origins func() []string
	// AllowedOrigins returns further accepted values of the Origin header, e.g.
	// "https://localhost:8443".
	AllowedOrigins func() []string
	// PageOrigins returns the origins that the pages' Content-Security-Policy allows
	// sockets to, besides Origin. nil: Origins and AllowedOrigins. Everybody who loads a
	// page can read them.
	PageOrigins func() []string
	// Container says that the program runs in a container, whose addresses a phone may
	// not reach.
	Container bool
	// TrustURL returns the address of the page that explains the local root, or ""
	// without one.
	TrustURL func() string

	// Challenge requires tilts and gestures.
	Challenge bool
	// Judging are the limits that measurements are judged against; nil: capture.DefaultLimits.
	Judging *capture.Limits
	// CompareFaces returns the similarity of the faces of two JPEGs, as a cosine, and
	// whether both show one. nil: the selfie is not compared with its gestures.
	CompareFaces func(ctx context.Context, a, b []byte) (score float64, found bool, err error)
	// Companion serves the pairing page alone.
	Companion bool
	// Policy decides who may open a session.
	Policy Policy
	// Enrolments connects sessions with enrolments and serves their pages. nil: none.
	Enrolments Enrolments
	// Sink stores the accepted stills of sessions without an enrolment. nil: the live
	// store keeps them until the session's end.
	Sink live.Sink

	// MetricsToken permits reading /metrics on the public port. Empty: no such path.
	MetricsToken string
	// SecurityContacts are the URIs under which weaknesses are reported, the preferred one
	// first, for /.well-known/security.txt. Empty: no such path.
	SecurityContacts []string
	// TrustedProxies are the proxies whose X-Forwarded-For is trusted.
	TrustedProxies []netip.Prefix
	// Tap observes all wire traffic, pictures included. For test sites only. nil: none.
	Tap Tap
	// Limits bound one address and one socket.
	Limits Limits

	// Logger is the server's log. nil: nothing is logged.
	Logger *slog.Logger
	// Tracer makes a span of each frame. nil: none.
	Tracer trace.Tracer
}

// Limits bound what a client may do. A zero field has the default beside it. Limits that
// networks share are in package limits.
type Limits struct {
	Messages      float64       // a second and address: 100
	MessagesBurst float64       // 1,000
	Bytes         float64       // a second and address: 8 MiB
	BytesBurst    float64       // 64 MiB
	Sockets       int           // open sockets of one address: 200
	SocketsTotal  int           // open sockets of all, of which phones and strangers have their shares: 24,000
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
	maxBinary = protocol.HeaderSize + protocol.NonceSize + protocol.SignatureSize + maxBody
	// maxText is ample for any text message, and all that a socket may send before
	// its welcome: a stranger's message takes no more memory.
	maxText = 16 << 10
)

func (c Config) withDefaults() (Config, error) {
	if c.Service == nil || c.Analyzer == nil || c.Static == nil && c.Pages == nil || c.Origin == nil {
		return c, errors.New("server config: Service, Analyzer, Origin, and Static or Pages are required")
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

// per returns the time in which this number passes at a rate per second.
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
