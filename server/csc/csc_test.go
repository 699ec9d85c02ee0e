package csc

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gorilla/mux"

	"visavis/server"
)

// What the server refuses or fails at itself has the standard's two fields under /csc/ too.
func TestRefusalsOfTheServerAreErrorsOfTheStandard(t *testing.T) {
	var refuse func(w http.ResponseWriter, status int, code, text string)
	(&API{}).Routes(mux.NewRouter(), server.Host{
		Refuses: func(path string, write func(http.ResponseWriter, int, string, string)) {
			if path == "/csc/" {
				refuse = write
			}
		},
	})
	for status, want := range map[int]string{
		http.StatusTooManyRequests: unavailable, http.StatusServiceUnavailable: unavailable,
		http.StatusInternalServerError: serverError,
	} {
		w := httptest.NewRecorder()
		refuse(w, status, "some-code", "why")
		var said map[string]string
		if err := json.Unmarshal(w.Body.Bytes(), &said); err != nil || w.Code != status || len(said) != 2 ||
			said["error"] != want || said["error_description"] != "why" {
			t.Errorf("%d %s: %v; want %d with the error %s", w.Code, w.Body, err, status, want)
		}
	}
}
