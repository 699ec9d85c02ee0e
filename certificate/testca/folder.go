package testca

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"

	"visavis/certificate"
)

// Folder is a store of files, which the processes of one machine may share:
//
//	entries/HASH.json     an entry, by the hash of its enrolment's id
//	serials/SERIAL        that hash, by serial number
//	revoked/HASH.json     its revocation
//
// Each file is written whole or not at all, and once.
type Folder struct{ dir string }

// OpenFolder returns the store of a folder, which is made when it is not there.
func OpenFolder(dir string) (*Folder, error) {
	for _, sub := range []string{"entries", "serials", "revoked"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o700); err != nil {
			return nil, fmt.Errorf("test CA: %w", err)
		}
	}
	return &Folder{dir}, nil
}

// Add implements [Store]. The serial's file comes first: one without an entry
// leads nowhere, an entry without one could not be asked for.
func (f *Folder) Add(ctx context.Context, e Entry) (Entry, error) {
	body, err := json.Marshal(e)
	if err != nil {
		return Entry{}, fmt.Errorf("test CA: %w", err)
	}
	key := hashed(e.Enrolment)
	if err := writeOnce(filepath.Join(f.dir, "serials", e.Serial), []byte(key)); err != nil {
		return Entry{}, err
	}
	if err := writeOnce(f.entry(key), body); err != nil {
		return Entry{}, err
	}
	return f.ByEnrolment(ctx, e.Enrolment) // ours, or the one that another instance stored first
}

func hashed(enrolment string) string {
	sum := sha256.Sum256([]byte(enrolment))
	return hex.EncodeToString(sum[:])
}

func (f *Folder) entry(key string) string { return filepath.Join(f.dir, "entries", key+".json") }

func (f *Folder) revocation(key string) string { return filepath.Join(f.dir, "revoked", key+".json") }

// ByEnrolment implements [Store].
func (f *Folder) ByEnrolment(_ context.Context, enrolment string) (Entry, error) {
	return f.read(hashed(enrolment))
}

func (f *Folder) read(key string) (Entry, error) {
	var e Entry
	if err := readJSON(f.entry(key), &e); err != nil {
		return Entry{}, err
	}
	var r certificate.Revocation
	err := readJSON(f.revocation(key), &r)
	if err == nil {
		e.Revocation = &r
	} else if !errors.Is(err, ErrNotFound) {
		return Entry{}, err
	}
	return e, nil
}

var serialName = regexp.MustCompile(`^[0-9a-f]{1,42}$`)

// BySerial implements [Store].
func (f *Folder) BySerial(_ context.Context, serial string) (Entry, error) {
	if !serialName.MatchString(serial) {
		return Entry{}, ErrNotFound
	}
	key, err := os.ReadFile(filepath.Join(f.dir, "serials", serial))
	if errors.Is(err, fs.ErrNotExist) {
		return Entry{}, ErrNotFound
	}
	if err != nil {
		return Entry{}, fmt.Errorf("test CA: %w", err)
	}
	e, err := f.read(string(key))
	if err == nil && e.Serial != serial {
		err = ErrNotFound // it was not the one that was kept
	}
	return e, err
}

// Revoke implements [Store].
func (f *Folder) Revoke(ctx context.Context, enrolment string, r certificate.Revocation) (Entry, error) {
	if _, err := f.ByEnrolment(ctx, enrolment); err != nil {
		return Entry{}, err
	}
	body, err := json.Marshal(r)
	if err != nil {
		return Entry{}, fmt.Errorf("test CA: %w", err)
	}
	if err := writeOnce(f.revocation(hashed(enrolment)), body); err != nil {
		return Entry{}, err
	}
	return f.ByEnrolment(ctx, enrolment)
}

// Revoked implements [Store].
func (f *Folder) Revoked(context.Context) ([]Entry, error) {
	names, err := filepath.Glob(filepath.Join(f.dir, "revoked", "*.json"))
	if err != nil {
		return nil, fmt.Errorf("test CA: %w", err)
	}
	var out []Entry
	for _, name := range names {
		base := filepath.Base(name)
		e, err := f.read(base[:len(base)-len(".json")])
		if err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, nil
}

func readJSON(path string, into any) error {
	body, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("test CA: %w", err)
	}
	if err := json.Unmarshal(body, into); err != nil {
		return fmt.Errorf("test CA: %s: %w", path, err)
	}
	return nil
}

// writeOnce writes a file whole, unless it is there.
func writeOnce(path string, body []byte) error {
	tmp, err := newFile(path, body)
	if err != nil {
		return fmt.Errorf("test CA: %w", err)
	}
	defer func() { _ = os.Remove(tmp) }()
	if err := os.Link(tmp, path); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("test CA: %w", err)
	}
	return nil
}

// writeOver writes a file whole, in place of what is there.
func writeOver(path string, body []byte) error {
	tmp, err := newFile(path, body)
	if err == nil {
		err = os.Rename(tmp, path)
	}
	if err != nil {
		return fmt.Errorf("test CA: %w", err)
	}
	return nil
}

// newFile writes a file beside path that only its owner reads.
func newFile(path string, body []byte) (name string, err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return "", err
	}
	_, err = f.Write(body)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		_ = os.Remove(f.Name())
		return "", err
	}
	return f.Name(), nil
}
