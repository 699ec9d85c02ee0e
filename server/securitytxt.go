package server

import (
	"net/http"
	"strings"
	"time"
)

// securityTextPath is where who finds a weakness looks for whom to tell (RFC 9116, 3).
const securityTextPath = "/.well-known/security.txt"

// securityTextLasts is how long security.txt stands from the day it is asked for: long enough to be
// copied, well below the year that RFC 9116, 2.5.5 names. A server that still runs renews it each day.
const securityTextLasts = 90 * 24 * time.Hour

// securityText answers with the contacts for weaknesses (RFC 9116).
func (s *Server) securityText(w http.ResponseWriter, _ *http.Request) {
	day := s.cfg.Service.Now().UTC().Truncate(24 * time.Hour)
	var b strings.Builder
	for _, contact := range s.cfg.SecurityContacts {
		b.WriteString("Contact: " + contact + "\n")
	}
	b.WriteString("Expires: " + day.Add(securityTextLasts).Format(time.RFC3339) + "\n")
	if origin := s.cfg.Origin(); strings.HasPrefix(origin, "https://") {
		b.WriteString("Canonical: " + origin + securityTextPath + "\n")
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "public, max-age=86400")
	_, _ = w.Write([]byte(b.String())) // the client is gone
}
