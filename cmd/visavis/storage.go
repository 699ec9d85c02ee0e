package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"visavis/enrolment/bucket"
	"visavis/enrolment/evidence"
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
	if k.Master, err = evidence.OpenMaster(master); err != nil {
		return nil, nil, err
	}
	if k.Signer, err = evidence.OpenSigner(signing); err != nil {
		return nil, nil, err
	}
	if !readOnly {
		if err := ownFile(r.Database); err != nil {
			return nil, nil, fmt.Errorf("records: %w", err)
		}
	}
	if k.Store, err = store.Open(ctx, store.Config{URL: r.Database, ReadOnly: readOnly}); err != nil {
		return nil, nil, err
	}
	if k.Bucket, err = bucket.Open(r.Evidence); err != nil {
		_ = k.Store.Close()
		return nil, nil, err
	}
	return k, func() { _ = errors.Join(k.Bucket.Close(), k.Store.Close()) }, nil
}

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
