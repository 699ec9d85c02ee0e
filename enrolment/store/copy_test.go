package store_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"visavis/enrolment/store"
	"visavis/enrolment/store/storetest"
)

// A copy is the database at its moment, whatever comes while it is read.
func TestACopyIsOneMomentAndIsRestored(t *testing.T) {
	postgres.Each(t, func(t *testing.T, url string) {
		s := storetest.Open(t, url)
		create(t, s, record("before"))
		path := filepath.Join(t.TempDir(), "copy")
		view, err := s.Copy(t.Context(), path, func() error { return nil })
		if err != nil {
			t.Fatal(err)
		}
		create(t, s, record("after"))
		if got := present(t, view); got != "before" {
			t.Errorf("the view has %q", got)
		}
		if err := view.InTx(t.Context(),
			func(tx *store.Tx) error { return tx.Create(t.Context(), record("never")) }); err == nil {
			t.Error("the view was written to")
		}
		if err := view.Close(); err != nil {
			t.Error(err)
		}
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("mode %v, %v", info.Mode(), err)
		}
		if got := present(t, s); got != "after before" {
			t.Errorf("the database has %q", got)
		}
		if err := store.Restore(t.Context(), url, path); err == nil {
			t.Error("it was restored where something is")
		}
		fresh := filepath.Join(t.TempDir(), "new.db")
		if store.IsPostgres(url) {
			fresh = postgres.Database(t)
		}
		if err := store.Restore(t.Context(), fresh, path); err != nil {
			t.Fatal(err)
		}
		again := storetest.Open(t, fresh)
		if got := present(t, again); got != "before" {
			t.Errorf("restored: %q", got)
		}
		create(t, again, record("goes-on"))
	})
}

func present(t *testing.T, s *store.Store) string {
	t.Helper()
	var found []string
	err := s.InTx(t.Context(), func(tx *store.Tx) error {
		for _, id := range []string{"after", "before"} {
			if _, err := tx.Load(t.Context(), id); err == nil {
				found = append(found, id)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(found, " ")
}

// Before a migration a SQLite file is copied, which is dropped after a week.
func TestAMigrationIsPrecededByACopy(t *testing.T) {
	name := filepath.Join(t.TempDir(), "visavis.db")
	s := storetest.Open(t, name)
	create(t, s, record("before"))
	copies := func() []string {
		found, err := filepath.Glob(name + ".before-*")
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	if err := s.Migrate(t.Context()); err != nil || len(copies()) > 0 {
		t.Fatalf("%v: copied without a migration: %v", err, copies())
	}
	if err := store.Undo(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	found := copies()
	if len(found) != 1 {
		t.Fatalf("copies %v", found)
	}
	old, err := store.Open(t.Context(), store.Config{URL: found[0], ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	if got := present(t, old); got != "before" {
		t.Errorf("the copy has %q", got)
	}
	if err := old.Close(); err != nil {
		t.Error(err)
	}
	if err := s.Scrub(t.Context()); err != nil || len(copies()) != 1 {
		t.Errorf("%v: after a day: %v", err, copies())
	}
	weekAgo := time.Now().Add(-8 * 24 * time.Hour)
	if err := os.Chtimes(found[0], weekAgo, weekAgo); err != nil {
		t.Fatal(err)
	}
	if err := s.Scrub(t.Context()); err != nil || len(copies()) != 0 {
		t.Errorf("%v: after a week: %v", err, copies())
	}
}
