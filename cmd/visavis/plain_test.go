package main

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// The plain listener takes nothing that is posted, and says what it takes.
func TestThePlainListenerOnlyReads(t *testing.T) {
	l := &listeners{scheme: "https", public: "https://visavis.example"}
	for method, want := range map[string]int{
		http.MethodGet: http.StatusTemporaryRedirect, http.MethodHead: http.StatusTemporaryRedirect,
		http.MethodPost: http.StatusMethodNotAllowed, http.MethodOptions: http.StatusMethodNotAllowed,
	} {
		w := httptest.NewRecorder()
		l.servePlain(w, httptest.NewRequestWithContext(t.Context(), method, "http://visavis.example/p", nil))
		allow := ""
		if want == http.StatusMethodNotAllowed {
			allow = "GET, HEAD"
		}
		if w.Code != want || w.Header().Get("Allow") != allow {
			t.Errorf("%s: %d, Allow %q; want %d, %q", method, w.Code, w.Header().Get("Allow"), want, allow)
		}
	}
}

// The addresses that https has beside the pages are read alone, and say so. Every other address is the pages'.
func TestTheRootIsOnlyRead(t *testing.T) {
	pages := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
	with := &listeners{scheme: "https", public: "https://visavis.example", root: func() []byte { return []byte("root") }}
	without := &listeners{scheme: "https", public: "https://visavis.example"}
	for _, c := range []struct {
		l            *listeners
		method, path string
		want         int
	}{
		{with, http.MethodGet, "/trust.json", http.StatusOK},
		{with, http.MethodHead, "/root.cer", http.StatusOK},
		{with, http.MethodPost, "/trust.json", http.StatusMethodNotAllowed},
		{with, http.MethodPost, "/root.cer", http.StatusMethodNotAllowed},
		{with, http.MethodDelete, "/root.cer", http.StatusMethodNotAllowed},
		{with, http.MethodOptions, "/trust.json", http.StatusMethodNotAllowed},
		{with, http.MethodPost, "/", http.StatusTeapot},
		{without, http.MethodPut, "/trust.json", http.StatusMethodNotAllowed},
		{without, http.MethodPost, "/root.cer", http.StatusTeapot},
	} {
		w := httptest.NewRecorder()
		c.l.withRoot(pages).ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), c.method, c.path, nil))
		allow := ""
		if c.want == http.StatusMethodNotAllowed {
			allow = "GET, HEAD"
		}
		if w.Code != c.want || w.Header().Get("Allow") != allow {
			t.Errorf("%s %s: %d, Allow %q; want %d, %q", c.method, c.path, w.Code, w.Header().Get("Allow"), c.want, allow)
		}
	}
}
