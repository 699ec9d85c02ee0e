package capture

import (
	"math"
	"slices"
	"testing"
	"time"

	"visavis/document"
)

// lookOf is a look of a document by its number: patches of print on paper.
func lookOf(number int, light float64) []byte {
	look := make([]byte, LookColumns*LookRows)
	for i := range look {
		x, y := i%LookColumns, i/LookColumns
		ink := 60 * math.Sin(float64(x*(3+number))+1.7*float64(y*(2+number)))
		look[i] = byte(light * (140 + ink + float64(x)))
	}
	return look
}

func TestAlike(t *testing.T) {
	a, b := lookOf(1, 1), lookOf(5, 1)
	darker := lookOf(1, 0.6)
	turned := slices.Clone(a)
	slices.Reverse(turned)
	for name, same := range map[string][]byte{"itself": a, "in less light": darker, "upside down": turned} {
		if v, ok := Alike(a, same); !ok || v < 0.95 {
			t.Errorf("%s: %v %v, want nearly 1", name, v, ok)
		}
	}
	if v, ok := Alike(a, b); !ok || v > 0.4 {
		t.Errorf("another document: %v %v, want little", v, ok)
	}
	if _, ok := Alike(a, nil); ok {
		t.Error("alike to nothing")
	}
	if _, ok := Alike(a, make([]byte, LookColumns*LookRows)); ok {
		t.Error("alike to a black picture")
	}
}

func TestASwappedStillIsADoubtAndIsKept(t *testing.T) {
	for _, c := range []struct {
		name               string
		look               []byte
		moire, dots, print float64
		want, before       []string
	}{
		{"the preview's document", lookOf(1, 0.9), 0, 0.05, 0.3, nil, nil},
		{"another document", lookOf(5, 1), 0, 0, 0, []string{DoubtStillDiffers}, nil},
		{"a screen's pattern", lookOf(1, 1), 0.4, 0, 0, []string{DoubtScreenTrace}, nil},
		{"a screen's dots", lookOf(1, 1), 0, 0.4, 0, []string{DoubtScreenDots}, nil},
		{"a printer's dots", lookOf(1, 1), 0, 0, 0.5, []string{DoubtPrintDots}, nil},
		{"the document after its print", lookOf(1, 1), 0, 0, 0, nil, []string{DoubtPrintDots}},
		{"the right one after a wrong one", lookOf(1, 1), 0, 0, 0, nil, []string{DoubtStillDiffers}},
	} {
		f, now := cameraFlow(t), time.Unix(1_800_000_000, 0)
		preview := Measurements{Step: DocumentFront, Width: 1280, Height: 960,
			Document: &DocumentMeasurements{Found: true, Confidence: 0.9, Look: lookOf(1, 1)}}
		f.Preview(preview, now)
		for _, name := range c.before {
			f.record(DocumentFront).doubt(Doubt{name, 0.1, 0.5})
		}
		still := preview
		d := *preview.Document
		d.Look, d.Moire, d.Dots, d.PrintDots = c.look, c.moire, c.dots, c.print
		still.Document = &d
		f.Still(still, [32]byte{1}, true, now)
		if have := doubtsOf(f, DocumentFront); !slices.Equal(have, c.want) {
			t.Errorf("%s: doubts %v, want %v", c.name, have, c.want)
		}
	}
}

// A side that may be printed in black alone is left to the reviewer, who is told.
func TestASideWithoutColoursIsADoubt(t *testing.T) {
	for _, c := range []struct {
		name   string
		colour float64
		series document.ID
		want   []string
	}{
		{"a grey back", 1, "", []string{DoubtNoColour}},
		{"a coloured back", 20, "", nil},
		{"a grey back of a card that has colours", 1, document.FrenchCard, nil}, // which is refused
	} {
		f, s := cameraFlow(t), &StepRecord{Step: DocumentBack}
		f.Document = IdentityCard
		m := goodBack()
		m.Document.Saturation, m.Document.Series = c.colour, c.series
		f.doubtStill(s, m)
		if have := doubtNames(s.Doubts); !slices.Equal(have, c.want) {
			t.Errorf("%s: doubts %v, want %v", c.name, have, c.want)
		}
		s.Doubts = []Doubt{{DoubtNoColour, 1, 2}}
		f.doubtStill(s, m)
		if have := doubtNames(s.Doubts); !slices.Equal(have, c.want) {
			t.Errorf("%s after a grey one: doubts %v, want %v", c.name, have, c.want)
		}
	}
}

func TestAStillWithoutAPreviewIsNoDoubt(t *testing.T) {
	m := Measurements{Document: &DocumentMeasurements{Found: true, Look: lookOf(1, 1)}}
	if _, known := StillScores(m, nil)[DoubtStillDiffers]; known {
		t.Error("compared with nothing")
	}
	face := StillScores(Measurements{Face: &FaceMeasurements{Count: 1, Moire: 0.3, Dots: 0.2}}, nil)
	if math.Abs(face[DoubtScreenTrace]-0.7) > 1e-9 || math.Abs(face[DoubtScreenDots]-0.8) > 1e-9 {
		t.Errorf("a face on a screen: %v", face)
	}
	if len(StillScores(Measurements{Face: &FaceMeasurements{}}, nil)) != 0 {
		t.Error("a score of no face")
	}
}
