package sites

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

func TestAFunnelSaysWhoStopsWhere(t *testing.T) {
	t0 := time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC)
	var list []Verification
	var events []Event
	add := func(status Status, reason Reason, browser string, steps ...EventType) {
		v := Verification{ID: fmt.Sprint("ver_", len(list)), CreatedAt: t0, Status: status, Reason: reason}
		if browser != "" {
			v.Phone = Phone{browser, t0.Add(2 * time.Minute)}
		}
		for i, step := range steps {
			events = append(
				events,
				Event{
					Type:         step,
					Reason:       reason,
					Verification: v.ID,
					At:           t0.Add(time.Duration(i+1) * time.Minute * time.Duration(len(list)+1)),
				},
			)
		}
		list = append(list, v)
	}
	const iphone, android = "iPhone, Safari", "Android, Chrome"
	for range 20 {
		add(Verified, "", iphone, LinkOpened, EventOf(Capturing), EventOf(Verifying), EventOf(ToConfirm), EventOf(Verified))
	}
	add(Refused, OtherPerson, android, LinkOpened, EventOf(Capturing), EventOf(Verifying), EventOf(Refused))
	add(RequiresInput, CaptureFailed, android, LinkOpened, EventOf(Capturing), EventOf(RequiresInput))
	add(Expired, Abandoned, "", LinkOpened)
	add(Expired, Abandoned, "")
	add(Created, "", "")
	add(Verified, "", "", EventOf(Verified)) // played: what lies before counts as reached
	events = append(events, Event{Type: LinkOpened, Verification: "ver_of_another_time", At: t0})

	f := FunnelOf(list, events)
	var n []int
	for _, s := range f.Stages {
		n = append(n, s.N)
	}
	if want := []int{26, 24, 23, 22, 22, 21}; !slices.Equal(n, want) {
		t.Errorf("stages %v, want %v", n, want)
	}
	if f.Open != 1 || len(f.Stops) != 4 {
		t.Errorf("open %d, stops %+v", f.Open, f.Stops)
	}
	if want := (Stop{StageScanned, RequiresInput, CaptureFailed, android, 1}); !slices.Contains(f.Stops, want) {
		t.Errorf("stops %+v, want %+v", f.Stops, want)
	}
	if want := (PhoneCount{android, 2, 1, 0}); len(f.Phones) != 2 || f.Phones[0].Phone != iphone || f.Phones[1] != want {
		t.Errorf("phones %+v", f.Phones)
	}
	last := f.Times[len(f.Times)-1]
	if last.From != StageStarted || last.To != StageVerified || last.N != 21 || last.Median != 5*10*60 ||
		last.P95 != 5*19*60 {
		t.Errorf("times %+v", last)
	}
	if empty := FunnelOf(
		nil,
		events,
	); len(empty.Stages) != 6 || empty.Stages[0].N != 0 || empty.Stops == nil ||
		len(empty.Times) != 0 {
		t.Errorf("of nothing: %+v", empty)
	}
}
