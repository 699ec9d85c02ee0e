package outline

import "testing"

// A gap in the outline counts in full where one thing lies across it, for less where
// the document has the colour of its ground, and not where hardly any edge is seen.
func TestGapsInTheOutline(t *testing.T) {
	side := func(gap, inside, outside float64, seen float64) []stretch {
		list := make([]stretch, outlineStretches)
		for i := range list {
			list[i] = stretch{seen, [3]float64{200, 180, 180}, [3]float64{90, 180, 180}}
			if i >= 8 && i < 16 {
				list[i] = stretch{gap, [3]float64{inside, 180, 180}, [3]float64{outside, 180, 180}}
			}
		}
		return list
	}
	tests := []struct {
		name string
		side []stretch
		want float64
	}{
		{"no gap", side(0.9, 200, 90, 0.9), 0},
		{"a finger", side(0.1, 140, 142, 0.9), 0.25},
		{"a hand of two colours", side(0.1, 160, 180, 0.9), 0.125},
		{"a ground as light as the document", side(0.1, 200, 198, 0.9), 0.125},
		{"a ground that is a little lighter", side(0.1, 200, 212, 0.9), 0},
		{"a thing of the document's colour and a shadow", side(0.1, 192, 184, 0.9), 0.125},
		{"a finger on a ground of its colour", side(0.1, 92, 90, 0.9), 0.25},
		{"print of nearly the ground's colour", side(0.1, 185, 178, 0.9), 0.125},
		{"hardly any edge", side(0.1, 140, 142, 0.2), 0},
	}
	for _, tt := range tests {
		if got := longestGap(tt.side); got != tt.want {
			t.Errorf("%s: %.4f, want %.4f", tt.name, got, tt.want)
		}
	}
}
