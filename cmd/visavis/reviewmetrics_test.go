package main

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"

	"visavis/enrolment/journey"
)

// scraped returns what a scrape reads, in the text format.
func scraped(t *testing.T, m reviewMetrics) string {
	t.Helper()
	m.log = slog.New(slog.DiscardHandler)
	r := prometheus.NewRegistry()
	if err := r.Register(m); err != nil {
		t.Fatal(err)
	}
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for _, f := range families {
		if _, err := expfmt.MetricFamilyToText(&text, f); err != nil {
			t.Fatal(err)
		}
	}
	return text.String()
}

// What cannot be counted leaves the other figures as they are.
func TestOneCountThatFailsLeavesTheOther(t *testing.T) {
	fails := errors.New("no answer")
	noFiles := scraped(t, reviewMetrics{
		stats: func(context.Context) (journey.Stats, error) { return journey.Stats{Waiting: 4}, nil },
		owed:  func(context.Context) (int, time.Time, error) { return 0, time.Time{}, fails },
	})
	if !strings.Contains(noFiles, "\nvisavis_review_waiting 4\n") || strings.Contains(noFiles, "visavis_files_owed") {
		t.Errorf("the count of owed files fails: %s", noFiles)
	}
	noReview := scraped(t, reviewMetrics{
		stats: func(context.Context) (journey.Stats, error) { return journey.Stats{}, fails },
		owed:  func(context.Context) (int, time.Time, error) { return 2, time.Now(), nil },
	})
	if !strings.Contains(noReview, "\nvisavis_files_owed 2\n") || strings.Contains(noReview, "visavis_review") {
		t.Errorf("the statistics of review fail: %s", noReview)
	}
}

// The files that are owed are counted, with the age of the first.
func TestOwedFilesAreMetrics(t *testing.T) {
	read := func(n int, since time.Time) string {
		t.Helper()
		return scraped(t, reviewMetrics{
			stats: func(context.Context) (journey.Stats, error) { return journey.Stats{}, nil },
			owed:  func(context.Context) (int, time.Time, error) { return n, since, nil },
		})
	}
	if got := read(0, time.Time{}); !strings.Contains(got, "\nvisavis_files_owed 0\n") ||
		!strings.Contains(got, "\nvisavis_files_owed_seconds 0\n") {
		t.Errorf("none owed: %s", got)
	}
	if got := read(3, time.Now().Add(-1e6*time.Second)); !strings.Contains(got, "\nvisavis_files_owed 3\n") ||
		!strings.Contains(got, "\nvisavis_files_owed_seconds 1.0000") {
		t.Errorf("three owed, the first for a million seconds: %s", got)
	}
}
