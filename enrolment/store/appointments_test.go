package store_test

import (
	"context"
	"fmt"
	"maps"
	"testing"
	"time"

	"visavis/enrolment"
	"visavis/enrolment/store"
)

func appointments(t *testing.T, s *store.Store) {
	slot := t0.Add(24 * time.Hour)
	set := func(id string, at time.Time) {
		t.Helper()
		inTx(t, s, func(ctx context.Context, tx *store.Tx) error {
			if at.IsZero() {
				return tx.SetAppointment(ctx, id, nil)
			}
			return tx.SetAppointment(ctx, id, &enrolment.Appointment{At: at, Minutes: 20})
		})
	}
	counted := func(but string, want map[time.Time]int) {
		t.Helper()
		inTx(t, s, func(ctx context.Context, tx *store.Tx) error {
			got := map[time.Time]int{}
			list, err := tx.Booked(ctx, slot, slot.Add(time.Hour), but)
			for _, a := range list {
				if got[a.At]++; a.Minutes != 20 {
					t.Errorf("an appointment of %d minutes, want 20", a.Minutes)
				}
			}
			if err != nil || !maps.Equal(got, want) {
				t.Errorf("booked %v, %v, want %v", got, err, want)
			}
			return nil
		})
	}
	create(t, s, record("a"), record("b"), record("c"), record("d"))
	for _, id := range []string{"d", "b", "a"} {
		set(id, slot)
	}
	set("c", slot.Add(time.Hour)) // the end of the range is outside
	counted("", map[time.Time]int{slot.UTC(): 3})
	counted("a", map[time.Time]int{slot.UTC(): 2})
	set("b", slot.Add(20*time.Minute))
	early := slot.Add(-20 * time.Minute)
	set("d", early) // over when the range begins
	counted("", map[time.Time]int{slot.UTC(): 1, slot.Add(20 * time.Minute).UTC(): 1})
	set("d", early.Add(time.Nanosecond)) // reaches into it
	counted("", map[time.Time]int{early.Add(time.Nanosecond).UTC(): 1, slot.UTC(): 1, slot.Add(20 * time.Minute).UTC(): 1})
	set("d", time.Time{})
	set("d", time.Time{}) // nothing to free
	counted("", map[time.Time]int{slot.UTC(): 1, slot.Add(20 * time.Minute).UTC(): 1})
	inTx(t, s, func(ctx context.Context, tx *store.Tx) error { return tx.Delete(ctx, "a") })
	counted("", map[time.Time]int{slot.Add(20 * time.Minute).UTC(): 1})
	inTx(t, s, func(ctx context.Context, tx *store.Tx) error {
		for from, want := range map[time.Time]string{
			slot: "[b c]", slot.Add(time.Hour): "[c]", slot.Add(2 * time.Hour): "[]",
		} {
			list, err := tx.WithAppointments(ctx, from, 10)
			if got := ids(list); err != nil || fmt.Sprint(got) != want {
				t.Errorf("from %v: %v, %v, want %s", from, got, err, want)
			}
		}
		list, err := tx.WithAppointments(ctx, slot, 1)
		if err != nil || len(list) != 1 {
			t.Errorf("one of the list: %v, %v", ids(list), err)
		}
		return nil
	})
}
