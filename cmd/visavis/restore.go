package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"visavis/enrolment/bucket"
	"visavis/enrolment/jobs"
	"visavis/enrolment/store"
)

// restoreCommand puts a backup back where the settings say. Nothing that is there is
// written over.
func restoreCommand(ctx context.Context, args []string, env environment) error {
	r, dir, verify, err := backupFlags("restore", "verify", args, env)
	if err != nil {
		return err
	}
	facts, err := readBackup(dir)
	if err != nil {
		return err
	}
	if kind := kindOf(r.Database); kind != facts.Database {
		return fmt.Errorf("the backup is of %s, --database-url names %s: want the same", facts.Database, kind)
	}
	keys := filepath.Join(dir, backupKeys)
	if _, err := os.Stat(keys); errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Stat(filepath.Join(r.Keys, "master.key")); err != nil {
			return fmt.Errorf("the backup has no keys: put those that it was made with into %s first", r.Keys)
		}
	} else if err := wantEmpty(r.Keys); err != nil {
		return err
	}
	if err := errors.Join(wantNone(filepath.Join(dir, backupOwn), r.Data), store.Vacant(ctx, r.Database)); err != nil {
		return err
	}
	var objects restoredObjects
	defer objects.close()
	if err := objects.open(ctx, r, dir, facts, env); err != nil {
		return err
	}
	// The database comes first: it fails most easily, for want of a program, and is then as empty as before.
	if err := store.Restore(ctx, r.Database, filepath.Join(dir, backupDatabase)); err != nil {
		return err
	}
	err = errors.Join(copyFiles(keys, r.Keys), copyFiles(filepath.Join(dir, backupOwn), r.Data))
	if err == nil {
		err = objects.copy(ctx)
	}
	if err != nil {
		return fmt.Errorf("a part is back alone: empty the places before you try again: %w", err)
	}
	fmt.Fprintf(env.stdout,
		"ok: %d files of %s are back; who was deleted after that is back too: read docs/operations.md\n", facts.Files,
		facts.MadeAt.Format(time.RFC3339))
	if !verify {
		return nil
	}
	if err := migrateRestored(ctx, r); err != nil {
		return err
	}
	return verifyAll(ctx, r, "", env)
}

// migrateRestored brings records of an older version up to date, as a start would.
func migrateRestored(ctx context.Context, r *storage) error {
	k, done, err := r.open(ctx, false)
	if err != nil {
		return err
	}
	defer done()
	return k.Store.Migrate(ctx, jobs.Migration(k.Store))
}

// readBackup reads a backup's note and compares the files that no manifest covers.
func readBackup(dir string) (facts backupFacts, err error) {
	note, err := os.ReadFile(filepath.Join(dir, backupNote))
	if errors.Is(err, fs.ErrNotExist) {
		return facts, fmt.Errorf("%s has no %s: it is no backup, or one that did not end", dir, backupNote)
	}
	if err != nil {
		return facts, err
	}
	if err := json.Unmarshal(note, &facts); err != nil {
		return facts, fmt.Errorf("%s: %w", backupNote, err)
	}
	if facts.Format != backupFormat {
		return facts, fmt.Errorf("%s: format %d, want %d: restore it with the version %s that made it", backupNote,
			facts.Format, backupFormat, facts.Version)
	}
	now := map[string]string{}
	if err := sums(dir, now); err != nil {
		return facts, err
	}
	for path, sum := range facts.SHA256 {
		if now[path] != sum {
			return facts, fmt.Errorf("%s is not what was backed up: nothing was restored", path)
		}
	}
	return facts, nil
}

// wantEmpty refuses a folder with files in it.
func wantEmpty(dir string) error {
	return filepath.WalkDir(dir, func(at string, d fs.DirEntry, err error) error {
		if at == dir && errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err == nil && d.Type().IsRegular() {
			err = fmt.Errorf("%s is there already: restore into empty places", at)
		}
		return err
	})
}

// wantNone refuses a folder that has one of another folder's files already.
func wantNone(from, to string) error {
	return filepath.WalkDir(from, func(at string, d fs.DirEntry, err error) error {
		if at == from && errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		rel, err := filepath.Rel(from, at)
		if err != nil {
			return err
		}
		there := filepath.Join(to, rel)
		if _, err := os.Lstat(there); !errors.Is(err, fs.ErrNotExist) {
			return errors.Join(err, fmt.Errorf("%s is there already: restore into empty places", there))
		}
		return nil
	})
}

// restoredObjects are the evidence of a backup on its way to where the settings say.
type restoredObjects struct {
	from, to bucket.Bucket
	log      bucket.Bucket // where its log belongs; nil: nowhere
	names    []string      // of what is in the backup, the log too
	opened   []bucket.Bucket
}

func (o *restoredObjects) close() {
	for _, b := range o.opened {
		_ = b.Close() // Write has said what went wrong
	}
}

// open opens the evidence of a backup and the places that it goes to, of which it wants
// the first empty. A log at a place of its own that is there still is left as it is: it
// knows what came after the backup.
func (o *restoredObjects) open(ctx context.Context, r *storage, dir string, facts backupFacts,
	env environment) (err error) {
	if o.from, err = bucket.OpenFolder(filepath.Join(dir, backupEvidence)); err != nil {
		return err
	}
	if o.names, err = o.from.List(ctx, ""); err != nil {
		return err
	}
	if n := len(slices.DeleteFunc(slices.Clone(o.names), isLog)); n != facts.Objects {
		return fmt.Errorf("evidence: the backup has %d objects, %d were backed up: nothing was restored", n, facts.Objects)
	}
	if o.to, err = bucket.Open(r.Evidence); err != nil {
		return err
	}
	o.opened = append(o.opened, o.to)
	there, err := o.to.List(ctx, "")
	if err != nil {
		return err
	}
	if len(there) > 0 {
		return fmt.Errorf("evidence: %s is there already: restore into empty places", there[0])
	}
	switch r.Log {
	case "off":
	case r.Evidence:
		o.log = o.to
	default:
		outside, err := bucket.Open(r.Log)
		if err != nil {
			return fmt.Errorf("--log-url: %w", err)
		}
		o.opened = append(o.opened, outside)
		there, err := outside.List(ctx, "log/")
		if err != nil {
			return fmt.Errorf("--log-url: %w", err)
		}
		if len(there) > 0 {
			fmt.Fprintln(env.stdout,
				"the log outside of the database is there and is left as it is: --verify names what it knows otherwise")
			break
		}
		o.log = outside
	}
	return nil
}

// copy copies the evidence, and the log to where it belongs.
func (o *restoredObjects) copy(ctx context.Context) error {
	for _, name := range o.names {
		into := o.to
		if isLog(name) {
			into = o.log
		}
		if into == nil {
			continue
		}
		body, err := o.from.Read(ctx, name)
		if err == nil {
			err = into.Write(ctx, name, body)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
