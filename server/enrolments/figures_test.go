package enrolments_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"visavis/enrolment/store"
	"visavis/server/api"
	"visavis/sites"
)

// TestFiguresOfTheAPI measures what `make bench` prints of the API, on both databases, and writes it as JSON into the
// file that VISAVIS_FIGURES names.
func TestFiguresOfTheAPI(t *testing.T) {
	file := os.Getenv("VISAVIS_FIGURES")
	if file == "" {
		t.Skip("SKIPPED: a measurement, by scripts/bench.sh")
	}
	figures := map[string]float64{}
	postgres.Each(t, func(t *testing.T, url string) {
		name := "sqlite"
		if strings.HasPrefix(url, "postgres") {
			name = "postgres"
		}
		p := newPlace(t, url)
		p.calls = 1 << 20
		in := p.start(t, "one")
		h := in.host(t)
		h.createsAgainstInserts(name, figures)
		h.deliversAtOnce(name, figures)
	})
	raw, err := json.Marshal(figures)
	must(t, err)
	must(t, os.WriteFile(file, raw, 0o644))
}

// createsAgainstInserts compares a call that creates a verification with one row in a transaction of its own, by the
// same driver, in turns.
func (h *host) createsAgainstInserts(name string, figures map[string]float64) {
	h.t.Helper()
	const rounds, block = 20, 15
	insert := func(statement string, args ...any) {
		must(h.t, h.in.keeper.Store.InTx(h.t.Context(), func(tx *store.Tx) (err error) {
			if tx.Postgres != nil {
				_, err = tx.Postgres.Exec(h.t.Context(), statement, args...)
			} else {
				_, err = tx.SQLite.ExecContext(h.t.Context(), statement, args...)
			}
			return err
		}))
	}
	insert(`CREATE TABLE bare (id BIGINT PRIMARY KEY, body TEXT NOT NULL)`)
	body := strings.Repeat("x", 1000) // as long as a verification
	var creates, inserts []time.Duration
	for round := range rounds {
		for i := range block {
			begun := time.Now()
			h.create(sites.Identity)
			creates = append(creates, time.Since(begun))
			begun = time.Now()
			insert(`INSERT INTO bare (id, body) VALUES ($1, $2)`, round*block+i, body)
			inserts = append(inserts, time.Since(begun))
		}
	}
	creates, inserts = creates[block:], inserts[block:] // the first round warms up
	for suffix, q := range map[string]float64{"p50": 0.5, "p95": 0.95} {
		figures["api_create_"+name+"_"+suffix+"_ms"] = quantile(creates, q)
		figures["api_insert_"+name+"_"+suffix+"_ms"] = quantile(inserts, q)
	}
	figures["api_create_"+name+"_ratio"] = quantile(creates, 0.5) / quantile(inserts, 0.5)
}

// deliversAtOnce creates 1,000 verifications as fast as it goes, and measures how long after its time each event
// reaches the site's endpoint.
func (h *host) deliversAtOnce(name string, figures map[string]float64) {
	h.t.Helper()
	const all, callers = 1000, 20
	var mu sync.Mutex
	var lags []time.Duration
	var first, last time.Time
	known := map[string]bool{}
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		now := time.Now()
		var m sites.Message
		raw, err := io.ReadAll(r.Body)
		if err == nil {
			err = json.Unmarshal(raw, &m)
		}
		mu.Lock()
		defer mu.Unlock()
		if err != nil {
			h.t.Error(err)
		}
		if !known[m.ID] {
			known[m.ID] = true
			lags = append(lags, now.Sub(m.Timestamp))
			if first.IsZero() {
				first = now
			}
			last = now
		}
	}))
	defer srv.Close()
	h.want(http.StatusCreated, "POST", "/v1/endpoints", map[string]any{"url": srv.URL}, nil)
	work := make(chan int)
	var running sync.WaitGroup
	for range callers {
		running.Go(func() {
			for i := range work {
				var v api.Verification
				res, answer := h.do("POST", "/v1/verifications", map[string]any{"purpose": "identity",
					"reference": fmt.Sprint(i)}, nil)
				if res.StatusCode != http.StatusCreated || json.Unmarshal(answer, &v) != nil {
					h.t.Errorf("%d %s", res.StatusCode, answer)
				}
			}
		})
	}
	begun := time.Now()
	for i := range all {
		work <- i
	}
	close(work)
	running.Wait()
	created := time.Since(begun)
	ctx, cancel := context.WithTimeout(h.t.Context(), 5*time.Minute)
	defer cancel()
	for got := 0; got < all; {
		mu.Lock()
		got = len(lags)
		mu.Unlock()
		select {
		case <-ctx.Done():
			h.t.Fatalf("%d of %d events arrived", got, all)
		case <-time.After(10 * time.Millisecond):
		}
	}
	mu.Lock()
	defer mu.Unlock()
	figures["api_creates_"+name+"_per_s"] = all / created.Seconds()
	figures["events_"+name+"_per_s"] = all / last.Sub(first).Seconds()
	figures["events_"+name+"_lag_p50_ms"] = quantile(lags, 0.5)
	figures["events_"+name+"_lag_p99_ms"] = quantile(lags, 0.99)
}

// quantile is in milliseconds.
func quantile(of []time.Duration, q float64) float64 {
	sorted := slices.Sorted(slices.Values(of))
	return float64(sorted[int(q*float64(len(sorted)-1))].Microseconds()) / 1000
}
