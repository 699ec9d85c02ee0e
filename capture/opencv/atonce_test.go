package opencv

import (
	"encoding/json"
	"errors"
	"sync"
	"testing"

	"visavis/capture"
)

// One analyzer measures several pictures at the same time, each as it measures it alone. The race
// detector watches this test; the others of this package run without it.
func TestPicturesAreMeasuredAtTheSameTime(t *testing.T) {
	a := evalAnalyzer(t)
	still := plainScene().jpeg(t, capture.Still)
	preview := turnedScene(t)
	selfie := newSmallHead(t, 200)
	frames := []capture.Frame{still, preview, selfie}
	alone := make([]string, len(frames))
	for i, f := range frames {
		alone[i] = measuredText(t, a, f)
	}
	var wait sync.WaitGroup
	for range 2 {
		for i, f := range frames {
			wait.Go(func() {
				if got := measuredText(t, a, f); got != alone[i] {
					t.Errorf("beside others %s\nalone %s", got, alone[i])
				}
			})
		}
	}
	wait.Wait()
}

// turnedScene is a preview that was taken upside down.
func turnedScene(t *testing.T) capture.Frame {
	t.Helper()
	scene := plainScene()
	scene.corners = turned(scene.corners, 180, 1, 0, 0)
	return scene.jpeg(t, capture.Preview)
}

// measuredText is what an analyzer measures, as JSON; "" after an error, which fails the test.
func measuredText(t *testing.T, a *Analyzer, f capture.Frame) string {
	t.Helper()
	m, err := a.Analyze(t.Context(), f)
	m.Took = 0
	b, jsonErr := json.Marshal(m)
	if err := errors.Join(err, jsonErr); err != nil {
		t.Error(err)
		return ""
	}
	return string(b)
}
