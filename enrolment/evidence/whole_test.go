package evidence_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"visavis/certificate"
	"visavis/enrolment"
	"visavis/enrolment/evidence"
	"visavis/enrolment/store"
)

const text = "a text that is agreed to"

// textHash is of text.
const textHash = "a175b8b6f5d50c30f42501a1639dec8a00fe2599179ecf966a047bbbe1d617ab"

// whole is a file with a row in every table, all of it signed and in the log.
func whole(t *testing.T, url string) *file {
	t.Helper()
	f := newFile(t, url)
	ctx, id := t.Context(), f.record.ID
	err := f.Store.InTx(ctx, func(tx *store.Tx) error {
		by := enrolment.Actor{Role: enrolment.Reviewer, ID: "first"}
		return errors.Join(
			tx.AddConsents(ctx, []enrolment.StoredConsent{
				{ConsentAnswer: enrolment.ConsentAnswer{Kind: enrolment.Terms, Version: "1", TextHash: textHash, Language: "fr", Yes: true}, ID: "c1", Enrolment: id, At: t0},
				{ConsentAnswer: enrolment.ConsentAnswer{Kind: enrolment.Privacy, Version: "1", TextHash: textHash, Language: "fr", Yes: true}, ID: "c2", Enrolment: id, At: t0},
			}),
			tx.AddCertificate(ctx, store.Certificate{ID: "certificate-1", Enrolment: id, Owner: "owner", Rev: 1, CreatedAt: t0, Value: certificate.Certificate{Issuer: "TEST"}}),
			tx.PutProof(ctx, "certificate-1", []byte("proof")),
			tx.AddAudit(ctx, store.Audit{At: t0, By: by, Action: "look", Enrolment: id, What: "selfie"}),
			tx.AddAudit(ctx, store.Audit{At: t0.Add(time.Second), By: by, Action: "look", Enrolment: id, What: "document-front"}),
			tx.AddLetter(ctx, store.Letter{Enrolment: id, Owner: "owner", Address: "hash", Template: "received", At: t0}),
			tx.AddAttempt(ctx, store.Attempt{Enrolment: id, Owner: "owner", Person: "hash", At: t0}),
			tx.NoteUndelivered(ctx, id, store.Undelivered{Letter: "received", Reason: "refused", At: t0}),
			f.Seal(ctx, tx, id, "test", time.Now()),
		)
	})
	if err != nil {
		t.Fatal(err)
	}
	f.anchor(t)
	return f
}

func (f *file) anchor(t *testing.T) {
	t.Helper()
	if err := f.Anchor(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func (f *file) exec(t *testing.T, query string) int64 {
	t.Helper()
	var n int64
	err := f.Store.InTx(t.Context(), func(tx *store.Tx) error {
		if tx.SQLite == nil {
			tag, err := tx.Postgres.Exec(t.Context(), query)
			n = tag.RowsAffected()
			return err
		}
		var r sql.Result
		r, err := tx.SQLite.ExecContext(t.Context(), query)
		if err == nil {
			n, err = r.RowsAffected()
		}
		return err
	})
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

// ours are the tables that are not River's, goose's or SQLite's.
func (f *file) ours(t *testing.T) map[string][]string {
	t.Helper()
	var schema map[string][]string
	err := f.Store.InTx(t.Context(), func(tx *store.Tx) (err error) {
		schema, err = tx.Schema(t.Context())
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	maps.DeleteFunc(schema, func(name string, _ []string) bool {
		return strings.HasPrefix(name, "river_") || strings.HasPrefix(name, "goose_") || strings.HasPrefix(name, "sqlite_")
	})
	return schema
}

// A new table, or a new column, is covered or has its reason: nothing is forgotten.
func TestEveryTableIsCoveredOrHasItsReason(t *testing.T) {
	postgres.Each(t, func(t *testing.T, url string) {
		f := whole(t, url)
		known := map[string]bool{}
		for _, table := range store.Covered {
			known[table.Name] = true
		}
		for name := range store.Uncovered {
			known[name] = true
		}
		for name := range f.ours(t) {
			if !known[name] {
				t.Errorf("table %s is in neither list of rows.go", name)
			}
			delete(known, name)
		}
		for name := range known {
			t.Errorf("table %s of rows.go is not there", name)
		}
	})
}

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
		covered := append(slices.Clone(store.Covered), store.Table{Name: "manifest", Key: "enrolment"}, store.Table{Name: "evidence_keys", Key: "enrolment"})
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
	if n := f.exec(t, "UPDATE "+table.Name+" SET "+change+" WHERE "+table.Key+" = '"+f.record.ID+"' AND "+f.firstRow(table)); n != 1 {
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
	if n := f.exec(t, "DELETE FROM "+table.Name+" WHERE "+table.Key+" = '"+f.record.ID+"' AND "+f.firstRow(table)); n != 1 {
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
		query = fmt.Sprintf("SELECT data_type FROM information_schema.columns WHERE table_name = '%s' AND column_name = '%s'", table, column)
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

func (f *file) load(t *testing.T) (r enrolment.Record) {
	t.Helper()
	err := f.Store.InTx(t.Context(), func(tx *store.Tx) (err error) {
		r, err = tx.Load(t.Context(), f.record.ID)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestAFileThatIsGoneAndTwoThatChangedPlaces(t *testing.T) {
	postgres.Each(t, func(t *testing.T, url string) {
		f := whole(t, url)
		second := *f
		second.record = enrolment.New("enrolment-2", "DEF567", "other", "fr", enrolment.Declaration{Surname: "EXEMPLE", Email: "b@example.org"}, t0)
		second.save(t, second.record)
		f.anchor(t)
		f.unreferenced(t)
		for _, table := range append(slices.Clone(store.Covered), store.Table{Name: "manifest", Key: "enrolment"}, store.Table{Name: "evidence_keys", Key: "enrolment"}) {
			for _, swap := range [][2]string{{"enrolment-1", "aside"}, {"enrolment-2", "enrolment-1"}, {"aside", "enrolment-2"}} {
				f.exec(t, "UPDATE "+table.Name+" SET "+table.Key+" = '"+swap[1]+"' WHERE "+table.Key+" = '"+swap[0]+"'")
			}
		}
		for _, one := range []*file{f, &second} {
			if !one.notices(t) {
				t.Errorf("%s took the place of the other, and nobody notices", one.record.ID)
			}
		}
		if missing, err := f.Missing(t.Context()); err != nil || len(missing) > 0 {
			t.Errorf("missing: %v %v", missing, err)
		}
		for _, table := range []string{"transitions", "consents", "evidence_keys", "manifest"} {
			f.exec(t, "DELETE FROM "+table+" WHERE enrolment = 'enrolment-2'")
		}
		f.exec(t, "DELETE FROM enrolments WHERE id = 'enrolment-2'")
		v, err := f.Verify(t.Context(), "enrolment-2")
		if err != nil || v.OK() {
			t.Errorf("a file without a trace: %+v, %v", v, err)
		}
		if missing, err := f.Missing(t.Context()); err != nil || !slices.Equal(missing, []string{"enrolment-2"}) {
			t.Errorf("missing: %v %v", missing, err)
		}
		if _, err := f.Verify(t.Context(), "nobody"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("a file that never was: %v", err)
		}
	})
}

func TestADeletionStandsInTheLog(t *testing.T) {
	f := whole(t, filepath.Join(t.TempDir(), "db"))
	_, err := f.Delete(t.Context(), f.record.ID, time.Now(), func(r enrolment.Record) (enrolment.Deletion, bool, error) {
		d, err := enrolment.DefaultRules(0.4).DeletionOnRequest(r, time.Now())
		return d, err == nil, err
	})
	if err != nil {
		t.Fatal(err)
	}
	f.anchor(t)
	if missing, err := f.Missing(t.Context()); err != nil || len(missing) > 0 {
		t.Errorf("missing: %v %v", missing, err)
	}
	if _, err := f.Verify(t.Context(), f.record.ID); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("after the deletion: %v", err)
	}
}

func TestWhatNobodySpeaksForIsSaid(t *testing.T) {
	f := whole(t, filepath.Join(t.TempDir(), "db"))
	f.exec(t, "ALTER TABLE consents ADD COLUMN later TEXT NOT NULL DEFAULT ''")
	s, err := store.Open(t.Context(), store.Config{URL: f.url}) // the next version reads the schema anew
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	old := f.Store
	f.Store = s
	if v := f.verify(t); !v.OK() || !strings.Contains(fmt.Sprint(v.NotCovered), "column consents.later") {
		t.Errorf("a new column: %+v", v)
	}
	f.Store = old
	keeper := *f.Keeper
	keeper.Ledger = nil
	if v, err := keeper.Verify(context.Background(), f.record.ID); err != nil || !v.OK() || !strings.Contains(fmt.Sprint(v.NotCovered), "there is no log") {
		t.Errorf("without a log: %+v %v", v, err)
	}
	f.correct(t, "just now")
	if v := f.verify(t); v.OK() { // its time is t0, long ago
		t.Errorf("a head that never reached the log: %+v", v)
	}
	f.anchor(t)
	if v := f.verify(t); !v.OK() {
		t.Errorf("after it reached the log: %+v", v.Findings)
	}
}

// A file of a version that signed items and transitions alone is no failure.
func TestAFileOfAnOlderVersionIsSaidToBeOne(t *testing.T) {
	f := newFile(t, filepath.Join(t.TempDir(), "db"))
	f.rewrite(t, func(e *evidence.Entry) { e.Rows = nil })
	f.exec(t, "DELETE FROM unlogged")
	if v := f.verify(t); !v.OK() || !strings.Contains(fmt.Sprint(v.NotCovered), "every row") {
		t.Errorf("%+v", v)
	}
	f.correct(t, "by this version")
	f.anchor(t)
	if v := f.verify(t); !v.OK() || !strings.Contains(fmt.Sprint(v.NotCovered), "rows before entry 7") {
		t.Errorf("after a change by this version: %+v", v)
	}
}

func TestATextThatWasChangedInTheBucket(t *testing.T) {
	f := whole(t, filepath.Join(t.TempDir(), "db"))
	if err := f.Bucket.Write(t.Context(), "texts/"+textHash+".html", []byte(text+" differently")); err != nil {
		t.Fatal(err)
	}
	if v := f.verify(t); v.OK() || !strings.Contains(fmt.Sprint(v.Findings), "text of") {
		t.Errorf("%+v", v)
	}
}
