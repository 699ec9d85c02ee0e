package worker

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"visavis/capture"
)

func TestAPictureThatCostTwoWorkersIsRefused(t *testing.T) {
	p := newPool(t, 1, nil)
	for range deathsAllowed {
		if _, err := p.Analyze(t.Context(), picture(t, seqCrash)); !errors.Is(err, capture.ErrBusy) {
			t.Fatalf("got %v, want ErrBusy", err)
		}
	}
	_, err := p.Analyze(t.Context(), picture(t, seqCrash))
	var refused *capture.FrameError
	if !errors.As(err, &refused) || refused.Code != "bad-image" {
		t.Errorf("a third time: %v, want bad-image", err)
	}
	if s := p.Stats(); s.Restarts > deathsAllowed {
		t.Errorf("%+v, want no third worker lost", s)
	}
}

func TestQuarantineForgets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var q quarantine
		bad := []byte("bad")
		q.note(bad)
		if err := q.check(bad); err != nil {
			t.Errorf("after one death: %v", err)
		}
		q.note(bad)
		if q.check(bad) == nil || q.check([]byte("good")) != nil {
			t.Error("after two deaths: the bad one passes or a good one does not")
		}
		time.Sleep(quarantineTime + time.Second)
		if err := q.check(bad); err != nil {
			t.Errorf("after its time: %v", err)
		}
		q.note(bad)
		q.note(bad)
		for i := range quarantineCount {
			q.note([]byte{byte(i)})
		}
		if err := q.check(bad); err != nil {
			t.Errorf("after %d others: %v", quarantineCount, err)
		}
	})
}
