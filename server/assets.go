package server

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"regexp"
	"strings"
)

// assets are the static files, read and compressed once at start.
type assets struct {
	files  map[string]*asset
	static fs.FS
	reload bool
}

type asset struct {
	plain, gzipped []byte // gzipped is nil where it does not pay
	kind, tag      string
}

// pages that must be there for a server to make sense.
var pages = []string{"home.html", "companion.html", "phone.html", "trust.html"}

func newAssets(static fs.FS, reload bool) (*assets, error) {
	a := &assets{files: map[string]*asset{}, static: static, reload: reload}
	err := fs.WalkDir(static, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !served(name) {
			return err
		}
		f, err := readAsset(static, name)
		if err == nil {
			a.files[name] = f
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("static files: %w", err)
	}
	for _, page := range pages {
		if a.files[page] == nil {
			return nil, fmt.Errorf("static files: %s is missing", page)
		}
	}
	return a, nil
}

// served tells pages and their parts from the rest, such as tests.
func served(name string) bool {
	dir, _, nested := strings.Cut(name, "/")
	if !nested {
		return path.Ext(name) == ".html"
	}
	return dir == "css" || dir == "js" || dir == "img"
}

func readAsset(static fs.FS, name string) (*asset, error) {
	b, err := fs.ReadFile(static, name)
	if err == nil && path.Ext(name) == ".html" {
		b, err = withParts(static, b)
	}
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(b)
	f := &asset{plain: b, kind: kindOfFile(name), tag: base64.RawURLEncoding.EncodeToString(sum[:12])}
	if strings.HasPrefix(f.kind, "text/") || strings.Contains(f.kind, "json") || strings.Contains(f.kind, "svg") {
		f.gzipped = compress(b)
	}
	return f, nil
}

// include stands in a page where a file of parts/ comes: what every page has.
var include = regexp.MustCompile(`<!-- include ([\w-]+\.html) -->`)

// withParts puts the parts that a page asks for into it.
func withParts(static fs.FS, page []byte) ([]byte, error) {
	var failed error
	whole := include.ReplaceAllFunc(page, func(line []byte) []byte {
		part, err := fs.ReadFile(static, "parts/"+string(include.FindSubmatch(line)[1]))
		if err != nil {
			failed = err
		}
		return bytes.TrimSpace(part)
	})
	return whole, failed
}

// kindOfFile is a file's media type, whatever the machine's own table says.
func kindOfFile(name string) string {
	switch path.Ext(name) {
	case ".html":
		return "text/html; charset=utf-8"
	case ".js", ".mjs":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	}
	return or(mime.TypeByExtension(path.Ext(name)), "application/octet-stream")
}

func compress(b []byte) []byte {
	var buf bytes.Buffer
	w, err := gzip.NewWriterLevel(&buf, gzip.BestCompression)
	if err != nil {
		return nil
	}
	if _, err := w.Write(b); err != nil {
		return nil
	}
	if err := w.Close(); err != nil || buf.Len() >= len(b) {
		return nil
	}
	return buf.Bytes()
}

// find returns a file, or nil.
func (a *assets) find(name string) *asset {
	if !a.reload {
		return a.files[name]
	}
	if !fs.ValidPath(name) || !served(name) {
		return nil
	}
	f, err := readAsset(a.static, name)
	if err != nil {
		return nil
	}
	return f
}

// page serves one HTML page. Only the phone page may use the camera.
func (s *Server) page(name string, camera bool) http.HandlerFunc {
	policy := "camera=(), microphone=(), geolocation=(), display-capture=(), accelerometer=(), gyroscope=(), usb=()"
	if camera {
		policy = strings.Replace(policy, "camera=()", "camera=(self)", 1)
	}
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Permissions-Policy", policy)
		w.Header().Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "+
			"media-src 'self' blob:; connect-src 'self'"+s.socketSources(r)+"; worker-src 'self'; font-src 'self'; form-action 'self'; "+
			"base-uri 'none'; frame-ancestors 'none'; object-src 'none'; require-trusted-types-for 'script'")
		s.serveFile(w, r, name)
	}
}

// asset serves a file of css, js or img.
func (s *Server) asset(w http.ResponseWriter, r *http.Request) {
	s.serveFile(w, r, strings.TrimPrefix(r.URL.Path, "/"))
}

func (s *Server) serveFile(w http.ResponseWriter, r *http.Request, name string) {
	f := s.assets.find(name)
	if f == nil {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", f.kind)
	h.Set("Cache-Control", "no-cache") // asked for again, and answered by 304
	h.Set("Vary", "Accept-Encoding")
	body, tag := f.plain, `"`+f.tag+`"`
	if f.gzipped != nil && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		body, tag = f.gzipped, `"`+f.tag+`-gz"`
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("ETag", tag)
	if strings.Contains(r.Header.Get("If-None-Match"), tag) {
		h.Del("Content-Encoding")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Length", fmt.Sprint(len(body)))
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // the client went away: there is nobody to tell
	}
}
