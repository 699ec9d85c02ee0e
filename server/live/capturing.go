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

// record is what pairing.Session.Flow holds: the capture's state.
type captureState struct {
	Document capture.Document `json:"document"`
	Started  bool             `json:"started,omitempty"` // the camera was opened once
	Flow     *capture.Flow    `json:"flow"`
	Upload   *upload          `json:"upload,omitempty"` // the last still sent, or on its way
	// TooMany: the limit of sent stills of a side ended the session. Read only: it was
	// written before pairing.ReasonTooManyStills was.
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

// under tells whether v came under the same seq.
func (u *upload) under(v *upload) bool { return u != nil && u.Step == v.Step && u.Seq == v.Seq }

// mixes tells whether v is another picture than the one that came under its seq: of
// another number of parts, or one that is over.
func (r *captureState) mixes(v *upload) bool {
	if r.Upload.under(v) {
		return r.Upload.Mixed || r.Upload.Parts != v.Parts
	}
	return r.Upload != nil && slices.Contains(r.Flow.UsedSeqs, v.Seq)
}

// decodeState reads a session's Flow; nil before a document was chosen.
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

// state is the session's state as people see it.
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

// capturing is one phone's capture of a session on this instance. It outlives the
// phone's socket for a while, so that a POST follows another, and streaks and
// pictures of the preview before are kept.
type capturing struct {
	plane  *Plane
	id     string
	device string // the phone, as pairing.Session.DeviceHash
	// subject is what the session is for; see Enrolments.
	subject string
	// turn is held, as the only element, by whoever works on the capture: one
	// analysis and one change at a time.
	turn chan struct{}
	// newest is the latest record of the session that was seen.
	newest atomic.Pointer[pairing.Session]
	// heard is when the phone last said anything, listened until when a desktop is
	// believed to watch; Unix milliseconds.
	heard, listened atomic.Int64

	// What follows belongs to the holder of turn.
	work        *captureState // with streaks; nil: to be read anew
	base        []byte        // the stored bytes that work came from
	savedAt     time.Time
	got         map[int]bool // parts of work.Upload that have arrived; nil: ask the store
	result      *protocol.StillResult
	pace        pace
	lastLive    time.Time
	lastPicture time.Time
	presence    presence
	sequence    sequence

	// phone is the outbox of the phone's socket; nil while there is none.
	phone atomic.Pointer[Outbox]

	mu       sync.Mutex // guards what follows
	users    int        // sockets and requests that hold it
	silence  *time.Timer
	forget   *time.Timer
	deadline *time.Timer // for capture.Flow.Due
}

// hold waits for the turn; the returned function gives it back.
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

// note keeps a record of the session unless a newer one is known. Records are
// shared: nobody changes one.
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

// current is the record to work on; nil before a document was chosen. The caller
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
	r, err := decodeState(sess.Flow)
	if err != nil {
		return nil, err
	}
	c.work, c.base, c.got = r, sess.Flow, nil
	return r, nil
}

// idleEvery is how often previews that change nothing renew the session's life.
const idleEvery = 30 * time.Second

// change lets do work on the record, and stores it when do says so. Where another
// instance has changed it meanwhile, do runs again on what is stored: it must
// give the same result for the same record. The caller holds the turn.
func (c *capturing) change(ctx context.Context, do func(r *captureState) (next *captureState, save bool, err error)) error {
	r, err := c.current(ctx)
	if err != nil {
		return err
	}
	next, save, err := do(r)
	if err != nil {
		c.work = nil // do may have come half way
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
		other, err := decodeState(stored)
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

// trial is a copy of the state, for what is to be known before anything is stored.
// The caller holds the turn.
func (c *capturing) trial(ctx context.Context) (*captureState, error) {
	r, err := c.current(ctx)
	if err != nil {
		return nil, err
	}
	b, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("copy capture state: %w", err)
	}
	return decodeState(b)
}

// errMoved says that another instance changed the capture between a trial and the
// change.
var errMoved = errors.New("the capture moved on meanwhile")

// trials is how often what another instance has moved on is tried again.
const trials = 3

// listening tells whether a desktop watches.
func (c *capturing) listening(now time.Time) bool {
	return now.UnixMilli() < c.listened.Load()
}

// listen notes that a desktop watches.
func (c *capturing) listen() { c.listened.Store(time.Now().Add(listenFor).UnixMilli()) }

// saw keeps a record that a call of the service returned.
func (c *capturing) saw(sess pairing.Session, err error) error {
	if err == nil {
		c.note(&sess)
	}
	return err
}

// reference is the session's, for the log.
func (c *capturing) reference() string {
	if sess := c.newest.Load(); sess != nil {
		return sess.Reference
	}
	return ""
}
