package live

import (
	"context"
	"log/slog"
	"time"

	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"visavis/capture"
	"visavis/pairing"
	"visavis/protocol"
)

// Sink stores an accepted still of a session without an enrolment. The still must be
// durable on return. After an error the still is not accepted.
type Sink func(ctx context.Context, session string, step capture.Step, jpeg []byte) error

// Deps are the dependencies of the live plane. Service, Analyzer, Sink, Origin, Origins,
// TrustURL, Metrics and Logger are required.
type Deps struct {
	Service  *pairing.Service
	Analyzer capture.Analyzer
	// Subjects receives the captures of enrolments. nil: there are none.
	Subjects Subjects
	// Sink stores the accepted stills of the other sessions.
	Sink Sink
	// CompareFaces returns the similarity of the faces of two JPEGs, as a cosine, and
	// whether both show one. nil: the selfie is not compared with its gestures.
	CompareFaces func(ctx context.Context, a, b []byte) (score float64, found bool, err error)

	// Judging are the limits of measurements; nil: capture.DefaultLimits.
	Judging *capture.Limits

	// Site is the name of who asks. Challenge requires tilts and gestures. Container says
	// that a phone may not reach the machine's own addresses.
	Site                 string
	Challenge, Container bool
	// Origin returns the origin of links unless the desktop chose one of Origins.
	// TrustURL returns the page that explains the local root, or "" without one.
	Origin   func() string
	Origins  func() []string
	TrustURL func() string

	// Store bounds a call to the store, Analysis one analysis with its wait. Absent is
	// the silence after which a phone counts as absent.
	Store, Analysis, Absent time.Duration

	Metrics *Metrics
	Logger  *slog.Logger
	// Tracer makes a span of each frame. nil: none.
	Tracer trace.Tracer
}

// Plane is the live plane of one instance: the conversations with desktops and phones,
// and the running captures. Safe for concurrent use.
type Plane struct {
	Deps
	captures *captures
	watchers *watchers

	base context.Context //nolint:containedctx // ends with Close; parent of what no request waits for
	stop context.CancelFunc
}

// NewPlane returns a plane. The caller closes it.
func NewPlane(d Deps) *Plane {
	if d.Tracer == nil {
		d.Tracer = noop.Tracer{}
	}
	p := &Plane{Deps: d, watchers: &watchers{open: map[string]*watcher{}}}
	p.captures = newCaptures(p)
	p.base, p.stop = context.WithCancel(context.Background())
	return p
}

// Close stops timers and watchers and waits for them.
func (p *Plane) Close() {
	p.stop()
	p.captures.close()
	p.watchers.running.Wait()
}

// now returns the time that records of sessions, and captures in them, are judged by.
func (p *Plane) now() time.Time { return p.Service.Now() }

// local returns when a time of a record comes by the clock of this process, which nobody can
// set: with its monotonic reading. Zero stays zero.
func (p *Plane) local(at time.Time) time.Time {
	if at.IsZero() {
		return at
	}
	return time.Now().Add(at.Sub(p.now()))
}

// listen tells the phone's side that a desktop watches.
func (p *Plane) listen(ctx context.Context, id string) {
	p.publish(ctx, id, []byte{newsListening})
}

// publish sends news that may be lost.
func (p *Plane) publish(ctx context.Context, id string, news []byte) {
	p.check(ctx, "publish", func() error { return p.Service.Publish(ctx, id, news) })
}

// tellDesktops sends a message to every tab of a session's desktop.
func (p *Plane) tellDesktops(ctx context.Context, id string, m protocol.Message) {
	b, err := protocol.Encode(m)
	if err != nil {
		p.Logger.ErrorContext(ctx, "encode", "err", err)
		return
	}
	p.publish(ctx, id, append([]byte{newsDesktop}, b...))
}

// check logs the failure of a background operation.
func (p *Plane) check(ctx context.Context, what string, do func() error) {
	if err := do(); err != nil && !isGone(err) && ctx.Err() == nil {
		p.Logger.WarnContext(ctx, "background call failed", "call", what, "err", err)
	}
}

// isGone reports that the session is over or has changed hands, which is not a fault.
func isGone(err error) bool {
	return errorIsAny(err, pairing.ErrNotFound, pairing.ErrNotAllowed, pairing.ErrConflict, pairing.ErrInvalid)
}

// The sizes of stills on the wire, in bytes and pixels.
const (
	// partSize is the size of a still's parts: small enough that a slow line loses
	// little.
	partSize = 64 << 10
	// stillSide is enough for 290 dpi on a whole card with margin.
	stillSide = 2560
)
