package trustlist

import (
	"crypto/x509"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
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
	numbers numbers
	read    string // state of the files when they were read, well or not
	looked  time.Time
	problem error
}

// Option changes how a file is read.
type Option func(*File)

// KeepIn has the last good list copied to a path, and read from there at a start
// where the file itself, or the folder, cannot be used. Beside it, in a folder of the same name
// with .territories, is the last good list of each territory: whichever is read between two of
// them, no older one is taken.
func KeepIn(path string) Option { return func(f *File) { f.kept = path } }

// OpenFile reads a list that one of the signers has signed.
func OpenFile(path string, signers []*x509.Certificate, options ...Option) (*File, error) {
	f := &File{path: path, signers: signers, now: time.Now}
	for _, o := range options {
		o(f)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.remember()
	f.look()
	if f.list == nil {
		return nil, f.problem
	}
	return f, nil
}

// remember reads what was kept. What cannot be read, or was signed by others, says nothing.
func (f *File) remember() {
	if f.kept == "" {
		return
	}
	last := func(path string) *List {
		b, err := ReadBundle(path)
		if err != nil {
			return nil
		}
		list, err := b.Parse(f.signers)
		if err != nil {
			return nil
		}
		f.numbers.note(list)
		return list
	}
	f.list = last(f.kept)
	entries, err := os.ReadDir(f.kept + territories)
	if err != nil {
		return
	}
	for _, e := range entries {
		if f.list == nil || e.Name() != territoryName(f.list) { // that one is the same
			last(filepath.Join(f.kept+territories, e.Name()))
		}
	}
}

// territories ends the name of the folder that has the last good list of each territory.
const territories = ".territories"

// territoryName is a list's in that folder. A territory is what a signer wrote.
func territoryName(l *List) string { return "list-" + url.PathEscape(l.Territory) }

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
	if err == nil {
		err = f.numbers.check(next)
	}
	f.problem = err
	if err == nil {
		next.now = f.now
		f.list = next
		f.numbers.note(next)
		f.keep(b)
	}
}

// keep copies the list in use. What cannot be copied is a problem of the next start.
func (f *File) keep(b Bundle) {
	if f.kept == "" {
		return
	}
	for _, path := range []string{filepath.Join(f.kept+territories, territoryName(f.list)), f.kept} {
		if err := b.Write(path); err != nil {
			f.problem = fmt.Errorf("trusted list: the copy: %w", err)
		}
	}
}
