package server

import (
	"net/http"
	"strings"

	"github.com/gorilla/mux"

	"visavis/server/assets"
	"visavis/words"
)

// notFound answers an unknown address: a person with a page in their language, any other
// client with one line, or in the form of the path.
func (s *Server) notFound(w http.ResponseWriter, r *http.Request) {
	if s.refusals.refused(w, r, http.StatusNotFound, "not-found", "there is nothing at this address") {
		return
	}
	if !assets.WantsPage(r) || assets.NotFound(words.Of(r).Tag).Serve(w, r, http.StatusNotFound) != nil {
		http.NotFound(w, r)
	}
}

// methods are those that routes are asked for, to tell which an address takes.
var methods = []string{
	http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete,
}

// wrongMethod answers a method that an address does not take, and says which it takes (RFC 9110,
// 15.5.6). A person who opens an address that is only posted to gets a page. A path with a form of its own keeps it.
func (s *Server) wrongMethod(routes *mux.Router) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var allowed []string
		for _, method := range methods {
			asked := r.WithContext(r.Context())
			asked.Method = method
			if match := (mux.RouteMatch{}); routes.Match(asked, &match) && match.MatchErr == nil {
				allowed = append(allowed, method)
			}
		}
		takes := strings.Join(allowed, ", ")
		w.Header().Set("Allow", takes)
		if s.refusals.refused(w, r, http.StatusMethodNotAllowed, "method-not-allowed", "this address takes "+takes) {
			return
		}
		if !assets.WantsPage(r) || assets.NotFound(words.Of(r).Tag).Serve(w, r, http.StatusMethodNotAllowed) != nil {
			http.Error(w, "this address takes "+takes, http.StatusMethodNotAllowed)
		}
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
