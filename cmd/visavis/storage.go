package main

import (
	"context"
	"crypto/x509"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"visavis/enrolment/bucket"
	"visavis/enrolment/evidence"
	"visavis/enrolment/jobs"
	"visavis/enrolment/ledger"
	"visavis/enrolment/store"
)

// storage is the settings of the durable records: where they are and which keys
// read them.
type storage struct {
	// Data is the folder of everything below that is not set.
	Data string
	// Database is a SQLite file or a postgres:// URL. Default visavis.db in Data.
	Database string
	// Evidence is a folder or the URL of a bucket (s3://…). Default evidence in Data.
	Evidence string
	// Keys is the folder of the master key and of the signing key. Keep it out of
	// the backups of the evidence. Default keys in Data.
	Keys string
	// PassphraseFile holds the passphrase that seals the master and the signing key,
	// a systemd credential for example; else it is in the environment. Default none:
	// the files' mode protects them. It is no flag: other users see those.
	PassphraseFile string
	passphrase     string
	// Log is where the heads of all chains lie, outside of the database: a folder, the
	// URL of a bucket, or off. Default in the evidence's.
	Log string
	// Timestamps is the URL of a time stamping authority (RFC 3161) for the log's
	// heads, the seals of proofs and signed documents; TimestampCA a PEM file of who may
	// have issued its certificate. Default none.
	Timestamps  string
	TimestampCA string
}

func (r *storage) flags(f *flag.FlagSet, env environment) {
	f.StringVar(&r.Data, "data", env.getenv(variable("data")), "folder of what is kept (default ~/.local/share/visavis)")
	r.placeFlags(f, env)
}

// placeFlags are those of the places alone, for who has --data already.
func (r *storage) placeFlags(f *flag.FlagSet, env environment) {
	of := func(name, usage string, into *string) {
		f.StringVar(into, name, env.getenv(variable(name)), usage)
	}
	of("database-url", "records: a SQLite file or a postgres:// URL (default visavis.db in --data)", &r.Database)
	of("evidence-url", "evidence: a folder or an s3:// URL (default evidence in --data)", &r.Evidence)
	of("log-url", "log of all chains' heads: a folder, an s3:// URL or off (default in --evidence-url)", &r.Log)
	of("timestamp-url", "time stamping authority (RFC 3161) for the log's heads, proofs' seals and signed documents (default none)", &r.Timestamps)
	of("timestamp-ca", "who may issue that authority's certificate, PEM file (default anybody)", &r.TimestampCA)
	of("keys-passphrase-file", "file with the passphrase of the master and signing key, a systemd credential for "+
		"example (default: VISAVIS_KEYS_PASSPHRASE, or none)", &r.PassphraseFile)
	of("keys", "folder of the master key and the signing key (default keys in --data)", &r.Keys)
}

// complete fills in what was not set.
func (r *storage) complete(env environment) error {
	if r.Data == "" {
		c := Config{}
		if err := c.complete(environment{getenv: env.getenv}); c.Data == "" {
			return err
		}
		r.Data = c.Data
	}
	for into, name := range map[*string]string{&r.Database: "visavis.db", &r.Evidence: "evidence", &r.Keys: "keys"} {
		if *into == "" {
			*into = filepath.Join(r.Data, name)
		}
	}
	if scheme, _, found := strings.Cut(r.Database, "://"); found && !store.IsPostgres(r.Database) && scheme != "file" {
		return fmt.Errorf("--database-url: %q is no database that is known here: want the path of a SQLite file, or "+
			"postgres://user:password@host/name", scheme+"://…") // a password may follow
	}
	r.passphrase = env.getenv(variable("keys-passphrase"))
	if r.PassphraseFile != "" {
		body, err := os.ReadFile(r.PassphraseFile)
		if r.passphrase = strings.TrimRight(string(body), "\r\n"); err != nil || r.passphrase == "" {
			return fmt.Errorf("--keys-passphrase-file: want a file with the passphrase: %w",
				errors.Join(err, errEmpty(r.passphrase)))
		}
	}
	if r.Log == "" {
		r.Log = r.Evidence
	}
	return nil
}

// open opens the records. With readOnly nothing is made and nothing is written.
func (r *storage) open(ctx context.Context, readOnly bool) (k *evidence.Keeper, closeAll func(), err error) {
	master, signing := filepath.Join(r.Keys, "master.key"), filepath.Join(r.Keys, "signing.key")
	if readOnly {
		for _, path := range []string{master, signing} {
			if _, err := os.Stat(path); err != nil {
				return nil, nil, fmt.Errorf("keys: %w", err)
			}
		}
	} else if err := errors.Join(os.MkdirAll(r.Data, 0o700), os.MkdirAll(r.Keys, 0o700)); err != nil {
		return nil, nil, fmt.Errorf("records: %w", err)
	}
	k = &evidence.Keeper{}
	if k.Master, err = r.keyFiles(readOnly).Master(master); err != nil {
		return nil, nil, err
	}
	if k.Signer, err = r.keyFiles(readOnly).Signer(signing); err != nil {
		return nil, nil, err
	}
	if !readOnly {
		if err := ownFile(r.Database); err != nil {
			return nil, nil, fmt.Errorf("records: %w", err)
		}
	}
	if k.Store, err = store.Open(ctx, store.Config{URL: r.Database, ReadOnly: readOnly}); err != nil {
		return nil, nil, fmt.Errorf("--database-url: %w", err)
	}
	if k.Bucket, err = bucket.Open(r.Evidence); err != nil {
		_ = k.Store.Close()
		return nil, nil, fmt.Errorf("--evidence-url: %w", err)
	}
	closeLog, err := r.openLog(k)
	if err != nil {
		return nil, nil, errors.Join(err, k.Bucket.Close(), k.Store.Close())
	}
	return k, func() { _ = errors.Join(closeLog(), k.Bucket.Close(), k.Store.Close()) }, nil
}

func errEmpty(text string) error {
	if text == "" {
		return errors.New("it is empty or not there")
	}
	return nil
}

func (r *storage) keyFiles(readOnly bool) evidence.KeyFiles {
	return evidence.KeyFiles{Passphrase: r.passphrase, ReadOnly: readOnly}
}

// errRunning is a server that has the keys in its memory.
var errRunning = errors.New("an instance of the server runs: stop all of them first")

// use tells others that an instance runs, until release is called; alone is for who
// must not work beside one. errRunning.
func (r *storage) use(ctx context.Context, k *evidence.Keeper, alone bool) (release func(), err error) {
	how, take := unix.LOCK_SH, k.Store.Use
	if alone {
		how, take = unix.LOCK_EX, k.Store.Alone
	}
	lock, err := os.OpenFile(filepath.Join(r.Keys, "in-use.lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("keys: %w", err)
	}
	if err := unix.Flock(int(lock.Fd()), how|unix.LOCK_NB); err != nil {
		_ = lock.Close()
		return nil, errRunning
	}
	leave, err := take(ctx)
	if errors.Is(err, store.ErrInUse) {
		err = errRunning
	}
	if err != nil {
		_ = lock.Close()
		return nil, err
	}
	return func() {
		leave()
		_ = lock.Close()
	}, nil
}

// openLog opens the log of all chains' heads, and reads who may stamp it.
func (r *storage) openLog(k *evidence.Keeper) (closeLog func() error, err error) {
	if r.TimestampCA != "" {
		pem, err := os.ReadFile(r.TimestampCA)
		if err != nil {
			return nil, fmt.Errorf("--timestamp-ca: %w", err)
		}
		if k.StampRoots = x509.NewCertPool(); !k.StampRoots.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("--timestamp-ca: %s holds no certificate in PEM", r.TimestampCA)
		}
	}
	if r.Log == "off" {
		return func() error { return nil }, nil
	}
	b, err := bucket.Open(r.Log)
	if err != nil {
		return nil, fmt.Errorf("--log-url: %w", err)
	}
	k.Ledger = evidence.NewLedger(b, k.Signer)
	return b.Close, nil
}

// stamper has the log stamped; nil where there is none, or no authority is set.
func (r *storage) stamper(k *evidence.Keeper) jobs.Stamper {
	if k.Ledger == nil || r.Timestamps == "" {
		return nil
	}
	return stamper{k, r.authority(k)}
}

// authority is the time stamping authority; nil where none is set.
func (r *storage) authority(k *evidence.Keeper) *ledger.Authority {
	if r.Timestamps == "" {
		return nil
	}
	return &ledger.Authority{URL: r.Timestamps, Roots: k.StampRoots}
}

type stamper struct {
	keeper    *evidence.Keeper
	authority *ledger.Authority
}

// Stamp implements jobs.Stamper.
func (s stamper) Stamp(ctx context.Context) error { return s.keeper.Stamp(ctx, s.authority) }

// ownFile makes SQLite's file readable by its owner alone; its journals are made
// like it.
func ownFile(database string) error {
	if store.IsPostgres(database) || strings.Contains(database, ":") {
		return nil
	}
	f, err := os.OpenFile(database, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}
