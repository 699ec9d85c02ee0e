package live

import (
	"context"
	"log/slog"
	"time"

	"visavis/capture"
	"visavis/pairing"
	"visavis/protocol"
)

// Sink keeps an accepted still of a session of no enrolment. It must be durable
// when it returns; an error means that the still is not accepted.
type Sink func(ctx context.Context, session string, step capture.Step, jpeg []byte) error

// Deps is what the live plane needs from outside. Service, Analyzer, Sink, Origin,
// Origins, TrustURL, Metrics and Logger are required.
type Deps struct {
	Service  *pairing.Service
	Analyzer capture.Analyzer
	// Subjects keeps what the sessions of enrolments bring; nil: there are none.
	Subjects Subjects
	// Sink keeps the accepted stills of the other sessions.
	Sink Sink
	// CompareFaces tells how alike the faces of two JPEGs are, as a cosine, and
	// whether both show one; nil: the selfie is not compared with its gestures.
	CompareFaces func(ctx context.Context, a, b []byte) (score float64, found bool, err error)

	// Site is who asks. Challenge asks for tilts and gestures. Container says that
	// the machine's own addresses may not be reachable from a phone.
	Site                 string
	Challenge, Container bool
	// Origin is the address in links unless the desktop chose one of Origins;
	// TrustURL explains the local root, empty without one.
	Origin   func() string
	Origins  func() []string
	TrustURL func() string

	// Store bounds a call to the store, Analysis one analysis with its wait, and
	// Absent is the silence after which a phone counts as absent.
	Store, Analysis, Absent time.Duration

	Metrics *Metrics
	Logger  *slog.Logger
}

// Plane is the live plane of one instance: the conversations with desktops and
// phones, and the captures that go on. Safe for concurrent use.
type Plane struct {
	Deps
	captures *captures
	watchers *watchers

	base context.Context //nolint:containedctx // ends with Close; parent of what no request waits for
	stop context.CancelFunc
}

// NewPlane returns a plane; the caller closes it.
func NewPlane(d Deps) *Plane {
	p := &Plane{Deps: d, watchers: &watchers{open: map[string]*watcher{}}}
	p.captures = newCaptures(p)
	p.base, p.stop = context.WithCancel(context.Background())
	return p
}

// Close ends what goes on by itself and waits for it.
func (p *Plane) Close() {
	p.stop()
	p.captures.close()
	p.watchers.running.Wait()
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

// check logs the failure of something that nobody waits for.
func (p *Plane) check(ctx context.Context, what string, do func() error) {
	if err := do(); err != nil && !isGone(err) && ctx.Err() == nil {
		p.Logger.WarnContext(ctx, "background call failed", "call", what, "err", err)
	}
}

// isGone tells that the session is over or moved on, which is no fault.
func isGone(err error) bool {
	return errorIsAny(err, pairing.ErrNotFound, pairing.ErrNotAllowed, pairing.ErrConflict, pairing.ErrInvalid)
}

// The sizes of stills on the wire, in bytes and pixels.
const (
	// partSize of a still is small enough that a slow line loses little.
	partSize = 64 << 10
	// stillSide is enough for 290 dpi on a whole card with margin.
	stillSide = 2560
)
