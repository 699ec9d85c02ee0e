package live

import (
	"cmp"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"visavis/capture"
	"visavis/protocol"
)

// Metrics count the results of sessions and captures, without personal data.
type Metrics struct {
	done     prometheus.Counter
	sessions *prometheus.CounterVec
	verdicts *prometheus.HistogramVec
	hints    *prometheus.CounterVec
	refusals *prometheus.CounterVec

	mu    sync.Mutex           // guards what follows
	ended map[string]time.Time // sessions whose end was counted, and when
}

// NewMetrics registers the counters.
func NewMetrics(to prometheus.Registerer) *Metrics {
	m := &Metrics{
		done: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "visavis_captures_done_total", Help: "Captures with every step accepted."}),
		ended: map[string]time.Time{},
		sessions: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "visavis_sessions_ended_total",
			Help: "Sessions that ended while a desktop of this instance followed, by reason; done: every step accepted.",
		}, []string{"reason"}),
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
	// Series begin at 0, so that an alert rule sees the first event.
	for _, kind := range []string{"preview", "still"} {
		m.verdicts.WithLabelValues(kind)
	}
	m.sessions.WithLabelValues("done")
	m.hints.WithLabelValues("good")
	m.refusals.WithLabelValues(protocol.CodeBusy)
	to.MustRegister(m.done, m.sessions, m.verdicts, m.hints, m.refusals)
	return m
}

// endOnce is how long a counted end is remembered. All tabs learn of it within that time.
const endOnce = time.Minute

// end counts the end of a session once, however many tabs report it. It returns true the
// first time.
func (m *Metrics) end(session, reason string) bool {
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

// kindName names a kind in metrics and traces.
func kindName(kind capture.Kind) string {
	if kind == capture.Still {
		return "still"
	}
	return "preview"
}

func (m *Metrics) judged(kind capture.Kind, took time.Duration, hint capture.Hint) {
	m.verdicts.WithLabelValues(kindName(kind)).Observe(took.Seconds())
	m.hints.WithLabelValues(cmp.Or(string(hint), "good")).Inc()
}

func (m *Metrics) refused(code string) { m.refusals.WithLabelValues(code).Inc() }
