package evidence_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"visavis/enrolment"
	"visavis/enrolment/evidence"
	"visavis/enrolment/store"
)

func always(r enrolment.Record) (enrolment.Deletion, bool, error) {
	d, err := enrolment.DefaultRules(0.4).DeletionOnRequest(r, t0.Add(time.Hour))
	return d, true, err
}

func TestADamagedFileIsDeletedAllTheSame(t *testing.T) {
	postgres.Each(t, func(t *testing.T, url string) {
		f := newFile(t, url)
		f.sql(t, "UPDATE manifest SET body = 'no JSON' WHERE seq = 2")
		receipt, err := f.Delete(t.Context(), f.record.ID, t0.Add(time.Hour), always)
		if err != nil {
			t.Fatal(err)
		}
		r, err := evidence.VerifyReceipt(receipt, f.Signer.Public())
		if err != nil || r.Damaged != 1 || r.Items != 2 || r.Entries != 6 {
			t.Errorf("%+v, %v", r, err)
		}
		if left, _ := filepath.Glob(filepath.Join(f.dir, f.record.ID, "*")); len(left) > 0 {
			t.Errorf("blobs are left: %v", left)
		}
	})
}

func TestDeletingLeavesAReceiptThatVerifiesOffline(t *testing.T) {
	postgres.Each(t, func(t *testing.T, url string) {
		f := newFile(t, url)
		receipt, err := f.Delete(t.Context(), f.record.ID, t0.Add(time.Hour), always)
		if err != nil {
			t.Fatal(err)
		}
		pem, err := f.Signer.PublicPEM()
		if err != nil {
			t.Fatal(err)
		}
		public, err := evidence.ParsePublicPEM(pem)
		if err != nil {
			t.Fatal(err)
		}
		r, err := evidence.VerifyReceipt(receipt, public)
		if err != nil || r.Reference != "ABC234" || r.Rule != enrolment.RuleRequest || r.Items != 3 || r.Entries != 6 ||
			!r.DeletedAt.Equal(t0.Add(time.Hour)) {
			t.Errorf("%+v, %v", r, err)
		}
		if bytes.Contains(receipt, []byte("SPECIMEN")) || bytes.Contains(receipt, []byte("owner")) {
			t.Errorf("the receipt names the person: %s", receipt)
		}
		if _, err := evidence.VerifyReceipt(bytes.Replace(receipt, []byte("on-request"), []byte("abandoned!"), 1),
			public); !errors.Is(err, evidence.ErrForged) {
			t.Errorf("a changed receipt: %v", err)
		}
		other, err := evidence.OpenSigner(filepath.Join(t.TempDir(), "other.key"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := evidence.VerifyReceipt(receipt, other.Public()); !errors.Is(err, evidence.ErrForged) {
			t.Errorf("another server's key: %v", err)
		}
		if left, _ := filepath.Glob(filepath.Join(f.dir, f.record.ID, "*")); len(left) > 0 {
			t.Errorf("blobs are left: %v", left)
		}
		if again, err := f.Delete(t.Context(), f.record.ID, t0, always); again != nil || err != nil {
			t.Errorf("deleted again: %s, %v", again, err)
		}
	})
}

func TestADeletionThatWasInterruptedGoesOn(t *testing.T) {
	f := newFile(t, filepath.Join(t.TempDir(), "db"))
	backup := filepath.Join(t.TempDir(), "backup")
	if err := os.CopyFS(backup, os.DirFS(f.dir)); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Delete(t.Context(), f.record.ID, t0, always); err != nil {
		t.Fatal(err)
	}
	// As if it had been killed after the rows went: the blobs are back.
	if err := os.CopyFS(f.dir, os.DirFS(backup)); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Delete(t.Context(), f.record.ID, t0, always); err != nil {
		t.Fatal(err)
	}
	if left, _ := filepath.Glob(filepath.Join(f.dir, f.record.ID, "*")); len(left) > 0 {
		t.Errorf("blobs are left: %v", left)
	}
}

func TestWhatIsNotDueIsKept(t *testing.T) {
	f := newFile(t, filepath.Join(t.TempDir(), "db"))
	never := func(enrolment.Record) (enrolment.Deletion, bool, error) { return enrolment.Deletion{}, false, nil }
	if receipt, err := f.Delete(t.Context(), f.record.ID, t0, never); receipt != nil || err != nil {
		t.Errorf("%s, %v", receipt, err)
	}
	if v := f.verify(t); !v.OK() || v.Items != 3 {
		t.Errorf("%+v", v)
	}
}

func TestTheDeletedKeyIsNotInTheDatabasesFiles(t *testing.T) {
	url := filepath.Join(t.TempDir(), "db")
	f := newFile(t, url)
	var wrapped string
	err := f.Store.InTx(t.Context(), func(tx *store.Tx) (err error) {
		wrapped, err = tx.Key(t.Context(), f.record.ID)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if !holds(t, url, wrapped) {
		t.Fatal("the wrapped key is nowhere even before: the test cannot see it")
	}
	if _, err := f.Delete(t.Context(), f.record.ID, t0, always); err != nil {
		t.Fatal(err)
	}
	if holds(t, url, wrapped) {
		t.Error("the wrapped key can still be read from the files")
	}
}

// holds tells whether a database's files hold a text.
func holds(t *testing.T, url, text string) bool {
	t.Helper()
	files, err := filepath.Glob(url + "*")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files {
		body, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(body, []byte(text)) {
			return true
		}
	}
	return false
}

func TestTheMasterKeyRotates(t *testing.T) {
	f := newFile(t, filepath.Join(t.TempDir(), "db"))
	read := func(m *evidence.Master) error {
		k := *f.Keeper
		k.Master = m
		_, _, err := k.Read(context.Background(), f.record.ID, "selfie")
		return err
	}
	path := filepath.Join(f.home, "master.key")
	reopen := func() *evidence.Master {
		t.Helper()
		m, err := evidence.OpenMaster(path)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	f.Master = reopen()
	if err := f.Master.Rotate(); err != nil {
		t.Fatal(err)
	}
	if err := read(reopen()); err != nil {
		t.Errorf("after the rotation: %v", err)
	}
	if n, err := f.Rewrap(t.Context()); n != 1 || err != nil {
		t.Fatalf("rewrapped %d, %v", n, err)
	}
	if err := f.Master.Retire(); err != nil {
		t.Fatal(err)
	}
	if err := read(reopen()); err != nil {
		t.Errorf("after the old key is gone: %v", err)
	}
	if err := os.WriteFile(path, before, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := read(reopen()); !errors.Is(err, evidence.ErrNotReadable) {
		t.Errorf("with the old key alone: %v, want ErrNotReadable", err)
	}
}
