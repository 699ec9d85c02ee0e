package enrolments_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"visavis/enrolment"
	"visavis/enrolment/store"
)

// waiting adds files that wait for a reviewer, with these beginnings of their ids.
func (in *instance) waiting(t *testing.T, files int, prefix, owner string) {
	t.Helper()
	must(t, in.keeper.Store.InTx(t.Context(), func(tx *store.Tx) error {
		for n := range files {
			r := enrolment.New(fmt.Sprint(prefix, n), fmt.Sprint("R", prefix, n), owner, "fr",
				enrolment.Declaration{Surname: "Specimen"}, time.Now())
			r.State = enrolment.Review
			if err := in.keeper.Create(t.Context(), tx, r); err != nil {
				return err
			}
		}
		return nil
	}))
}

// queue is a reviewer's list, and what a draw answers.
type queue struct {
	Waiting int
	Drawn   *struct{ ID string }
}

func (b *browser) draws() string {
	b.t.Helper()
	var q queue
	b.want(http.StatusOK, "POST", "/api/review/draw", nil, &q)
	if q.Drawn == nil {
		return ""
	}
	return q.Drawn.ID
}

// More files wait than a draw chooses among: all are counted, and a reviewer keeps what they hold.
func TestALongQueueIsCountedAndAReviewerKeepsTheirFile(t *testing.T) {
	in := sqlitePlace(t).start(t, "one")
	const files = 600
	in.waiting(t, files, "waits-", "somebody")
	one, two := in.browser(t, "reviewer-1"), in.browser(t, "reviewer-2")
	held := one.draws()
	for range 3 {
		var q queue
		one.want(http.StatusOK, "GET", "/api/review", nil, &q)
		if q.Waiting != files || q.Drawn == nil || q.Drawn.ID != held || held == "" {
			t.Fatalf("the list has %+v, want %d and %s", q, files, held)
		}
		if again := one.draws(); again != held {
			t.Fatalf("a second draw gives %s, the reviewer holds %s", again, held)
		}
	}
	if other := two.draws(); other == held || other == "" {
		t.Errorf("another reviewer draws %q, the first holds %s", other, held)
	}
	var q queue
	in.browser(t, "reviewer-3").want(http.StatusOK, "GET", "/api/review", nil, &q)
	if q.Waiting != files || q.Drawn != nil {
		t.Errorf("who holds nothing sees %+v", q)
	}
}

// Whoever may get one file of many gets that one, and nobody their own.
func TestADrawFindsTheOneFileThatAReviewerMayGet(t *testing.T) {
	in := sqlitePlace(t).start(t, "one")
	one := in.browser(t, "reviewer-1")
	in.waiting(t, 40, "own-", "demo:reviewer-1")
	if drawn := one.draws(); drawn != "" {
		t.Fatalf("drawn %q, the reviewer's own", drawn)
	}
	in.waiting(t, 1, "waits-", "somebody")
	for range 3 {
		if drawn := one.draws(); drawn != "waits-0" {
			t.Fatalf("drawn %q, all others are the reviewer's own", drawn)
		}
		one.want(http.StatusOK, "POST", "/api/review/waits-0/put-back", nil, nil)
	}
}
