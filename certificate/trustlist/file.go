package trustlist

import (
	"crypto/x509"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// lookEvery is how often the file is looked at.
const lookEvery = 10 * time.Second

// File is a list in a file, read again when the file changes. A change that cannot
// be read leaves the list before in use until that is out of date; Problem says
// so. It may be used by any number of goroutines.
type File struct {
	path    string
	kept    string // where the last good list is copied to; empty: nowhere
	signers []*x509.Certificate
	now     func() time.Time

	mu      sync.Mutex // guards what follows; held while a list is read
	list    *List
	read    os.FileInfo // of the file when it was read, well or not
	looked  time.Time
	problem error
}

// Option changes how a file is read.
type Option func(*File)

// KeepIn has the last good list copied to a path, and read from there at a start
// where the file itself cannot be used.
func KeepIn(path string) Option { return func(f *File) { f.kept = path } }

// OpenFile reads a list that one of the signers has signed.
func OpenFile(path string, signers []*x509.Certificate, options ...Option) (*File, error) {
	f := &File{path: path, signers: signers, now: time.Now}
	for _, o := range options {
		o(f)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if body, err := os.ReadFile(f.kept); err == nil {
		if last, err := Parse(body, signers); err == nil {
			f.list = last
		}
	}
	f.look()
	if f.list == nil {
		return nil, f.problem
	}
	return f, nil
}

// Granted implements the trust that [visavis/certificate.Desk] asks.
func (f *File) Granted(leaf, authority *x509.Certificate, at time.Time) (bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.look()
	return f.list.Granted(leaf, authority, at)
}

// Problem returns what an operator should know, nil when all is well: the file
// cannot be read, or the list is out of date.
func (f *File) Problem() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.look()
	switch {
	case f.problem != nil:
		return f.problem
	case f.now().After(f.list.NextUpdate):
		return ErrOutdated
	case !f.list.SignerEnded.IsZero():
		return fmt.Errorf("trusted list: its signer's certificate ended on %s: pin the next one before %s",
			f.list.SignerEnded.Format(time.DateOnly), f.list.NextUpdate.Format(time.DateOnly))
	}
	return nil
}

// List returns the list in use.
func (f *File) List() *List {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.look()
	return f.list
}

// look reads the file if it has changed. f.mu is held.
func (f *File) look() {
	now := f.now()
	if f.list != nil && !f.looked.IsZero() && now.Sub(f.looked) < lookEvery && !now.Before(f.looked) {
		return
	}
	f.looked = now
	info, err := os.Stat(f.path)
	if err != nil {
		f.problem = fmt.Errorf("trusted list: %w", err)
		return
	}
	if f.read != nil && info.ModTime().Equal(f.read.ModTime()) && info.Size() == f.read.Size() {
		return
	}
	body, err := os.ReadFile(f.path)
	if err != nil {
		f.problem = fmt.Errorf("trusted list: %w", err)
		return
	}
	f.read = info
	next, err := Parse(body, f.signers)
	if err == nil && f.list != nil && next.Sequence < f.list.Sequence {
		err = fmt.Errorf("trusted list: sequence number %d after %d: an older list was put in place", next.Sequence,
			f.list.Sequence)
	}
	f.problem = err
	if err == nil {
		next.now = f.now
		f.list = next
		f.keep(body)
	}
}

// keep copies a good list. What cannot be copied is a problem of the next start.
func (f *File) keep(body []byte) {
	if f.kept == "" {
		return
	}
	err := os.MkdirAll(filepath.Dir(f.kept), 0o700)
	if err == nil {
		err = os.WriteFile(f.kept+".new", body, 0o600)
	}
	if err == nil {
		err = os.Rename(f.kept+".new", f.kept)
	}
	if err != nil {
		f.problem = fmt.Errorf("trusted list: the copy: %w", err)
	}
}
