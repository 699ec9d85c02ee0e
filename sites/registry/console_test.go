package registry_test

import (
	"slices"
	"testing"
	"time"

	"visavis/sites"
	"visavis/sites/registry"
)

// A funnel whose verifications are cut reads the events of these, not of all that were before.
func TestAFunnelReadsTheEventsOfWhatItCounts(t *testing.T) {
	postgres.Each(t, func(t *testing.T, url string) {
		h := open(t, url)
		since := h.now.Add(-time.Hour)
		if list, events, err := registry.Newest(h.Registry, t.Context(), h.site.ID, since, 3); err != nil ||
			len(list)+len(events) != 0 {
			t.Errorf("of nothing: %v %v, %v", list, events, err)
		}
		var made []string
		for range 5 {
			h.now = h.now.Add(time.Minute)
			v := h.create(registry.Wish{})
			_, _, err := h.OpenLink(t.Context(), h.Link(v), "")
			h.must(err)
			made = append(made, v.ID)
		}
		for _, most := range []int{1, 3, 5, 9} {
			list, events, err := registry.Newest(h.Registry, t.Context(), h.site.ID, since, most)
			h.must(err)
			want := made[max(len(made)-most, 0):]
			var listed, told []string
			for _, v := range list {
				listed = append([]string{v.ID}, listed...)
			}
			for _, e := range events {
				told = append(told, e.Verification)
			}
			if told = slices.Compact(told); !slices.Equal(listed, want) || !slices.Equal(told, want) {
				t.Errorf("the newest %d are %v with events of %v, want %v", most, listed, told, want)
			}
			if f := sites.FunnelOf(list, events); f.Stages[0].N != len(want) || f.Stages[1].N != len(want) {
				t.Errorf("the newest %d: %+v", most, f.Stages)
			}
		}
	})
}
