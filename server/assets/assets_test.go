package assets

import (
	"errors"
	"io/fs"
	"maps"
	"net/http"
	"net/http/httptest"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"visavis/static"
)

func TestAPageWhosePartIsMissing(t *testing.T) {
	_, err := New(fstest.MapFS{"home.html": {Data: []byte("<!-- include none.html -->")}}, false)
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v, want %v", err, fs.ErrNotExist)
	}
}

func TestAPageWhoseModuleIsMissing(t *testing.T) {
	_, err := New(fstest.MapFS{
		"home.html":  {Data: []byte(`<script type="module" src="/js/a.js"></script>`)},
		"js/a.js":    {Data: []byte("import { b } from './b/b.js';\n")},
		"js/b/b.js":  {Data: []byte("// @ts-check\nimport {\n  c,\n} from '../c.js';\n")},
		"js/none.js": {Data: []byte("")},
	}, false)
	if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "js/c.js") {
		t.Errorf("error %v, want one that names js/c.js", err)
	}
}

func get(t *testing.T, s *Set, path string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
	return w
}

func TestTestsAreNeitherEmbeddedNorServed(t *testing.T) {
	modules := 0
	err := fs.WalkDir(static.Files, ".", func(name string, _ fs.DirEntry, err error) error {
		if strings.Contains(name, ".test.") {
			t.Errorf("%s is embedded", name)
		}
		if path.Ext(name) == ".js" {
			modules++
		}
		return err
	})
	if err != nil || modules < 75 {
		t.Errorf("%d modules are embedded, error %v", modules, err)
	}
	page := &fstest.MapFile{Data: []byte("<!doctype html>")}
	s, err := New(fstest.MapFS{
		"home.html": page, "companion.html": page, "phone.html": page, "trust.html": page,
		"js/lib/a.js": {Data: []byte("//")}, "js/lib/a.test.js": {Data: []byte("//")},
	}, true)
	if err != nil {
		t.Fatal(err)
	}
	if got := get(t, s, "/js/lib/a.js").Code; got != http.StatusOK {
		t.Errorf("a module: %d", got)
	}
	if got := get(t, s, "/js/lib/a.test.js").Code; got != http.StatusNotFound {
		t.Errorf("a test: %d, want 404", got)
	}
}

// Every module of ours is embedded: the patterns of the embed leave out the tests
// alone, and each page preloads exactly what its script imports.
func TestEveryModuleOfAPageIsPreloaded(t *testing.T) {
	s, err := New(static.Files, true)
	if err != nil {
		t.Fatal(err)
	}
	script := regexp.MustCompile(`<script type="module" src="/([^"]+)"`)
	preload := regexp.MustCompile(`<link rel="modulepreload" href="/([^"]+)"`)
	seen := 0
	for name, p := range s.pages {
		f := p.files[0]
		main := script.FindSubmatch(f.plain)
		if main == nil {
			continue
		}
		seen++
		need := map[string]bool{}
		follow(t, string(main[1]), need)
		delete(need, string(main[1]))
		var got []string
		for _, found := range preload.FindAllSubmatch(f.plain, -1) {
			got = append(got, string(found[1]))
		}
		slices.Sort(got)
		if want := slices.Sorted(maps.Keys(need)); !slices.Equal(got, want) {
			t.Errorf("%s preloads\n%q\nwant\n%q", name, got, want)
		}
	}
	if seen < 11 {
		t.Errorf("%d pages have a script, want 11 or more", seen)
	}
}

// follow reads imports more loosely than the code under test: every from '…' of a
// line that is no comment.
func follow(t *testing.T, name string, need map[string]bool) {
	t.Helper()
	if need[name] {
		return
	}
	need[name] = true
	b, err := fs.ReadFile(static.Files, name)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(b)) {
		if _, after, ok := strings.Cut(line, " from '."); ok && !strings.Contains(line, "*") {
			follow(t, path.Join(path.Dir(name), "."+strings.SplitN(after, "'", 2)[0]), need)
		}
	}
}

func TestEarlierAddressesOfStylesheets(t *testing.T) {
	s, err := New(static.Files, false)
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/css/base.css", "/css/texts.css"} {
		if w := get(t, s, path); w.Code != http.StatusOK || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/css") {
			t.Errorf("GET %s: %d %s, want a stylesheet", path, w.Code, w.Header().Get("Content-Type"))
		}
	}
}
