package evidence_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
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
			tx.AddCertificate(ctx, store.Certificate{ID: "certificate-1", Enrolment: id, Owner: "owner", Rev: 1, CreatedAt: t0,
				Value: certificate.Certificate{Issuer: "TEST"}}),
			tx.PutProof(ctx, "certificate-1", []byte("proof"), time.Unix(1, 0)),
			tx.AddAudit(ctx, store.Audit{At: t0, By: by, Action: "look", Enrolment: id, What: "selfie"}),
			tx.AddAudit(ctx, store.Audit{At: t0.Add(time.Second), By: by, Action: "look", Enrolment: id,
				What: "document-front"}),
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
		second.record = enrolment.New("enrolment-2", "DEF567", "other", "fr", enrolment.Declaration{
			Surname: "EXEMPLE", Email: "b@example.org"}, t0)
		second.save(t, second.record)
		f.anchor(t)
		f.unreferenced(t)
		for _, table := range append(slices.Clone(store.Covered), store.Table{Name: "manifest", Key: "enrolment"},
			store.Table{Name: "evidence_keys", Key: "enrolment"}) {
			for _, swap := range [][2]string{{"enrolment-1", "aside"}, {"enrolment-2", "enrolment-1"},
				{"aside", "enrolment-2"}} {
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
	if v, err := keeper.Verify(context.Background(), f.record.ID); err != nil || !v.OK() ||
		!strings.Contains(fmt.Sprint(v.NotCovered), "there is no log") {
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
