package pairing

import (
	"context"
	"errors"
	"time"
)

// Errors of a Store and of the Service. Ask with errors.Is.
var (
	// ErrNotFound: no such session, or it is over and forgotten.
	ErrNotFound = errors.New("session not found")
	// ErrConflict: the record changed since it was read.
	ErrConflict = errors.New("session changed meanwhile")
	// ErrInvalid: unknown, expired or used token, code or secret; one answer for all.
	ErrInvalid = errors.New("token invalid")
	// ErrNotAllowed: not in this state.
	ErrNotAllowed = errors.New("not allowed in this state")
	// ErrRateLimited: too many tries; wait.
	ErrRateLimited = errors.New("rate limited")
	// ErrTooLarge: a still or part over its limit.
	ErrTooLarge = errors.New("too large")
	// ErrUnavailable: the store does not answer, or not in time; try again.
	ErrUnavailable = errors.New("store unavailable")
	// ErrFull: the store keeps as much as it may; come back later.
	ErrFull = errors.New("store full")
	// ErrOtherPart: a part came again with other bytes.
	ErrOtherPart = errors.New("another part has this number")
	// ErrWrongCode: the comparison failed; the token is dead.
	ErrWrongCode = errors.New("wrong comparison code")
)

// Event reaches the subscribers of a session. Session is set when the record
// changed (State events); Live is set for disposable news, opaque here; Gone says that
// the store has no such record any more, which nobody deleted: it lost its data.
type Event struct {
	Session *Session
	Live    []byte
	Gone    bool
}

// Store keeps sessions of the live plane and carries news about them between
// instances. Everything in it expires by itself. Implementations are safe for
// concurrent use by many goroutines; every call honours ctx. They are proved by
// one contract suite.
type Store interface {
	// Create stores a new record (Rev 1) for at most ttl. ErrConflict if the ID exists.
	// ErrRateLimited when its networks hold as many as they may (limits.SessionsHeld).
	// At the total (limits.SessionsTotal) a spare session of the network that holds
	// most goes, and who follows it hears Gone; ErrFull when there is none.
	Create(ctx context.Context, s Session, ttl time.Duration) error
	// Load returns the latest record. ErrNotFound.
	Load(ctx context.Context, id string) (Session, error)
	// Save replaces the record if its stored Rev is s.Rev-1, and tells every
	// subscriber on every instance in the same step. ErrConflict otherwise,
	// ErrNotFound if it is gone. ttl counts from now. With an Ended record the
	// session's stills and parts are deleted in the same step.
	Save(ctx context.Context, s Session, ttl time.Duration) error
	// Delete removes the record, its stills and parts.
	Delete(ctx context.Context, id string) error

	// PutIndex lets key (a hash) find id for ttl; FindIndex returns the id or
	// ErrNotFound. The record decides whether a found index still counts.
	PutIndex(ctx context.Context, key, id string, ttl time.Duration) error
	FindIndex(ctx context.Context, key string) (string, error)

	// Publish sends disposable news to the subscribers on every instance. News may
	// be lost; records never are (the next one heals).
	Publish(ctx context.Context, id string, live []byte) error
	// Subscribe delivers events until ctx ends or the returned cancel is called,
	// which close the channel. The revs of a subscriber's Sessions only grow. A slow
	// subscriber loses the oldest of more than 16 events, but never the newest
	// Session; one Event may carry both a Session and a Live then. What was saved
	// before Subscribe returned may be missing: Load after it. What an Event points
	// to is shared with other subscribers and must not be changed.
	Subscribe(ctx context.Context, id string) (<-chan Event, func(), error)

	// Beat notes that the phone lives, for ttl; Alive tells whether one is noted.
	Beat(ctx context.Context, id string, ttl time.Duration) error
	Alive(ctx context.Context, id string) (bool, error)

	// Count adds one to key's counter, which starts with its first count and is
	// forgotten after window, and returns the sum over all instances.
	Count(ctx context.Context, key string, window time.Duration) (int64, error)
	// Counted returns the sum without adding to it.
	Counted(ctx context.Context, key string) (int64, error)

	// PutPart keeps one part of a still on its way; Parts returns those of the
	// upload by number. A session has one upload: a part of another seq or step
	// replaces it. ErrTooLarge when the sum would pass limit bytes, ErrOtherPart when
	// the part is there with other bytes; then nothing changes.
	PutPart(ctx context.Context, id, upload string, part int, data []byte, limit int, ttl time.Duration) error
	Parts(ctx context.Context, id, upload string) (map[int][]byte, error)
	// PutStill keeps the accepted still of a step as long as the record, which each
	// Save prolongs or shortens, and ttl at most without one; Still returns it or
	// ErrNotFound. ErrTooLarge over limit bytes. PutPart and PutStill return
	// ErrNotFound when there is no record.
	PutStill(ctx context.Context, id, step string, jpeg []byte, limit int, ttl time.Duration) error
	Still(ctx context.Context, id, step string) ([]byte, error)

	// Ping tells whether the store answers. Close releases it.
	Ping(ctx context.Context) error
	Close() error
}
