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
		{FaceScore{Score: 1, FoundA: true, FoundB: true}, SameFace},
		{FaceScore{Score: l.Same, FoundA: true, FoundB: true}, SameFace},
		{FaceScore{Score: math.Nextafter(l.Same, -1), FoundA: true, FoundB: true}, DoubtfulFace},
		{FaceScore{Score: l.Other, FoundA: true, FoundB: true}, DoubtfulFace},
		{FaceScore{Score: math.Nextafter(l.Other, -1), FoundA: true, FoundB: true}, OtherFace},
		{FaceScore{Score: -1, FoundA: true, FoundB: true}, OtherFace},
		{FaceScore{Score: 0, FoundA: true, FoundB: false}, NoFace},
		{FaceScore{Score: 0, FoundA: false, FoundB: true}, NoFace},
	} {
		if got := l.Likeness(c.score); got != c.want {
			t.Errorf("%+v is %q, want %q", c.score, got, c.want)
		}
	}
}
