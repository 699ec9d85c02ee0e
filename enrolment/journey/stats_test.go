package journey

import (
	"reflect"
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

func TestAReviewerSeesTheirOwnDecisions(t *testing.T) {
	at := time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC)
	decided := []store.Decided{
		{By: "me", Reference: "AAAAAA", Drawn: at, At: at.Add(time.Minute), Why: "accept"},
		{By: "other", Reference: "BBBBBB", Drawn: at, At: at.Add(time.Second), Why: "refuse: copy"},
		{By: "me", Reference: "CCCCCC", Drawn: at, At: at.Add(5 * time.Minute), Why: "blind refuse: not-original"},
		{By: "me", Reference: "DDDDDD", Drawn: at, At: at.Add(2 * time.Minute), Why: "ask-again"},
	}
	want := Own{Decisions: 3, Accepted: 1, Refused: 1, AskedAgain: 1, Median: 120, Last: []OwnDecision{
		{
			Reference: "CCCCCC", At: at.Add(5 * time.Minute), Verdict: "refuse", Reason: "not-original",
			Blind: true, Took: 300,
		},
		{Reference: "DDDDDD", At: at.Add(2 * time.Minute), Verdict: "ask-again", Took: 120},
		{Reference: "AAAAAA", At: at.Add(time.Minute), Verdict: "accept", Took: 60},
	}}
	if got := ownOf(decided, "me"); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
	if got := ownOf(decided, "nobody"); got.Decisions != 0 || len(got.Last) != 0 || got.Last == nil {
		t.Errorf("nobody decided %+v", got)
	}
	for range ownLines {
		decided = append(decided, store.Decided{By: "me", At: at, Why: "accept"})
	}
	got := ownOf(decided, "me")
	if got.Decisions != ownLines+3 || len(got.Last) != ownLines || got.Last[0].Reference != "CCCCCC" {
		t.Errorf("%d decisions, %d lines, the first %s", got.Decisions, len(got.Last), got.Last[0].Reference)
	}
}
