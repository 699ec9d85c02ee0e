package testca

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

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
