package sites

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// Stage is how far a verification came.
type Stage string

// The stages, in their order.
const (
	StageStarted  Stage = "started"  // the site made it
	StageOpened   Stage = "opened"   // its person opened the link
	StageScanned  Stage = "scanned"  // a phone joined
	StageCaptured Stage = "captured" // every picture is there
	StageReviewed Stage = "reviewed" // somebody or the machine has decided
	StageVerified Stage = "verified"
)

// Stages returns the stages in their order.
func Stages() []Stage {
	return []Stage{StageStarted, StageOpened, StageScanned, StageCaptured, StageReviewed, StageVerified}
}

// Funnel says how many verifications came how far, and where the others stopped. It
// holds no personal data.
type Funnel struct {
	Stages []StageCount `json:"stages"`
	Stops  []Stop       `json:"stops"`  // the most frequent first
	Phones []PhoneCount `json:"phones"` // the most frequent first
	Times  []Span       `json:"times"`
	// Open counts verifications that are neither final nor stopped.
	Open int `json:"open"`
}

// StageCount is how many came to a stage or further.
type StageCount struct {
	Stage Stage `json:"stage"`
	N     int   `json:"n"`
}

// Stop is where and why verifications stopped, and on which phone browser.
type Stop struct {
	Stage  Stage  `json:"stage"`
	Status Status `json:"status"`
	Reason Reason `json:"reason,omitempty"`
	Phone  string `json:"phone,omitempty"`
	N      int    `json:"n"`
}

// PhoneCount is how far verifications came with a phone browser.
type PhoneCount struct {
	Phone    string `json:"phone"` // empty: one that is not known
	Scanned  int    `json:"scanned"`
	Captured int    `json:"captured"`
	Verified int    `json:"verified"`
}

// Span is how long verifications took from one stage to another, in seconds.
type Span struct {
	From   Stage   `json:"from"`
	To     Stage   `json:"to"`
	N      int     `json:"n"`
	Median float64 `json:"median"`
	P95    float64 `json:"p95"`
}

// spans are the stages between which times are taken.
var spans = [][2]Stage{
	{
		StageStarted,
		StageOpened,
	},
	{StageOpened, StageScanned},
	{StageScanned, StageCaptured},
	{StageCaptured, StageReviewed},
	{StageStarted, StageVerified},
}

// reached returns the stage that an event shows; empty if none.
func reached(e Event) Stage {
	switch {
	case e.Type == LinkOpened:
		return StageOpened
	case e.Type == EventOf(Verifying):
		return StageCaptured
	case e.Type == EventOf(Verified):
		return StageVerified
	case e.Type == EventOf(ToConfirm) && e.Reason != TermsOpen, e.Type == EventOf(Refused),
		e.Type == EventOf(RequiresInput) && e.Reason != CaptureFailed && e.Reason != DataDisputed:
		return StageReviewed
	}
	return ""
}

// FunnelOf counts verifications. events are theirs in their order; others are ignored.
func FunnelOf(list []Verification, events []Event) Funnel {
	at := make(map[string]map[Stage]time.Time, len(list))
	for _, v := range list {
		at[v.ID] = map[Stage]time.Time{StageStarted: v.CreatedAt}
		if !v.Phone.JoinedAt.IsZero() {
			at[v.ID][StageScanned] = v.Phone.JoinedAt
		}
	}
	for _, e := range events {
		stage := reached(e)
		times, known := at[e.Verification]
		if _, before := times[stage]; known && stage != "" && !before {
			times[stage] = e.At
		}
	}
	var f Funnel
	counts, stops, phones := map[Stage]int{}, map[Stop]int{}, map[string]*PhoneCount{}
	for _, v := range list {
		furthest := 0
		for i, stage := range Stages() {
			if _, ok := at[v.ID][stage]; ok {
				furthest = i
			}
		}
		for _, stage := range Stages()[:furthest+1] {
			counts[stage]++
		}
		switch {
		case v.Status == RequiresInput, v.Status.Final() && v.Status != Verified && v.Status != Redacted:
			stops[Stop{Stage: Stages()[furthest], Status: v.Status, Reason: v.Reason, Phone: v.Phone.Browser}]++
		case !v.Status.Final():
			f.Open++
		}
		if !v.Phone.JoinedAt.IsZero() {
			countPhone(phones, v.Phone.Browser, furthest)
		}
	}
	for _, stage := range Stages() {
		f.Stages = append(f.Stages, StageCount{stage, counts[stage]})
	}
	f.Stops = []Stop{}
	for s, n := range stops {
		s.N = n
		f.Stops = append(f.Stops, s)
	}
	slices.SortFunc(f.Stops, func(a, b Stop) int {
		return cmp.Or(
			cmp.Compare(b.N, a.N),
			cmp.Compare(a.Stage, b.Stage),
			cmp.Compare(a.Reason, b.Reason),
			cmp.Compare(a.Phone, b.Phone),
			cmp.Compare(a.Status, b.Status),
		)
	})
	f.Phones = []PhoneCount{}
	for _, p := range phones {
		f.Phones = append(f.Phones, *p)
	}
	slices.SortFunc(f.Phones, func(a, b PhoneCount) int {
		return cmp.Or(cmp.Compare(b.Scanned, a.Scanned), cmp.Compare(a.Phone, b.Phone))
	})
	f.Times = spansOf(at)
	return f
}

func countPhone(phones map[string]*PhoneCount, browser string, furthest int) {
	p := phones[browser]
	if p == nil {
		p = &PhoneCount{Phone: browser}
		phones[browser] = p
	}
	p.Scanned++
	if furthest >= slices.Index(Stages(), StageCaptured) {
		p.Captured++
	}
	if furthest >= slices.Index(Stages(), StageVerified) {
		p.Verified++
	}
}

func spansOf(at map[string]map[Stage]time.Time) []Span {
	out := []Span{}
	for _, s := range spans {
		var took []float64
		for _, times := range at {
			from, ok := times[s[0]]
			to, done := times[s[1]]
			if ok && done && !to.Before(from) {
				took = append(took, to.Sub(from).Seconds())
			}
		}
		if len(took) > 0 {
			slices.Sort(took)
			out = append(out, Span{s[0], s[1], len(took), rank(took, 0.5), rank(took, 0.95)})
		}
	}
	return out
}

// rank returns the nearest-rank percentile of sorted values.
func rank(sorted []float64, p float64) float64 {
	return sorted[max(int(math.Ceil(p*float64(len(sorted))))-1, 0)]
}
