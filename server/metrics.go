package server

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"visavis/limits"
	"visavis/server/live"
)

// metrics are the counters of one server, without personal data.
type metrics struct {
	registry    *prometheus.Registry
	opened      prometheus.Counter
	connections *prometheus.CounterVec
}

func newMetrics(reg *register) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		opened: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "visavis_sessions_opened_total", Help: "Sessions opened."}),
		connections: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "visavis_connections_ended_total", Help: "Sockets ended, by role and close code (0: lost).",
		}, []string{"role", "code"}),
	}
	for _, role := range []string{live.RoleDesktop, live.RolePhone} {
		m.connections.WithLabelValues(role, "0") // begins at 0, so that an alert rule sees the first one
	}
	open := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "visavis_connections_open", Help: "Open sockets and event streams."},
		func() float64 { return float64(reg.len()) })
	for _, row := range limits.All() {
		m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "visavis_limit_refused_total", Help: "Refusals by limit; docs/security.md has the table.",
			ConstLabels: prometheus.Labels{"limit": row.Name},
		}, func() float64 { return float64(limits.Refusals(row.Limit)) }))
	}
	m.registry.MustRegister(m.opened, m.connections, open,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{DisableCompression: true})
}

// Metrics serves the metrics in Prometheus's text format, without authentication. Serve
// it on a listener that is not public. On the public port it requires
// Config.MetricsToken.
func (s *Server) Metrics() http.Handler { return s.metrics.handler() }

// withToken requires the token as a bearer (RFC 6750) and answers 401 otherwise.
func withToken(token string, next http.Handler) http.Handler {
	want := sha256.Sum256([]byte("Bearer " + token))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got := sha256.Sum256([]byte(r.Header.Get("Authorization")))
		if subtle.ConstantTimeCompare(got[:], want[:]) != 1 {
			w.Header().Set("WWW-Authenticate", `Bearer realm="metrics"`)
			http.Error(w, "metrics: send the token of --metrics-token as Authorization: Bearer", http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// Registry lets the program add its own metrics, such as worker restarts.
func (s *Server) Registry() prometheus.Registerer { return s.metrics.registry }

func (m *metrics) closed(role string, end *live.Ending) {
	code := 0
	if end != nil {
		code = int(end.Code)
	}
	m.connections.WithLabelValues(role, strconv.Itoa(code)).Inc()
}
