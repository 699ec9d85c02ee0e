package pairing

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"time"

	"visavis/limits"
)

// Service holds every rule about sessions, expiry and single use. It keeps no state of
// its own; the package comment says what it guarantees.
type Service struct {
	store Store
	cfg   Config
	now   func() time.Time
}

// NewService returns a Service over the store. The caller closes the store.
func NewService(store Store, cfg Config) (*Service, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	return &Service{store: store, cfg: cfg, now: clockOf(store)}, nil
}

// Config returns the effective limits, with defaults and without the secret.
func (v *Service) Config() Config {
	c := v.cfg
	c.Secret = nil
	return c
}

// RateLimitError names the limit that was reached. It matches ErrRateLimited and is a
// *limits.Refused.
type RateLimitError struct{ *limits.Refused }

func (e *RateLimitError) Error() string { return "rate limited: " + e.Text() }

// Is makes it match ErrRateLimited.
func (e *RateLimitError) Is(target error) bool { return target == ErrRateLimited }

// Unwrap returns the limit.
func (e *RateLimitError) Unwrap() error { return e.Refused }

// errUnchanged ends an update that stores nothing.
var errUnchanged = errors.New("unchanged")

// Bounds of the compare-and-swap loop: fifty concurrent changes succeed, and so does one
// after a store failure of which it is unknown whether it came before the write.
const (
	maxTries    = 60
	maxFailures = 1
)

// remembers is a store that is slow to ask and knows the newest record that this instance's
// subscribers were sent, which may be an old one.
type remembers interface {
	newest(id string) *Session // shared, or nil
}

// guess makes a change on the record that the store remembers, where that saves it from being
// loaded: the compare-and-swap fails if the record is an old one. What changes nothing or is
// refused is not believed of it. next is what was saved, or not with err; nil: nothing was tried.
func (v *Service) guess(
	ctx context.Context, id string, fn func(s *Session, now time.Time) error,
) (next *Session, err error) {
	store, ok := v.store.(remembers)
	if !ok {
		return nil, nil
	}
	known := store.newest(id)
	if known == nil {
		return nil, nil
	}
	changed, ok, refusal := v.apply(*known, fn)
	if !ok || refusal != nil {
		return nil, nil //nolint:nilerr // the record is loaded, and fn asked again
	}
	return &changed, v.store.Save(ctx, changed, changed.ttl(&v.cfg, v.clock()))
}

// update loads the record, applies expiry and fn, and stores it by compare-and-swap. On a
// conflict it starts again, so fn may run several times. fn returns errUnchanged to store
// nothing and any other error to give up; a change by expiry is stored even then.
func (v *Service) update(ctx context.Context, id string, fn func(s *Session, now time.Time) error) (Session, error) {
	sent, err := v.guess(ctx, id, fn) // sent: possibly stored although the answer was lost
	failures := 0
	switch {
	case sent != nil && err == nil:
		return *sent, nil
	case err != nil && !errors.Is(err, ErrConflict):
		failures++
	}
	if errors.Is(err, ErrNotFound) || ctx.Err() != nil && err != nil {
		return Session{}, fmt.Errorf("session %s: %w", short(id), err)
	}
	for try := range maxTries {
		cur, err := v.store.Load(ctx, id)
		if err != nil {
			return Session{}, fmt.Errorf("session %s: %w", short(id), err)
		}
		if sent != nil && equal(cur, *sent) {
			return cur, nil
		}
		next, changed, refusal := v.apply(cur, fn)
		if !changed {
			return cur, refusal
		}
		err = v.store.Save(ctx, next, next.ttl(&v.cfg, v.clock()))
		if err == nil {
			return next, refusal
		}
		if !errors.Is(err, ErrConflict) {
			failures++
		}
		if errors.Is(err, ErrNotFound) || failures > maxFailures || ctx.Err() != nil {
			return Session{}, fmt.Errorf("session %s: %w", short(id), err)
		}
		if sent = nil; refusal == nil {
			sent = &next
		}
		if err := pause(ctx, try); err != nil {
			return Session{}, err
		}
	}
	return Session{}, fmt.Errorf("session %s: %w", short(id), ErrConflict)
}

// apply applies expiry and fn to a copy of cur. changed reports whether to store it;
// refusal is the error of fn, for the caller.
func (v *Service) apply(
	cur Session, fn func(s *Session, now time.Time) error,
) (next Session, changed bool, refusal error) {
	now := v.clock()
	next = cur.Clone()
	changed = next.expire(&v.cfg, now)
	if refusal = fn(&next, now); refusal == nil {
		changed = true
	} else { // nothing is kept of what fn did
		next = cur.Clone()
		next.expire(&v.cfg, now)
	}
	if errors.Is(refusal, errUnchanged) {
		refusal = nil
	}
	if changed {
		next.Rev++
	}
	return next, changed, refusal
}

// equal reports whether two records are deeply equal.
func equal(a, b Session) bool {
	if a.Rev != b.Rev {
		return false
	}
	x, err := json.Marshal(a)
	if err != nil {
		return false
	}
	y, err := json.Marshal(b)
	return err == nil && bytes.Equal(x, y)
}

// pause waits a short random time, so that colliding updates do not collide again.
func pause(ctx context.Context, try int) error {
	t := time.NewTimer(time.Duration(rand.Int64N(int64(min(try+1, 10)) * int64(2*time.Millisecond))))
	defer t.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-t.C:
		return nil
	}
}

// short returns the part of an id that an error shows.
func short(id string) string { return id[:min(len(id), 8)] }

// The kinds of index key.
const (
	indexDesktop = "desktop:"
	indexDevice  = "device:"
	indexToken   = "token:"
	indexTyped   = "typed:"
)

// find loads the session of an index key and applies expiry.
func (v *Service) find(ctx context.Context, key string) (Session, error) {
	id, err := v.store.FindIndex(ctx, key)
	if err != nil {
		return Session{}, err
	}
	return v.current(ctx, id)
}

// current loads a session and stores a change by expiry.
func (v *Service) current(ctx context.Context, id string) (Session, error) {
	s, err := v.store.Load(ctx, id)
	if err != nil {
		return Session{}, err
	}
	if probe := s.Clone(); !probe.expire(&v.cfg, v.clock()) {
		return s, nil
	}
	return v.Expire(ctx, id)
}

// Expire applies the passage of time to the session: it ends an idle or expired one,
// returns an unclaimed scan to waiting, and sets codes-over when the time for codes is
// over. Idempotent. It changes nothing if nothing is due. ErrNotFound.
func (v *Service) Expire(ctx context.Context, id string) (Session, error) {
	return v.update(ctx, id, func(*Session, time.Time) error { return errUnchanged })
}

// NextExpiry is when to call Expire for this record. For an ended or finished one it is
// its end.
func (v *Service) NextExpiry(s Session) time.Time {
	if s.Finished {
		return s.EndsAt
	}
	return s.nextExpiry(&v.cfg)
}

// counted is one network that shares a limit, with its share.
type counted struct {
	of   string
	most int
}

// sharers returns the networks around an address, the narrowest first.
func sharers(a netip.Addr, limit int) []counted {
	var out []counted
	for _, t := range limits.Tiers(a) {
		out = append(out, counted{t.Net.String(), limit * int(t.Times)})
	}
	return out
}

// count adds one to the limit's counter for each network that shares it, and refuses over
// the limit. A refused request is not charged to the wider networks.
func (v *Service) count(ctx context.Context, l limits.Limit, of []counted) error {
	for _, c := range of[1:] { // no counter is made for an address whose network has used up its share
		n, err := v.store.Counted(ctx, v.counter(l, c.of))
		if err != nil {
			return err
		}
		if n >= int64(c.most) {
			return limited(l)
		}
	}
	for _, c := range of {
		n, err := v.store.Count(ctx, v.counter(l, c.of), l.Per())
		if err != nil {
			return err
		}
		if n > int64(c.most) {
			return limited(l)
		}
	}
	return nil
}

// limited returns the error of a reached limit.
func limited(l limits.Limit) error { return &RateLimitError{limits.Refuse(l, l.Per())} }

// counter returns the key of a counter, an HMAC: addresses are personal data and the
// store must not see them.
func (v *Service) counter(l limits.Limit, of string) string {
	return l.String() + ":" + hex.EncodeToString(keyed(v.cfg.Secret, "counter", of)[:16])
}
