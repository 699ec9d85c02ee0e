package server

import (
	"net/http"
	"strings"
	"testing"
)

func TestAnUnknownAddressIsAPageInTheReadersLanguage(t *testing.T) {
	in := newTestServer(t, newStore(t))
	for asked, want := range map[string]string{
		"de, en": `<html lang="de" dir="ltr">`, "ar": `<html lang="ar" dir="rtl">`, "fr": "Cette page n’existe pas", "ja": `<html lang="en" dir="ltr">`,
	} {
		a := in.do(t, http.MethodGet, "/no-such-page", nil, http.Header{"Accept": {"text/html"}, "Accept-Language": {asked}})
		if a.status != http.StatusNotFound || !strings.Contains(string(a.body), want) ||
			strings.Contains(string(a.body), "pages.") {
			t.Errorf("%s: %d\n%s\nwant %s", asked, a.status, a.body, want)
		}
	}
	if a := in.do(t, http.MethodGet, "/no-such-page", nil, nil); a.status != http.StatusNotFound ||
		strings.Contains(string(a.body), "<html") {
		t.Errorf("a program: %d %s, want no page", a.status, a.body)
	}
}
