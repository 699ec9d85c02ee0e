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
	values := map[*prometheus.Desc]float64{} // what cannot be counted is left out: a gap says more than a zero
	if st, err := m.stats(ctx); err != nil {
		m.log.WarnContext(ctx, "statistics of review", "err", err)
	} else {
		values[reviewWaiting], values[reviewMedian] = float64(st.Waiting), float64(st.Median)
		values[reviewBlind], values[reviewRate], values[reviewHasty] = float64(st.Blind), st.Rate, float64(st.Hasty)
	}
	if owed, since, err := m.owed(ctx); err != nil {
		m.log.WarnContext(ctx, "count of owed files", "err", err)
	} else {
		values[filesOwed], values[filesOwedFor] = float64(owed), 0
		if owed > 0 {
			values[filesOwedFor] = max(time.Since(since).Seconds(), 0)
		}
	}
	for d, value := range values {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value)
	}
}
