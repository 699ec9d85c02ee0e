package attack

import (
	"context"
	"hash/fnv"
	"image"
	"io"
	"reflect"
	"slices"
	"testing"

	"visavis/capture"
	"visavis/cmd/eval/compose"
	"visavis/identity"
)

// byPicture is an engine whose measurements are a number of the picture's bytes.
type byPicture struct{}

func numberOf(pictures ...[]byte) float64 {
	h := fnv.New32a()
	for _, p := range pictures {
		h.Write(p)
	}
	return float64(h.Sum32()) / (1 << 32)
}

func (byPicture) Analyze(_ context.Context, f capture.Frame) (capture.Measurements, error) {
	v := numberOf(f.JPEG)
	if f.Step != capture.Selfie {
		return capture.Measurements{Document: &capture.DocumentMeasurements{Found: true, Moire: v, Saturation: v}}, nil
	}
	eyes := make([]capture.Point, 68)
	for i := range eyes {
		eyes[i] = capture.Point{X: float64(f.Width) * (0.45 + 0.1*float64(i/42%2)), Y: float64(f.Height) * 0.4}
	}
	return capture.Measurements{Face: &capture.FaceMeasurements{Count: 1, Landmarks: eyes, Dots: v,
		Skin: [3]float64{0.2 + 0.2*v, 0.3, 0.3 - 0.1*v}}}, nil
}

func (byPicture) CompareFaces(_ context.Context, p identity.FacePair) (identity.FaceScore, error) {
	return identity.FaceScore{Score: numberOf(p.A, p.B), FoundA: true, FoundB: true}, nil
}

// A part that is measured alone has the captures that it has in a whole run, to the picture.
func TestAPartAloneIsThatOfAWholeRun(t *testing.T) {
	o := Options{Engine: byPicture{}, Seed: 1, Workers: 1, Log: io.Discard,
		Documents: []compose.Document{{Name: "a", Image: image.NewRGBA(image.Rect(0, 0, 200, 126)),
			Step: capture.DocumentFront, Asked: capture.IdentityCard},
			{Name: "b", Image: image.NewRGBA(image.Rect(0, 0, 200, 140)), Step: capture.DocumentFront, Asked: capture.Passport}},
		Portraits: []Portrait{{"person 0", image.NewRGBA(image.Rect(0, 0, 480, 640))}}}
	whole, err := o.jobs(t.Context())
	if err != nil || len(whole) != 3 {
		t.Fatalf("%d parts with pictures, %v", len(whole), err)
	}
	for i, part := range []Part{Document, Face, Light} {
		o.Only = part
		alone, err := o.jobs(t.Context())
		if err != nil || len(alone) != 1 || len(alone[0]) != len(whole[i]) {
			t.Fatalf("%s alone: %d parts, %v", part, len(alone), err)
		}
		want, err := o.measured(t.Context(), whole[i][1:2])
		if err != nil {
			t.Fatal(err)
		}
		have, err := o.measured(t.Context(), alone[0][1:2])
		if err != nil || want[0].Part != part || len(want[0].Scores) == 0 || !reflect.DeepEqual(want, have) {
			t.Errorf("%s alone: %+v, want %+v, %v", part, have, want, err)
		}
	}
	o.Only = Camera
	if have, err := Run(t.Context(), o); err != nil || !reflect.DeepEqual(have, cameras(1, Folds, Folds)) {
		t.Errorf("cameras alone: %d samples, %v", len(have), err)
	}
}

func TestOnePartIsReplacedAndTheOthersAreKept(t *testing.T) {
	of := func(p Part, names ...string) (out []Sample) {
		for _, n := range names {
			out = append(out, Sample{Part: p, Kind: Honest, Of: n})
		}
		return out
	}
	before := slices.Concat(of(Document, "d1", "d2"), of(Face, "f1"), of(Camera, "c1"))
	for _, c := range []struct {
		part       Part
		anew, want []Sample
	}{
		{Document, of(Document, "d3"), slices.Concat(of(Document, "d3"), of(Face, "f1"), of(Camera, "c1"))},
		{Face, of(Face, "f2", "f3"), slices.Concat(of(Document, "d1", "d2"), of(Face, "f2", "f3"), of(Camera, "c1"))},
		{Camera, nil, slices.Concat(of(Document, "d1", "d2"), of(Face, "f1"))},
	} {
		if have := Replaced(before, c.part, c.anew); !reflect.DeepEqual(have, c.want) {
			t.Errorf("%s anew: %+v, want %+v", c.part, have, c.want)
		}
	}
}
