//go:build chaos

package chaos

import (
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

	"visavis/enrolment/store/storetest"
	"visavis/testkit"
)

// TestSlowEvidence puts a quarter of a second between the server and its S3 store, each way, while a
// person goes through a journey, and lets it not answer at all for ten seconds while they
// capture. Whoever pairs meanwhile notices nothing.
func TestSlowEvidence(t *testing.T) {
	t.Setenv("VISAVIS_REQUIRE_S3", "1")
	b := storetest.NewBucket(t)
	at, err := url.Parse(b.URL)
	if err != nil {
		t.Fatal(err)
	}
	q := at.Query()
	way := newFront(t, strings.TrimPrefix(q.Get("endpoint"), "http://"))
	q.Set("endpoint", "http://"+way.addr)
	at.RawQuery = q.Encode()
	addr, data := testkit.FreeAddress(t), t.TempDir()
	newServer(t, addr, "https://"+addr, data, "--evidence-url="+at.String(), "--companion=on")
	quick := newJourney(t, "https://"+addr, 1)
	began := time.Now()
	quick.finish(slack(time.Minute))
	usual := time.Since(began)

	other := pairs(t, "https://"+addr, 1)
	way.delay.Store(int64(250 * time.Millisecond))
	began = time.Now()
	slow := newJourney(t, "https://"+addr, 2)
	slow.finish(slack(5 * time.Minute))
	worst := judgedAfter(t, other, time.Now(), slack(5*time.Second))
	t.Logf("an S3 store that is 250 ms away, each way: the journey took %.1f s, %.1f s without; "+
		"another session's verdict came after %.1f s", time.Since(began).Seconds(), usual.Seconds(), worst.Seconds())

	way.delay.Store(0)
	hung := newJourney(t, "https://"+addr, 3)
	ctx, cancel := context.WithTimeout(t.Context(), slack(time.Minute))
	defer cancel()
	for hung.reached < 2 {
		if _, err := hung.step(ctx); err != nil {
			t.Fatal(err)
		}
	}
	way.stuck.Store(true)
	failed := 0
	for until := time.Now().Add(10 * time.Second); time.Now().Before(until); {
		limited, cancel := context.WithDeadline(ctx, until)
		if _, err := hung.step(limited); err != nil {
			failed++
			_ = pause(ctx, 200*time.Millisecond)
		}
		cancel()
		if hung.reached > 3 {
			t.Fatal("the capture was accepted though nothing can be written")
		}
	}
	worst = judgedAfter(t, other, time.Now(), slack(5*time.Second))
	way.stuck.Store(false)
	way.cut()
	hung.finish(slack(2 * time.Minute))
	if failed == 0 {
		t.Error("no step failed: the store was not taken away")
	}
	verified(t, data, "--evidence-url="+at.String())
	t.Logf("an S3 store that did not answer for 10 s: %d steps refused, nothing acknowledged was lost; "+
		"another session's verdict came after %.1f s", failed, worst.Seconds())
}
