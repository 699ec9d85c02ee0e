package assets

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"visavis/static"
)

// A folder with two pages in three languages, of which one lacks a key and another
// a catalogue.
func sample() fstest.MapFS {
	page := []byte(`<!doctype html><html lang="fr"><head><title data-t="common.title">Titre</title>
<script type="module" src="/js/a.js"></script></head>
<body><select><!-- languages --></select><p class="a" data-t="a.text"></p><button aria-label="x" data-t-label="a.label"></button></body></html>`)
	return fstest.MapFS{
		"home.html": {Data: page}, "companion.html": {Data: page}, "phone.html": {Data: page}, "trust.html": {Data: page},
		"js/a.js": {Data: []byte("import { b } from './b.js';\nvoid loadWords('a').then(b);\n")},
		"js/b.js": {Data: []byte("export const b = 1;\n")},
		"js/words/languages.json": {Data: []byte(`[{"tag":"fr","name":"Français","dir":"ltr","locale":"fr-FR"},
			{"tag":"en","name":"English","dir":"ltr","locale":"en-GB","fallback":true},
			{"tag":"ar","name":"العربية","dir":"rtl","locale":"ar"},{"tag":"pl","name":"Polski","dir":"ltr","locale":"pl"}]`)},
		"js/words/fr/common.json": {Data: []byte(`{"common.title":"Le titre"}`)},
		"js/words/en/common.json": {Data: []byte(`{"common.title":"The title"}`)},
		"js/words/ar/common.json": {Data: []byte(`{"common.title":"عنوان"}`)},
		"js/words/pl/common.json": {Data: []byte(`{"common.title":"Tytuł"}`)},
		"js/words/fr/a.json":      {Data: []byte(`{"a.text":"1 < 2 & 3","a.label":"dire \"oui\"","a.n":{"one":"un","other":"{n}"}}`)},
		"js/words/en/a.json":      {Data: []byte(`{"a.text":"text","a.label":"label","a.n":{"one":"one","other":"{n}"}}`)},
		"js/words/ar/a.json":      {Data: []byte(`{"a.text":"نص"}`)},
	}
}

func TestAPageInItsReadersLanguage(t *testing.T) {
	scripts := map[bool]string{false: `<script type="module" src="/a/`, true: `<link rel="modulepreload" href="/js/b.js">`}
	for _, reload := range []bool{false, true} {
		s, err := New(sample(), reload)
		if err != nil {
			t.Fatal(err)
		}
		in := func(header string) (string, http.Header) {
			w, r := httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
			r.Header.Set("Accept-Language", header)
			s.Page(w, r, "home.html")
			return w.Body.String(), w.Header()
		}
		french, header := in("fr")
		for _, want := range []string{
			`<html lang="fr" dir="ltr">`, `<title data-t="common.title">Le titre</title>`,
			`data-t="a.text">1 &lt; 2 &amp; 3</p>`,
			`aria-label="dire &#34;oui&#34;"`, scripts[reload], `id="page-words" data-names="common a"`,
			`<option value="fr" lang="fr" dir="ltr" data-locale="fr-FR" selected>Français</option>`,
			`lang="ar" dir="rtl" data-locale="ar">العربية</option>`,
		} {
			if !strings.Contains(french, want) {
				t.Errorf("the page in French lacks %s:\n%s", want, french)
			}
		}
		if strings.Contains(french, "Polski") {
			t.Error("a language without the page's catalogue is offered")
		}
		if header.Get("Content-Language") != "fr" ||
			!strings.Contains(strings.Join(header.Values("Vary"), ","), "Accept-Language, Cookie") {
			t.Errorf("header %v", header)
		}
		arabic, _ := in("ar-MA")
		for _, want := range []string{`<html lang="ar" dir="rtl">`, `data-t="a.text">نص</p>`, `aria-label="label"`} {
			if !strings.Contains(arabic, want) {
				t.Errorf("the page in Arabic lacks %s (English stands in for a missing key):\n%s", want, arabic)
			}
		}
	}
}

func TestACatalogueIsCompletedFromTheFallback(t *testing.T) {
	s, err := New(sample(), false)
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(get(t, s, "/js/words/ar/a.json").Body.Bytes(), &got); err != nil || got["a.text"] != "نص" ||
		got["a.label"] != "label" {
		t.Errorf("words %v, error %v", got, err)
	}
}

func TestABrokenCatalogueIsToldAtStart(t *testing.T) {
	files := sample()
	files["js/words/ar/a.json"] = &fstest.MapFile{Data: []byte(`{"a.text":}`)}
	if _, err := New(files, false); err == nil || !strings.Contains(err.Error(), "js/words/ar/a.json") {
		t.Errorf("error %v, want one that names the file", err)
	}
}

// The words inside a page are data that no text can end.
func TestTheWordsOfEveryPageCanBeRead(t *testing.T) {
	s, err := New(static.Files, false)
	if err != nil {
		t.Fatal(err)
	}
	inline := regexp.MustCompile(`<script type="application/json" id="page-words"[^>]*>([^<]*)</script>`)
	for name, p := range s.pages {
		for i, f := range p.files {
			found := inline.FindSubmatch(f.plain)
			var all map[string]any
			if found == nil || json.Unmarshal(found[1], &all) != nil || len(all) < 5 {
				t.Errorf("%s in %s: %d words", name, p.languages[i].Tag, len(all))
			}
		}
	}
}

// A script that asks for an element by its id must find the one that it means.
func TestNoPageHasAnIDTwice(t *testing.T) {
	s, err := New(static.Files, false)
	if err != nil {
		t.Fatal(err)
	}
	ids := regexp.MustCompile(`\sid="([^"]+)"`)
	for name, p := range s.pages {
		seen := map[string]bool{}
		for _, m := range ids.FindAllSubmatch(p.files[0].plain, -1) {
			if seen[string(m[1])] {
				t.Errorf("%s: two elements with the id %q", name, m[1])
			}
			seen[string(m[1])] = true
		}
		if !seen["page-words"] {
			t.Errorf("%s: the words of the page have no id of their own", name)
		}
	}
}
