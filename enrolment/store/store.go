package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	_ "modernc.org/sqlite" // registers the driver "sqlite"
)

// The errors.
var (
	// ErrNotFound says that nothing is stored under this key.
	ErrNotFound = errors.New("not found")
	// ErrConflict says that the record changed since it was loaded.
	ErrConflict = errors.New("the record has changed since it was read")
)

// Config says which database to use.
type Config struct {
	// URL is a path or file: URL of a SQLite file, or a postgres:// URL.
	URL string
	// ReadOnly refuses every write.
	ReadOnly bool
}

// Store keeps enrolments. Exactly one of sqlite and pool is set.
type Store struct {
	sqlite   *sql.DB
	name     string // of SQLite's file
	prepared prepared
	pool     *pgxpool.Pool

	snapshot string // PostgreSQL's name of what every transaction reads; empty: what is there
	unpin    func() // lets the snapshot go

	schemaMu sync.Mutex
	schema   map[string][]string // columns by table; nil before they were read
	// covered is the statement that reads what digests cover, made of schema; nil before.
	covered atomic.Pointer[reading]
}

// IsPostgres reports whether a URL names a PostgreSQL server.
func IsPostgres(u string) bool {
	return strings.HasPrefix(u, "postgres://") || strings.HasPrefix(u, "postgresql://")
}

// Open opens a store. The caller closes it, and calls Migrate first unless another
// instance did.
func Open(ctx context.Context, c Config) (*Store, error) {
	if c.URL == "" {
		return nil, errors.New("store: no URL")
	}
	if IsPostgres(c.URL) {
		return openPostgres(ctx, c)
	}
	return openSQLite(ctx, c)
}

func openPostgres(ctx context.Context, c Config) (*Store, error) {
	config, err := pgxpool.ParseConfig(c.URL)
	if err != nil {
		return nil, errors.New("store: the PostgreSQL URL cannot be read") // the driver's error contains the password
	}
	if c.ReadOnly {
		config.ConnConfig.RuntimeParams["default_transaction_read_only"] = "on"
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, fmt.Errorf("store: %w", err)
	}
	return &Store{pool: pool}, nil
}

func openSQLite(ctx context.Context, c Config) (*Store, error) {
	name := fileName(c.URL)
	pragmas := url.Values{
		"_txlock": {"immediate"}, // a transaction that reads first and writes then would fail if another came between
		"_pragma": {
			"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)",
			"secure_delete(1)", // a deleted key must not lie in a free page
		},
	}
	if c.ReadOnly {
		pragmas = url.Values{
			"mode":    {"rw"}, // never makes a file; SQLite's own ro cannot follow a server that writes
			"_pragma": {"busy_timeout(10000)", "query_only(1)"},
		}
	}
	db, err := sql.Open("sqlite", dataSource(name, pragmas))
	if err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	db.SetMaxOpenConns(1)
	if err := db.PingContext(ctx); err != nil {
		_ = db.Close()
		return nil, fmt.Errorf("store: %s: %w", name, err)
	}
	return &Store{sqlite: db, name: name}, nil
}

func fileName(u string) string { return strings.TrimPrefix(strings.TrimPrefix(u, "sqlite:"), "file:") }

func dataSource(name string, settings url.Values) string {
	return "file:" + (&url.URL{Path: name}).EscapedPath() + "?" + settings.Encode()
}

// Close closes the store.
func (s *Store) Close() error {
	if s.unpin != nil { // the pool is another's
		s.unpin()
		return nil
	}
	if s.pool != nil {
		s.pool.Close()
		return nil
	}
	return s.sqlite.Close()
}

// inUse is the advisory lock that running instances share. The number is arbitrary but
// must not change.
const inUse = 7_302_944_102

// ErrInUse says that a running instance uses the database.
var ErrInUse = errors.New("an instance works with this database")

// Use marks a PostgreSQL database as in use by an instance until release is called; Alone
// fails meanwhile. With SQLite the caller's file lock has this role.
func (s *Store) Use(ctx context.Context) (release func(), err error) {
	return s.hold(ctx, "SELECT pg_try_advisory_lock_shared($1)")
}

// Alone locks a PostgreSQL database for the caller alone until release is called.
// ErrInUse if an instance uses it.
func (s *Store) Alone(ctx context.Context) (release func(), err error) {
	return s.hold(ctx, "SELECT pg_try_advisory_lock($1)")
}

func (s *Store) hold(ctx context.Context, lock string) (release func(), err error) {
	if s.pool == nil {
		return func() {}, nil
	}
	pooled, err := s.pool.Acquire(ctx)
	if err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	conn := pooled.Hijack() // its end is the lock's
	release = func() { _ = conn.Close(context.WithoutCancel(ctx)) }
	var got bool
	if err = conn.QueryRow(ctx, lock, int64(inUse)).Scan(&got); err == nil && !got {
		err = ErrInUse
	}
	if err != nil {
		release()
		return nil, fmt.Errorf("store: %w", err)
	}
	return release, nil
}

// Ping reports whether the database answers.
func (s *Store) Ping(ctx context.Context) error {
	if s.pool != nil {
		return s.pool.Ping(ctx)
	}
	return s.sqlite.PingContext(ctx)
}

// SQLite returns the database, or nil with PostgreSQL. It is for the jobs, which are
// enqueued in the same transactions.
func (s *Store) SQLite() *sql.DB { return s.sqlite }

// Postgres returns the pool, or nil with SQLite.
func (s *Store) Postgres() *pgxpool.Pool { return s.pool }

// InTx runs f in a transaction and commits if f returns nil. It runs f once. f must not
// use the Store, nor keep the Tx.
func (s *Store) InTx(ctx context.Context, f func(*Tx) error) error {
	if s.pool != nil {
		options := pgx.TxOptions{}
		if s.snapshot != "" {
			options = pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
		}
		return pgx.BeginTxFunc(ctx, s.pool, options, func(tx pgx.Tx) error {
			if s.snapshot != "" {
				if _, err := tx.Exec(ctx, "SET TRANSACTION SNAPSHOT '"+s.snapshot+"'"); err != nil {
					return err
				}
			}
			held := &pgxTx{Tx: tx}
			if err := f(&Tx{querier: held, Postgres: held, store: s}); err != nil {
				return err
			}
			return held.flush(ctx)
		})
	}
	s.prepared.prepare(ctx, s.sqlite)
	tx, err := s.sqlite.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // returns ErrTxDone after Commit
	in := sqlQuerier{tx: tx, prepared: &s.prepared, open: map[string]bool{}}
	if err = f(&Tx{querier: in, SQLite: tx, store: s}); err == nil {
		err = tx.Commit()
	}
	if ctx.Err() != nil && rolledBack(err) {
		return ctx.Err() // whose end rolled the transaction back
	}
	return err
}

// rolledBack tells whether a call failed because its transaction was over. A statement that was begun just before is
// closed by the rollback, for which database/sql has no value.
func rolledBack(err error) bool {
	return errors.Is(err, sql.ErrTxDone) || err != nil && strings.HasSuffix(err.Error(), "sql: statement is closed")
}

// Look runs f, which makes one statement that changes nothing, without a transaction around it. f must not use the
// Store, nor keep the Tx.
func (s *Store) Look(ctx context.Context, f func(*Tx) error) error {
	switch {
	case s.snapshot != "":
		return s.InTx(ctx, f)
	case s.pool != nil:
		return f(&Tx{querier: poolQuerier{s.pool}, store: s})
	}
	s.prepared.prepare(ctx, s.sqlite)
	return f(&Tx{querier: sqlQuerier{tx: s.sqlite, prepared: &s.prepared, open: map[string]bool{}}, store: s})
}

// Scrub removes deleted data from SQLite's write-ahead log, and copies of before a
// migration that are a week old. With PostgreSQL that is the operator's vacuum.
func (s *Store) Scrub(ctx context.Context) error {
	if s.sqlite == nil {
		return nil
	}
	_, err := s.sqlite.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)")
	return errors.Join(err, s.dropCopies(time.Now()))
}

func fromNano(n int64) time.Time { return time.Unix(0, n).UTC() }
