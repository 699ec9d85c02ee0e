package assets

import (
	"bytes"
	"io/fs"
	"path"
	"regexp"
	"slices"
)

var (
	// include stands in a page where a file of parts/ comes: what every page has.
	include = regexp.MustCompile(`<!-- include ([\w-]+\.html) -->`)
	// module is the line of a page that loads its script.
	module = regexp.MustCompile(`(?m)^([ \t]*)<script type="module" src="/([^"]+)"></script>`)
	// imported is an import or re-export of a module by its relative path. Types in
	// comments are written import('…'), which it does not match.
	imported = regexp.MustCompile(`(?m)^(?:import|export)\s(?:[^;'"]*?\sfrom\s+)?'(\.[^']+)';`)
)

// assemble puts the parts that a page asks for into it, then names every module
// that its script imports, so that the browser asks for all of them at once.
func assemble(static fs.FS, page []byte) ([]byte, error) {
	var failed error
	whole := include.ReplaceAllFunc(page, func(line []byte) []byte {
		part, err := fs.ReadFile(static, "parts/"+string(include.FindSubmatch(line)[1]))
		if err != nil {
			failed = err
		}
		return bytes.TrimSpace(part)
	})
	whole = module.ReplaceAllFunc(whole, func(line []byte) []byte {
		found := module.FindSubmatch(line)
		modules, err := closure(static, string(found[2]))
		if err != nil {
			failed = err
		}
		out := bytes.Clone(line)
		for _, name := range modules {
			out = append(out, "\n"+string(found[1])+`<link rel="modulepreload" href="/`+name+`">`...)
		}
		return out
	})
	return whole, failed
}

// closure lists what a module imports, directly or through others, in the order in
// which a browser meets them, without the module itself.
func closure(static fs.FS, name string) ([]string, error) {
	var all []string
	var follow func(string) error
	follow = func(from string) error {
		b, err := fs.ReadFile(static, from)
		if err != nil {
			return err
		}
		for _, found := range imported.FindAllSubmatch(b, -1) {
			next := path.Join(path.Dir(from), string(found[1]))
			if next == name || slices.Contains(all, next) {
				continue
			}
			all = append(all, next)
			if err := follow(next); err != nil {
				return err
			}
		}
		return nil
	}
	return all, follow(name)
}
