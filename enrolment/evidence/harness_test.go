package evidence_test

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"visavis/enrolment"
	"visavis/enrolment/evidence"
	"visavis/enrolment/evidence/evidencetest"
	"visavis/enrolment/store"
	"visavis/enrolment/store/storetest"
)

var postgres storetest.Server

func TestMain(m *testing.M) {
	os.Exit(postgres.Run(m))
}

var t0 = time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC)

// file is one enrolment with three items and two transitions after its first.
type file struct {
	*evidence.Keeper
	dir    string // of the blobs
	home   string // of the keys
	url    string
	record enrolment.Record
}

func newFile(t *testing.T, url string) *file {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "blobs")
	return newFileIn(t, url, dir, dir)
}

// newFileIn keeps the blobs in a bucket whose objects lie in dir.
func newFileIn(t *testing.T, url, bucket, dir string) *file {
	t.Helper()
	k := evidencetest.In(t, storetest.Open(t, url), bucket, dir)
	f := &file{home: k.Keys, dir: dir, url: url, Keeper: k.Keeper}
	f.record = enrolment.New("enrolment-1", "ABC234", "owner", "fr", enrolment.Declaration{
		Surname: "SPECIMEN", Email: "a@example.org"}, t0)
	f.save(t, f.record)
	for i, step := range []string{"document-front", "document-back", "selfie"} {
		f.add(t, step, picture(step))
		if i < 2 {
			f.correct(t, fmt.Sprint("name", i))
		}
	}
	return f
}

func picture(step string) []byte { return bytes.Repeat([]byte("a picture of "+step+" "), 100) }

func (f *file) add(t *testing.T, id string, data []byte) {
	t.Helper()
	item := evidence.Item{ID: id, Kind: evidence.Still, Step: id, MediaType: "image/jpeg"}
	if err := f.Add(t.Context(), f.record.ID, item, data, t0); err != nil {
		t.Fatal(err)
	}
}

// save stores a record and lists its transition, as the journey does.
func (f *file) save(t *testing.T, r enrolment.Record) {
	t.Helper()
	err := f.Store.InTx(t.Context(), func(tx *store.Tx) error {
		save := tx.Save
		if r.Rev == 1 {
			save = tx.Create
		}
		return errors.Join(save(t.Context(), r), f.Transition(t.Context(), tx, r.ID, r.Last))
	})
	if err != nil {
		t.Fatal(err)
	}
	f.record = r
}

func (f *file) correct(t *testing.T, name string) {
	t.Helper()
	r, err := enrolment.DefaultRules(0.4).Apply(f.record, enrolment.Actor{Role: enrolment.Applicant, ID: "owner"},
		enrolment.Correct{Declared: enrolment.Declaration{Surname: name}}, t0.Add(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	f.save(t, r)
}

// sql changes the store behind everybody's back.
func (f *file) sql(t *testing.T, statements ...string) {
	t.Helper()
	err := f.Store.InTx(t.Context(), func(tx *store.Tx) error {
		for _, s := range statements {
			var err error
			if tx.SQLite != nil {
				var r sql.Result
				r, err = tx.SQLite.ExecContext(t.Context(), s)
				if err == nil {
					if n, _ := r.RowsAffected(); n == 0 {
						err = errors.New("nothing touched: " + s)
					}
				}
			} else {
				_, err = tx.Postgres.Exec(t.Context(), s)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (f *file) verify(t *testing.T) evidence.Verification {
	t.Helper()
	v, err := f.Verify(t.Context(), f.record.ID)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// blob returns the path of an item's blob.
func (f *file) blob(t *testing.T, item string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(f.dir, f.record.ID, item+"-*"))
	if err != nil || len(found) != 1 {
		t.Fatalf("%d blobs of %s, %v", len(found), item, err)
	}
	return found[0]
}

// rewrite writes the chain anew, each entry changed, as another version had.
func (f *file) rewrite(t *testing.T, change func(*evidence.Entry)) {
	t.Helper()
	ctx, id := t.Context(), f.record.ID
	err := f.Store.InTx(ctx, func(tx *store.Tx) error {
		raw, _, err := tx.Manifest(ctx, id)
		if err != nil {
			return err
		}
		if _, err := tx.SQLite.ExecContext(ctx, "DELETE FROM manifest"); err != nil {
			return err
		}
		previous := ""
		for _, r := range raw {
			var e evidence.Entry
			if err := json.Unmarshal([]byte(r.Body), &e); err != nil {
				return err
			}
			change(&e)
			e.Previous = previous
			body, err := json.Marshal(e)
			if err != nil {
				return err
			}
			hash, signature := f.SignForTest(string(body))
			previous = hash
			if err := tx.AppendManifest(ctx, id, store.ManifestEntry{
				Seq: r.Seq, Body: string(body), Hash: hash, Signature: signature}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
