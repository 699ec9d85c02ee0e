package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"visavis/enrolment/store"
	"visavis/enrolment/store/storetest"
)

// A request whose time ended is told that, not that its transaction is gone: callers answer that they were too slow.
func TestAStatementAfterTheEndOfItsRequestSaysSo(t *testing.T) {
	s := storetest.Open(t, filepath.Join(t.TempDir(), "visavis.db"))
	for name, commits := range map[string]bool{"a statement": false, "the commit": true} {
		ctx, cancel := context.WithCancel(t.Context())
		err := s.InTx(ctx, func(tx *store.Tx) (err error) {
			cancel()
			for err == nil { // until the transaction is rolled back, which another goroutine does
				err = tx.AddAudit(ctx, store.Audit{At: t0, Action: "look", Enrolment: "none"})
			}
			if commits {
				return nil
			}
			return err
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v, want that the request ended", name, err)
		}
	}
	inTx(t, s, func(ctx context.Context, tx *store.Tx) error {
		if kept, err := tx.Audits(ctx, "none"); err != nil || len(kept) != 0 {
			t.Errorf("%d entries are kept, %v", len(kept), err)
		}
		return nil
	})
}

// A request that was given up while it had statements compiled leaves them to the next one.
func TestStatementsAreCompiledAfterOneGaveUp(t *testing.T) {
	s := storetest.Open(t, filepath.Join(t.TempDir(), "visavis.db"))
	look := func(ctx context.Context) error {
		return s.Look(ctx, func(tx *store.Tx) error {
			_, err := tx.Load(ctx, "none")
			return err
		})
	}
	if err := look(t.Context()); !errors.Is(err, store.ErrNotFound) {
		t.Fatal(err)
	}
	if n, known := store.Compiled(s); n != 0 || known != 1 {
		t.Fatalf("%d of %d are compiled before anybody could", n, known)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if err := look(gone); !errors.Is(err, context.Canceled) {
		t.Errorf("of one who gave up: %v", err)
	}
	if err := look(t.Context()); !errors.Is(err, store.ErrNotFound) {
		t.Error(err)
	}
	if n, known := store.Compiled(s); n != 1 || known != 1 {
		t.Errorf("%d of %d are compiled", n, known)
	}
}

// database/sql has no value for the error of a statement that a rollback has closed.
func TestWhatATransactionThatIsOverSays(t *testing.T) {
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	statement, err := tx.PrepareContext(t.Context(), "SELECT 1")
	if err != nil {
		t.Fatal(err)
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	_, afterwards := tx.ExecContext(t.Context(), "SELECT 1")
	_, closed := statement.ExecContext(t.Context())
	for name, c := range map[string]struct {
		err  error
		want bool
	}{
		"a call":                  {afterwards, true},
		"a statement":             {fmt.Errorf("audit: %w", closed), true},
		"a database that is shut": {errors.New("sql: database is closed"), false},
		"another error":           {errors.New("disk full"), false},
		"none":                    {nil, false},
	} {
		if have := store.RolledBack(c.err); have != c.want {
			t.Errorf("%s, %v: %t, want %t", name, c.err, have, c.want)
		}
	}
}
