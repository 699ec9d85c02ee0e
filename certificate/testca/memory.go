package testca

import (
	"context"
	"sync"

	"visavis/certificate"
)

// Memory is a store that forgets at the end of the process.
type Memory struct {
	mu      sync.Mutex
	entries map[string]Entry // by enrolment
}

// Add implements [Store].
func (m *Memory) Add(_ context.Context, e Entry) (Entry, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if there, ok := m.entries[e.Enrolment]; ok {
		return there, nil
	}
	if m.entries == nil {
		m.entries = map[string]Entry{}
	}
	m.entries[e.Enrolment] = e
	return e, nil
}

// ByEnrolment implements [Store].
func (m *Memory) ByEnrolment(_ context.Context, enrolment string) (Entry, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if e, ok := m.entries[enrolment]; ok {
		return e, nil
	}
	return Entry{}, ErrNotFound
}

// BySerial implements [Store].
func (m *Memory) BySerial(_ context.Context, serial string) (Entry, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, e := range m.entries {
		if e.Serial == serial {
			return e, nil
		}
	}
	return Entry{}, ErrNotFound
}

// Revoke implements [Store].
func (m *Memory) Revoke(_ context.Context, enrolment string, r certificate.Revocation) (Entry, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	e, ok := m.entries[enrolment]
	if !ok {
		return Entry{}, ErrNotFound
	}
	if e.Revocation == nil {
		e.Revocation = &r
		m.entries[enrolment] = e
	}
	return e, nil
}

// Revoked implements [Store].
func (m *Memory) Revoked(context.Context) ([]Entry, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []Entry
	for _, e := range m.entries {
		if e.Revocation != nil {
			out = append(out, e)
		}
	}
	return out, nil
}
