package assets

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strings"
	"sync"

	"github.com/evanw/esbuild/pkg/api"
)

// A page and what it loads travel in few answers: the modules that its script imports
// are one file, its stylesheets another. Their addresses, /a/HASH/NAME, name their
// content, so that a browser keeps them for good.

// bundles are the files of /a/ by their path, without the first slash.
type bundles map[string]*file

var (
	// styled are lines of a page that load stylesheets, one after another.
	styled = regexp.MustCompile(`(?m)(?:^[ \t]*<link rel="stylesheet" href="/[^"]+">\n)+`)
	sheet  = regexp.MustCompile(`href="/([^"]+)"`)
)

// add keeps a file under the address that its content has, and returns that.
func (b bundles) add(name string, content []byte) string {
	sum := sha256.Sum256(content)
	address := "a/" + hex.EncodeToString(sum[:8]) + "/" + name
	if b[address] == nil {
		f := newFile(content, kindOf(name))
		f.lasting = true
		b[address] = f
	}
	return address
}

// bundle puts the one script and the one stylesheet of a page in the place of its
// modules and stylesheets. name is the page's.
func (b bundles) bundle(static fs.FS, name string, page []byte) ([]byte, error) {
	var failed error
	base := strings.TrimSuffix(name, path.Ext(name))
	page = module.ReplaceAllFunc(page, func(line []byte) []byte {
		found := module.FindSubmatch(line)
		js, err := scriptOf(static, string(found[2]))
		if err != nil {
			failed = err
			return line
		}
		return []byte(string(found[1]) + `<script type="module" src="/` + b.add(base+".js", js) + `"></script>`)
	})
	page = styled.ReplaceAllFunc(page, func(lines []byte) []byte {
		css, err := stylesOf(static, lines)
		if err != nil {
			failed = err
			return lines
		}
		return []byte(`  <link rel="stylesheet" href="/` + b.add(base+".css", css) + "\">\n")
	})
	return page, failed
}

// scriptOf is a module with all that it imports, as one module.
func scriptOf(static fs.FS, name string) ([]byte, error) {
	others, err := closure(static, name, &[]string{})
	if err != nil {
		return nil, err
	}
	return once(static, append([]string{name}, others...), api.BuildOptions{
		EntryPoints: []string{name}, Format: api.FormatESModule,
		// What the phone page says it needs at least; see floor.js.
		Engines: []api.Engine{{Name: api.EngineChrome, Version: "87"}, {Name: api.EngineSafari, Version: "14.1"},
			{Name: api.EngineFirefox, Version: "100"}},
	})
}

// stylesOf is what lines of a page load, as one stylesheet in their order.
func stylesOf(static fs.FS, lines []byte) ([]byte, error) {
	var all []byte
	for _, found := range sheet.FindAllSubmatch(lines, -1) {
		name := string(found[1])
		css, err := once(static, []string{name}, api.BuildOptions{EntryPoints: []string{name}})
		if err != nil {
			return nil, err
		}
		all = append(append(all, css...), '\n')
	}
	return all, nil
}

// made is what was built in this process, by the content that it was built of: many
// servers of one folder build once.
var made sync.Map // [sha256.Size]byte to []byte

// once builds of these files what was not built of them before.
func once(static fs.FS, of []string, o api.BuildOptions) ([]byte, error) {
	h := sha256.New()
	for _, name := range of {
		b, err := fs.ReadFile(static, name)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(h, "%s %d\n", name, len(b))
		h.Write(b)
	}
	key := [sha256.Size]byte(h.Sum(nil))
	if b, ok := made.Load(key); ok {
		return b.([]byte), nil //nolint:forcetypeassert // nothing else is kept
	}
	b, err := built(static, o)
	if err == nil {
		made.Store(key, b)
	}
	return b, err
}

// built lets esbuild make one file of an entry point of the folder. Addresses in
// stylesheets stay as they are.
func built(static fs.FS, o api.BuildOptions) ([]byte, error) {
	o.Bundle, o.Write, o.LogLevel = true, false, api.LogLevelSilent
	o.MinifyWhitespace, o.MinifyIdentifiers, o.MinifySyntax = true, true, true
	o.Charset, o.LegalComments = api.CharsetUTF8, api.LegalCommentsNone
	o.External = []string{"/img/*"}
	o.Plugins = []api.Plugin{{Name: "static", Setup: func(b api.PluginBuild) { readsFrom(b, static) }}}
	result := api.Build(o)
	if len(result.Errors) > 0 {
		e := result.Errors[0]
		if e.Location != nil {
			return nil, fmt.Errorf("%s:%d: %s", e.Location.File, e.Location.Line, e.Text)
		}
		return nil, fmt.Errorf("%s: %s", o.EntryPoints[0], e.Text)
	}
	if len(result.OutputFiles) != 1 {
		return nil, fmt.Errorf("%s: %d files were built, want 1", o.EntryPoints[0], len(result.OutputFiles))
	}
	return bytes.TrimSpace(result.OutputFiles[0].Contents), nil
}

// readsFrom makes esbuild read from a folder of ours in place of the disk.
func readsFrom(b api.PluginBuild, static fs.FS) {
	b.OnResolve(api.OnResolveOptions{Filter: `.*`}, func(a api.OnResolveArgs) (api.OnResolveResult, error) {
		if strings.HasPrefix(a.Path, "/img/") {
			return api.OnResolveResult{Path: a.Path, External: true}, nil
		}
		name := a.Path
		if strings.HasPrefix(name, ".") {
			name = path.Join(path.Dir(a.Importer), name)
		}
		if !fs.ValidPath(name) {
			return api.OnResolveResult{}, fmt.Errorf("%q: want a relative path inside the folder", a.Path)
		}
		return api.OnResolveResult{Path: name, Namespace: "static"}, nil
	})
	b.OnLoad(api.OnLoadOptions{Filter: `.*`, Namespace: "static"}, func(a api.OnLoadArgs) (api.OnLoadResult, error) {
		content, err := fs.ReadFile(static, a.Path)
		if err != nil {
			return api.OnLoadResult{}, err
		}
		text, loader := string(content), api.LoaderJS
		if path.Ext(a.Path) == ".css" {
			loader = api.LoaderCSS
		}
		return api.OnLoadResult{Contents: &text, Loader: loader}, nil
	})
}
