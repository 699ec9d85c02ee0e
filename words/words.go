package words

import (
	"embed"
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
)

//go:embed */*.json
var files embed.FS

// text is one text, by CLDR plural category. A text without a number has only the form
// "other".
type text map[string]string

// UnmarshalJSON reads a string or an object of forms.
func (t *text) UnmarshalJSON(b []byte) error {
	var one string
	if json.Unmarshal(b, &one) == nil {
		*t = text{"other": one}
		return nil
	}
	var forms map[string]string
	if err := json.Unmarshal(b, &forms); err != nil {
		return fmt.Errorf("want a text or an object of plural forms: %w", err)
	}
	if forms["other"] == "" {
		return fmt.Errorf("plural forms without other: %s", b)
	}
	*t = forms
	return nil
}

// catalogue holds the texts of one file, or of all files of a language, by key.
type catalogue map[string]text

// catalogues holds the texts by language, without those of the fallback.
var catalogues = func() map[string]catalogue {
	out := map[string]catalogue{}
	for _, l := range list {
		out[l.Tag] = catalogue{}
		names, err := files.ReadDir(l.Tag)
		if err != nil {
			continue // a language of the pages alone: English is said
		}
		for _, name := range names {
			c, err := read(path.Join(l.Tag, name.Name()))
			if err != nil {
				panic(err) // an embedded catalogue: its test reads it before a build is made
			}
			maps.Copy(out[l.Tag], c)
		}
	}
	return out
}()

func read(name string) (catalogue, error) {
	b, err := files.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var c catalogue
	if err := json.Unmarshal(b, &c); err != nil {
		return nil, fmt.Errorf("words/%s: %w", name, err)
	}
	return c, nil
}

// Values replace the names in a text. The value n chooses the plural form.
type Values map[string]any

// Said is a text and its language: the fallback if the requested one lacks the text.
type Said struct {
	Text     string
	Language Language
}

// In returns the words of the language that fits a tag best, by [Find].
func In(tag string) Words { return Words{Find(tag)} }

// Words formats texts in a language. Make it with [In].
type Words struct{ language Language }

// Language returns the language that was asked for.
func (w Words) Language() Language { return w.language }

// Has reports whether a key has a text, in the language or in the fallback.
func (w Words) Has(key string) bool {
	_, _, ok := w.find(key)
	return ok
}

// Text returns the text of a key. Values in a right-to-left language are isolated
// (U+2068, U+2069), so that they do not reorder the sentence. A key without a text is a
// bug and is returned unchanged.
func (w Words) Text(key string, values ...Values) string { return w.Say(key, values...).Text }

// Say is [Words.Text] with the language of the text.
func (w Words) Say(key string, values ...Values) Said {
	t, l, ok := w.find(key)
	if !ok {
		return Said{key, w.language}
	}
	all := Values{}
	for _, v := range values {
		maps.Copy(all, v)
	}
	return Said{fill(t.form(l, all["n"]), l, all), l}
}

// Fallback returns the tag of the fallback language.
func Fallback() string {
	i := slices.IndexFunc(list, func(l Language) bool { return l.Fallback })
	return list[max(i, 0)].Tag
}

// find returns a text in the language or in the fallback.
func (w Words) find(key string) (text, Language, bool) {
	if t, ok := catalogues[w.language.Tag][key]; ok {
		return t, w.language, true
	}
	l := Find(Fallback())
	t, ok := catalogues[l.Tag][key]
	return t, l, ok
}

// categories are the CLDR names of the plural forms.
var categories = map[plural.Form]string{
	plural.Other: "other", plural.Zero: "zero", plural.One: "one", plural.Two: "two", plural.Few: "few",
	plural.Many: "many",
}

// form returns the plural form for a number, and "other" for anything else.
func (t text) form(l Language, n any) string {
	if number, ok := n.(int); ok {
		if form, ok := t[categories[plural.Cardinal.MatchPlural(language.Make(l.Tag), number, 0, 0, 0, 0)]]; ok {
			return form
		}
	}
	return t["other"]
}

var names = regexp.MustCompile(`\{(\w+)\}`)

// fill replaces the names in a text. A name without a value stays.
func fill(s string, l Language, values Values) string {
	return names.ReplaceAllStringFunc(s, func(name string) string {
		value, ok := values[name[1:len(name)-1]]
		if !ok {
			return name
		}
		if l.Dir == "rtl" {
			return "\u2068" + fmt.Sprint(value) + "\u2069"
		}
		return fmt.Sprint(value)
	})
}

// Having returns the languages that have a catalogue of their own, in the order of the
// list.
func Having(catalogue string) []Language {
	return slices.DeleteFunc(Languages(), func(l Language) bool {
		f, err := files.Open(path.Join(l.Tag, catalogue+".json"))
		if err == nil {
			_ = f.Close() // an embedded file
		}
		return err != nil
	})
}

// List joins names with the language's comma: "a, b".
func (w Words) List(all []string) string { return strings.Join(all, w.Text("dates.comma")) }
