package compose

import (
	"context"
	"errors"
	"testing"

	"visavis/capture"
)

// busy is an engine without time for so many pictures.
type busy struct{ left, asked int }

func (b *busy) Analyze(context.Context, capture.Frame) (capture.Measurements, error) {
	if b.asked++; b.asked <= b.left {
		return capture.Measurements{}, capture.ErrBusy
	}
	return capture.Measurements{Document: &capture.DocumentMeasurements{Found: true}}, nil
}

func TestABusyMachineIsAskedAgainSomeTimes(t *testing.T) {
	picture, _, err := Composer{Seed: 7}.Taken(3, card("a"), card("a"), Holding{})
	if err != nil {
		t.Fatal(err)
	}
	for left, asked := range map[int]int{0: 1, 2: 3, busyTries: busyTries + 1, 100: busyTries + 1} {
		b := &busy{left: left}
		m, err := Measured(t.Context(), b, capture.DocumentFront, capture.Preview, capture.IdentityCard, picture.JPEG)
		if fine := left <= busyTries; b.asked != asked || fine != (err == nil && m.Document != nil) ||
			!fine && !errors.Is(err, capture.ErrBusy) {
			t.Errorf("busy %d times: asked %d times, want %d; %v", left, b.asked, asked, err)
		}
	}
}
