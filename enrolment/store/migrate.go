package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migrationLock is the advisory lock under which instances migrate one at a time. The
// number is arbitrary but must not change.
const migrationLock = 7_302_944_101

// Migrate brings the schema up to date. A SQLite file whose tables change is copied before:
// beside it, for a week. also runs under the same lock, for other
// packages' tables in this database.
func (s *Store) Migrate(ctx context.Context, also ...func(context.Context) error) (err error) {
	if s.pool == nil {
		return s.migrate(ctx, s.sqlite, goose.DialectSQLite3, also)
	}
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	defer conn.Release()
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock($1)", int64(migrationLock)); err != nil {
		return fmt.Errorf("store: %w", err)
	}
	defer func() {
		_, unlock := conn.Exec(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock($1)", int64(migrationLock))
		err = errors.Join(err, unlock)
	}()
	db := stdlib.OpenDBFromPool(s.pool)
	defer func() { _ = db.Close() }()
	return s.migrate(ctx, db, goose.DialectPostgres, also)
}

func (s *Store) migrate(ctx context.Context, db *sql.DB, dialect goose.Dialect,
	also []func(context.Context) error) error {
	provider, err := newProvider(db, dialect)
	if err != nil {
		return err
	}
	if err := s.copyIfPending(ctx, provider); err != nil {
		return err
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("store: %w", err)
	}
	for _, f := range also {
		if err := f(ctx); err != nil {
			return fmt.Errorf("store: %w", err)
		}
	}
	return nil
}

// copyIfPending copies a SQLite database that has tables and lacks a migration.
func (s *Store) copyIfPending(ctx context.Context, provider *goose.Provider) error {
	if s.sqlite == nil || s.name == "" || strings.HasPrefix(s.name, ":") {
		return nil
	}
	if err := s.dropCopies(time.Now()); err != nil {
		return err
	}
	pending, err := provider.HasPending(ctx)
	if err != nil || !pending {
		return err
	}
	version, err := provider.GetDBVersion(ctx)
	if err != nil || version == 0 { // a new file
		return err
	}
	return s.copyBefore(ctx, version, time.Now())
}

func newProvider(db *sql.DB, dialect goose.Dialect) (*goose.Provider, error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	provider, err := goose.NewProvider(dialect, db, files, goose.WithAllowOutofOrder(true))
	if err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	return provider, nil
}
