package capture

import "testing"

func TestMovement(t *testing.T) {
	moved := func(dx float64) Measurements {
		m := goodDocument()
		for i := range m.Document.Corners {
			m.Document.Corners[i].X += dx
		}
		return m
	}
	renamed := goodDocument()
	c := renamed.Document.Corners
	renamed.Document.Corners = [4]Point{c[1], c[2], c[3], c[0]}
	doubled := goodDocument()
	doubled.Width, doubled.Height = 1280, 960
	for i, p := range doubled.Document.Corners {
		doubled.Document.Corners[i] = Point{2 * p.X, 2 * p.Y}
	}
	lost := func(grey byte, one byte) Measurements {
		m := measured(func(d *DocumentMeasurements) { d.Found = false })
		for i := range m.Document.Print {
			m.Document.Print[i] = grey
			if i%2 == 0 {
				m.Document.Print[i] += one
			}
		}
		return m
	}
	for _, c := range []struct {
		name string
		prev Measurements
		want Hint
	}{
		{"a card that lies still", goodDocument(), HintNone},
		{"a tremor of two percent", moved(16), HintNone},
		{"a swing", moved(80), HintHoldStill},
		{"corners with other names have not moved", renamed, HintNone},
		{"a larger preview has not moved", doubled, HintNone},
		{"a brighter picture of the same scene has not moved", lost(90, 0), HintNone},
		{"another scene before", lost(10, 200), HintHoldStill},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := FrameInfo{Step: DocumentFront, Kind: Preview, Document: IdentityCard}
			if v := Judge(f, goodDocument(), &c.prev, DefaultLimits()); v.Hint != c.want {
				t.Errorf("hint %q, want %q; last check %+v", v.Hint, c.want, v.Checks[len(v.Checks)-1])
			}
		})
	}
	t.Run("a face that swings", func(t *testing.T) {
		prev := face(func(f *FaceMeasurements) { f.OffsetX = -0.15 })
		now := face(func(f *FaceMeasurements) { f.OffsetX = 0.15 })
		if v := Judge(FrameInfo{Step: Selfie, Kind: Preview}, now, &prev, DefaultLimits()); v.Hint != HintHoldStill {
			t.Errorf("hint %q, want %q", v.Hint, HintHoldStill)
		}
	})
}
