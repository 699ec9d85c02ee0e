package server

import (
	"net/http"
	"strings"
)

// page serves one HTML page. Only the phone page may use the camera.
func (s *Server) page(name string, camera bool) http.HandlerFunc {
	policy := "camera=(), microphone=(), geolocation=(), display-capture=(), accelerometer=(), gyroscope=(), usb=()"
	if camera {
		policy = strings.Replace(policy, "camera=()", "camera=(self)", 1)
	}
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Permissions-Policy", policy)
		w.Header().Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "+
			"media-src 'self' blob:; connect-src 'self'"+s.socketSources(r)+"; worker-src 'self'; font-src 'self'; form-action 'self'; "+
			"base-uri 'none'; frame-ancestors 'none'; object-src 'none'; require-trusted-types-for 'script'")
		s.assets.Page(w, r, name)
	}
}
