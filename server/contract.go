package server

import (
	"net/http"

	"visavis/protocol/schema"
)

// contract serves the machine-readable description of the protocol, to pages of any
// origin.
func contract() http.Handler {
	files := http.FileServerFS(schema.Files)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "" { // no listing: the two names stand in docs/protocol.md
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.Header().Set("Access-Control-Allow-Origin", "*")
		w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
		w.Header().Set("Cache-Control", "max-age=3600")
		files.ServeHTTP(w, r)
	})
}
