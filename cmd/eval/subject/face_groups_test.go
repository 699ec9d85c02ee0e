package subject

import (
	"testing"

	"visavis/capture"
)

func TestFaceGroups(t *testing.T) {
	found := func(n int) capture.Measurements {
		return capture.Measurements{Face: &capture.FaceMeasurements{Count: n}}
	}
	s := &section{}
	countGroups(s, []faceResult{
		{row: Row{"file": "a", "faces": "1", "pose": "frontal"}, m: found(1)},
		{row: Row{"file": "b", "faces": "1", "pose": "about frontal", "note": "low key light"}, m: found(0)},
		{row: Row{"file": "c", "faces": "2", "pose": "frontal"}, m: found(0)},
		{row: Row{"file": "d", "faces": "1", "pose": "yaw large (profile)"}, m: found(1)},
	}, map[string]bool{"a": true, "d": false})
	want := map[string][2]float64{ // share and number
		"face.group_frontal.error": {0.5, 2}, "face.group_frontal.small_error": {0, 1}, "face.group_dim_light.error": {1, 1},
		"face.group_turned.error": {0, 1}, "face.group_turned.small_error": {1, 1},
	}
	for _, f := range s.figures {
		w, ok := want[f.key]
		if !ok || f.value != w[0] || f.n != int(w[1]) {
			t.Errorf("%s: %v of %d, want %v", f.key, f.value, f.n, w)
		}
		delete(want, f.key)
	}
	if len(want) > 0 || len(s.notes) != 1 {
		t.Errorf("missing %v; notes %q", want, s.notes)
	}
}
