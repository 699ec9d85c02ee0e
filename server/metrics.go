package server

import (
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"visavis/capture"
)

// metrics are the counters of one server; nothing personal is in them.
type metrics struct {
	registry    *prometheus.Registry
	opened      prometheus.Counter
	done        prometheus.Counter
	sessions    *prometheus.CounterVec
	connections *prometheus.CounterVec
	verdicts    *prometheus.HistogramVec
	hints       *prometheus.CounterVec
	refusals    *prometheus.CounterVec

	mu    sync.Mutex           // guards what follows
	ended map[string]time.Time // sessions whose end was counted, and when
}

func newMetrics(reg *register) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		opened:   prometheus.NewCounter(prometheus.CounterOpts{Name: "visavis_sessions_opened_total", Help: "Sessions opened."}),
		done:     prometheus.NewCounter(prometheus.CounterOpts{Name: "visavis_captures_done_total", Help: "Captures with every step accepted."}),
		ended:    map[string]time.Time{},
		sessions: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "visavis_sessions_ended_total", Help: "Sessions that ended while a desktop of this instance followed, by reason; done: every step accepted.",
		}, []string{"reason"}),
		connections: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "visavis_connections_ended_total", Help: "Sockets ended, by role and close code (0: lost).",
		}, []string{"role", "code"}),
		verdicts: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "visavis_verdict_seconds", Help: "Time from a frame's arrival to its answer.",
			Buckets: []float64{.005, .01, .02, .05, .1, .2, .4, .8, 1.6, 3.2},
		}, []string{"kind"}),
		hints: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "visavis_hints_total", Help: "Hints given, by code; good: none.",
		}, []string{"hint"}),
		refusals: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "visavis_frames_refused_total", Help: "Frames that were not judged, by code.",
		}, []string{"code"}),
	}
	open := prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "visavis_connections_open", Help: "Open sockets and event streams."},
		func() float64 { return float64(reg.len()) })
	m.registry.MustRegister(m.opened, m.done, m.sessions, m.connections, m.verdicts, m.hints, m.refusals, open,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{DisableCompression: true})
}

// Registry lets the program add counters of its own, such as worker restarts.
func (s *Server) Registry() prometheus.Registerer { return s.metrics.registry }

func (m *metrics) closed(role string, end *ending) {
	code := 0
	if end != nil {
		code = int(end.code)
	}
	m.connections.WithLabelValues(role, strconv.Itoa(code)).Inc()
}

// endOnce is how long a counted end is remembered: all tabs hear of it within it.
const endOnce = time.Minute

// end counts the end of a session once, however many tabs saw it; true the first
// time.
func (m *metrics) end(session, reason string) bool {
	now := time.Now()
	m.mu.Lock()
	defer m.mu.Unlock()
	for id, at := range m.ended {
		if now.Sub(at) > endOnce {
			delete(m.ended, id)
		}
	}
	if _, counted := m.ended[session]; counted {
		return false
	}
	m.ended[session] = now
	m.sessions.WithLabelValues(reason).Inc()
	return true
}

func (m *metrics) judged(kind capture.Kind, took time.Duration, hint capture.Hint) {
	name := "preview"
	if kind == capture.Still {
		name = "still"
	}
	m.verdicts.WithLabelValues(name).Observe(took.Seconds())
	m.hints.WithLabelValues(or(string(hint), "good")).Inc()
}

func (m *metrics) refused(code string) { m.refusals.WithLabelValues(code).Inc() }
