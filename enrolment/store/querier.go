package store

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// querier is what the queries need of a transaction of either database.
type querier interface {
	// exec returns the number of affected rows.
	exec(ctx context.Context, query string, args ...any) (int64, error)
	// later is exec without the number of affected rows. PostgreSQL gets the statement together with the next one,
	// or with the end of the transaction; its error is then that one's.
	later(ctx context.Context, query string, args ...any) error
	// query calls each for every row; scan reads the row's columns.
	query(ctx context.Context, each func(scan func(...any) error) error, query string, args ...any) error
}

// ErrText reports a text that no database stores: it contains a NUL or is not UTF-8.
var ErrText = errors.New("the text holds a NUL or is not UTF-8")

// storable refuses, for both databases, what PostgreSQL refuses.
func storable(args []any) error {
	for _, a := range args {
		if text, ok := a.(string); ok && (!utf8.ValidString(text) || strings.ContainsRune(text, 0)) {
			return ErrText
		}
	}
	return nil
}

// prepared keeps SQLite's compiled statements: compiling one takes longer than most of them run. The store has one
// connection, which no statement can be compiled on while a transaction has it. What a transaction lacked is compiled
// before the next one.
type prepared struct {
	mu     sync.Mutex
	known  map[string]*sql.Stmt // by query; nil: not compiled yet
	wanted []string
}

// preparedMost bounds the statements that are kept.
const preparedMost = 300

// of returns the compiled statement of a query. It returns nil, and lists the query for prepare, if there is none.
func (p *prepared) of(query string) *sql.Stmt {
	p.mu.Lock()
	defer p.mu.Unlock()
	known, ok := p.known[query]
	if !ok && len(p.known) < preparedMost {
		if p.known == nil {
			p.known = map[string]*sql.Stmt{}
		}
		p.known[query] = nil
		p.wanted = append(p.wanted, query)
	}
	return known
}

// prepare compiles what is wanted. A statement that does not compile runs as text, and its error is seen there. What is
// left when the caller gives up is compiled by the next one.
func (p *prepared) prepare(ctx context.Context, db *sql.DB) {
	p.mu.Lock()
	wanted := p.wanted
	p.wanted = nil
	p.mu.Unlock()
	for i, query := range wanted {
		s, err := db.PrepareContext(ctx, query) //nolint:sqlclosecheck // the database closes it
		p.mu.Lock()
		if err == nil {
			p.known[query] = s
		} else if ctx.Err() != nil {
			p.wanted = append(p.wanted, wanted[i:]...)
			p.mu.Unlock()
			return
		}
		p.mu.Unlock()
	}
}

// sqlRunner is what *sql.Tx and *sql.DB have in common.
type sqlRunner interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

type sqlQuerier struct {
	tx       sqlRunner
	prepared *prepared
	open     map[string]bool // queries whose rows are being read: their statement is not free
}

// of returns a compiled statement for use in the transaction, where q is one.
func (q sqlQuerier) of(ctx context.Context, s *sql.Stmt) *sql.Stmt {
	if tx, ok := q.tx.(*sql.Tx); ok {
		return tx.StmtContext(ctx, s)
	}
	return s
}

func (q sqlQuerier) exec(ctx context.Context, query string, args ...any) (int64, error) {
	if err := storable(args); err != nil {
		return 0, err
	}
	if _, ok := q.tx.(*sql.Tx); ok {
		// The end of ctx still ends the transaction, between two statements. Within one the driver would have a goroutine
		// watch it, which costs more than writing a row.
		ctx = context.WithoutCancel(ctx)
	}
	var result sql.Result
	var err error
	if s := q.prepared.of(query); s != nil && !q.open[query] {
		result, err = q.of(ctx, s).ExecContext(ctx, args...)
	} else {
		result, err = q.tx.ExecContext(ctx, query, args...)
	}
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

func (q sqlQuerier) later(ctx context.Context, query string, args ...any) error {
	_, err := q.exec(ctx, query, args...)
	return err
}

func (q sqlQuerier) query(ctx context.Context, each func(func(...any) error) error, query string, args ...any) error {
	if err := storable(args); err != nil {
		return err
	}
	var rows *sql.Rows
	var err error
	if s := q.prepared.of(query); s != nil && !q.open[query] {
		q.open[query] = true
		defer delete(q.open, query)
		rows, err = q.of(ctx, s).QueryContext(ctx, args...)
	} else {
		rows, err = q.tx.QueryContext(ctx, query, args...)
	}
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		if err := each(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

// pgxTx is a transaction that holds back statements whose result nobody waits for, and sends them with the next one:
// waiting for the server costs more than most statements do.
type pgxTx struct {
	pgx.Tx
	held *pgx.Batch // nil: nothing
}

// hold has a statement run before the next one.
func (t *pgxTx) hold(query string, args []any) {
	if t.held == nil {
		t.held = &pgx.Batch{}
	}
	t.held.Queue(query, args...)
}

// send runs what is held. The result of the last statement is left to be read.
func (t *pgxTx) send(ctx context.Context) (pgx.BatchResults, error) {
	batch := t.held
	t.held = nil
	results := t.Tx.SendBatch(ctx, batch)
	for range batch.Len() - 1 {
		if _, err := results.Exec(); err != nil {
			return nil, errors.Join(err, results.Close())
		}
	}
	return results, nil
}

// flush runs what is held.
func (t *pgxTx) flush(ctx context.Context) error {
	if t.held == nil {
		return nil
	}
	results, err := t.send(ctx)
	if err != nil {
		return err
	}
	_, err = results.Exec()
	return errors.Join(err, results.Close())
}

func (t *pgxTx) exec(ctx context.Context, query string, args ...any) (int64, error) {
	if err := storable(args); err != nil {
		return 0, err
	}
	if t.held == nil {
		tag, err := t.Tx.Exec(ctx, query, args...)
		return tag.RowsAffected(), err
	}
	t.hold(query, args)
	results, err := t.send(ctx)
	if err != nil {
		return 0, err
	}
	tag, err := results.Exec()
	return tag.RowsAffected(), errors.Join(err, results.Close())
}

func (t *pgxTx) later(_ context.Context, query string, args ...any) error {
	if err := storable(args); err != nil {
		return err
	}
	t.hold(query, args)
	return nil
}

func (t *pgxTx) query(ctx context.Context, each func(func(...any) error) error, query string, args ...any) error {
	if err := storable(args); err != nil {
		return err
	}
	if t.held == nil {
		rows, err := t.Tx.Query(ctx, query, args...)
		return readRows(rows, err, each)
	}
	t.hold(query, args)
	results, err := t.send(ctx)
	if err != nil {
		return err
	}
	rows, err := results.Query()
	return errors.Join(readRows(rows, err, each), results.Close())
}

// poolQuerier makes each statement on its own.
type poolQuerier struct{ pool *pgxpool.Pool }

func (q poolQuerier) exec(ctx context.Context, query string, args ...any) (int64, error) {
	if err := storable(args); err != nil {
		return 0, err
	}
	tag, err := q.pool.Exec(ctx, query, args...)
	return tag.RowsAffected(), err
}

func (q poolQuerier) later(ctx context.Context, query string, args ...any) error {
	_, err := q.exec(ctx, query, args...)
	return err
}

func (q poolQuerier) query(ctx context.Context, each func(func(...any) error) error, query string, args ...any) error {
	if err := storable(args); err != nil {
		return err
	}
	rows, err := q.pool.Query(ctx, query, args...)
	return readRows(rows, err, each)
}

func readRows(rows pgx.Rows, err error, each func(func(...any) error) error) error {
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := each(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

// What follows is for those who use the transaction itself: they find what was held.

// Exec implements pgx.Tx.
func (t *pgxTx) Exec(ctx context.Context, query string, args ...any) (pgconn.CommandTag, error) {
	if err := t.flush(ctx); err != nil {
		return pgconn.CommandTag{}, err
	}
	return t.Tx.Exec(ctx, query, args...)
}

// Query implements pgx.Tx.
func (t *pgxTx) Query(ctx context.Context, query string, args ...any) (pgx.Rows, error) {
	if err := t.flush(ctx); err != nil {
		return nil, err
	}
	return t.Tx.Query(ctx, query, args...)
}

// QueryRow implements pgx.Tx.
func (t *pgxTx) QueryRow(ctx context.Context, query string, args ...any) pgx.Row {
	if err := t.flush(ctx); err != nil {
		return failed{err}
	}
	return t.Tx.QueryRow(ctx, query, args...)
}

// SendBatch implements pgx.Tx.
func (t *pgxTx) SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults {
	if err := t.flush(ctx); err != nil {
		return failed{err}
	}
	return t.Tx.SendBatch(ctx, b)
}

// failed is a row, or are results, that could not be asked for.
type failed struct{ err error }

// Scan implements pgx.Row.
func (f failed) Scan(...any) error { return f.err }

// Exec implements pgx.BatchResults.
func (f failed) Exec() (pgconn.CommandTag, error) { return pgconn.CommandTag{}, f.err }

// Query implements pgx.BatchResults.
func (f failed) Query() (pgx.Rows, error) { return nil, f.err }

// QueryRow implements pgx.BatchResults.
func (f failed) QueryRow() pgx.Row { return f }

// Close implements pgx.BatchResults.
func (f failed) Close() error { return f.err }

// Tx implements pgx.BatchResults.
func (f failed) Tx() pgx.Tx { return nil }

// Begin implements pgx.Tx.
func (t *pgxTx) Begin(ctx context.Context) (pgx.Tx, error) {
	if err := t.flush(ctx); err != nil {
		return nil, err
	}
	return t.Tx.Begin(ctx)
}

// CopyFrom implements pgx.Tx.
func (t *pgxTx) CopyFrom(ctx context.Context, table pgx.Identifier, columns []string,
	from pgx.CopyFromSource) (int64, error) {
	if err := t.flush(ctx); err != nil {
		return 0, err
	}
	return t.Tx.CopyFrom(ctx, table, columns, from)
}
