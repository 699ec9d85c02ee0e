package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"visavis/enrolment"
	"visavis/enrolment/bucket"
	"visavis/enrolment/evidence"
	"visavis/enrolment/store"
)

func runBackup(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	env := environment{getenv: func(string) string { return "" }, stdout: &out, stderr: t.Output()}
	err := run(t.Context(), args, env)
	return out.String(), err
}

// makeKept makes an enrolment with two items.
func makeKept(ctx context.Context, k *evidence.Keeper, id string) error {
	now := time.Now()
	record := enrolment.New(id, strings.ToUpper(id), "owner", "fr", enrolment.Declaration{Surname: "SPECIMEN"}, now)
	err := k.Store.InTx(ctx, func(tx *store.Tx) error {
		return errors.Join(tx.Create(ctx, record), k.Transition(ctx, tx, id, record.Last))
	})
	for _, item := range []string{"document-front", "selfie"} {
		err = errors.Join(err,
			k.Add(ctx, id, evidence.Item{ID: item, Kind: evidence.Still, MediaType: "image/jpeg"}, []byte(id+item), now))
	}
	return errors.Join(err, k.Anchor(ctx))
}

// deleteKept deletes an enrolment as a sweep does.
func deleteKept(ctx context.Context, k *evidence.Keeper, id string) error {
	_, err := k.Delete(ctx, id, time.Now(), func(r enrolment.Record) (enrolment.Deletion, bool, error) {
		d, err := enrolment.DefaultRules(0.4).DeletionOnRequest(r, time.Now())
		return d, true, err
	})
	return errors.Join(err, k.Anchor(ctx))
}

// What comes, grows and goes while a backup is made stands in it whole or not at all.
func TestABackupIsConsistentWhileFilesComeAndGo(t *testing.T) {
	data := t.TempDir()
	k := keepOne(t, data)
	k.Ledger = evidence.NewLedger(k.Bucket, k.Signer)
	for n := range 20 {
		if err := makeKept(t.Context(), k, fmt.Sprintf("first-%d", n)); err != nil {
			t.Fatal(err)
		}
	}
	stop := make(chan struct{})
	var busy sync.WaitGroup
	busy.Go(func() {
		for n := 0; ; n++ {
			select {
			case <-stop:
				return
			default:
			}
			err := makeKept(t.Context(), k, fmt.Sprintf("later-%d", n))
			if n < 20 && n%5 == 0 { // some, so that a try without one comes
				err = errors.Join(err, deleteKept(t.Context(), k, fmt.Sprintf("first-%d", n)))
			}
			if err != nil {
				t.Error(err)
				return
			}
		}
	})
	for n := range 3 {
		dir := filepath.Join(t.TempDir(), "backup")
		out, err := runBackup(t, "backup", dir, "--data="+data)
		if err != nil {
			t.Errorf("backup %d: %v\n%s", n, err, out)
			continue
		}
		out, err = runBackup(t, "restore", dir, "--verify", "--data="+filepath.Join(t.TempDir(), "new"))
		if err != nil || !strings.Contains(out, "each whole, none gone without a deletion") {
			t.Errorf("restore %d: %v\n%s", n, err, out)
		}
	}
	close(stop)
	busy.Wait()
}

// A backup without its keys is restored beside those, and not without them.
func TestABackupWithoutKeysNeedsThem(t *testing.T) {
	data := t.TempDir()
	keepOne(t, data)
	dir := filepath.Join(t.TempDir(), "backup")
	if out, err := runBackup(t, "backup", "--without-keys", "--data="+data, dir); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if found, _ := filepath.Glob(filepath.Join(dir, "keys")); len(found) > 0 {
		t.Errorf("keys are in it: %v", found)
	}
	empty := filepath.Join(t.TempDir(), "new")
	if _, err := runBackup(t, "restore", dir, "--data="+empty); err == nil ||
		!strings.Contains(err.Error(), "has no keys") {
		t.Errorf("restored without keys: %v", err)
	}
	if out, err := runBackup(t, "restore", dir, "--verify", "--data="+empty,
		"--keys="+filepath.Join(data, "keys")); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// A log that survived elsewhere names what a restore brings back although it was deleted.
func TestARestoreBesideItsLogNamesWhoWasDeletedSince(t *testing.T) {
	data, log := t.TempDir(), t.TempDir()
	k := keepOne(t, data)
	outside, err := bucket.Open(log)
	if err != nil {
		t.Fatal(err)
	}
	k.Ledger = evidence.NewLedger(outside, k.Signer)
	if err := errors.Join(makeKept(t.Context(), k, "stays"), makeKept(t.Context(), k, "goes")); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "backup")
	if out, err := runBackup(t, "backup", dir, "--data="+data, "--log-url="+log); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if err := deleteKept(t.Context(), k, "goes"); err != nil {
		t.Fatal(err)
	}
	out, err := runBackup(t, "restore", dir, "--verify", "--data="+filepath.Join(t.TempDir(), "new"), "--log-url="+log)
	if !errors.Is(err, errProblems) || strings.Count(out, "the log says that the file was deleted") != 1 ||
		!strings.Contains(out, "GOES (goes)") {
		t.Errorf("%v\n%s", err, out)
	}
}

// Nothing is written over, and nothing is restored from what is no whole backup.
func TestARestoreRefusesWhatIsNotWholeOrNotEmpty(t *testing.T) {
	data := t.TempDir()
	keepOne(t, data)
	if err := os.WriteFile(filepath.Join(data, "secret"), []byte("this server's"), 0o600); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "backup")
	if out, err := runBackup(t, "backup", dir, "--data="+data); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	change := func(t *testing.T, name string) (dirCopy string) {
		t.Helper()
		dirCopy = t.TempDir()
		if err := copyFiles(dir, dirCopy); err != nil {
			t.Fatal(err)
		}
		path, err := filepath.Glob(filepath.Join(dirCopy, name))
		if err != nil || len(path) != 1 {
			t.Fatalf("%v, %v", path, err)
		}
		body, err := os.ReadFile(path[0])
		if err != nil {
			t.Fatal(err)
		}
		body[len(body)/2] ^= 1
		if err := os.WriteFile(path[0], body, 0o600); err != nil {
			t.Fatal(err)
		}
		return dirCopy
	}
	unfinished := t.TempDir()
	if err := errors.Join(copyFiles(dir, unfinished), os.Remove(filepath.Join(unfinished, backupNote))); err != nil {
		t.Fatal(err)
	}
	fresh := func() string { return filepath.Join(t.TempDir(), "new") }
	for name, test := range map[string]struct {
		from, data, want string
	}{
		"where a server was":    {dir, data, "is there already"},
		"no note":               {unfinished, fresh(), "one that did not end"},
		"another database":      {change(t, "database"), fresh(), "database is not what was backed up"},
		"another key":           {change(t, "keys/master.key"), fresh(), "keys/master.key is not what was backed up"},
		"another item":          {change(t, "evidence/the-id/selfie-*"), fresh(), "is not what was stored"},
		"a folder of no backup": {t.TempDir(), fresh(), "it is no backup"},
	} {
		t.Run(name, func(t *testing.T) {
			out, err := runBackup(t, "restore", test.from, "--verify", "--data="+test.data)
			if err == nil || !strings.Contains(out+err.Error(), test.want) {
				t.Errorf("%v\n%s, want %q", err, out, test.want)
			}
		})
	}
	for _, there := range []string{"secret", "visavis.db", "keys/another.key", "evidence/an-id/selfie"} {
		used := fresh()
		path := filepath.Join(used, there)
		err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte("another server's"), 0o600))
		if err != nil {
			t.Fatal(err)
		}
		_, err = runBackup(t, "restore", dir, "--data="+used)
		kept, readErr := os.ReadFile(path)
		if err == nil || !strings.Contains(err.Error(), filepath.Base(path)+" is there already") || readErr != nil ||
			string(kept) != "another server's" {
			t.Errorf("beside another %s: %v; it is %q now (%v)", there, err, kept, readErr)
		}
		if found, err := filepath.Glob(filepath.Join(used, "*")); err != nil || len(found) != 1 {
			t.Errorf("a restore that was refused left %v (%v)", found, err)
		}
	}
	short := t.TempDir()
	if err := copyFiles(dir, short); err != nil {
		t.Fatal(err)
	}
	if gone, err := filepath.Glob(filepath.Join(short, "evidence", "the-id", "selfie-*")); err != nil || len(gone) != 1 ||
		os.Remove(gone[0]) != nil {
		t.Fatalf("%v, %v", gone, err)
	}
	refused := fresh()
	if _, err := runBackup(t, "restore", short, "--data="+refused); err == nil ||
		!strings.Contains(err.Error(), "were backed up") {
		t.Errorf("from a backup that lacks an item: %v", err)
	}
	if found, err := filepath.Glob(filepath.Join(refused, "*")); err != nil || len(found) != 0 {
		t.Errorf("a backup that lacks an item left %v (%v)", found, err)
	}
	if _, err := runBackup(t, "backup", dir, "--data="+data); err == nil ||
		!strings.Contains(err.Error(), "a new folder") {
		t.Errorf("a second backup into the same folder: %v", err)
	}
}

// Where the database cannot be written, nothing is: the next try finds the places empty.
func TestARestoreWithoutItsDatabaseLeavesNothing(t *testing.T) {
	data := t.TempDir()
	keepOne(t, data)
	dir := filepath.Join(t.TempDir(), "backup")
	if out, err := runBackup(t, "backup", dir, "--data="+data); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	empty, other := filepath.Join(t.TempDir(), "new"), filepath.Join(t.TempDir(), "visavis.db")
	if err := os.MkdirAll(filepath.Join(other+".part", "in the way"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := runBackup(t, "restore", dir, "--data="+empty, "--database-url="+other); err == nil ||
		!strings.Contains(err.Error(), "is a directory") {
		t.Errorf("the database was written: %v", err)
	}
	if found, err := filepath.Glob(filepath.Join(empty, "*", "*")); err != nil || len(found) != 0 {
		t.Errorf("it left %v (%v)", found, err)
	}
	if out, err := runBackup(t, "restore", dir, "--verify", "--data="+empty); err != nil {
		t.Errorf("the second try: %v\n%s", err, out)
	}
}
