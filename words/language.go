package words

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"sync"

	"golang.org/x/text/language"

	"visavis/static"
)

// Language is a line of js/words/languages.json.
type Language struct {
	Tag      string `json:"tag"`      // BCP 47
	Name     string `json:"name"`     // in the language itself
	Dir      string `json:"dir"`      // ltr or rtl
	Locale   string `json:"locale"`   // BCP 47; what dates and numbers follow
	Fallback bool   `json:"fallback"` // its words stand in where another language has none
}

// list is the list of languages of this program.
var list = func() []Language {
	l, err := Read(static.Files)
	if err != nil {
		panic(err) // the embedded list: its test reads it before a build is made
	}
	return l
}()

// Languages returns the list, in the order of the language chooser. It is never empty.
func Languages() []Language { return slices.Clone(list) }

// Tags returns the tags of the list, in its order.
func Tags() []string {
	tags := make([]string, len(list))
	for i, l := range list {
		tags[i] = l.Tag
	}
	return tags
}

// Read reads the list of a folder of pages. It returns none if the folder has none.
func Read(pages fs.FS) ([]Language, error) {
	const name = "js/words/languages.json"
	b, err := fs.ReadFile(pages, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var l []Language
	if err := json.Unmarshal(b, &l); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	for _, one := range l {
		if _, err := language.Parse(one.Tag); err != nil {
			return nil, fmt.Errorf("%s: %q: %w", name, one.Tag, err)
		}
	}
	return l, nil
}

// Find returns the language of the list that fits wishes best, by the rules of [Choose].
// For one tag it is the same tag, else a language that its readers understand, else the
// fallback. The empty tag gives the first of the list.
func Find(wishes ...string) Language { return list[Choose(list, wishes...)] }

// Known reports whether the list has exactly this tag.
func Known(tag string) bool { return named(list, tag) >= 0 }

// wellFormed is a language tag as far as its shape goes, with the hyphens of BCP 47 or the
// underscores of older systems.
var wellFormed = regexp.MustCompile(`^[A-Za-z]{2,8}([-_][A-Za-z0-9]{1,8})*$`)

// Lookup returns the language of the list that one tag asks for (RFC 4647, 3.4): the tag
// itself, else with its last subtags left out one after another, so that fr-CA is French.
// Unlike Find it takes no language in the place of another.
func Lookup(tag string) (Language, bool) {
	if !wellFormed.MatchString(tag) {
		return Language{}, false
	}
	tag = strings.ReplaceAll(tag, "_", "-")
	for { // no copies of what is left: a stranger's tag may be long
		if i := named(list, tag); i >= 0 {
			return list[i], true
		}
		cut := strings.LastIndexByte(tag, '-')
		if cut < 0 {
			return Language{}, false
		}
		tag = tag[:cut]
	}
}

// Choose returns the index, in a list that is not empty, of the best language for the
// wishes, the strongest first. Each wish is a tag, or the value of an Accept-Language
// header. The first wish that the list can meet wins. If it meets none, the result is the
// fallback; without any wish it is the first of the list.
func Choose(l []Language, wishes ...string) int {
	matcher := sync.OnceValue(func() language.Matcher { // most wishes are tags of the list
		tags := make([]language.Tag, len(l))
		for i, one := range l {
			tags[i] = language.Make(one.Tag)
		}
		return language.NewMatcher(tags)
	})
	asked := false
	for _, wish := range wishes {
		if i := named(l, wish); i >= 0 {
			return i
		}
		// An unreadable entry, or "*", expresses no preference.
		wanted, _, err := language.ParseAcceptLanguage(wish)
		wanted = slices.DeleteFunc(wanted, func(t language.Tag) bool { return t == language.Und || t.String() == "mul" })
		if err != nil || len(wanted) == 0 {
			continue
		}
		asked = true
		if _, i, confidence := matcher().Match(wanted...); confidence != language.No {
			return i
		}
	}
	if i := slices.IndexFunc(l, func(one Language) bool { return one.Fallback }); asked && i >= 0 {
		return i
	}
	return 0
}

// named returns the index of a tag in a list, or -1.
func named(l []Language, tag string) int {
	return slices.IndexFunc(l, func(one Language) bool { return strings.EqualFold(one.Tag, tag) })
}
