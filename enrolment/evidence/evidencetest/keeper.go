// Package evidencetest gives tests a keeper of evidence with keys and a folder of
// its own.
package evidencetest

import (
	"path/filepath"
	"testing"

	"visavis/enrolment/bucket"
	"visavis/enrolment/evidence"
	"visavis/enrolment/store"
)

// Keeper is a keeper with the folders of its blobs and of its keys.
type Keeper struct {
	*evidence.Keeper
	Blobs, Keys string
}

// New makes a Keeper over a store, with its blobs in a folder.
func New(t *testing.T, s *store.Store) Keeper {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "blobs")
	return In(t, s, dir, dir)
}

// In makes a Keeper over a store, with its blobs in a place whose objects lie in
// dir.
func In(t *testing.T, s *store.Store, place, dir string) Keeper {
	t.Helper()
	home := t.TempDir()
	k := Keeper{&evidence.Keeper{Store: s}, dir, home}
	var err error
	if k.Bucket, err = bucket.Open(place); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = k.Bucket.Close() })
	if k.Master, err = evidence.OpenMaster(filepath.Join(home, "master.key")); err != nil {
		t.Fatal(err)
	}
	if k.Signer, err = evidence.OpenSigner(filepath.Join(home, "signing.key")); err != nil {
		t.Fatal(err)
	}
	k.Ledger = evidence.NewLedger(k.Bucket, k.Signer)
	return k
}
