package store_test

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"sync"
	"testing"

	"visavis/enrolment/store"
	"visavis/enrolment/store/storetest"
)

func migrateAgain(t *testing.T, s *store.Store) {
	create(t, s, record("a"))
	ran := 0
	if err := s.Migrate(t.Context(), func(context.Context) error { ran++; return nil }); err != nil {
		t.Fatal(err)
	}
	if load(t, s, "a").ID != "a" || ran != 1 {
		t.Errorf("ran %d", ran)
	}
}

// A database of a version between two releases may have a later migration and lack an earlier
// one, which was written beside it. It gets what it lacks.
func TestAMigrationThatCameLateIsMadeUpFor(t *testing.T) {
	postgres.Each(t, func(t *testing.T, url string) {
		migrated := func() {
			t.Helper()
			s, err := store.Open(t.Context(), store.Config{URL: url})
			if err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(s.Migrate(t.Context()), s.Close()); err != nil {
				t.Fatal(err)
			}
		}
		migrated()
		driver := "sqlite"
		if store.IsPostgres(url) {
			driver = "pgx"
		}
		db, err := sql.Open(driver, url)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = db.Close() }()
		for _, statement := range []string{"DROP TABLE signings", "DELETE FROM goose_db_version WHERE version_id = 80"} {
			if _, err := db.ExecContext(t.Context(), statement); err != nil {
				t.Fatalf("%s: %v", statement, err)
			}
		}
		migrated()
		if _, err := db.ExecContext(t.Context(), "DELETE FROM signings"); err != nil {
			t.Errorf("the table of the migration that it lacked: %v", err)
		}
	})
}

func TestTwoInstancesMigrateAtOnce(t *testing.T) {
	url := postgres.Database(t)
	var group sync.WaitGroup
	for range 3 {
		group.Go(func() {
			s, err := store.Open(t.Context(), store.Config{URL: url})
			if err != nil {
				t.Error(err)
				return
			}
			defer s.Close()
			if err := s.Migrate(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
}

func TestAReadOnlyStoreReadsAndRefusesToWrite(t *testing.T) {
	postgres.Each(t, func(t *testing.T, url string) {
		create(t, storetest.Open(t, url), record("a"))
		s, err := store.Open(t.Context(), store.Config{URL: url, ReadOnly: true})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		if load(t, s, "a").ID != "a" {
			t.Error("not read")
		}
		if err := s.InTx(t.Context(), func(tx *store.Tx) error { return tx.Create(t.Context(), record("b")) }); err == nil {
			t.Error("a read-only store was written to")
		}
	})
}

func TestReadOnlyNeverMakesAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "none.db")
	if s, err := store.Open(t.Context(), store.Config{URL: path, ReadOnly: true}); err == nil {
		s.Close()
		t.Error("opened a file that is not there")
	}
}
