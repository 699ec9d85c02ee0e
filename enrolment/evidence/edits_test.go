package evidence_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"visavis/enrolment/store"
)

// Every value of every row of every covered table, and every row, is changed behind
// everybody's back: each time verification finds it, and finds nothing after it was
// put back.
func TestEveryEditAndEveryDeletionIsNoticed(t *testing.T) {
	postgres.Each(t, func(t *testing.T, url string) {
		f := whole(t, url)
		if v := f.verify(t); !v.OK() || len(v.NotCovered) != 1 { // the text is not in the bucket
			t.Fatalf("before: %+v", v)
		}
		schema := f.ours(t)
		covered := append(slices.Clone(store.Covered), store.Table{Name: "manifest", Key: "enrolment"},
			store.Table{Name: "evidence_keys", Key: "enrolment"})
		for _, table := range covered {
			if len(schema[table.Name]) == 0 {
				t.Fatalf("no columns of %s", table.Name)
			}
			for _, column := range schema[table.Name] {
				f.editAndBack(t, table, column)
			}
			f.deleteAndBack(t, table)
		}
		if v := f.verify(t); !v.OK() {
			t.Fatalf("after all was put back: %+v", v.Findings)
		}
	})
}

// editAndBack changes a column of the enrolment's rows, looks, and puts it back.
func (f *file) editAndBack(t *testing.T, table store.Table, column string) {
	t.Helper()
	f.exec(t, "CREATE TABLE aside AS SELECT * FROM "+table.Name)
	defer f.restore(t, table)
	f.unreferenced(t)
	change := column + " = " + column + " + 1000"
	if f.isText(t, table.Name, column) {
		change = column + " = " + column + " || 'x'"
	}
	if n := f.exec(t, "UPDATE "+table.Name+" SET "+change+" WHERE "+table.Key+" = '"+f.record.ID+"' AND "+
		f.firstRow(table)); n != 1 {
		t.Fatalf("%s.%s: %d rows changed", table.Name, column, n)
	}
	if !f.notices(t) {
		t.Errorf("an edit of %s.%s is not noticed", table.Name, column)
	}
}

// firstRow takes one row of those that there are.
func (f *file) firstRow(table store.Table) string {
	switch table.Name {
	case "transitions", "manifest":
		return "seq = 2"
	case "consents":
		return "id = 'c1'"
	case "audit":
		return "what = 'selfie'"
	}
	return "1 = 1"
}

// deleteAndBack deletes one of the enrolment's rows, looks, and puts it back.
func (f *file) deleteAndBack(t *testing.T, table store.Table) {
	t.Helper()
	f.exec(t, "CREATE TABLE aside AS SELECT * FROM "+table.Name)
	defer f.restore(t, table)
	f.unreferenced(t)
	if n := f.exec(t, "DELETE FROM "+table.Name+" WHERE "+table.Key+" = '"+f.record.ID+"' AND "+
		f.firstRow(table)); n != 1 {
		t.Fatalf("%s: %d rows deleted", table.Name, n)
	}
	if !f.notices(t) {
		t.Errorf("a deleted row of %s is not noticed", table.Name)
	}
}

// notices tells whether verification finds something, or cannot make sense of it.
func (f *file) notices(t *testing.T) bool {
	t.Helper()
	v, err := f.Verify(t.Context(), f.record.ID)
	return err != nil || !v.OK()
}

// unreferenced lets rows be changed that others refer to.
func (f *file) unreferenced(t *testing.T) {
	t.Helper()
	if !store.IsPostgres(f.url) {
		if _, err := f.Store.SQLite().ExecContext(t.Context(), "PRAGMA foreign_keys = 0"); err != nil {
			t.Fatal(err)
		}
		return
	}
	for _, table := range []string{"transitions", "consents", "evidence_keys", "manifest"} {
		f.exec(t, "ALTER TABLE "+table+" DROP CONSTRAINT IF EXISTS "+table+"_enrolment_fkey")
	}
}

func (f *file) restore(t *testing.T, table store.Table) {
	t.Helper()
	f.exec(t, "DELETE FROM "+table.Name)
	f.exec(t, "INSERT INTO "+table.Name+" SELECT * FROM aside")
	f.exec(t, "DROP TABLE aside")
}

func (f *file) isText(t *testing.T, table, column string) bool {
	t.Helper()
	query := fmt.Sprintf("SELECT type FROM pragma_table_info('%s') WHERE name = '%s'", table, column)
	if store.IsPostgres(f.url) {
		query = fmt.Sprintf("SELECT data_type FROM information_schema.columns WHERE table_name = '%s' AND column_name = '%s'",
			table, column)
	}
	var kind string
	err := f.Store.InTx(t.Context(), func(tx *store.Tx) error {
		if tx.SQLite != nil {
			return tx.SQLite.QueryRowContext(t.Context(), query).Scan(&kind)
		}
		return tx.Postgres.QueryRow(t.Context(), query).Scan(&kind)
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.EqualFold(kind, "text")
}

// snapshot keeps SQLite's file as it is now, and returns what puts it back.
func (f *file) snapshot(t *testing.T) (back func()) {
	t.Helper()
	if err := f.Store.Scrub(t.Context()); err != nil {
		t.Fatal(err)
	}
	body, err := os.ReadFile(f.url)
	if err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := f.Store.Close(); err != nil {
			t.Fatal(err)
		}
		for _, journal := range []string{"-wal", "-shm"} {
			_ = os.Remove(f.url + journal)
		}
		if err := os.WriteFile(f.url, body, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := store.Open(t.Context(), store.Config{URL: f.url})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		f.Store = s
	}
}

// The whole database is put back to what it was, by any number of entries.
func TestARollbackOfEveryLengthIsNoticed(t *testing.T) {
	f := newFile(t, filepath.Join(t.TempDir(), "db"))
	f.anchor(t)
	const entries = 5
	var backs []func()
	for i := range entries {
		backs = append(backs, f.snapshot(t))
		f.correct(t, fmt.Sprint("later", i))
		f.anchor(t)
	}
	if v := f.verify(t); !v.OK() || v.Anchored != 11 {
		t.Fatalf("before: %+v", v)
	}
	for i, back := range slices.Backward(backs) {
		back()
		if v := f.verify(t); v.OK() || !strings.Contains(fmt.Sprint(v.Findings), "rolled back") {
			t.Errorf("rolled back by %d entries: %+v", entries-i, v.Findings)
		}
	}
	f.record = f.load(t)
	f.correct(t, "another history")
	f.anchor(t)
	if v := f.verify(t); v.OK() {
		t.Error("another history after a rollback is not noticed")
	}
}
