package enrolments_test

import (
	"net/http"
	"strings"
	"testing"

	"visavis/enrolment"
	"visavis/words"
)

// languageOf is the language of an enrolment's letters, as its owner sees it.
func (b *browser) languageOf(id string) string {
	b.t.Helper()
	var v struct{ Language string }
	b.want(http.StatusOK, "GET", "/api/enrolments/"+id, nil, &v)
	return v.Language
}

// The letters of an enrolment are in its language: the one it began in, until its person
// chooses another, at whatever stage.
func TestALanguageChosenLaterIsThatOfTheLetters(t *testing.T) {
	p := sqlitePlace(t)
	in := p.start(t, "one")
	maeva, elouan := in.browser(t, "maeva"), in.browser(t, "elouan")
	v := maeva.begin()
	if got := maeva.languageOf(v.ID); got != "fr" {
		t.Fatalf("begins in %q", got)
	}
	choose := "/api/enrolments/" + v.ID + "/language"
	for _, tag := range words.Tags() {
		maeva.want(http.StatusOK, "POST", choose, map[string]string{"language": tag}, nil)
		if got := maeva.languageOf(v.ID); got != tag {
			t.Errorf("%q, want %q", got, tag)
		}
	}
	maeva.want(http.StatusOK, "POST", choose, map[string]string{"language": "DE"}, nil)
	regional := []string{"fr-CA", "pt_BR", "uk-Cyrl-UA", "de-CH"}
	for _, tag := range regional {
		maeva.want(http.StatusOK, "POST", choose, map[string]string{"language": tag}, nil)
		if got := maeva.languageOf(v.ID); got != tag[:2] {
			t.Errorf("%q: %q, want %q", tag, got, tag[:2])
		}
	}
	for _, wrong := range []string{"", "xx", "de, en", "*", "ja-JP", "../de", "de-CH;q=1"} {
		status, _, body := maeva.do("POST", choose, map[string]string{"language": wrong})
		if status != http.StatusUnprocessableEntity || !strings.Contains(string(body), `"field":"language"`) {
			t.Errorf("%q: %d %s", wrong, status, body)
		}
	}
	elouan.want(http.StatusNotFound, "POST", choose, map[string]string{"language": "fr"}, nil)
	if got := maeva.languageOf(v.ID); got != "de" {
		t.Errorf("%q, want the last choice that could be met", got)
	}
	for asked, want := range map[string]string{
		"fr-CA": "?lang=fr", "en_GB": "?lang=en", "": "?lang=de", "xx": "?lang=de",
	} {
		_, _, body := maeva.do("GET", "/api/desktop/state?tab=one&since=0&enrolment="+v.ID+"&language="+asked, nil)
		if !strings.Contains(string(body), want) {
			t.Errorf("followed in %q: %s, want texts with %s", asked, body, want)
		}
	}
	maeva.act(v.ID, "in-person", struct{}{})
	maeva.want(http.StatusOK, "POST", choose, map[string]string{"language": "uk"}, nil)
	if got := maeva.languageOf(v.ID); got != "uk" {
		t.Errorf("%q while another is waited for", got)
	}
	changes := len(words.Tags()) + len(regional) + 1 // French was no change
	if n := countTransitions(t, in, v.ID, enrolment.ActionLanguage); n != changes {
		t.Errorf("%d changes in the log", n)
	}
	maeva.act(v.ID, "cancel", map[string]string{})
	maeva.want(http.StatusNotFound, "POST", choose, map[string]string{"language": "fr"}, nil) // it is deleted at once
	checkLog(t, in)
}

// A text that people agree to is in the best-fitting of its languages, and its answer says in which.
func TestATextSaysItsLanguage(t *testing.T) {
	p := sqlitePlace(t)
	p.textPage = func(_ enrolment.ConsentKind, language string) (page []byte, tag string) {
		return []byte("text for " + language), words.Fallback()
	}
	b := p.start(t, "one").browser(t, "")
	for _, wish := range []string{"", "?lang=de", "?lang=ar"} {
		status, header, body := b.do("GET", "/texts/terms"+wish, nil)
		if status != http.StatusOK || header.Get("Content-Language") != words.Fallback() ||
			!strings.HasSuffix(string(body), strings.TrimPrefix(wish, "?lang=")) {
			t.Errorf("%q: %d, in %q: %s", wish, status, header.Get("Content-Language"), body)
		}
	}
}
