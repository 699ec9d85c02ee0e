package evidence_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"visavis/enrolment/evidence"
)

// A server keeps its key set in memory. A rotation beside it, with the old key
// retired, must not cost the next file.
func TestARotationBesideARunningServerLosesNoFile(t *testing.T) {
	f := newFile(t, filepath.Join(t.TempDir(), "db"))
	path := filepath.Join(f.home, "master.key")
	rotating := *f.Keeper
	var err error
	if rotating.Master, err = evidence.OpenMaster(path); err != nil {
		t.Fatal(err)
	}
	if err := rotating.Master.Rotate(); err != nil {
		t.Fatal(err)
	}
	if _, err := rotating.Rewrap(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := rotating.Master.Retire(); err != nil {
		t.Fatal(err)
	}
	if got, _, err := f.Read(t.Context(), f.record.ID, "selfie"); err != nil || !bytes.Equal(got, picture("selfie")) {
		t.Errorf("an old file on the running server: %v", err)
	}
	next := *f
	next.record.ID, next.record.Reference, next.record.Rev, next.record.Last.Seq = "enrolment-2", "DEF567", 1, 1
	next.save(t, next.record)
	next.add(t, "selfie", picture("next"))
	restarted := *f.Keeper
	if restarted.Master, err = evidence.OpenMaster(path); err != nil {
		t.Fatal(err)
	}
	if got, _, err := restarted.Read(t.Context(), "enrolment-2", "selfie"); err != nil ||
		!bytes.Equal(got, picture("next")) {
		t.Errorf("the next file after a restart: %v", err)
	}
	if v := f.verify(t); !v.OK() {
		t.Errorf("old evidence after the rotation: %+v", v.Findings)
	}
}

func TestAPassphraseSealsTheKeys(t *testing.T) {
	dir := t.TempDir()
	master, signing := filepath.Join(dir, "master.key"), filepath.Join(dir, "signing.key")
	plain, err := evidence.OpenSigner(signing)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := evidence.OpenMaster(master); err != nil {
		t.Fatal(err)
	}
	files := evidence.KeyFiles{Passphrase: "correct horse"}
	for _, readOnly := range []bool{true, false, false} {
		files.ReadOnly = readOnly
		if _, err := files.Master(master); err != nil {
			t.Fatal(err)
		}
		signer, err := files.Signer(signing)
		if err != nil || !bytes.Equal(signer.Public(), plain.Public()) {
			t.Fatalf("the key became another one: %v", err)
		}
		for _, path := range []string{master, signing} {
			body, err := os.ReadFile(path)
			if err != nil || strings.HasPrefix(string(body), "age-encryption.org/v1") == readOnly {
				t.Errorf("%s, read only %t: %v", filepath.Base(path), readOnly, err)
			}
		}
	}
	for _, wrong := range []string{"", "another"} {
		if _, err := (evidence.KeyFiles{Passphrase: wrong}).Master(master); !errors.Is(err, evidence.ErrPassphrase) {
			t.Errorf("with the passphrase %q: %v", wrong, err)
		}
		if _, err := (evidence.KeyFiles{Passphrase: wrong}).Signer(signing); !errors.Is(err, evidence.ErrPassphrase) {
			t.Errorf("with the passphrase %q: %v", wrong, err)
		}
	}
	fresh := filepath.Join(dir, "fresh.key")
	if _, err := files.Master(fresh); err != nil {
		t.Fatal(err)
	}
	if body, err := os.ReadFile(fresh); err != nil || bytes.Contains(body, []byte("primaryKeyId")) {
		t.Errorf("a new key lies open: %v", err)
	}
}
