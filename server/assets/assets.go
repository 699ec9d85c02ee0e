// Package assets serves the pages and what they load: HTML assembled from shared
// parts, stylesheets, ES modules, pictures. Everything is read and assembled once at
// start, and compressed when it is first asked for.
package assets

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"mime"
	"path"
	"regexp"
	"strings"
	"sync"

	"visavis/words"
)

// Set holds the files of one folder of pages. Make it with New; safe for
// concurrent use.
type Set struct {
	files map[string]*file
	pages map[string]*page
	bundles
	static fs.FS
	reload bool
}

// page is a page in each of its languages; one file where there are no languages.
type page struct {
	languages []words.Language
	files     []*file
}

// file is one answer: a page as it is sent, or a file as it lies in the folder.
type file struct {
	plain     []byte
	gzipped   func() []byte // compresses at the first call; nil where it does not pay
	kind, tag string
	lasting   bool // its address names its content
}

// required pages: without one of them a server makes no sense.
var required = []string{"home.html", "companion.html", "phone.html", "trust.html"}

// New reads a folder of pages. What a page loads is bundled; with reload, each request
// reads the folder again and the browser gets the modules as they lie there. It fails
// when a required page, a part of a page or a module that a page imports is
// missing.
func New(static fs.FS, reload bool) (*Set, error) {
	s := &Set{files: map[string]*file{}, pages: map[string]*page{}, bundles: bundles{}, static: static, reload: reload}
	c, err := newCatalogues(static)
	if err != nil {
		return nil, fmt.Errorf("static files: %w", err)
	}
	err = fs.WalkDir(static, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !served(name) {
			return err
		}
		if path.Ext(name) == ".html" {
			s.pages[name], err = s.readPage(c, name)
		} else {
			s.files[name], err = readFile(c, name)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("static files: %w", err)
	}
	for _, name := range required {
		if s.pages[name] == nil {
			return nil, fmt.Errorf("static files: %s is missing", name)
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

// findPage returns a page, or nil.
func (s *Set) findPage(name string) *page {
	if !s.reload {
		return s.pages[name]
	}
	c, err := newCatalogues(s.static)
	if err != nil {
		return nil
	}
	p, err := s.readPage(c, name)
	if err != nil {
		return nil
	}
	return p
}

// findFile returns a file that is no page, or nil.
func (s *Set) findFile(name string) *file {
	if f := s.bundles[name]; f != nil {
		return f
	}
	name = cmp.Or(renamed[name], name)
	if !s.reload {
		return s.files[name]
	}
	if !fs.ValidPath(name) || !served(name) || path.Ext(name) == ".html" {
		return nil
	}
	c, err := newCatalogues(s.static)
	if err != nil {
		return nil
	}
	f, err := readFile(c, name)
	if err != nil {
		return nil
	}
	return f
}

// readPage reads and assembles a page in each of its languages.
func (s *Set) readPage(c *catalogues, name string) (*page, error) {
	b, err := fs.ReadFile(s.static, name)
	if err != nil {
		return nil, err
	}
	src, err := assemble(c, b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if !s.reload {
		if src.html, err = s.bundle(s.static, name, src.plain); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	p := &page{languages: src.languages}
	for _, l := range src.languages {
		b, err := src.in(c, l)
		if err != nil {
			return nil, fmt.Errorf("%s in %s: %w", name, l.Tag, err)
		}
		p.files = append(p.files, newFile(b, kindOf(name)))
	}
	if len(p.files) == 0 {
		p.files = append(p.files, newFile(src.html, kindOf(name)))
	}
	return p, nil
}

// catalogued is a file of words: js/words/TAG/NAME.json.
var catalogued = regexp.MustCompile(`^js/words/([\w-]+)/([\w-]+)\.json$`)

// readFile reads a file as it is; a catalogue of words is completed from the
// fallback.
func readFile(c *catalogues, name string) (*file, error) {
	b, err := fs.ReadFile(c.static, name)
	if err != nil {
		return nil, err
	}
	if of := catalogued.FindStringSubmatch(name); of != nil {
		all, _, err := c.of(of[1], of[2])
		if err != nil {
			return nil, err
		}
		if b, err = json.Marshal(all); err != nil {
			return nil, err
		}
	}
	return newFile(b, kindOf(name)), nil
}

func newFile(b []byte, kind string) *file {
	sum := sha256.Sum256(b)
	f := &file{plain: b, kind: kind, tag: base64.RawURLEncoding.EncodeToString(sum[:12]), gzipped: func() []byte {
		return nil
	}}
	if strings.HasPrefix(kind, "text/") || strings.Contains(kind, "json") || strings.Contains(kind, "svg") {
		f.gzipped = sync.OnceValue(func() []byte { return compress(b) })
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
