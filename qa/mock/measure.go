package mock

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"visavis/capture"
)

// conditions change good measurements into those of a picture that fails by the one
// thing its name says. What of a document or of a face it changes stands beside it.
var conditions = map[string]struct {
	document func(d *capture.DocumentMeasurements)
	face     func(f *capture.FaceMeasurements)
}{
	"good":    {},
	"rotated": {document: func(d *capture.DocumentMeasurements) { d.Rotation = 90 }},
	"noisy":   {document: func(*capture.DocumentMeasurements) {}, face: func(*capture.FaceMeasurements) {}},
	"blurred": {
		func(d *capture.DocumentMeasurements) { d.Sharpness = 0.1 },
		func(f *capture.FaceMeasurements) { f.Sharpness = 0.1 },
	},
	"motion": {
		func(d *capture.DocumentMeasurements) { d.Sharpness = 0.2 },
		func(f *capture.FaceMeasurements) { f.Sharpness = 0.2 },
	},
	"dark": {
		func(d *capture.DocumentMeasurements) { d.Brightness, d.Contrast, d.FrameBrightness = 30, 20, 40 },
		func(f *capture.FaceMeasurements) { f.Brightness, f.FrameBrightness = 20, 20 },
	},
	"bright": {
		func(d *capture.DocumentMeasurements) { d.Brightness, d.Over, d.FrameBrightness = 250, 0.8, 235 },
		func(f *capture.FaceMeasurements) { f.Brightness, f.Over = 250, 0.5 },
	},
	"glare":   {document: func(d *capture.DocumentMeasurements) { d.Glare = 0.2 }},
	"covered": {document: func(d *capture.DocumentMeasurements) { d.Covered = 0.2 }},
	"screen":  {document: func(d *capture.DocumentMeasurements) { d.Moire = 0.99 }},
	"copy":    {document: func(d *capture.DocumentMeasurements) { d.Saturation = 0 }},
	"tilted":  {document: func(d *capture.DocumentMeasurements) { d.Tilt, d.TiltX = 30, 30 }},
	"cut-off": {
		func(d *capture.DocumentMeasurements) { d.Margin, d.OffsetX = -0.1, 0.2 },
		func(f *capture.FaceMeasurements) { f.Box[0] = -f.Box[2] / 2 },
	},
	"far": {
		func(d *capture.DocumentMeasurements) { d.Fill, d.LetterHeight = 0.2, 3 },
		func(f *capture.FaceMeasurements) { f.Height = 0.12 },
	},
	"near": {
		func(d *capture.DocumentMeasurements) { d.Fill = 1.1 },
		func(f *capture.FaceMeasurements) { f.Height = 0.95 },
	},
	"unread":      {document: func(d *capture.DocumentMeasurements) { d.MRZ, d.LetterHeight = capture.MRZUnread, 7 }},
	"eyes-closed": {face: func(f *capture.FaceMeasurements) { f.EyesOpen = 0.02 }},
	"uneven":      {face: func(f *capture.FaceMeasurements) { f.Evenness = 0.2 }},
	"turned":      {face: func(f *capture.FaceMeasurements) { f.Yaw = 40 }},
	"several":     {face: func(f *capture.FaceMeasurements) { f.Count = 2 }},
}

// Conditions are the names of what can be wrong with a picture, in order.
func Conditions() []string {
	names := make([]string, 0, len(conditions))
	for name := range conditions {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// errBroken is a fault of the analysis that a scenario asked for.
var errBroken = errors.New("the analysis fails because the picture says so")

// Measure gives what an analysis of a picture that shows s would measure.
func Measure(ctx context.Context, f capture.Frame, s Shown) (capture.Measurements, error) {
	switch s.Fail {
	case "busy":
		return capture.Measurements{}, capture.ErrBusy
	case "broken":
		return capture.Measurements{}, errBroken
	case "slow":
		select {
		case <-time.After(time.Second):
		case <-ctx.Done():
			return capture.Measurements{}, context.Cause(ctx)
		}
	}
	if s.Condition == "" {
		s.Condition = "good"
	}
	change, known := conditions[s.Condition]
	if !known {
		return capture.Measurements{}, &capture.FrameError{Code: "bad-image", Measured: "condition " + s.Condition,
			Wanted: fmt.Sprint(Conditions())}
	}
	m := capture.Measurements{Width: f.Width, Height: f.Height, Step: f.Step}
	if f.WantThumbnail {
		m.Thumbnail = thumbnail(s)
	}
	if f.Step == capture.Selfie {
		m.Face = faceOf(s, m)
		if change.face != nil && m.Face.Count > 0 {
			change.face(m.Face)
		}
		return m, override(m.Face, s.Set)
	}
	m.Document = documentOf(s, f, m)
	if change.document != nil && m.Document.Found {
		change.document(m.Document)
	}
	return m, override(m.Document, s.Set)
}

// override replaces measured values by their JSON names.
func override(measured any, set map[string]float64) error {
	if len(set) == 0 {
		return nil
	}
	raw, err := json.Marshal(set)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(raw, measured); err != nil {
		return &capture.FrameError{Code: "bad-image", Measured: err.Error(), Wanted: "names of measurements"}
	}
	return nil
}

// printOf is the picture's grid of brightness: another for each moment, so that no
// two sessions look like recordings of each other, and the same for the same moment.
func printOf(s Shown) []byte {
	from := rand.New(rand.NewPCG(uint64(s.Moment), uint64(int64(s.Yaw*100))^uint64(int64(s.Closer*100))<<32))
	p := make([]byte, 64)
	for i := range p {
		p[i] = byte(60 + from.IntN(128))
	}
	return p
}

// faceOf are the measurements of a face in good light, or of none.
func faceOf(s Shown, m capture.Measurements) *capture.FaceMeasurements {
	f := &capture.FaceMeasurements{FrameBrightness: 140, Print: printOf(s)}
	if s.View != "face" {
		return f
	}
	w, h := float64(m.Width), float64(m.Height)
	f.Count, f.Confidence, f.Yaw = 1, 0.95, s.Yaw
	f.Height = 0.45
	if s.Closer > 0 {
		f.Height *= s.Closer
	}
	f.Box = [4]float64{w * 0.32, h * (0.5 - f.Height/2), w * 0.36, h * f.Height}
	f.EyesOpen, f.Covered, f.Sharpness, f.Brightness, f.Evenness = 0.9, 0.1, 0.85, 130, 0.9
	return f
}

// documentOf are the measurements of a document that lies well, or of none.
func documentOf(s Shown, f capture.Frame, m capture.Measurements) *capture.DocumentMeasurements {
	d := &capture.DocumentMeasurements{FrameBrightness: 130, Print: printOf(Shown{})}
	if s.View != "front" && s.View != "back" {
		return d
	}
	kind := s.Kind
	if kind == "" {
		kind = string(f.Document)
	}
	w, h := float64(m.Width), float64(m.Height)
	d.Found, d.Confidence, d.Shape, d.Aspect = true, 0.95, capture.ShapeCard, 1.586
	d.Corners = [4]capture.Point{{X: w * .15, Y: h * .15}, {X: w * .85, Y: h * .15}, {X: w * .85, Y: h * .85},
		{X: w * .15, Y: h * .85}}
	d.Fill, d.Area, d.Margin = 0.8, 0.5, 0.1
	d.TiltX, d.TiltY, d.Tilt = s.TiltX, s.TiltY, max(s.TiltX, -s.TiltX, s.TiltY, -s.TiltY)
	d.Sharpness, d.Brightness, d.Contrast, d.Saturation, d.LetterHeight, d.DPI = 0.6, 150, 120, 40, 20, 300
	paged := kind == "passport" || kind == "visa"
	if paged {
		d.Shape, d.Aspect = capture.ShapePage, 1.42
	}
	d.MRZLines, d.MRZConfidence = 3, 0.95
	if s.View == "front" {
		d.Portrait, d.MRZLines, d.MRZConfidence = 0.95, 0, 0
		if paged {
			d.MRZLines, d.MRZConfidence = 2, 0.95
		}
	}
	if d.MRZLines > 0 && f.Kind == capture.Still {
		d.MRZ, d.ZoneLetters = capture.MRZRead, 0.999
	}
	if kind == "visa" {
		d.NotAccepted = "visa"
	}
	return d
}
