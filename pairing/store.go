package pairing

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Errors of a Store and of the Service, for errors.Is.
var (
	// ErrNotFound: no such session, or it has expired.
	ErrNotFound = errors.New("session not found")
	// ErrConflict: the record changed since it was loaded.
	ErrConflict = errors.New("session changed meanwhile")
	// ErrInvalid: unknown, expired or used token, code or secret. One error for all, so
	// that it tells a stranger nothing.
	ErrInvalid = errors.New("token invalid")
	// ErrUnsigned: a device secret without a proof of the signing key that its claim
	// brought. It matches ErrInvalid: who has stolen a secret learns no more.
	ErrUnsigned = fmt.Errorf("%w: no proof of the signing key", ErrInvalid)
	// ErrRepeated: a good proof that was taken before, or is too old to know. It matches ErrUnsigned.
	ErrRepeated = fmt.Errorf("%w: it was taken before", ErrUnsigned)
	// ErrNotAllowed: not allowed in this state.
	ErrNotAllowed = errors.New("not allowed in this state")
	// ErrRateLimited: too many attempts; retry later.
	ErrRateLimited = errors.New("rate limited")
	// ErrTooLarge: a still or part exceeds its limit.
	ErrTooLarge = errors.New("too large")
	// ErrUnavailable: the store did not answer in time; retry.
	ErrUnavailable = errors.New("store unavailable")
	// ErrFull: the store is at its maximum; retry later.
	ErrFull = errors.New("store full")
	// ErrOtherPart: this part number was already stored with other bytes.
	ErrOtherPart = errors.New("another part has this number")
	// ErrWrongCode: the comparison failed and the device secret is revoked.
	ErrWrongCode = errors.New("wrong comparison code")
)

// Event is news for the subscribers of a session. Session is set if the record changed.
// Live is disposable news, opaque here. Gone reports that the record is missing although
// nobody deleted it: the store lost or evicted it.
type Event struct {
	Session *Session
	Live    []byte
	Gone    bool
}

// Store keeps sessions of the live plane and delivers their events to all instances.
// Every entry expires by itself. Implementations are safe for concurrent use and honour
// ctx. One contract suite tests them all.
type Store interface {
	// Create stores a new record (Rev 1) for at most ttl. ErrConflict if the ID exists.
	// ErrRateLimited if its network is at its limit (limits.SessionsHeld). At the total
	// (limits.SessionsTotal) it evicts a spare session of the network that holds most,
	// whose subscribers receive Gone. ErrFull if there is none.
	Create(ctx context.Context, s Session, ttl time.Duration) error
	// Load returns the latest record. ErrNotFound.
	Load(ctx context.Context, id string) (Session, error)
	// Save replaces the record if its stored Rev is s.Rev-1, and notifies every
	// subscriber on every instance in the same step. ErrConflict otherwise, ErrNotFound
	// if it is gone. ttl counts from now. Saving an Ended record also deletes the
	// session's stills and parts in the same step, saving a Finished one its parts.
	Save(ctx context.Context, s Session, ttl time.Duration) error
	// Delete removes the record, its stills and parts.
	Delete(ctx context.Context, id string) error

	// PutIndex maps key (a hash) to id for ttl. FindIndex returns the id or ErrNotFound.
	// The caller checks in the record whether the index is still valid.
	PutIndex(ctx context.Context, key, id string, ttl time.Duration) error
	FindIndex(ctx context.Context, key string) (string, error)

	// Publish sends disposable news to the subscribers on every instance. News may be
	// lost; a lost record event is repaired by the next one.
	Publish(ctx context.Context, id string, live []byte) error
	// Subscribe delivers events until ctx ends or the returned cancel is called, which
	// closes the channel. The revs of a subscriber's Sessions only grow. A slow
	// subscriber loses the oldest of more than 16 events, but never the newest Session;
	// one Event may then carry both a Session and a Live. A save before Subscribe
	// returned may be missed: call Load after it. Events are shared with other
	// subscribers and must not be modified.
	Subscribe(ctx context.Context, id string) (<-chan Event, func(), error)

	// Beat records a heartbeat of the phone for ttl. Alive reports whether one is
	// recorded.
	Beat(ctx context.Context, id string, ttl time.Duration) error
	Alive(ctx context.Context, id string) (bool, error)

	// Count adds one to key's counter and returns the sum over all instances. The counter
	// starts with its first count and expires after window.
	Count(ctx context.Context, key string, window time.Duration) (int64, error)
	// Counted returns the counter without adding to it.
	Counted(ctx context.Context, key string) (int64, error)

	// PutPart stores one part of a still in transfer. Parts returns those of the upload
	// by number. A session has one upload: a part of another step or seq replaces it.
	// ErrTooLarge if the sum would exceed limit bytes. ErrOtherPart if the part is stored
	// with other bytes; nothing changes then.
	PutPart(ctx context.Context, id, upload string, part int, data []byte, limit int, ttl time.Duration) error
	Parts(ctx context.Context, id, upload string) (map[int][]byte, error)
	// PutStill stores the accepted still of a step for the lifetime of the record, which
	// each Save adjusts, and for at most ttl without one. Still returns it or
	// ErrNotFound. ErrTooLarge over limit bytes. PutPart and PutStill return ErrNotFound
	// if there is no record.
	PutStill(ctx context.Context, id, step string, jpeg []byte, limit int, ttl time.Duration) error
	Still(ctx context.Context, id, step string) ([]byte, error)

	// Ping reports whether the store answers. Close releases it.
	Ping(ctx context.Context) error
	Close() error
}
