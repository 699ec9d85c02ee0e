package store

import (
	"context"

	"github.com/pressly/goose/v3"
)

// Undo takes the last migration back, so that it is pending again.
func Undo(ctx context.Context, s *Store) error {
	provider, err := newProvider(s.sqlite, goose.DialectSQLite3)
	if err == nil {
		_, err = provider.Down(ctx)
	}
	return err
}

// Compiled returns how many of a SQLite store's queries are compiled, and how many are known.
func Compiled(s *Store) (n, known int) {
	s.prepared.mu.Lock()
	defer s.prepared.mu.Unlock()
	for _, statement := range s.prepared.known {
		if statement != nil {
			n++
		}
	}
	return n, len(s.prepared.known)
}

// RolledBack tells whether a call failed because its transaction was over.
func RolledBack(err error) bool { return rolledBack(err) }
