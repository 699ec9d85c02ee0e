package assets

import (
	"bytes"
	"encoding/json"
	"html"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"visavis/words"
)

var (
	// include stands in a page where a file of parts/ comes: what every page has.
	include = regexp.MustCompile(`<!-- include ([\w-]+\.html) -->`)
	// module is the line of a page that loads its script.
	module = regexp.MustCompile(`(?m)^([ \t]*)<script type="module" src="/([^"]+)"></script>`)
	// imported is an import or re-export of a module by its relative path. Types in
	// comments are written import('…'), which it does not match.
	imported = regexp.MustCompile(`(?m)^(?:import|export)\s(?:[^;'"]*?\sfrom\s+)?'(\.[^']+)';`)
	// asked is where a module asks for its catalogues of words.
	asked = regexp.MustCompile(`\bloadWords\(('[^)]*')\)`)
)

// source is a page with its parts in their places, before its words.
type source struct {
	html      []byte
	plain     []byte           // the same without the list of modules
	names     []string         // catalogues of words that its modules ask for
	languages []words.Language // those that have all of these catalogues
}

// assemble puts the parts that a page asks for into it, names every module that
// its script imports, so that the browser asks for all of them at once, and finds
// the languages that the page is offered in.
func assemble(c *catalogues, page []byte) (source, error) {
	out, err := withParts(c.static, page)
	if err != nil {
		return source{}, err
	}
	s := source{names: []string{"common"}, plain: out}
	s.html = module.ReplaceAllFunc(out, func(line []byte) []byte {
		found := module.FindSubmatch(line)
		modules, failed := closure(c.static, string(found[2]), &s.names)
		if failed != nil {
			err = failed
		}
		line = bytes.Clone(line)
		for _, name := range modules {
			line = append(line, "\n"+string(found[1])+`<link rel="modulepreload" href="/`+name+`">`...)
		}
		return line
	})
	for _, l := range c.list {
		has := true
		for _, name := range s.names {
			_, ok, failed := c.of(l.Tag, name)
			if failed != nil {
				err = failed
			}
			has = has && ok
		}
		if has {
			s.languages = append(s.languages, l)
		}
	}
	return s, err
}

// withParts puts parts into a page; a part may have parts of its own.
func withParts(static fs.FS, page []byte) ([]byte, error) {
	var failed error
	out := include.ReplaceAllFunc(page, func(line []byte) []byte {
		part, err := fs.ReadFile(static, "parts/"+string(include.FindSubmatch(line)[1]))
		if err == nil {
			part, err = withParts(static, bytes.TrimSpace(part))
		}
		if err != nil {
			failed = err
		}
		return part
	})
	return out, failed
}

// closure lists what a module imports, directly or through others, in the order in
// which a browser meets them, without the module itself. It adds the catalogues
// that these modules ask for.
func closure(static fs.FS, name string, catalogues *[]string) ([]string, error) {
	var all []string
	var follow func(string) error
	follow = func(from string) error {
		b, err := fs.ReadFile(static, from)
		if err != nil {
			return err
		}
		for _, call := range asked.FindAllSubmatch(b, -1) {
			for one := range strings.SplitSeq(string(call[1]), ",") {
				if one = strings.Trim(one, " '"); !slices.Contains(*catalogues, one) {
					*catalogues = append(*catalogues, one)
				}
			}
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

var (
	// root is the page's first element.
	root = regexp.MustCompile(`<html\b[^>]*>`)
	// element is an opening tag and the text that follows it.
	element = regexp.MustCompile(`(<[a-z][a-z0-9]*(?:[^>"]|"[^"]*")*>)([^<]*)`)
	// keyed is an attribute that asks for words.
	keyed = regexp.MustCompile(`\sdata-t(-label|-alt|-placeholder|)="([^"]+)"`)
)

// attributes are where the words of data-t-… stand.
var attributes = map[string]string{"-label": "aria-label", "-alt": "alt", "-placeholder": "placeholder"}

// in gives the page in one of its languages: its words in their places, and all the
// words that its script needs, so that it waits for no other answer.
func (s source) in(c *catalogues, l words.Language) ([]byte, error) {
	all := texts{}
	for _, name := range s.names {
		one, _, err := c.of(l.Tag, name)
		if err != nil {
			return nil, err
		}
		maps.Copy(all, one)
	}
	out := root.ReplaceAllLiteral(s.html, []byte(`<html lang="`+l.Tag+`" dir="`+l.Dir+`">`))
	out = bytes.ReplaceAll(out, []byte("<!-- languages -->"), options(s.languages, l))
	out = element.ReplaceAllFunc(out, func(found []byte) []byte { return translate(found, all) })
	data, err := json.Marshal(all) // escapes < and >, so that no text ends the element
	if err != nil {
		return nil, err
	}
	script := `<script type="application/json" id="page-words" data-names="` + strings.Join(s.names, " ") + `">` +
		string(data) + "</script>\n</body>"
	return bytes.Replace(out, []byte("</body>"), []byte(script), 1), nil
}

// options are the choices of a chooser of languages, each in its own name.
func options(list []words.Language, chosen words.Language) []byte {
	var b strings.Builder
	for _, l := range list {
		b.WriteString(`<option value="` + l.Tag + `" lang="` + l.Tag + `" dir="` + l.Dir + `" data-locale="` + l.Locale + `"`)
		if l.Fallback {
			b.WriteString(" data-fallback")
		}
		if l.Tag == chosen.Tag {
			b.WriteString(" selected")
		}
		b.WriteString(">" + html.EscapeString(l.Name) + "</option>")
	}
	return []byte(b.String())
}

// translate writes the words that an element asks for into it. A key without words
// or with plural forms is left as it stands in the page.
func translate(one []byte, all texts) []byte {
	found := element.FindSubmatch(one)
	tag, text := string(found[1]), string(found[2])
	for _, key := range keyed.FindAllStringSubmatch(tag, -1) {
		var said string
		if json.Unmarshal(all[key[2]], &said) != nil {
			continue
		}
		said = html.EscapeString(said)
		if key[1] == "" {
			text = said
			continue
		}
		written := ` ` + attributes[key[1]] + `="` + said + `"`
		if standing := regexp.MustCompile(`\s` + attributes[key[1]] + `="[^"]*"`); standing.MatchString(tag) {
			tag = standing.ReplaceAllLiteralString(tag, written)
		} else {
			tag = strings.TrimSuffix(tag, ">") + written + ">"
		}
	}
	return []byte(tag + text)
}
