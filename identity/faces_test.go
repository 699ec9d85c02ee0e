package identity

import (
	"math"
	"testing"
)

func TestLikenessAtTheLimits(t *testing.T) {
	l := DefaultFaceLimits()
	for _, c := range []struct {
		score FaceScore
		want  Likeness
	}{
		{FaceScore{1, true, true}, SameFace},
		{FaceScore{l.Same, true, true}, SameFace},
		{FaceScore{math.Nextafter(l.Same, -1), true, true}, DoubtfulFace},
		{FaceScore{l.Other, true, true}, DoubtfulFace},
		{FaceScore{math.Nextafter(l.Other, -1), true, true}, OtherFace},
		{FaceScore{-1, true, true}, OtherFace},
		{FaceScore{0, true, false}, NoFace},
		{FaceScore{0, false, true}, NoFace},
	} {
		if got := l.Likeness(c.score); got != c.want {
			t.Errorf("%+v is %q, want %q", c.score, got, c.want)
		}
	}
}
