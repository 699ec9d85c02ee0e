package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"modernc.org/sqlite"
)

// ledgerLock is the lock under which heads reach the log outside of the database.
const ledgerLock = "evidence ledger"

// LockLedger blocks whoever else appends to the log outside of the database, until the
// transaction ends.
func (t *Tx) LockLedger(ctx context.Context) error { return t.Lock(ctx, ledgerLock) }

// Copy writes the database as it is at one moment into a new file: a SQLite file, or with
// PostgreSQL an archive of pg_dump. at is called at that moment, while nothing is
// appended to the log outside of the database. Others go on reading and writing; with
// SQLite they wait for at alone. view reads what was copied; the caller closes it.
func (s *Store) Copy(ctx context.Context, path string, at func() error) (view *Store, err error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("store: copy: %w", err)
	}
	if err := file.Close(); err != nil {
		return nil, fmt.Errorf("store: copy: %w", err)
	}
	if s.pool != nil {
		view, err = s.copyPostgres(ctx, path, at)
	} else {
		view, err = s.copySQLite(ctx, path, at)
	}
	if err != nil {
		return nil, fmt.Errorf("store: copy: %w", err)
	}
	return view, nil
}

func (s *Store) copySQLite(ctx context.Context, path string, at func() error) (*Store, error) {
	if err := s.pinned(ctx, at, func(source *sql.Conn) error { return backUp(source, path) }); err != nil {
		return nil, err
	}
	return openSQLite(ctx, Config{URL: path, ReadOnly: true})
}

// pinned calls read with a connection that sees the database as it was when at ran.
func (s *Store) pinned(ctx context.Context, at func() error, read func(source *sql.Conn) error) (err error) {
	writer, err := sql.Open("sqlite",
		dataSource(s.name, url.Values{"mode": {"rw"}, "_txlock": {"immediate"}, "_pragma": {"busy_timeout(10000)"}}))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, writer.Close()) }()
	reader, err := sql.Open("sqlite",
		dataSource(s.name, url.Values{"mode": {"rw"}, "_pragma": {"busy_timeout(10000)", "query_only(1)"}}))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, reader.Close()) }()
	source, err := reader.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, source.Close()) }()
	lock, err := writer.BeginTx(ctx, nil) // nobody else writes
	if err != nil {
		return err
	}
	defer func() { _ = lock.Rollback() }()
	if err := at(); err != nil {
		return err
	}
	if _, err := source.ExecContext(ctx, "BEGIN"); err != nil {
		return err
	}
	var tables int
	if err := source.QueryRowContext(ctx,
		"SELECT count(*) FROM sqlite_schema").Scan(&tables); err != nil { // a snapshot begins with its first read
		return err
	}
	if err := lock.Rollback(); err != nil {
		return err
	}
	return read(source)
}

// backUp copies the pages of the connection's snapshot with SQLite's own backup.
func backUp(source *sql.Conn, path string) error {
	err := source.Raw(func(raw any) error {
		c, ok := raw.(interface {
			NewBackup(uri string) (*sqlite.Backup, error)
		})
		if !ok {
			return fmt.Errorf("%T makes no backups", raw)
		}
		b, err := c.NewBackup(dataSource(path, nil))
		if err != nil {
			return err
		}
		_, err = b.Step(-1)
		return errors.Join(err, b.Finish())
	})
	if err != nil {
		return err
	}
	return syncFile(path)
}

func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

func (s *Store) copyPostgres(ctx context.Context, path string, at func() error) (view *Store, err error) {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			conn.Release()
		}
	}()
	var snapshot pgx.Tx
	id := ""
	err = s.InTx(ctx, func(tx *Tx) error {
		if err := tx.LockLedger(ctx); err != nil {
			return err
		}
		if err := at(); err != nil {
			return err
		}
		if snapshot, err = conn.BeginTx(ctx,
			pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}); err != nil {
			return err
		}
		return snapshot.QueryRow(ctx, "SELECT pg_export_snapshot()").Scan(&id)
	})
	end := func() {
		if snapshot != nil {
			_ = snapshot.Rollback(context.WithoutCancel(ctx))
		}
	}
	if err == nil {
		err = postgresProgram(ctx, s.pool.Config().ConnString(), "pg_dump", "--format=custom", "--no-owner",
			"--no-privileges", "--snapshot="+id, "--file="+path)
	}
	if err != nil {
		end()
		return nil, err
	}
	return &Store{pool: s.pool, snapshot: id, unpin: func() { end(); conn.Release() }}, syncFile(path)
}

// Vacant returns an error where Restore would find something: a SQLite file that is there,
// a PostgreSQL database with tables.
func Vacant(ctx context.Context, database string) error {
	if !IsPostgres(database) {
		name := fileName(database)
		for _, there := range []string{name, name + "-wal"} {
			if _, err := os.Stat(there); !errors.Is(err, os.ErrNotExist) {
				return fmt.Errorf("store: restore: %s is there already: want none (%w)", there, errors.Join(err, os.ErrExist))
			}
		}
		return nil
	}
	s, err := openPostgres(ctx, Config{URL: database})
	if err != nil {
		return err
	}
	defer func() { _ = s.Close() }()
	var tables int
	err = s.pool.QueryRow(
		ctx,
		`SELECT count(*) FROM pg_catalog.pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`,
	).Scan(&tables)
	if err != nil {
		return fmt.Errorf("store: restore: %w", err)
	}
	if tables > 0 {
		return fmt.Errorf("store: restore: the database has %d tables: want an empty one", tables)
	}
	return nil
}

// Restore reads a file of Copy into the empty database that a URL names: it makes a SQLite
// file, and fills a PostgreSQL database that has no tables. Of one that is not empty it
// returns what Vacant returns.
func Restore(ctx context.Context, database, path string) error {
	if err := Vacant(ctx, database); err != nil {
		return err
	}
	if !IsPostgres(database) {
		return restoreFile(fileName(database), path)
	}
	err := postgresProgram(ctx, database, "pg_restore", "--exit-on-error", "--no-owner", "--no-privileges",
		"--single-transaction", path)
	if err != nil {
		return fmt.Errorf("store: restore: %w", err)
	}
	return nil
}

// restoreFile writes the file whole or not at all.
func restoreFile(name, path string) error {
	body, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("store: restore: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return fmt.Errorf("store: restore: %w", err)
	}
	part := name + ".part"
	if err := errors.Join(os.WriteFile(part, body, 0o600), syncFile(part)); err != nil {
		return fmt.Errorf("store: restore: %w", errors.Join(err, os.Remove(part)))
	}
	if err := os.Rename(part, name); err != nil {
		return fmt.Errorf("store: restore: %w", err)
	}
	return nil
}

// poolSettings are what pgx reads in a URL and libpq refuses.
var poolSettings = []string{"statement_cache_capacity", "description_cache_capacity", "default_query_exec_mode"}

// postgresProgram runs a program of PostgreSQL on a database. The password is not among
// its arguments, which every user of the machine can see.
func postgresProgram(ctx context.Context, database, name string, args ...string) error {
	u, err := url.Parse(database)
	if err != nil {
		return errors.New("the PostgreSQL URL cannot be read") // the driver's error contains the password
	}
	env := os.Environ()
	if password, ok := u.User.Password(); ok {
		env = append(env, "PGPASSWORD="+password)
		u.User = url.User(u.User.Username())
	}
	query := u.Query()
	if password := query.Get("password"); password != "" {
		env = append(env, "PGPASSWORD="+password)
		query.Del("password")
	}
	for key := range query {
		if strings.HasPrefix(key, "pool_") || slices.Contains(poolSettings, key) {
			query.Del(key)
		}
	}
	u.RawQuery = query.Encode()
	cmd := exec.CommandContext(ctx, name, append([]string{"--dbname=" + u.String()}, args...)...)
	var said bytes.Buffer
	cmd.Env, cmd.Stderr = env, &said
	err = cmd.Run()
	if errors.Is(err, exec.ErrNotFound) {
		return fmt.Errorf("%s is not installed: it comes with PostgreSQL's client programs (Debian: postgresql-client)", name)
	}
	if err != nil {
		return fmt.Errorf("%s: %w: %s", name, err, strings.TrimSpace(said.String()))
	}
	return nil
}

// beforeMigration names the copies of a SQLite file that are made before its tables
// change: "visavis.db.before-31-20261129T101500Z", the version being the last one applied.
const beforeMigration = ".before-"

// keepCopies is how long such a copy is kept: as long as an abandoned enrolment. What is
// deleted from the database is in the copy until then.
const keepCopies = 7 * 24 * time.Hour

// copyBefore copies a SQLite database that is about to be migrated from a version.
func (s *Store) copyBefore(ctx context.Context, version int64, now time.Time) error {
	path := fmt.Sprintf("%s%s%d-%s", s.name, beforeMigration, version, now.UTC().Format("20060102T150405Z"))
	part := path + ".part"
	if err := os.Remove(part); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("store: %w", err)
	}
	view, err := s.Copy(ctx, part, func() error { return nil })
	if err != nil {
		return err
	}
	if err := view.Close(); err != nil {
		return fmt.Errorf("store: %w", err)
	}
	if err := os.Rename(part, path); err != nil {
		return fmt.Errorf("store: %w", err)
	}
	return nil
}

// dropCopies removes the copies that were kept long enough.
func (s *Store) dropCopies(now time.Time) error {
	found, err := filepath.Glob(globbed(s.name) + beforeMigration + "*")
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	for _, path := range found {
		info, err := os.Stat(path)
		if err == nil && now.Sub(info.ModTime()) > keepCopies {
			err = os.Remove(path)
		}
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("store: %w", err)
		}
	}
	return nil
}

// globbed escapes a name for filepath.Glob.
func globbed(name string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(name)
}
