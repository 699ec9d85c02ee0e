package assets

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"path"
	"strings"

	"golang.org/x/text/language"
)

// Cookie holds the language that a person chose in the page: a tag of the list.
const Cookie = "visavis-language"

// Language is a line of js/words/languages.json. The first of the list is given to
// who reads none of them.
type Language struct {
	Tag      string `json:"tag"`      // BCP 47
	Name     string `json:"name"`     // in the language itself
	Dir      string `json:"dir"`      // ltr or rtl
	Locale   string `json:"locale"`   // what dates and numbers follow
	Fallback bool   `json:"fallback"` // its words stand in where another language has none
}

// readLanguages reads the list; a folder without one has pages in no language.
func readLanguages(static fs.FS) ([]Language, error) {
	b, err := fs.ReadFile(static, "js/words/languages.json")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var list []Language
	if err := json.Unmarshal(b, &list); err != nil {
		return nil, fmt.Errorf("js/words/languages.json: %w", err)
	}
	for _, l := range list {
		if _, err := language.Parse(l.Tag); err != nil {
			return nil, fmt.Errorf("js/words/languages.json: %q: %w", l.Tag, err)
		}
	}
	return list, nil
}

// words are texts by key; a text is a string or an object of plural forms.
type words map[string]json.RawMessage

// catalogue reads the words of a name in a language, completed from the fallback.
// ok is false where the language has no such file.
func catalogue(static fs.FS, list []Language, tag, name string) (all words, ok bool, err error) {
	all = words{}
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

func addWords(static fs.FS, tag, name string, to words) (bool, error) {
	file := path.Join("js/words", tag, name+".json")
	b, err := fs.ReadFile(static, file)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	var from words
	if err := json.Unmarshal(b, &from); err != nil {
		return false, fmt.Errorf("%s: %w", file, err)
	}
	maps.Copy(to, from)
	return true, nil
}

// Choose gives the index of the language of a list, which is not empty, for a
// request: the one that its address or the person's own choice names, else the
// best fit of what the browser asks for, else the first.
func Choose(r *http.Request, list []Language) int {
	wanted := []string{r.URL.Query().Get("lang")}
	if c, err := r.Cookie(Cookie); err == nil {
		wanted = append(wanted, c.Value)
	}
	for _, tag := range wanted {
		for i, l := range list {
			if strings.EqualFold(l.Tag, tag) {
				return i
			}
		}
	}
	tags := make([]language.Tag, len(list))
	for i, l := range list {
		tags[i] = language.Make(l.Tag)
	}
	// A header that cannot be read asks for nothing.
	asked, _, err := language.ParseAcceptLanguage(r.Header.Get("Accept-Language"))
	if err != nil || len(asked) == 0 {
		return 0
	}
	_, i, confidence := language.NewMatcher(tags).Match(asked...)
	if confidence == language.No {
		return 0
	}
	return i
}
