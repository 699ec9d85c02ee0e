package print

import "testing"

// Ink is computed without a division, to the same level.
func TestInkIsWhatAPixelLacksToThePaper(t *testing.T) {
	inverses := inversesOf()
	for v := range 256 {
		for paper := range 256 {
			want := uint8(255 - min(255, v*255/max(1, paper)))
			if got := inkOf(uint8(v), uint8(paper), &inverses); got != want {
				t.Fatalf("a pixel of %d on paper of %d: %d, want %d", v, paper, got, want)
			}
		}
	}
}
