package trustlist

import (
	"crypto/x509"
	"fmt"
	"sync"
	"time"
)

// lookEvery is how often the file is looked at.
const lookEvery = 10 * time.Second

// File is a list in a file, or in a folder with the list of lists and its pivots, read
// again when that changes. A change that cannot be read leaves the list before in use
// until that is out of date; Problem says so. It may be used by any number of goroutines.
type File struct {
	path    string
	kept    string // where the last good list is copied to; empty: nowhere
	signers []*x509.Certificate
	now     func() time.Time

	mu      sync.Mutex // guards what follows; held while a list is read
	list    *List
	read    string // state of the files when they were read, well or not
	looked  time.Time
	problem error
}

// Option changes how a file is read.
type Option func(*File)

// KeepIn has the last good list copied to a path, and read from there at a start
// where the file itself, or the folder, cannot be used.
func KeepIn(path string) Option { return func(f *File) { f.kept = path } }

// OpenFile reads a list that one of the signers has signed.
func OpenFile(path string, signers []*x509.Certificate, options ...Option) (*File, error) {
	f := &File{path: path, signers: signers, now: time.Now}
	for _, o := range options {
		o(f)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if b, err := ReadBundle(f.kept); err == nil {
		if last, err := b.Parse(signers); err == nil {
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
	state, err := stateOf(f.path)
	if err != nil {
		f.problem = fmt.Errorf("trusted list: %w", err)
		return
	}
	if state == f.read {
		return
	}
	b, err := ReadBundle(f.path)
	if err != nil {
		f.problem = fmt.Errorf("trusted list: %w", err)
		return
	}
	f.read = state
	next, err := b.Parse(f.signers)
	if err == nil && f.list != nil {
		err = next.after(f.list)
	}
	f.problem = err
	if err == nil {
		next.now = f.now
		f.list = next
		f.keep(b)
	}
}

// keep copies a good list. What cannot be copied is a problem of the next start.
func (f *File) keep(b Bundle) {
	if f.kept == "" {
		return
	}
	if err := b.Write(f.kept); err != nil {
		f.problem = fmt.Errorf("trusted list: the copy: %w", err)
	}
}
