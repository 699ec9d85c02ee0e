package live

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"visavis/capture"
	"visavis/pairing"
	"visavis/protocol"
)

// captureState is the content of pairing.Session.Flow: the capture's state.
type captureState struct {
	Document capture.Document `json:"document"`
	Started  bool             `json:"started,omitempty"` // the camera was opened once
	Flow     *capture.Flow    `json:"flow"`
	Upload   *upload          `json:"upload,omitempty"` // the last still sent, or on its way
	// TooMany: the limit of sent stills of a side ended the session. Read only, for
	// records written before pairing.ReasonTooManyStills existed.
	TooMany bool `json:"tooMany,omitempty"`
}

// upload names the parts of one still.
type upload struct {
	Step       string    `json:"step"`
	Seq        uint32    `json:"seq"`
	Parts      int       `json:"parts"`
	Manual     bool      `json:"manual,omitempty"`
	CapturedAt time.Time `json:"capturedAt"`
	Mixed      bool      `json:"mixed,omitempty"` // parts of two pictures came: none counts
}

func (u *upload) name() string { return fmt.Sprintf("%s/%d", u.Step, u.Seq) }

func (u *upload) same(v *upload) bool {
	return u.under(v) && u.Parts == v.Parts
}

// under reports whether v has the same step and seq.
func (u *upload) under(v *upload) bool { return u != nil && u.Step == v.Step && u.Seq == v.Seq }

// mixes reports whether v is a different picture under the same seq: another number of
// parts, or one that is complete.
func (r *captureState) mixes(v *upload) bool {
	if r.Upload.under(v) {
		return r.Upload.Mixed || r.Upload.Parts != v.Parts
	}
	return r.Upload != nil && slices.Contains(r.Flow.UsedSeqs, v.Seq)
}

// decodeState decodes a session's Flow; nil before a document was chosen.
func decodeState(flow json.RawMessage) (*captureState, error) {
	if len(flow) == 0 || bytes.Equal(flow, []byte("null")) {
		return nil, nil //nolint:nilnil // no record is a state of its own
	}
	var r captureState
	if err := json.Unmarshal(flow, &r); err != nil {
		return nil, fmt.Errorf("read capture state: %w", err)
	}
	if r.Flow != nil {
		if err := r.Flow.Check(); err != nil {
			return nil, fmt.Errorf("read capture state: %w", err)
		}
	}
	if u := r.Upload; u != nil && (u.Parts < 1 || u.Parts > MaxParts) {
		return nil, fmt.Errorf("read capture state: a still of %d parts", u.Parts)
	}
	return &r, nil
}

// state returns the session's state for display.
func (r *captureState) state(of pairing.State) string {
	if of != pairing.Paired || r.Flow == nil {
		return string(of)
	}
	if _, _, open := r.Flow.Current(); !open {
		return protocol.StateDone
	}
	if r.Started {
		return protocol.StateCapturing
	}
	return protocol.StatePaired
}

// open names the open step and its phase, for a refusal.
func (r *captureState) open() string {
	if r == nil || r.Flow == nil {
		return "no document is chosen"
	}
	step, phase, open := r.Flow.Current()
	if !open {
		return "every step is accepted"
	}
	return fmt.Sprintf("%s is open, in the phase %s", step, phase)
}

// capturing is one phone's capture of a session on this instance. It outlives the phone's
// socket for a while, so that streaks and the previous preview survive between POSTs and
// reconnects.
type capturing struct {
	plane  *Plane
	id     string
	device string // the phone, as pairing.Session.DeviceHash
	// subject is what the session is for; see Enrolments.
	subject string
	// turn holds one token. Its holder works on the capture: one analysis and one change
	// at a time.
	turn chan struct{}
	// newest is the newest record of the session seen.
	newest atomic.Pointer[pairing.Session]
	// heard is when the phone was last heard, listened until when a desktop is assumed to
	// watch; Unix milliseconds.
	heard, listened atomic.Int64

	// The holder of turn owns the following.
	work        *captureState // with streaks; nil: to be read anew
	base        []byte        // the stored bytes that work came from
	savedAt     time.Time
	got         map[int]bool // received parts of work.Upload; nil: ask the store
	result      *protocol.StillResult
	pace        pace
	lastLive    time.Time
	lastPicture time.Time
	presence    presence
	sequence    sequence

	traced traced

	// phone is the outbox of the phone's socket, or nil.
	phone atomic.Pointer[Outbox]

	mu       sync.Mutex // guards what follows
	users    int        // sockets and requests that use it
	silence  *time.Timer
	forget   *time.Timer
	deadline *time.Timer // for capture.Flow.Due
}

// hold waits for the turn. The returned function releases it.
func (c *capturing) hold(ctx context.Context) (func(), error) {
	select {
	case c.turn <- struct{}{}:
		return func() { <-c.turn }, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// tryHold takes the turn if it is free.
func (c *capturing) tryHold() (func(), bool) {
	select {
	case c.turn <- struct{}{}:
		return func() { <-c.turn }, true
	default:
		return nil, false
	}
}

// note keeps a record of the session unless a newer one is known. Records are shared and
// must not be modified.
func (c *capturing) note(sess *pairing.Session) {
	for {
		old := c.newest.Load()
		if old != nil && old.Rev >= sess.Rev {
			return
		}
		if c.newest.CompareAndSwap(old, sess) {
			return
		}
	}
}

// current returns the state to work on; nil before a document was chosen. The caller
// holds the turn.
func (c *capturing) current(ctx context.Context) (*captureState, error) {
	sess := c.newest.Load()
	if sess == nil {
		loaded, err := c.plane.Service.Load(ctx, c.id)
		if err != nil {
			return nil, err
		}
		c.note(&loaded)
		sess = &loaded
	}
	if c.work != nil && bytes.Equal(c.base, sess.Flow) {
		return c.work, nil
	}
	r, err := c.decode(sess.Flow)
	if err != nil {
		return nil, err
	}
	c.work, c.base, c.got = r, sess.Flow, nil
	return r, nil
}

// idleEvery is how often previews without a state change renew the session's idle limit.
const idleEvery = 30 * time.Second

// change applies do to the state and stores it if do says so. If another instance has
// changed it meanwhile, do runs again on the stored state, so it must be deterministic.
// The caller holds the turn.
func (c *capturing) change(ctx context.Context,
	do func(r *captureState) (next *captureState, save bool, err error)) error {
	r, err := c.current(ctx)
	if err != nil {
		return err
	}
	next, save, err := do(r)
	if err != nil {
		c.work = nil // do may have changed a part of it: load it again
		return err
	}
	c.work = next
	defer func() { c.arm(c.work) }()
	if !save && time.Since(c.savedAt) < idleEvery {
		return nil
	}
	sess, err := c.plane.Service.UpdateFlow(ctx, c.id, c.device, func(stored json.RawMessage) (json.RawMessage, error) {
		if bytes.Equal(stored, c.base) {
			return json.Marshal(next)
		}
		other, err := c.decode(stored)
		if err != nil {
			return nil, err
		}
		again, _, err := do(other)
		if err != nil {
			return nil, err
		}
		c.work = again
		return json.Marshal(again)
	})
	if err != nil {
		c.work = nil
		return err
	}
	c.base, c.savedAt = sess.Flow, time.Now()
	c.note(&sess)
	return nil
}

// trial returns a copy of the state, to try a change before anything is stored. The
// caller holds the turn.
func (c *capturing) trial(ctx context.Context) (*captureState, error) {
	r, err := c.current(ctx)
	if err != nil {
		return nil, err
	}
	b, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("copy capture state: %w", err)
	}
	return c.decode(b)
}

// decode decodes a stored state, to be judged by this server's limits.
func (c *capturing) decode(flow json.RawMessage) (*captureState, error) {
	r, err := decodeState(flow)
	if r != nil && r.Flow != nil {
		r.Flow.Limits = c.plane.Judging
	}
	return r, err
}

// errMoved says that another instance changed the capture between trial and change.
var errMoved = errors.New("the capture moved on meanwhile")

// trials bounds the attempts after errMoved.
const trials = 3

// listening reports whether a desktop watches.
func (c *capturing) listening(now time.Time) bool {
	return now.UnixMilli() < c.listened.Load()
}

// listen records that a desktop watches.
func (c *capturing) listen() { c.listened.Store(c.plane.now().Add(listenFor).UnixMilli()) }

// saw keeps a record returned by a call of the service.
func (c *capturing) saw(sess pairing.Session, err error) error {
	if err == nil {
		c.note(&sess)
	}
	return err
}

// reference returns the session's reference, for the log.
func (c *capturing) reference() string {
	if sess := c.newest.Load(); sess != nil {
		return sess.Reference
	}
	return ""
}
