package server

import (
	"net/http"
	"strings"

	"visavis/server/assets"
	"visavis/words"
)

// notFound answers an unknown address: a person with a page in their language, any other
// client with one line.
func (s *Server) notFound(w http.ResponseWriter, r *http.Request) {
	if !assets.WantsPage(r) || assets.NotFound(words.Of(r).Tag).Serve(w, r, http.StatusNotFound) != nil {
		http.NotFound(w, r)
	}
}

// page serves one HTML page. Only the phone page may use the camera.
func (s *Server) page(name string, camera bool) http.HandlerFunc {
	policy := noDevices
	if camera {
		policy = strings.Replace(policy, "camera=()", "camera=(self)", 1)
	}
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Permissions-Policy", policy)
		w.Header().Set("Content-Security-Policy", s.pagePolicy("'none'"))
		s.assets.Page(w, r, name)
	}
}

// framed serves a page that other origins may embed. It uses neither camera nor cookie.
func (s *Server) framed(name string, within func(*http.Request) []string) http.HandlerFunc {
	page := s.page(name, false)
	return func(w http.ResponseWriter, r *http.Request) {
		origins := canonicalOrigins(within(r))
		if len(origins) == 0 {
			page(w, r) // which is shown nowhere
			return
		}
		h := w.Header()
		h.Del("X-Frame-Options") // knows no list
		h.Del("Cross-Origin-Opener-Policy")
		h.Set("Cross-Origin-Resource-Policy", "cross-origin")
		h.Set("Permissions-Policy", noDevices)
		h.Set("Content-Security-Policy", s.pagePolicy(strings.Join(origins, " ")))
		s.assets.Page(w, r, name)
	}
}

// shared serves a static file to pages of any origin.
func (s *Server) shared(path string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", "*")
		w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
		of := r.Clone(r.Context())
		of.URL.Path = path
		s.assets.ServeHTTP(w, of)
	}
}

// noDevices denies a page every device permission.
const noDevices = "camera=(), microphone=(), geolocation=(), display-capture=(), accelerometer=(), gyroscope=(), usb=()"

// pagePolicy returns the Content-Security-Policy of a page that ancestors may embed.
func (s *Server) pagePolicy(ancestors string) string {
	return "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; " +
		"media-src 'self' blob:; connect-src 'self'" + s.cfg.socketSources() +
		"; worker-src 'self'; font-src 'self'; form-action 'self'; " +
		"base-uri 'none'; frame-ancestors " + ancestors + "; object-src 'none'; require-trusted-types-for 'script'"
}
