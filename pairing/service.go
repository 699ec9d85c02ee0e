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

// Service holds every rule about sessions, time and single use. It has no state
// of its own; see the package comment for what it promises.
type Service struct {
	store Store
	cfg   Config
}

// NewService returns a Service over the store, which stays the caller's to close.
func NewService(store Store, cfg Config) (*Service, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	return &Service{store: store, cfg: cfg}, nil
}

// Config returns the limits in force, defaults filled in, without the secret.
func (v *Service) Config() Config {
	c := v.cfg
	c.Secret = nil
	return c
}

// RateLimitError says which limit was reached. It is an ErrRateLimited and a *limits.Refused.
type RateLimitError struct{ *limits.Refused }

func (e *RateLimitError) Error() string { return "rate limited: " + e.Text() }

// Is makes it an ErrRateLimited.
func (e *RateLimitError) Is(target error) bool { return target == ErrRateLimited }

// Unwrap returns the limit.
func (e *RateLimitError) Unwrap() error { return e.Refused }

// SecondPhoneError says that a ticket is dead because another phone holds the
// session ID. It is an ErrInvalid: who brought the ticket learns no more, the
// desktop is told.
type SecondPhoneError struct{ ID string }

func (e *SecondPhoneError) Error() string { return ErrInvalid.Error() + ": claimed by another phone" }

// Is makes it an ErrInvalid.
func (e *SecondPhoneError) Is(target error) bool { return target == ErrInvalid }

// errUnchanged ends an update that has nothing to store.
var errUnchanged = errors.New("unchanged")

// The compare-and-swap loop: fifty changes at the same moment pass, and one
// failure of the store of which nobody knows whether it came before the write.
const (
	maxTries    = 60
	maxFailures = 1
)

// update loads the record, lets time and fn change it, and stores it if nobody
// else did meanwhile; else it starts again. fn may run several times. It returns
// errUnchanged to store nothing, any other error to give up; what time alone did
// is stored even then.
func (v *Service) update(ctx context.Context, id string, fn func(s *Session, now time.Time) error) (Session, error) {
	var sent *Session // what may have been stored although no answer said so
	failures := 0
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
		err = v.store.Save(ctx, next, next.ttl(&v.cfg, clock()))
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

// apply lets time and fn change a copy of cur. changed tells whether it is to be
// stored; refusal is the error of fn for the caller.
func (v *Service) apply(cur Session, fn func(s *Session, now time.Time) error) (next Session, changed bool, refusal error) {
	now := clock()
	next = cur.Clone()
	expired := next.expire(&v.cfg, now)
	aged := next.Clone()
	refusal = fn(&next, now)
	if refusal != nil {
		next, changed = aged, expired
	} else {
		changed = true
	}
	if errors.Is(refusal, errUnchanged) {
		refusal = nil
	}
	if changed {
		next.Rev++
	}
	return next, changed, refusal
}

// equal tells whether two records are the same through and through.
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

// pause waits a little, at random, so that those who collided do not collide again.
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

// clock is the time as records keep it: what survives JSON.
func clock() time.Time { return time.Now().UTC().Truncate(time.Millisecond) }

// short is what an error says of an id.
func short(id string) string { return id[:min(len(id), 8)] }

// The kinds of index key.
const (
	indexDesktop = "desktop:"
	indexDevice  = "device:"
	indexToken   = "token:"
	indexTyped   = "typed:"
)

// find loads the session that an index key leads to and brings it up to date.
func (v *Service) find(ctx context.Context, key string) (Session, error) {
	id, err := v.store.FindIndex(ctx, key)
	if err != nil {
		return Session{}, err
	}
	return v.current(ctx, id)
}

// current loads a session and stores what time alone has done to it.
func (v *Service) current(ctx context.Context, id string) (Session, error) {
	s, err := v.store.Load(ctx, id)
	if err != nil {
		return Session{}, err
	}
	if probe := s.Clone(); !probe.expire(&v.cfg, clock()) {
		return s, nil
	}
	return v.Expire(ctx, id)
}

// Expire brings the session to where the time leads it: ended when it was idle or
// its time is over, from scanned back to waiting when nobody claimed, codes-over
// when the codes are. It may be called at any time and changes nothing when
// nothing is due. ErrNotFound.
func (v *Service) Expire(ctx context.Context, id string) (Session, error) {
	return v.update(ctx, id, func(*Session, time.Time) error { return errUnchanged })
}

// NextExpiry is when Expire should be called for this record: its end when it is
// ended or finished.
func (v *Service) NextExpiry(s Session) time.Time {
	if s.Finished {
		return s.EndsAt
	}
	return s.nextExpiry(&v.cfg)
}

// counted is one of those who share a limit, with how much of it.
type counted struct {
	of   string
	most int
}

// sharers are the networks of an address, the narrowest first.
func sharers(a netip.Addr, limit int) []counted {
	var out []counted
	for _, t := range limits.Tiers(a) {
		out = append(out, counted{t.Net.String(), limit * int(t.Times)})
	}
	return out
}

// count adds one to the counter of this limit for each of those who share it, and refuses when that is more than one
// may have. Who is refused takes nothing from the wider networks.
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

// limited is the refusal of a limit.
func limited(l limits.Limit) error { return &RateLimitError{limits.Refuse(l, l.Per())} }

// counter is the key of a counter. Addresses are personal data: the store sees
// an HMAC.
func (v *Service) counter(l limits.Limit, of string) string {
	return l.String() + ":" + hex.EncodeToString(keyed(v.cfg.Secret, "counter", of)[:16])
}
