package bucket

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// Folder keeps objects as files.
type Folder struct{ root string }

// OpenFolder opens a folder, and makes it where there is none.
func OpenFolder(root string) (*Folder, error) {
	if root == "" {
		return nil, errors.New("bucket: no folder")
	}
	if err := os.MkdirAll(root, 0o700); err != nil {
		return nil, fmt.Errorf("bucket: %w", err)
	}
	return &Folder{root}, nil
}

// Close implements Bucket.
func (f *Folder) Close() error { return nil }

func (f *Folder) path(name string) (string, error) {
	return filepath.Join(f.root, filepath.FromSlash(name)), check(name)
}

// Read implements Bucket.
func (f *Folder) Read(_ context.Context, name string) ([]byte, error) {
	at, err := f.path(name)
	if err != nil {
		return nil, err
	}
	body, err := os.ReadFile(at)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("bucket: %w", err)
	}
	return body, nil
}

// temporary begins the names of files that are being written.
const temporary = ".new-"

// Write implements Bucket. What it returns nil for survives a loss of power.
func (f *Folder) Write(_ context.Context, name string, body []byte) error {
	at, err := f.path(name)
	if err != nil {
		return err
	}
	if err := f.write(at, body); err != nil {
		return fmt.Errorf("bucket: %w", err)
	}
	return nil
}

func (f *Folder) write(at string, body []byte) error {
	dir := filepath.Dir(at)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	file, err := os.CreateTemp(dir, temporary+"*") // mode 0600, in the same file system
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(file.Name()) }() // already renamed
	_, err = file.Write(body)
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	if err := os.Rename(file.Name(), at); err != nil {
		return err
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Exists implements Bucket.
func (f *Folder) Exists(_ context.Context, name string) (bool, error) {
	at, err := f.path(name)
	if err != nil {
		return false, err
	}
	_, err = os.Stat(at)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("bucket: %w", err)
	}
	return true, nil
}

// Delete implements Bucket. A folder that is empty after it goes too.
func (f *Folder) Delete(_ context.Context, name string) error {
	at, err := f.path(name)
	if err != nil {
		return err
	}
	if err := os.Remove(at); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("bucket: %w", err)
	}
	if dir := filepath.Dir(at); dir != filepath.Clean(f.root) {
		_ = os.Remove(dir) // fails while something is in it
	}
	return nil
}

// List implements Bucket.
func (f *Folder) List(ctx context.Context, prefix string) ([]string, error) {
	var out []string
	from := filepath.Join(f.root, filepath.FromSlash(path.Dir(prefix+"x")))
	err := filepath.WalkDir(from, func(at string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // deleted meanwhile
		}
		if err = errors.Join(err, ctx.Err()); err != nil {
			return err
		}
		rel, err := filepath.Rel(f.root, at)
		name := filepath.ToSlash(rel)
		if err == nil && d.Type().IsRegular() && strings.HasPrefix(name, prefix) && !strings.HasPrefix(d.Name(), temporary) {
			out = append(out, name)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("bucket: %w", err)
	}
	slices.Sort(out)
	return out, nil
}

// Folders implements Bucket.
func (f *Folder) Folders(_ context.Context) ([]string, error) {
	entries, err := os.ReadDir(f.root)
	if err != nil {
		return nil, fmt.Errorf("bucket: %w", err)
	}
	var out []string
	for _, e := range entries {
		if e.IsDir() {
			out = append(out, e.Name())
		}
	}
	return out, nil
}
