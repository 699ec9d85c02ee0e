package server

import (
	"context"
	"errors"
	"net/http"
	"time"

	"visavis/pairing"
)

// StatusFull is the status of /readyz while there is no room for new sessions. A restart
// would not help.
const StatusFull = "store full"

// healthz reports that the process answers.
func (s *Server) healthz(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, map[string]string{"status": "alive"})
}

// readyz reports whether this instance can take new sessions: it is not draining, its
// store answers, its analyzer works.
func (s *Server) readyz(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	status, why := http.StatusOK, map[string]string{"status": "ready"}
	stored := s.cfg.Service.Ping(ctx)
	switch {
	case s.register.isDraining():
		status, why = http.StatusServiceUnavailable, map[string]string{"status": "stopping"}
	case errors.Is(stored, pairing.ErrFull):
		status, why = http.StatusServiceUnavailable, map[string]string{"status": StatusFull}
	case stored != nil:
		status, why = http.StatusServiceUnavailable, map[string]string{"status": "store does not answer"}
	case s.cfg.Enrolments != nil && s.cfg.Enrolments.Ping(ctx) != nil:
		status, why = http.StatusServiceUnavailable, map[string]string{"status": "records do not answer"}
	case s.cfg.AnalyzerReady() != nil:
		status, why = http.StatusServiceUnavailable, map[string]string{"status": "analyzer not ready"}
	}
	writeJSON(w, status, why)
}
