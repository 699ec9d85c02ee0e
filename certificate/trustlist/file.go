package trustlist

import (
	"crypto/x509"
	"fmt"
	"os"
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
	signers []*x509.Certificate
	now     func() time.Time

	mu      sync.Mutex // guards what follows; held while a list is read
	list    *List
	read    os.FileInfo // of the file when it was read, well or not
	looked  time.Time
	problem error
}

// OpenFile reads a list that one of the signers has signed.
func OpenFile(path string, signers []*x509.Certificate) (*File, error) {
	f := &File{path: path, signers: signers, now: time.Now}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.look()
	if f.list == nil {
		return nil, f.problem
	}
	return f, nil
}

// Granted implements the trust that [visavis/certificate.Desk] asks.
func (f *File) Granted(authority *x509.Certificate, at time.Time) (bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.look()
	return f.list.Granted(authority, at)
}

// Problem returns what an operator should know, nil when all is well: the file
// cannot be read, or the list is out of date.
func (f *File) Problem() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.look()
	if f.problem == nil && f.now().After(f.list.NextUpdate) {
		return ErrOutdated
	}
	return f.problem
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
	if f.list != nil && now.Sub(f.looked) < lookEvery && !now.Before(f.looked) {
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
		err = fmt.Errorf("trusted list: sequence number %d after %d: an older list was put in place", next.Sequence, f.list.Sequence)
	}
	f.problem = err
	if err == nil {
		next.now = f.now
		f.list = next
	}
}
