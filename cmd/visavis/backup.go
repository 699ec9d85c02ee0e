package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"visavis/enrolment/bucket"
	"visavis/enrolment/evidence"
	"visavis/enrolment/ledger"
	"visavis/enrolment/store"
)

const backupUsage = `usage: visavis backup DIR                 write records, evidence and keys into a new folder
       visavis backup --without-keys DIR  the same without keys: it opens nothing by itself
       visavis restore DIR                put them back where the settings say, where nothing is
       visavis restore DIR --verify       and then open every item and check every manifest`

// The parts of a backup's folder.
const (
	backupNote     = "backup.json" // written last: a folder without it is no backup
	backupDatabase = "database"
	backupEvidence = "evidence" // items, texts, and the log of all chains' heads
	backupKeys     = "keys"
	backupOwn      = "own" // the secret and the local CA, of the data folder
	backupFormat   = 1
)

// backupTries is how often a backup begins again because items were deleted meanwhile.
const backupTries = 5

// backupFacts is a backup's note. The evidence is checked by its manifests, the rest by SHA256.
type backupFacts struct {
	Format   int               `json:"format"`
	MadeAt   time.Time         `json:"madeAt"`
	Version  string            `json:"version"`  // of the program
	Database string            `json:"database"` // "sqlite" or "postgres"
	Files    int               `json:"files"`    // enrolments
	Objects  int               `json:"objects"`  // of the evidence
	Head     int64             `json:"head"`     // leaves of the log
	SHA256   map[string]string `json:"sha256"`   // of database, keys and own, by path
}

// backupCommand writes what a server keeps into a folder. The server may run.
func backupCommand(ctx context.Context, args []string, env environment) error {
	r, dir, without, err := backupFlags("backup", "without-keys", args, env)
	if err != nil {
		return err
	}
	if entries, err := os.ReadDir(dir); err == nil && len(entries) > 0 {
		return fmt.Errorf("%s has something in it: want a new folder for each backup", dir)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	k, done, err := r.open(ctx, true)
	if err != nil {
		return err
	}
	defer done()
	leave, err := r.use(ctx, k, false) // keys are not rotated meanwhile
	if err != nil {
		return err
	}
	defer leave()
	facts := backupFacts{
		Format:   backupFormat,
		MadeAt:   time.Now().UTC(),
		Version:  release,
		Database: kindOf(r.Database),
		SHA256:   map[string]string{},
	}
	if !without {
		err = errors.Join(copyFiles(r.Keys, filepath.Join(dir, backupKeys), "in-use.lock"),
			copyFiles(filepath.Join(r.Data, "ca"), filepath.Join(dir, backupOwn, "ca")),
			copyOwn(filepath.Join(r.Data, "secret"), filepath.Join(dir, backupOwn, "secret")))
		if err != nil {
			return err
		}
	}
	wrong, err := backUpRecords(ctx, k, dir, &facts, env)
	if err != nil {
		return err
	}
	if err := sums(dir, facts.SHA256); err != nil {
		return err
	}
	note, err := json.MarshalIndent(facts, "", "  ")
	if err != nil {
		return err
	}
	if err := writeSynced(filepath.Join(dir, backupNote), append(note, '\n')); err != nil {
		return err
	}
	if wrong {
		return fmt.Errorf("%s holds everything, but what stands above was wrong before it: %w", dir, errProblems)
	}
	fmt.Fprintf(env.stdout, "ok: %s holds %d files, %d objects of evidence, the log up to %d; each was checked\n",
		dir, facts.Files, facts.Objects, facts.Head)
	return nil
}

// backupFlags reads the arguments of backup and restore: the folder, before or after the
// flags.
func backupFlags(command, extra string, args []string, env environment) (r *storage, dir string, set bool, err error) {
	r = &storage{}
	f := flag.NewFlagSet(command, flag.ContinueOnError)
	f.SetOutput(env.stderr)
	r.flags(f, env)
	f.BoolVar(&set, extra, false, "see the usage")
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		dir, args = args[0], args[1:]
	}
	if err := f.Parse(args); err != nil {
		return nil, "", false, err
	}
	if dir == "" && f.NArg() == 1 {
		dir = f.Arg(0)
	} else if dir == "" || f.NArg() > 0 {
		return nil, "", false, errors.New(backupUsage)
	}
	return r, dir, set, r.complete(env)
}

func kindOf(database string) string {
	if store.IsPostgres(database) {
		return "postgres"
	}
	return "sqlite"
}

// backUpRecords copies database, log and evidence until each file of the copy is whole. An
// item that was deleted between the two is missing in the copy alone: then it begins
// again. wrong says that something is wrong in what the server keeps.
func backUpRecords(ctx context.Context, k *evidence.Keeper, dir string, facts *backupFacts,
	env environment) (wrong bool, err error) {
	to, err := bucket.OpenFolder(filepath.Join(dir, backupEvidence))
	if err != nil {
		return false, err
	}
	for try := 1; ; try++ {
		report := &strings.Builder{}
		wrong, err = copyRecords(ctx, k, to, dir, facts, report)
		if err != nil {
			return false, err
		}
		if !wrong || try == backupTries {
			_, err = io.WriteString(env.stdout, report.String())
			return wrong, err
		}
	}
}

func copyRecords(ctx context.Context, k *evidence.Keeper, to *bucket.Folder, dir string, facts *backupFacts,
	report io.Writer) (wrong bool, err error) {
	database := filepath.Join(dir, backupDatabase)
	if err := os.Remove(database); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, err
	}
	var head ledger.Head
	view, err := k.Store.Copy(ctx, database, func() (err error) {
		if k.Ledger != nil {
			head, err = k.Ledger.Head(ctx)
		}
		return err
	})
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, view.Close()) }()
	copied := &evidence.Keeper{Master: k.Master, Signer: k.Signer, Store: view, Bucket: to, StampRoots: k.StampRoots}
	if k.Ledger != nil {
		copied.Ledger = evidence.NewLedger(to, k.Signer)
		if err := k.Ledger.CopyTo(ctx, to, head); err != nil {
			return false, err
		}
	}
	if facts.Objects, err = copyObjects(ctx, k.Bucket, to); err != nil {
		return false, err
	}
	facts.Head = head.Size
	facts.Files, wrong, err = checkAll(ctx, copied, report)
	return wrong, err
}

// copyObjects makes one bucket hold what the other holds, but for the log. An object
// never changes: what is there already is not read again.
func copyObjects(ctx context.Context, from, to bucket.Bucket) (count int, err error) {
	names, err := from.List(ctx, "")
	if err != nil {
		return 0, err
	}
	for _, name := range names {
		if isLog(name) {
			continue
		}
		there, err := to.Exists(ctx, name)
		if err != nil {
			return 0, err
		}
		if !there {
			body, err := from.Read(ctx, name)
			if errors.Is(err, bucket.ErrNotFound) {
				continue // deleted meanwhile
			}
			if err == nil {
				err = to.Write(ctx, name, body)
			}
			if err != nil {
				return 0, err
			}
		}
		count++
	}
	have, err := to.List(ctx, "")
	if err != nil {
		return 0, err
	}
	for _, name := range have {
		if _, found := slices.BinarySearch(names, name); !found && !isLog(name) { // of a try before
			if err := to.Delete(ctx, name); err != nil {
				return 0, err
			}
		}
	}
	return count, nil
}

func isLog(name string) bool { return strings.HasPrefix(name, "log/") }

// copyFiles copies a folder's regular files, readable by their owner alone. A folder that
// is not there has none.
func copyFiles(from, to string, but ...string) error {
	return filepath.WalkDir(from, func(at string, d fs.DirEntry, err error) error {
		if at == from && errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || !d.Type().IsRegular() || slices.Contains(but, d.Name()) {
			return err
		}
		rel, err := filepath.Rel(from, at)
		if err != nil {
			return err
		}
		return copyOwn(at, filepath.Join(to, rel))
	})
}

// copyOwn copies a file, if it is there, readable by its owner alone.
func copyOwn(from, to string) error {
	body, err := os.ReadFile(from)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return err
	}
	return writeSynced(to, body)
}

func writeSynced(path string, body []byte) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(body)
	return errors.Join(err, f.Sync(), f.Close())
}

// sums adds the hash of each file of the backup that no manifest covers.
func sums(dir string, into map[string]string) error {
	return filepath.WalkDir(dir, func(at string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, at)
		if err != nil {
			return err
		}
		if d.IsDir() && rel == backupEvidence {
			return fs.SkipDir
		}
		if !d.Type().IsRegular() || rel == backupNote {
			return nil
		}
		f, err := os.Open(at)
		if err != nil {
			return err
		}
		h := sha256.New()
		_, err = io.Copy(h, f)
		into[filepath.ToSlash(rel)] = hex.EncodeToString(h.Sum(nil))
		return errors.Join(err, f.Close())
	})
}
