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

func TestAWrongMethodIsToldTheRightOnes(t *testing.T) {
	in := newTestServer(t, newStore(t))
	for _, c := range []struct{ method, path, allow string }{
		{http.MethodGet, "/api/sessions", "POST"},
		{http.MethodHead, "/api/phone", "POST"},
		{http.MethodPost, "/trust", "GET, HEAD"},
		{http.MethodDelete, "/", "GET, HEAD"},
		{http.MethodPut, "/api/desktop/state", "GET"},
		{http.MethodOptions, "/healthz", "GET, HEAD"},
		{http.MethodPost, "/js/app.js", "GET, HEAD"},
	} {
		a := in.do(t, c.method, c.path, nil, nil)
		if a.status != http.StatusMethodNotAllowed || a.header.Get("Allow") != c.allow ||
			c.method != http.MethodHead && !strings.Contains(string(a.body), "this address takes "+c.allow) {
			t.Errorf("%s %s: %d, Allow %q, %s; want Allow %q", c.method, c.path, a.status, a.header.Get("Allow"), a.body,
				c.allow)
		}
	}
	a := in.do(t, http.MethodGet, "/api/sessions", nil, http.Header{"Accept": {"text/html"}, "Accept-Language": {"fr-CA"}})
	if a.status != http.StatusMethodNotAllowed || a.header.Get("Allow") != http.MethodPost ||
		!strings.Contains(string(a.body), "Cette page n’existe pas") {
		t.Errorf("a person: %d, Allow %q\n%s\nwant a page in French", a.status, a.header.Get("Allow"), a.body)
	}
	if a := in.do(t, http.MethodDelete, "/no-such-page", nil, nil); a.status != http.StatusNotFound ||
		a.header.Get("Allow") != "" {
		t.Errorf("an unknown address: %d, Allow %q", a.status, a.header.Get("Allow"))
	}
}
