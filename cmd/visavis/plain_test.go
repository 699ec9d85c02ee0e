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
