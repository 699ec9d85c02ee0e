// Package bucket keeps whole objects under names: in a folder, or in an S3 bucket.
//
// A name is made of parts of letters, digits, '-', '_' and '.', joined by '/'. An
// object is written whole or not at all. Values may be used by any number of
// goroutines.
package bucket

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
)

// ErrNotFound is an object that is not there.
var ErrNotFound = errors.New("bucket: no such object")

// Bucket keeps objects.
type Bucket interface {
	// Read returns an object. ErrNotFound.
	Read(ctx context.Context, name string) ([]byte, error)
	// Write stores an object, in the place of one that is there.
	Write(ctx context.Context, name string, body []byte) error
	// Exists tells whether an object is there.
	Exists(ctx context.Context, name string) (bool, error)
	// Delete removes an object. Idempotent.
	Delete(ctx context.Context, name string) error
	// List returns the names that begin with prefix, sorted.
	List(ctx context.Context, prefix string) ([]string, error)
	// Folders returns the first parts of all names that have more than one, sorted.
	Folders(ctx context.Context) ([]string, error)
	// Close releases what Open took.
	Close() error
}

// Open opens a folder, which is made if it is not there, or what a URL names:
// s3://bucket?region=…&endpoint=…&use_path_style=true. The keys of S3 come from
// AWS's environment variables, its files or the machine's role.
func Open(place string) (Bucket, error) {
	u, err := url.Parse(place)
	if err != nil || len(u.Scheme) < 2 || u.Scheme == "file" { // C:\ is no scheme
		return OpenFolder(filepath.FromSlash(strings.TrimPrefix(place, "file://")))
	}
	if u.Scheme != "s3" {
		return nil, fmt.Errorf("bucket: %s: want a folder or an s3:// URL", u.Scheme)
	}
	return openS3(u)
}

var names = regexp.MustCompile(`^[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*$`)

// check refuses a name that could lead elsewhere.
func check(name string) error {
	if !names.MatchString(name) {
		return fmt.Errorf("bucket: %q is no name of an object", name)
	}
	for part := range strings.SplitSeq(name, "/") {
		if part == "." || part == ".." {
			return fmt.Errorf("bucket: %q is no name of an object", name)
		}
	}
	return nil
}
