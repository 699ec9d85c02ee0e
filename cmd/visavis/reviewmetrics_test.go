package main

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"

	"visavis/enrolment/journey"
)

// The files that are owed are counted, with the age of the first.
func TestOwedFilesAreMetrics(t *testing.T) {
	read := func(n int, since time.Time) string {
		t.Helper()
		r := prometheus.NewRegistry()
		if err := r.Register(reviewMetrics{
			stats: func(context.Context) (journey.Stats, error) { return journey.Stats{}, nil },
			owed:  func(context.Context) (int, time.Time, error) { return n, since, nil },
			log:   slog.New(slog.DiscardHandler),
		}); err != nil {
			t.Fatal(err)
		}
		families, err := r.Gather()
		if err != nil {
			t.Fatal(err)
		}
		var text strings.Builder
		for _, f := range families {
			if strings.HasPrefix(f.GetName(), "visavis_files_owed") {
				if _, err := expfmt.MetricFamilyToText(&text, f); err != nil {
					t.Fatal(err)
				}
			}
		}
		return text.String()
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
