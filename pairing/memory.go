package pairing

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"sync"
	"time"

	table "visavis/limits"
)

// MemoryLimits bound the memory store, so that clients cannot make the process grow
// without bound. A zero field has its default.
type MemoryLimits struct {
	// Sessions bounds all sessions, Held those of one network. Defaults:
	// limits.SessionsTotal, about 60 MB of records, and limits.SessionsHeld.
	Sessions, Held int
	// Entries bounds index keys, heartbeats and counters together. Default 1,000,000:
	// about 200 MB.
	Entries int
	// Bytes bounds all stills and parts together, HeldBytes those of one network (half of
	// Bytes at most). Defaults: limits.PicturesTotal, about a hundred and fifty
	// concurrent captures of 3 MB, and limits.PicturesHeld.
	Bytes, HeldBytes int64
}

// usualStill is the size, in bytes, of a still as phones send it.
const usualStill = 1 << 20

// sweepEvery is the interval at which expired entries are removed. Expired entries are
// never returned; the interval bounds how long an image stays in memory.
const sweepEvery = 10 * time.Second

// Memory is a [Store] in this process. It starts no goroutine; a timer runs while it is
// not empty.
type Memory struct {
	limits MemoryLimits
	fan    fanout

	mu       sync.Mutex // guards what follows; never held while waiting
	closed   bool
	sessions map[string]*memorySession
	entries  map[string]memoryEntry
	bytes    int64 // of all stills and parts
	holds    map[string]*holding
	sweeper  *time.Timer
	swept    time.Time // the last sweep because it was full
}

// memorySession is a record with what belongs to it.
type memorySession struct {
	record  Session
	expires time.Time
	saved   time.Time
	stills  map[string][]byte

	upload       string
	parts        map[int][]byte
	partBytes    int
	partsExpires time.Time
}

// memoryEntry is an index key (id), a beat or a counter.
type memoryEntry struct {
	id      string
	count   int64
	expires time.Time
}

var _ Store = (*Memory)(nil)

// NewMemory returns an empty store.
func NewMemory(limits MemoryLimits) *Memory {
	if limits.Sessions <= 0 {
		limits.Sessions = table.SessionsTotal.Number()
	}
	if limits.Held <= 0 {
		limits.Held = table.SessionsHeld.Number()
	}
	if limits.HeldBytes <= 0 {
		limits.HeldBytes = int64(table.PicturesHeld.Number())
	}
	if limits.Entries <= 0 {
		limits.Entries = 1_000_000
	}
	if limits.Bytes <= 0 {
		limits.Bytes = int64(table.PicturesTotal.Number())
	}
	return &Memory{
		limits:   limits,
		sessions: make(map[string]*memorySession),
		entries:  make(map[string]memoryEntry),
		holds:    make(map[string]*holding),
	}
}

// Create implements [Store]. ErrFull at the maximum number of sessions.
func (m *Memory) Create(ctx context.Context, s Session, ttl time.Duration) error {
	if err := m.lock(ctx); err != nil {
		return err
	}
	defer m.mu.Unlock()
	if m.session(s.ID) != nil {
		return ErrConflict
	}
	m.drop(s.ID) // one that has expired
	if err := m.admit(&s); err != nil {
		return err
	}
	now := time.Now()
	m.sessions[s.ID] = &memorySession{record: s.Clone(), expires: now.Add(ttl), saved: now}
	m.grow(&s, 1, 0)
	m.startSweeper()
	return nil
}

// Load implements [Store].
func (m *Memory) Load(ctx context.Context, id string) (Session, error) {
	if err := m.lock(ctx); err != nil {
		return Session{}, err
	}
	defer m.mu.Unlock()
	s := m.session(id)
	if s == nil {
		return Session{}, ErrNotFound
	}
	return s.record.Clone(), nil
}

// Save implements [Store].
func (m *Memory) Save(ctx context.Context, next Session, ttl time.Duration) error {
	stored, err := m.replace(ctx, next, ttl)
	if err != nil {
		return err
	}
	// Outside the lock: two saves may get here in the wrong order, and the
	// subscribers drop the older one.
	m.fan.publish(next.ID, Event{Session: stored})
	return nil
}

func (m *Memory) replace(ctx context.Context, next Session, ttl time.Duration) (*Session, error) {
	if err := m.lock(ctx); err != nil {
		return nil, err
	}
	defer m.mu.Unlock()
	s := m.session(next.ID)
	switch {
	case s == nil:
		return nil, ErrNotFound
	case s.record.Rev != next.Rev-1:
		return nil, ErrConflict
	}
	stored := next.Clone() // read-only from here on: subscribers share it
	stored.Networks = s.record.Networks
	s.record, s.saved = stored, time.Now()
	s.expires = s.saved.Add(ttl)
	switch {
	case stored.State == Ended:
		m.dropImages(s)
	case stored.Finished:
		m.dropParts(s)
	}
	return &stored, nil
}

// Delete implements [Store].
func (m *Memory) Delete(ctx context.Context, id string) error {
	if err := m.lock(ctx); err != nil {
		return err
	}
	defer m.mu.Unlock()
	m.drop(id)
	delete(m.entries, keyBeat+id)
	return nil
}

// Publish implements [Store].
func (m *Memory) Publish(ctx context.Context, id string, live []byte) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.fan.publish(id, Event{Live: bytes.Clone(live)})
	return nil
}

// Subscribe implements [Store].
func (m *Memory) Subscribe(ctx context.Context, id string) (<-chan Event, func(), error) {
	if err := m.lock(ctx); err != nil {
		return nil, nil, err
	}
	sub := m.fan.add(id)
	m.mu.Unlock()
	return sub.events, until(ctx, func() { m.fan.remove(id, sub) }), nil
}

// PutPart implements [Store].
func (m *Memory) PutPart(ctx context.Context, id, upload string, part int, data []byte, limit int,
	ttl time.Duration) error {
	if err := m.lock(ctx); err != nil {
		return err
	}
	defer m.mu.Unlock()
	s := m.session(id)
	if s == nil {
		return ErrNotFound
	}
	if s.upload != upload {
		m.dropParts(s)
		s.upload = upload
	}
	if old, ok := s.parts[part]; ok && !bytes.Equal(old, data) {
		return ErrOtherPart
	}
	more := len(data) - len(s.parts[part])
	if s.partBytes+more > limit {
		return fmt.Errorf("%w: %d bytes, limit %d", ErrTooLarge, s.partBytes+more, limit)
	}
	if err := m.room(s, int64(more)); err != nil {
		return err
	}
	if s.parts == nil {
		s.parts = make(map[int][]byte)
	}
	s.parts[part] = bytes.Clone(data)
	s.partBytes += more
	m.grow(&s.record, 0, int64(more))
	s.partsExpires = time.Now().Add(ttl)
	return nil
}

// Parts implements [Store].
func (m *Memory) Parts(ctx context.Context, id, upload string) (map[int][]byte, error) {
	if err := m.lock(ctx); err != nil {
		return nil, err
	}
	defer m.mu.Unlock()
	s := m.session(id)
	if s == nil || s.upload != upload {
		return map[int][]byte{}, nil
	}
	return maps.Clone(s.parts), nil // the bytes of a part are never changed
}

// PutStill implements [Store].
func (m *Memory) PutStill(ctx context.Context, id, step string, jpeg []byte, limit int, _ time.Duration) error {
	if len(jpeg) > limit {
		return fmt.Errorf("%w: still of %d bytes, limit %d", ErrTooLarge, len(jpeg), limit)
	}
	if err := m.lock(ctx); err != nil {
		return err
	}
	defer m.mu.Unlock()
	s := m.session(id)
	if s == nil {
		return ErrNotFound
	}
	more := int64(len(jpeg) - len(s.stills[step]))
	if err := m.room(s, more); err != nil {
		return err
	}
	if s.stills == nil {
		s.stills = make(map[string][]byte)
	}
	s.stills[step] = bytes.Clone(jpeg)
	m.grow(&s.record, 0, more)
	return nil
}

// Still implements [Store].
func (m *Memory) Still(ctx context.Context, id, step string) ([]byte, error) {
	if err := m.lock(ctx); err != nil {
		return nil, err
	}
	defer m.mu.Unlock()
	if s := m.session(id); s != nil && s.stills[step] != nil {
		return bytes.Clone(s.stills[step]), nil
	}
	return nil, ErrNotFound
}

// Ping implements [Store].
//
// ErrFull if neither a session nor a still of the usual size fits and no room can be
// made.
func (m *Memory) Ping(ctx context.Context) error {
	if err := m.lock(ctx); err != nil {
		return err
	}
	defer m.mu.Unlock()
	if len(m.sessions) >= m.limits.Sessions || m.bytes+min(usualStill, m.limits.Bytes) > m.limits.Bytes {
		m.sweepFull()
	}
	if len(m.sessions) >= m.limits.Sessions && !m.anySpare() {
		return fmt.Errorf("%w: %d sessions, limit %d", ErrFull, len(m.sessions), m.limits.Sessions)
	}
	more := min(usualStill, m.limits.Bytes)
	if m.bytes+more > m.limits.Bytes && len(m.larger(nil, more)) == 0 {
		return fmt.Errorf("%w: %d bytes of images, limit %d", ErrFull, m.bytes+more, m.limits.Bytes)
	}
	return nil
}

// anySpare reports whether a session could be evicted for a new one.
func (m *Memory) anySpare() bool {
	now := time.Now()
	for _, s := range m.sessions {
		if from, ok := s.record.spareFrom(s.saved); ok && !from.After(now) {
			return true
		}
	}
	return false
}

// Close implements [Store]. It discards everything and ends the subscriptions.
func (m *Memory) Close() error {
	m.mu.Lock()
	m.closed = true
	if m.sweeper != nil {
		m.sweeper.Stop()
	}
	clear(m.sessions)
	clear(m.entries)
	clear(m.holds)
	m.bytes = 0
	m.mu.Unlock()
	m.fan.closeAll()
	return nil
}
