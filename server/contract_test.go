package server

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"visavis/protocol/schema"
)

// The contract is served as it is stored, to any page; nothing else is there.
func TestTheContractIsServed(t *testing.T) {
	s := httptest.NewServer(http.StripPrefix("/protocol/", contract()))
	defer s.Close()
	for name, want := range map[string]int{
		"/protocol/" + schema.Messages: 200, "/protocol/" + schema.AsyncAPI: 200, "/protocol/": 404,
		"/protocol/schema.go": 404,
	} {
		answer, err := http.Get(s.URL + name)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		if err != nil || answer.StatusCode != want {
			t.Errorf("%s: %d, %v, want %d", name, answer.StatusCode, err, want)
		}
		if want != 200 {
			continue
		}
		stored, err := schema.Files.ReadFile(name[len("/protocol/"):])
		if err != nil || string(stored) != string(body) || answer.Header.Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("%s: not as stored, or not for every page: %v", name, err)
		}
	}
}
