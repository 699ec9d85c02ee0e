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
