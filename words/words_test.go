package words

import (
	"encoding/json"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"visavis/static"
)

var (
	french, english = "fr", "en"
	// of two languages: what staff reads, and what lawyers wrote
	ofTwo = []string{"staff", "legal"}
)

func TestTheLanguageThatFitsBest(t *testing.T) {
	three := []Language{{Tag: "fr"}, {Tag: "en", Fallback: true}, {Tag: "pt"}}
	for _, tt := range []struct {
		wishes []string
		want   string
	}{
		{nil, "fr"},
		{[]string{""}, "fr"},
		{[]string{"fr-CH, fr;q=0.9, en;q=0.8"}, "fr"},
		{[]string{"de, en"}, "en"},
		{[]string{"de-AT, de;q=0.9, en-US;q=0.7, fr;q=0.3"}, "en"},
		{[]string{"de;q=0.9, fr;q=0.3"}, "fr"},
		{[]string{"pt-BR"}, "pt"},
		{[]string{"ja"}, "en"}, // somebody who reads something else: the fallback
		{[]string{"*"}, "fr"},
		{[]string{"mul"}, "fr"},
		{[]string{";;;q="}, "fr"},
		{[]string{"", "en", "fr"}, "en"},
		{[]string{"xx", "", "pt-PT"}, "pt"},
		{[]string{"PT", "fr"}, "pt"},
	} {
		if got := three[Choose(three, tt.wishes...)].Tag; got != tt.want {
			t.Errorf("%q: %s, want %s", tt.wishes, got, tt.want)
		}
	}
}

func TestGermanIsGermanWhereThereIsGerman(t *testing.T) {
	for wish, want := range map[string]string{"de, en": "de", "de-CH": "de", "ar-MA": "ar", "uk-UA;q=0.9, fr;q=0.1": "uk",
		"es-419": "es"} {
		if got := Find(wish).Tag; got != want {
			t.Errorf("%q: %s, want %s", wish, got, want)
		}
	}
	if !Known("de") || Known("xx") || Known("") || Known("de, en") {
		t.Error("want German known, and nothing that is no tag of the list")
	}
}

func TestARegionalTagIsItsLanguage(t *testing.T) {
	for tag, want := range map[string]string{
		"fr": "fr", "FR": "fr", "fr-CA": "fr", "fr-ca": "fr", "fr_CA": "fr", "de-CH": "de", "de-CH-1996": "de", "pt-BR": "pt",
		"uk-Cyrl-UA": "uk", "es-419": "es", "en-GB-oxendict": "en", "ar-EG-u-nu-latn": "ar", "fr-CA-x-quebec": "fr",
		"": "", "xx": "", "ja-JP": "", "gsw": "", "frp": "", "fr-": "", "-fr": "", "fr--CA": "", "fr-CA;q=1": "", "fr, en": "",
		"fr CA": "", "*": "", "x-fr": "", "../fr": "", "fr-abcdefghi": "", "fr.UTF-8": "", "français": "", "mul-fr": "",
	} {
		if got, ok := Lookup(tag); got.Tag != want || ok != (want != "") {
			t.Errorf("%q: %q %v, want %q", tag, got.Tag, ok, want)
		}
	}
}

// A stranger's tag may fill the body of a request: it is shortened without a copy for each subtag.
func TestALongTagIsShortenedWithoutCopies(t *testing.T) {
	const subtags = 1000
	for _, first := range []string{"fr", "xx"} {
		tag := first + strings.Repeat("-a", subtags)
		if got, ok := Lookup(tag); ok != (first == "fr") || ok && got.Tag != first {
			t.Errorf("%s with %d subtags: %q %v", first, subtags, got.Tag, ok)
		}
		if n := testing.AllocsPerRun(5, func() { Lookup(tag) }); n > subtags/20 {
			t.Errorf("%s with %d subtags: %v pieces of memory", first, subtags, n)
		}
	}
}

// The pages and the letters speak of one thing, so they have one word for it.
func TestAPhoneHasOneWord(t *testing.T) {
	for tag, phone := range map[string]struct{ word, others string }{
		"de": {"Smartphone", `(?i)\b(mobil)?telefone?[ns]?\b|\bhandys?\b`},
		"pt": {"telemóvel", `(?i)\b(n?[eo]s[st]e|[ndo]?o|seu|um|outro) (telefone|smartphone|celular)\b`},
	} {
		onePhone(t, tag, phone.word, regexp.MustCompile(phone.others))
	}
}

// onePhone fails where the texts of a language have other words for a phone.
func onePhone(t *testing.T, tag, word string, other *regexp.Regexp) {
	t.Helper()
	seen := 0
	eachFile(t, tag, func(name, text string) {
		seen += strings.Count(text, word)
		if said := other.FindString(text); said != "" {
			t.Errorf("%s says %q, want %s as elsewhere", name, said, word)
		}
	})
	if seen < 50 {
		t.Errorf("%s: %s stands %d times, want it in all pages", tag, word, seen)
	}
}

// People are spoken to as strangers are, in every sentence. What a button says may be short.
func TestNobodyIsAddressedAsAFriend(t *testing.T) {
	for tag, familiar := range map[string]string{
		"fr": `tu|toi|ton|tes|ta`,
		"de": `du|dich|dir|deine?[mnrs]?`,
		"es": `tus?|ti|contigo|puedes|debes|mira|míralo`,
		"it": `tu|tuo|tua|tuoi|tue|puoi|devi|guarda|guardalo`,
		"pt": `tu|teu|tua|teus|tuas|podes|deves|olha`,
		"nl": `je|jij|jouw?|jullie`,
	} {
		friend := regexp.MustCompile(`(?i)\PL(` + familiar + `)\PL`) // \b has no letters beyond ASCII
		eachFile(t, tag, func(name, text string) {
			if said := friend.FindString(text); said != "" {
				t.Errorf("%s says %q to a person", name, said)
			}
		})
	}
}

// eachFile reads the texts of a language: those of letters, and those of pages.
func eachFile(t *testing.T, tag string, read func(name, text string)) {
	t.Helper()
	for _, at := range []struct {
		files fs.FS
		glob  string
	}{{files, tag + "/*.json"}, {static.Files, "js/words/" + tag + "/*.json"}} {
		names, err := fs.Glob(at.files, at.glob)
		if err != nil || len(names) == 0 {
			t.Fatalf("%s: %v, %v", at.glob, names, err)
		}
		for _, name := range names {
			b, err := fs.ReadFile(at.files, name)
			if err != nil {
				t.Fatal(err)
			}
			read(name, string(b))
		}
	}
}

func TestABrokenListIsRefused(t *testing.T) {
	for content, want := range map[string]string{`[{"tag":"no tag at all"}]`: "no tag at all", `{`: "languages.json"} {
		_, err := Read(fstest.MapFS{"js/words/languages.json": {Data: []byte(content)}})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want one with %q", content, err, want)
		}
	}
}

// every calls f with each catalogue of each language that is offered.
func every(t *testing.T, f func(tag, name string, c catalogue)) {
	t.Helper()
	for _, l := range list {
		entries, err := files.ReadDir(l.Tag)
		if err != nil {
			t.Errorf("%s is offered and the server has no words in it: make words/%s", l.Tag, l.Tag)
			continue
		}
		for _, e := range entries {
			c, err := read(l.Tag + "/" + e.Name())
			if err != nil {
				t.Error(err)
				continue
			}
			f(l.Tag, strings.TrimSuffix(e.Name(), ".json"), c)
		}
	}
}

// Each language has the keys of French, with the same names in each text.
func TestNoLanguageLacksAText(t *testing.T) {
	have := map[string]catalogue{}
	every(t, func(tag, name string, c catalogue) { have[tag+"/"+name] = c })
	for at, want := range have {
		name, ok := strings.CutPrefix(at, french+"/")
		if !ok {
			continue
		}
		for _, l := range list {
			if slices.Contains(ofTwo, name) && l.Tag != french && l.Tag != english {
				continue
			}
			got := have[l.Tag+"/"+name]
			for key, text := range want {
				if !strings.HasPrefix(key, name+".") {
					t.Errorf("words/%s.json: the key %s does not begin with the catalogue's name", at, key)
				}
				if got[key] == nil {
					t.Errorf("words/%s/%s.json lacks %s", l.Tag, name, key)
					continue
				}
				if a, b := namesOf(text), namesOf(got[key]); !slices.Equal(a, b) {
					t.Errorf("words/%s/%s.json: %s has the names %v, want %v", l.Tag, name, key, b, a)
				}
			}
			for key := range got {
				if want[key] == nil {
					t.Errorf("words/%s/%s.json: nobody asks for %s", l.Tag, name, key)
				}
			}
		}
	}
}

func namesOf(t text) []string {
	seen := map[string]bool{}
	for _, form := range t {
		for _, m := range names.FindAllStringSubmatch(form, -1) {
			seen[m[1]] = true
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

// An object of forms has every form that the language's rule asks for.
func TestEveryPluralFormIsThere(t *testing.T) {
	every(t, func(tag, name string, c catalogue) {
		for key, forms := range c {
			if len(forms) == 1 {
				continue
			}
			for n := range 200 {
				wanted := text{"zero": "zero", "one": "one", "two": "two", "few": "few", "many": "many",
					"other": "other"}.form(Find(tag), n)
				if forms[wanted] == "" {
					t.Errorf("words/%s/%s.json: %s has no form %q, which %d asks for", tag, name, key, wanted, n)
					break
				}
			}
		}
	})
}

func TestPluralFormsByTheLanguagesRule(t *testing.T) {
	forms := text{"zero": "zero", "one": "one", "two": "two", "few": "few", "many": "many", "other": "other"}
	for _, tt := range []struct {
		tag  string
		n    int
		want string
	}{
		{"fr", 0, "one"}, {"en", 0, "other"}, {"en", 1, "one"}, {"de", 2, "other"}, {"uk", 3, "few"}, {"uk", 5, "many"},
		{"uk", 21, "one"}, {"ar", 0, "zero"}, {"ar", 2, "two"}, {"ar", 6, "few"}, {"ar", 11, "many"}, {"ar", 100, "other"},
	} {
		if got := forms.form(Find(tt.tag), tt.n); got != tt.want {
			t.Errorf("%d in %s: %s, want %s", tt.n, tt.tag, got, tt.want)
		}
	}
}

// Signs are the typographer's; in French U+202F stands before ; : ! ? and inside « ».
func TestTypography(t *testing.T) {
	bad := regexp.MustCompile(`[^\x{202F}\d][;!?»]|[^\x{202F}\d]:(\s|$)|«[^\x{202F}]`)
	every(t, func(tag, name string, c catalogue) {
		for key, forms := range c {
			for _, form := range forms {
				if strings.ContainsAny(form, `'"`) || strings.Contains(form, "...") ||
					regexp.MustCompile(`[^ \n]  `).MatchString(form) || form != strings.TrimSpace(form) && key != "dates.comma" {
					t.Errorf("words/%s/%s.json: %s: %q", tag, name, key, form)
				}
				if found := bad.FindAllString(form, -1); tag == french && len(found) > 0 {
					t.Errorf("words/%s/%s.json: %s: %q", tag, name, key, found)
				}
			}
		}
	})
}

func TestWhatALanguageLacksIsSaidInEnglish(t *testing.T) {
	was := catalogues
	t.Cleanup(func() { catalogues = was })
	catalogues = map[string]catalogue{
		english: {"a.b": {"other": "Hello {name}"}, "a.c": {"other": "{n} days", "one": "{n} day"}},
		"ar":    {"a.c": {"other": "{n} يوم"}},
	}
	said := In("ar").Say("a.b", Values{"name": "Maéva"})
	if said.Text != "Hello Maéva" || said.Language.Tag != english || said.Language.Dir != "ltr" {
		t.Errorf("%+v, want it in English and said so", said)
	}
	if got := In("ar").Text("a.c", Values{"n": 3}); got != "\u20683\u2069 يوم" {
		t.Errorf("%q: want the value isolated", got)
	}
	if got := In("de").Text("a.c", Values{"n": 1}); got != "1 day" {
		t.Errorf("%q: want the fallback's plural form", got)
	}
	if In("en").Has("a.x") || In("en").Text("a.x") != "a.x" {
		t.Error("a key that nobody has is shown as it is")
	}
}

func TestDatesAsPeopleWriteThem(t *testing.T) {
	at := time.Date(2026, time.March, 1, 9, 5, 0, 0, time.UTC)
	for tag, want := range map[string]string{
		"fr": "1er\u202fmars 2026 à 09:05\u00a0UTC", "en": "1\u00a0March 2026, 09:05\u00a0UTC", "de": "1.\u00a0März 2026 um 09:05\u00a0UTC",
		"uk": "1\u00a0березня 2026\u00a0р. о 09:05\u00a0UTC", "ar": "1\u00a0مارس 2026 في 09:05\u00a0UTC",
	} {
		if got := In(tag).Moment(at); got != want {
			t.Errorf("%s: %q, want %q", tag, got, want)
		}
	}
	if got := In(french).Figures(time.Date(1963, time.February, 12, 0, 0, 0, 0, time.UTC)); got != "12/02/1963" {
		t.Errorf("%q", got)
	}
}

func TestATextIsAStringOrForms(t *testing.T) {
	for in, ok := range map[string]bool{`"a"`: true, `{"one":"a","other":"b"}`: true, `{"one":"a"}`: false, `3`: false,
		`["a"]`: false} {
		var got text
		if err := json.Unmarshal([]byte(in), &got); (err == nil) != ok {
			t.Errorf("%s: error %v", in, err)
		}
	}
}
