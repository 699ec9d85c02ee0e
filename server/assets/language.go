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

// catalogue reads the words of a name in a language, completed from the fallback.
// ok is false where the language has no such file.
func catalogue(static fs.FS, list []words.Language, tag, name string) (all texts, ok bool, err error) {
	all = texts{}
	for _, l := range list {
		if l.Fallback && l.Tag != tag {
			if _, err := addWords(static, l.Tag, name, all); err != nil {
				return nil, false, err
			}
		}
	}
	ok, err = addWords(static, tag, name, all)
	return all, ok, err
}

func addWords(static fs.FS, tag, name string, to texts) (bool, error) {
	file := path.Join("js/words", tag, name+".json")
	b, err := fs.ReadFile(static, file)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	var from texts
	if err := json.Unmarshal(b, &from); err != nil {
		return false, fmt.Errorf("%s: %w", file, err)
	}
	maps.Copy(to, from)
	return true, nil
}
