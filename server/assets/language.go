package assets

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"

	"visavis/words"
)

// texts are the texts of a catalogue by key; each is a string or an object of plural forms.
type texts map[string]json.RawMessage

// catalogues reads the catalogues of a folder, each file once. Not safe for concurrent use.
type catalogues struct {
	static fs.FS
	list   []words.Language
	files  map[string]texts // by path; nil: there is no such file
}

func newCatalogues(static fs.FS) (*catalogues, error) {
	list, err := words.Read(static)
	return &catalogues{static, list, map[string]texts{}}, err
}

// of returns the words of a name in a language, completed from the fallback. ok is false
// where the language has no such file.
func (c *catalogues) of(tag, name string) (all texts, ok bool, err error) {
	all = texts{}
	for _, l := range c.list {
		if l.Fallback && l.Tag != tag {
			from, err := c.file(l.Tag, name)
			if err != nil {
				return nil, false, err
			}
			maps.Copy(all, from)
		}
	}
	own, err := c.file(tag, name)
	maps.Copy(all, own)
	return all, own != nil, err
}

// file returns what a file says, nil if it does not exist.
func (c *catalogues) file(tag, name string) (texts, error) {
	file := path.Join("js/words", tag, name+".json")
	if t, ok := c.files[file]; ok {
		return t, nil
	}
	b, err := fs.ReadFile(c.static, file)
	if errors.Is(err, fs.ErrNotExist) {
		c.files[file] = nil
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	t := texts{}
	if err := json.Unmarshal(b, &t); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	c.files[file] = t
	return t, nil
}
