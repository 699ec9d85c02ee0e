package testkit

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// File returns what read makes of a file.
func File[T any](t testing.TB, path string, read func(io.Reader) (T, error)) T {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	v, err := read(f)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return v
}

// Generated fails for each file below root that is not what its function writes from a
// value; todo says what to do then.
func Generated[T any](t testing.TB, root string, from T, files map[string]func(io.Writer, T) error, todo string) {
	t.Helper()
	for file, write := range files {
		have, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(file)))
		if err != nil {
			t.Fatal(err)
		}
		var want bytes.Buffer
		if err := write(&want, from); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(have, want.Bytes()) {
			t.Errorf("%s is not what would be written today: %s", file, todo)
		}
	}
}
