package trustlist

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
)

// The names of a bundle's files in a folder, beside its pivots.
const (
	listName  = "list.xml"
	listsName = "lists.xml"
)

// ReadBundle reads a country's list from a file, or with the list of lists and its pivots
// from a folder that Write made.
func ReadBundle(path string) (b Bundle, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return b, err
	}
	if !info.IsDir() {
		b.List, err = os.ReadFile(path)
		return b, err
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return b, err
	}
	b.Pivots = map[string][]byte{}
	for _, e := range entries {
		if !strings.HasSuffix(strings.ToLower(e.Name()), ".xml") {
			continue
		}
		body, err := os.ReadFile(filepath.Join(path, e.Name()))
		if err != nil {
			return b, err
		}
		switch e.Name() {
		case listName:
			b.List = body
		case listsName:
			b.Lists = body
		default:
			b.Pivots[e.Name()] = body
		}
	}
	if b.List == nil || b.Lists == nil {
		return b, fmt.Errorf("%s: want a folder with %s and %s, as visavis trust-list writes it", path, listName, listsName)
	}
	return b, nil
}

// Write writes a bundle whole or not at all: a folder where it has a list of lists,
// otherwise a file. What stood at the path is replaced, a folder only where it is one of
// a bundle. Several instances may write to one path at once.
func (b Bundle) Write(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	work, err := os.MkdirTemp(filepath.Dir(path), filepath.Base(path)+".new")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(work) }() // what it held was moved to its place
	part := filepath.Join(work, "part")
	if b.Lists == nil {
		if err := os.WriteFile(part, b.List, 0o600); err != nil {
			return err
		}
		return replace(part, path)
	}
	if err := os.Mkdir(part, 0o755); err != nil { //nolint:gosec // public data, read by the service's own user
		return err
	}
	files := map[string][]byte{listName: b.List, listsName: b.Lists}
	maps.Copy(files, b.Pivots)
	for name, body := range files {
		if err := os.WriteFile(filepath.Join(part, name), body, 0o644); err != nil { //nolint:gosec // the same
			return err
		}
	}
	return replace(part, path)
}

// replaceTries is how often another instance may put its bundle in the place first.
const replaceTries = 20

// replace puts part in the place of a bundle, which goes beside part. Where one of the two is
// a folder, a reader that comes between the renames finds nothing, and looks again later.
func replace(part, path string) (err error) {
	for n := range replaceTries {
		if err = os.Rename(part, path); err == nil {
			return nil
		}
		if info, failed := os.Stat(path); failed == nil && info.IsDir() {
			if _, failed := os.Stat(filepath.Join(path, listsName)); failed != nil {
				err = fmt.Errorf("%s is a folder of something else: %w", path, failed)
				continue // or one that another instance moves just now
			}
		}
		if err := os.Rename(path, fmt.Sprintf("%s.old%d", part, n)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return err
}

// stateOf describes a file, or the files of a folder: it changes when they do.
func stateOf(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	state := func(name string, info fs.FileInfo) string {
		return fmt.Sprintf("%s %d %d\n", name, info.ModTime().UnixNano(), info.Size())
	}
	if !info.IsDir() {
		return state("", info), nil
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return "", err
	}
	var all strings.Builder
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			return "", err
		}
		all.WriteString(state(e.Name(), info))
	}
	return all.String(), nil
}
