package face

import "testing"

func TestFacesOfAGroupAreCounted(t *testing.T) {
	portrait := detection{x: 40, y: 60, w: 80, h: 110, score: 0.9}
	ghost := detection{x: 240, y: 100, w: 40, h: 55, score: 0.9}            // half as large
	print := detection{x: 150, y: 60, w: 80, h: 110, score: 0.45}           // hardly a face
	turned := detection{x: 300, y: 60, w: 110, h: 80, score: 0.9, turns: 2} // of another way up
	next := detection{x: 340, y: 60, w: 60, h: 82, score: 0.7}
	for _, tt := range []struct {
		name string
		all  []detection
		want int
	}{
		{"alone", []detection{portrait}, 0},
		{"a ghost, print and a turned one", []detection{portrait, ghost, print, turned}, 0},
		{"two beside it", []detection{next, portrait, {x: 420, y: 60, w: 82, h: 108, score: 0.8}}, 2},
	} {
		if n := othersLike(portrait, tt.all, groupScore); n != tt.want {
			t.Errorf("%s: %d others, want %d", tt.name, n, tt.want)
		}
	}
}
