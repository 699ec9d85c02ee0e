package capture

import (
	"reflect"
	"testing"
)

// Every limit is met at the limit itself and missed just beyond it, on previews
// and on stills.
func TestEveryCheckAtItsLimit(t *testing.T) {
	for _, kind := range []Kind{Preview, Still} {
		old := measured(func(d *DocumentMeasurements) { d.Shape, d.MRZLines, d.MRZConfidence = ShapeTD2, 2, 0.9 })
		values := map[string]func(*Measurements, float64){
			"outline":       func(m *Measurements, v float64) { m.Document.Confidence = v },
			"margin":        func(m *Measurements, v float64) { m.Document.Margin = v },
			"tilt":          func(m *Measurements, v float64) { m.Document.Tilt = v },
			"fill":          func(m *Measurements, v float64) { m.Document.Fill = v },
			"brightness":    func(m *Measurements, v float64) { m.Document.Brightness = v },
			"under":         func(m *Measurements, v float64) { m.Document.Under = v },
			"over":          func(m *Measurements, v float64) { m.Document.Over = v },
			"contrast":      func(m *Measurements, v float64) { m.Document.Contrast = v * m.Document.Brightness },
			"glare":         func(m *Measurements, v float64) { m.Document.Glare = v },
			"covered":       func(m *Measurements, v float64) { m.Document.Covered = v },
			"screen":        func(m *Measurements, v float64) { m.Document.Moire = v },
			"colour":        func(m *Measurements, v float64) { m.Document.Saturation = v },
			"sharpness":     func(m *Measurements, v float64) { m.Document.Sharpness = v },
			"letter-height": func(m *Measurements, v float64) { m.Document.LetterHeight = v },
		}
		front := FrameInfo{Step: DocumentFront, Kind: kind, Document: IdentityCard}
		atLimits(t, front, old, values)
		if kind == Still {
			old.Document.MRZ = MRZUnread
			values["zone-sharpness"] = values["sharpness"]
			atLimits(t, front, old, values)
		}
		atLimits(t, FrameInfo{Step: Selfie, Kind: kind}, goodFace(), map[string]func(*Measurements, float64){
			"face":       func(m *Measurements, v float64) { m.Face.Confidence = v },
			"margin":     func(m *Measurements, v float64) { m.Face.Box[0] = v * 480 },
			"offset":     func(m *Measurements, v float64) { m.Face.OffsetX = v },
			"offset-y":   func(m *Measurements, v float64) { m.Face.OffsetY = v },
			"yaw":        func(m *Measurements, v float64) { m.Face.Yaw = -v },
			"pitch":      func(m *Measurements, v float64) { m.Face.Pitch = v },
			"roll":       func(m *Measurements, v float64) { m.Face.Roll = v },
			"height":     func(m *Measurements, v float64) { m.Face.Height = v },
			"brightness": func(m *Measurements, v float64) { m.Face.Brightness = v },
			"under":      func(m *Measurements, v float64) { m.Face.Under = v },
			"over":       func(m *Measurements, v float64) { m.Face.Over = v },
			"evenness":   func(m *Measurements, v float64) { m.Face.Evenness = v },
			"covered":    func(m *Measurements, v float64) { m.Face.Covered = v },
			"eyes-open":  func(m *Measurements, v float64) { m.Face.EyesOpen = v },
			"sharpness":  func(m *Measurements, v float64) { m.Face.Sharpness = v },
		})
	}
}

func atLimits(t *testing.T, f FrameInfo, good Measurements, set map[string]func(*Measurements, float64)) {
	t.Helper()
	bounds := map[string]Check{}
	for _, c := range Judge(f, good, nil, DefaultLimits()).Checks {
		if c.Name != "document" && c.Name != "faces" && c.Name != "shape" && c.Name != "side" {
			bounds[c.Name] = c
		}
	}
	if len(bounds) != len(set) {
		t.Errorf("%d checks with limits, %d tried", len(bounds), len(set))
	}
	for name, bound := range bounds {
		try := func(value float64, want bool) {
			t.Helper()
			m := clone(good)
			set[name](&m, value)
			for _, c := range Judge(f, m, nil, DefaultLimits()).Checks {
				if c.Name == name && c.OK != want {
					t.Errorf("%s %s kind %d at %v: ok %v, want %v", f.Step, name, f.Kind, value, c.OK, want)
				}
			}
		}
		if bound.Min != nil {
			try(*bound.Min, true)
			try(*bound.Min-1e-6, false)
		}
		if bound.Max != nil {
			try(*bound.Max, true)
			try(*bound.Max+1e-6, false)
		}
	}
}

func TestStillsAreStricterInQualityAndNotInFraming(t *testing.T) {
	l := reflect.ValueOf(DefaultLimits())
	framing := map[string]bool{"ConfidenceMin": true, "MarginMin": true, "OffsetFree": true, "RoomMax": true,
		"OffsetMax": true, "OffsetYMax": true, "MarginTouch": true, "FillMin": true, "FillMax": true,
		"TiltMax": true, "HeightMin": true, "HeightMax": true, "YawMax": true, "PitchMax": true, "RollMax": true,
		"MovementMax": true, "PrintMax": true}
	for _, part := range []string{"Document", "Selfie"} {
		group := l.FieldByName(part)
		for i := range group.NumField() {
			name, p := group.Type().Field(i).Name, group.Field(i).Interface().(Pair)
			stricter := p.Still > p.Preview
			if name[len(name)-3:] == "Max" {
				stricter = p.Still < p.Preview
			}
			if framing[name] && stricter {
				t.Errorf("%s.%s: framing is stricter on a still: %+v", part, name, p)
			}
			if !framing[name] && !stricter && p.Still != p.Preview {
				t.Errorf("%s.%s: quality is looser on a still: %+v", part, name, p)
			}
		}
	}
}
