// Package assets serves the pages and what they load: HTML assembled from shared
// parts, stylesheets, ES modules, pictures. Everything is read, assembled and
// compressed once at start.
package assets

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"mime"
	"path"
	"strings"
)

// Set holds the files of one folder of pages. Make it with New; safe for
// concurrent use.
type Set struct {
	files  map[string]*file
	static fs.FS
	reload bool
}

// file is one answer: a page as it is sent, or a file as it lies in the folder.
type file struct {
	plain, gzipped []byte // gzipped is nil where it does not pay
	kind, tag      string
}

// required pages: without one of them a server makes no sense.
var required = []string{"home.html", "companion.html", "phone.html", "trust.html"}

// New reads a folder of pages. With reload, each request reads it again. It fails
// when a required page, a part of a page or a module that a page imports is
// missing.
func New(static fs.FS, reload bool) (*Set, error) {
	s := &Set{files: map[string]*file{}, static: static, reload: reload}
	err := fs.WalkDir(static, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !served(name) {
			return err
		}
		f, err := s.read(name)
		if err == nil {
			s.files[name] = f
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("static files: %w", err)
	}
	for _, page := range required {
		if s.files[page] == nil {
			return nil, fmt.Errorf("static files: %s is missing", page)
		}
	}
	return s, nil
}

// served tells pages and what they load from the rest, such as tests.
func served(name string) bool {
	if strings.HasSuffix(name, ".test.js") {
		return false
	}
	dir, _, nested := strings.Cut(name, "/")
	if !nested {
		return path.Ext(name) == ".html"
	}
	return dir == "css" || dir == "js" || dir == "img"
}

// renamed leads from an earlier address of a stylesheet to today's. The hash of a
// text that was consented to covers the address of its stylesheets, so these
// addresses stay.
var renamed = map[string]string{
	"css/base.css":  "css/lib/base.css",
	"css/texts.css": "css/frame/texts.css",
}

// find returns a file, or nil.
func (s *Set) find(name string) *file {
	name = cmp.Or(renamed[name], name)
	if !s.reload {
		return s.files[name]
	}
	if !fs.ValidPath(name) || !served(name) {
		return nil
	}
	f, err := s.read(name)
	if err != nil {
		return nil
	}
	return f
}

// read reads one file and, where it is a page, assembles it.
func (s *Set) read(name string) (*file, error) {
	b, err := fs.ReadFile(s.static, name)
	if err == nil && path.Ext(name) == ".html" {
		b, err = assemble(s.static, b)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return newFile(b, kindOf(name)), nil
}

func newFile(b []byte, kind string) *file {
	sum := sha256.Sum256(b)
	f := &file{plain: b, kind: kind, tag: base64.RawURLEncoding.EncodeToString(sum[:12])}
	if strings.HasPrefix(kind, "text/") || strings.Contains(kind, "json") || strings.Contains(kind, "svg") {
		f.gzipped = compress(b)
	}
	return f
}

// kindOf is a file's media type, whatever the machine's own table says.
func kindOf(name string) string {
	switch path.Ext(name) {
	case ".html":
		return "text/html; charset=utf-8"
	case ".js", ".mjs":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".json":
		return "application/json"
	case ".svg":
		return "image/svg+xml"
	}
	return cmp.Or(mime.TypeByExtension(path.Ext(name)), "application/octet-stream")
}

// compress returns nil where compression does not pay.
func compress(b []byte) []byte {
	var buf bytes.Buffer
	w, err := gzip.NewWriterLevel(&buf, gzip.BestCompression)
	if err != nil {
		return nil
	}
	_, written := w.Write(b)
	if err := errors.Join(written, w.Close()); err != nil || buf.Len() >= len(b) {
		return nil
	}
	return buf.Bytes()
}
