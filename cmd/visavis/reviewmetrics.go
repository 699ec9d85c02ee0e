package main

import (
	"context"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"visavis/enrolment/journey"
)

// statsWithin bounds what one scrape asks of the records.
const statsWithin = 3 * time.Second

// reviewMetrics asks for the review's statistics, and for the files that are owed, once a scrape.
type reviewMetrics struct {
	stats func(context.Context) (journey.Stats, error)
	owed  func(context.Context) (n int, since time.Time, err error)
	log   *slog.Logger
}

var (
	reviewWaiting = prometheus.NewDesc("visavis_review_waiting", "Files that wait for a reviewer.", nil, nil)
	reviewMedian  = prometheus.NewDesc("visavis_review_wait_seconds",
		"Median of the last waits for a decision, in the reviewers' time.", nil, nil)
	reviewBlind = prometheus.NewDesc("visavis_review_blind_looks",
		"Blind second looks that were decided, of the files that are kept.", nil, nil)
	reviewRate = prometheus.NewDesc("visavis_review_disagreement", "Share of the blind second looks that disagreed.", nil,
		nil)
	reviewHasty = prometheus.NewDesc("visavis_review_hasty",
		"Acceptances that came faster than pictures can be seen, of the files that are kept.", nil, nil)
	filesOwed = prometheus.NewDesc("visavis_files_owed",
		"Files of issued certificates whose hand-over nobody acknowledged.", nil, nil)
	filesOwedFor = prometheus.NewDesc("visavis_files_owed_seconds",
		"How long ago the first of them was issued; 0 if there is none.", nil, nil)
)

// Describe implements prometheus.Collector.
func (reviewMetrics) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{reviewWaiting, reviewMedian, reviewBlind, reviewRate, reviewHasty, filesOwed,
		filesOwedFor} {
		out <- d
	}
}

// Collect implements prometheus.Collector.
func (m reviewMetrics) Collect(out chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), statsWithin)
	defer cancel()
	st, err := m.stats(ctx)
	owed, since := 0, time.Time{}
	if err == nil {
		owed, since, err = m.owed(ctx)
	}
	if err != nil {
		m.log.WarnContext(ctx, "statistics of review", "err", err)
		return // a gap says more than a zero
	}
	waits := 0.0
	if owed > 0 {
		waits = max(time.Since(since).Seconds(), 0)
	}
	for d, value := range map[*prometheus.Desc]float64{
		reviewWaiting: float64(st.Waiting), reviewMedian: float64(st.Median), reviewBlind: float64(st.Blind),
		reviewRate: st.Rate, reviewHasty: float64(st.Hasty), filesOwed: float64(owed), filesOwedFor: waits,
	} {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value)
	}
}
