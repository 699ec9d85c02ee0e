package journey

import (
	"testing"
	"time"

	"visavis/enrolment/store"
)

func TestWhoAcceptsWithoutLookingStandsOut(t *testing.T) {
	at := time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC)
	var decided []store.Decided
	add := func(by, why string, took time.Duration, times int) {
		for range times {
			decided = append(decided, store.Decided{By: by, Drawn: at, At: at.Add(took), Why: why})
		}
	}
	add("quick", "accept", 5*time.Second, 3)
	add("quick", "blind accept", 5*time.Second, 1)
	add("quick", "refuse: copy", time.Second, 1)
	add("yes", "accept", hasty, manyDecisions)
	add("few", "accept", time.Minute, manyDecisions-1)
	add("careful", "accept", time.Minute, manyDecisions)
	add("careful", "ask-again", time.Minute, 1)
	want := []ReviewerStats{
		{"careful", manyDecisions + 1, manyDecisions, 0, false}, {"few", manyDecisions - 1, manyDecisions - 1, 0, false},
		{"quick", 5, 4, 4, false}, {"yes", manyDecisions, manyDecisions, 0, true},
	}
	got := reviewerStats(decided)
	if len(got) != len(want) {
		t.Fatalf("%+v", got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%+v, want %+v", got[i], want[i])
		}
	}
}
