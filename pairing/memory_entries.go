package pairing

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// errClosed is returned by a closed store.
var errClosed = fmt.Errorf("%w: closed", ErrUnavailable)

// Key prefixes of the kinds of entry.
const (
	keyIndex   = "index:"
	keyBeat    = "beat:"
	keyCounter = "counter:"
)

// seenShare is the inverse of the fraction of all entries that hashes of shown pictures
// leave free. They stay for a day and must not keep new sessions out.
const seenShare = 4

// PutIndex implements [Store]. ErrFull at the maximum number of entries.
func (m *Memory) PutIndex(ctx context.Context, key, id string, ttl time.Duration) error {
	if strings.HasPrefix(key, indexSeen) && m.crowded() {
		return fmt.Errorf("%w: of what was shown", ErrFull)
	}
	return m.put(ctx, keyIndex+key, memoryEntry{id: id, expires: time.Now().Add(ttl)})
}

// crowded reports whether the remaining entries are reserved for sessions.
func (m *Memory) crowded() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.entries) >= m.limits.Entries-m.limits.Entries/seenShare
}

// FindIndex implements [Store].
func (m *Memory) FindIndex(ctx context.Context, key string) (string, error) {
	e, ok, err := m.get(ctx, keyIndex+key)
	if err == nil && !ok {
		err = ErrNotFound
	}
	return e.id, err
}

// Beat implements [Store].
func (m *Memory) Beat(ctx context.Context, id string, ttl time.Duration) error {
	return m.put(ctx, keyBeat+id, memoryEntry{expires: time.Now().Add(ttl)})
}

// Alive implements [Store].
func (m *Memory) Alive(ctx context.Context, id string) (bool, error) {
	_, ok, err := m.get(ctx, keyBeat+id)
	return ok, err
}

// Count implements [Store].
func (m *Memory) Count(ctx context.Context, key string, window time.Duration) (int64, error) {
	if err := m.lock(ctx); err != nil {
		return 0, err
	}
	defer m.mu.Unlock()
	now := time.Now()
	e, ok := m.entries[keyCounter+key]
	if !ok || !now.Before(e.expires) {
		e = memoryEntry{expires: now.Add(window)}
	}
	e.count++
	return e.count, m.putLocked(keyCounter+key, e)
}

// Counted implements [Store].
func (m *Memory) Counted(ctx context.Context, key string) (int64, error) {
	e, _, err := m.get(ctx, keyCounter+key)
	return e.count, err
}

func (m *Memory) put(ctx context.Context, key string, e memoryEntry) error {
	if err := m.lock(ctx); err != nil {
		return err
	}
	defer m.mu.Unlock()
	return m.putLocked(key, e)
}

func (m *Memory) putLocked(key string, e memoryEntry) error {
	if _, ok := m.entries[key]; !ok && len(m.entries) >= m.limits.Entries {
		if m.sweepFull(); len(m.entries) >= m.limits.Entries {
			return fmt.Errorf("%w: %d entries, limit %d", ErrFull, len(m.entries), m.limits.Entries)
		}
	}
	m.entries[key] = e
	m.startSweeper()
	return nil
}

// get returns a living entry.
func (m *Memory) get(ctx context.Context, key string) (memoryEntry, bool, error) {
	if err := m.lock(ctx); err != nil {
		return memoryEntry{}, false, err
	}
	defer m.mu.Unlock()
	e, ok := m.entries[key]
	if !ok || !time.Now().Before(e.expires) {
		return memoryEntry{}, false, nil
	}
	return e, true, nil
}

// lock takes the lock, unless ctx has ended or the store is closed.
func (m *Memory) lock(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	if m.closed {
		m.mu.Unlock()
		return errClosed
	}
	return nil
}

// session returns the entry of a live session, or nil. It drops expired parts.
func (m *Memory) session(id string) *memorySession {
	s := m.sessions[id]
	now := time.Now()
	if s == nil || !now.Before(s.expires) {
		return nil
	}
	if s.upload != "" && !now.Before(s.partsExpires) {
		m.dropParts(s)
	}
	return s
}

func (m *Memory) drop(id string) {
	s := m.sessions[id]
	if s == nil {
		return
	}
	m.dropImages(s)
	delete(m.sessions, id)
	m.grow(&s.record, -1, 0)
}

// dropImages forgets every picture of a session.
func (m *Memory) dropImages(s *memorySession) {
	m.dropParts(s)
	for _, b := range s.stills {
		m.grow(&s.record, 0, -int64(len(b)))
	}
	s.stills = nil
}

func (m *Memory) dropParts(s *memorySession) {
	m.grow(&s.record, 0, -int64(s.partBytes))
	s.upload, s.parts, s.partBytes = "", nil, 0
}

// sweep removes expired entries.
func (m *Memory) sweep() {
	now := time.Now()
	for id, s := range m.sessions {
		if !now.Before(s.expires) {
			m.drop(id)
		} else if s.upload != "" && !now.Before(s.partsExpires) {
			m.dropParts(s)
		}
	}
	for key, e := range m.entries {
		if !now.Before(e.expires) {
			delete(m.entries, key)
		}
	}
}

// sweepFull sweeps because the store is full, at most once a second: a flood at the limit
// must not cost a full walk each time.
func (m *Memory) sweepFull() {
	if now := time.Now(); now.Sub(m.swept) >= time.Second {
		m.swept = now
		m.sweep()
	}
}

// startSweeper sets the timer unless it is running.
func (m *Memory) startSweeper() {
	if m.sweeper != nil {
		return
	}
	m.sweeper = time.AfterFunc(sweepEvery, func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.sweeper = nil
		m.sweep()
		if !m.closed && len(m.sessions)+len(m.entries) > 0 {
			m.startSweeper()
		}
	})
}
