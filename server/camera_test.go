package server

import (
	"slices"
	"strings"
	"testing"

	"visavis/capture"
	"visavis/capture/capturetest"
	"visavis/protocol"
)

// What a phone says of its camera is a doubt for the reviewer, holds nothing up, and is
// taken within bounds alone.
func TestACameraReportIsADoubtAndHoldsNothingUp(t *testing.T) {
	withActor(t, func(t *testing.T, in *clocked, a *actor) {
		p, c := gesturing(t, in, a, 1)
		report := protocol.CameraReport{Facing: "user", Label: "OBS Virtual Camera", ReportedFacing: "user",
			ReportedWidth: 1280, ReportedHeight: 720, ReportedRate: 30, Width: 1280, Height: 720, Able: []string{"zoom"}}
		for name, change := range map[string]func(*protocol.CameraReport){
			"no facing":          func(m *protocol.CameraReport) { m.Facing = "sideways" },
			"a long label":       func(m *protocol.CameraReport) { m.Label = strings.Repeat("x", 201) },
			"too many abilities": func(m *protocol.CameraReport) { m.Able = make([]string, 65) },
			"too many times":     func(m *protocol.CameraReport) { m.Times = make([]float64, 601) },
			"frames below none":  func(m *protocol.CameraReport) { m.Frames = -1 },
			"more than all":      func(m *protocol.CameraReport) { m.Frames, m.Distinct = 10, 11 },
			"too many luma":      func(m *protocol.CameraReport) { m.Luma = make([]float64, 601) },
			"a luma below black": func(m *protocol.CameraReport) { m.Luma = []float64{12, -1} },
			"a luma over white":  func(m *protocol.CameraReport) { m.Luma = []float64{255.5} },
			"a size of nothing":  func(m *protocol.CameraReport) { m.Resize = &protocol.CameraResize{Width: 640} },
			"a size of too much": func(m *protocol.CameraReport) {
				m.Resize = &protocol.CameraResize{Width: 640, Height: 480, ShownWidth: 1e6}
			},
			"a part of a torch": func(m *protocol.CameraReport) {
				m.Torch = &protocol.CameraTorch{Before: make([]float64, 11)}
			},
			"a torch over white": func(m *protocol.CameraReport) {
				m.Torch = &protocol.CameraTorch{During: slices.Repeat([]float64{256}, 12)}
			},
			"a torch before asking": func(m *protocol.CameraReport) { m.Torch = &protocol.CameraTorch{Took: -1} },
			"open before it was":    func(m *protocol.CameraReport) { m.OpenedIn = -1 },
		} {
			wrong := report
			change(&wrong)
			p.say(t, wrong)
			if e := last[protocol.Error](p); e.Code != protocol.CodeBadMessage {
				t.Errorf("%s: answered %+v, want %s", name, e, protocol.CodeBadMessage)
			}
		}
		if have := p.doubts(capture.Selfie); len(have) != 0 {
			t.Fatalf("doubts of reports that were refused: %v", have)
		}
		p.say(t, report)
		if have := p.doubts(capture.Selfie); !slices.Equal(have, []string{capture.DoubtVirtualCamera}) {
			t.Errorf("doubts about the selfie: %v", have)
		}
		report.Resize = &protocol.CameraResize{Width: 640, Height: 480, Refused: true}
		report.OpenedIn, report.Luma = 12, slices.Repeat([]float64{112.5}, 60)
		p.say(t, report)
		if have := p.doubts(capture.Selfie); !slices.Equal(have, []string{capture.DoubtVirtualCamera,
			capture.DoubtExposureSettles, capture.DoubtCameraOpens, capture.DoubtCameraResizes}) {
			t.Errorf("doubts about a picture that opens at once and knows one size: %v", have)
		}
		report.Able = append(report.Able, "torch")
		report.Torch = &protocol.CameraTorch{Refused: true}
		p.say(t, report)
		if have := p.doubts(capture.Selfie); !slices.Contains(have, capture.DoubtTorchNotSeen) {
			t.Errorf("doubts about a torch that the browser knows nothing of: %v", have)
		}
		p.perform(c, 20)
		if r := p.selfie(capturetest.JPEG(t, 60)); !r.Accepted {
			t.Errorf("with a doubt about the camera the selfie is not taken: %+v", r)
		}
	})
}

// Where challenges are off cameras are made up for tests: nothing is noted.
func TestWithoutChallengesNoCameraIsDoubted(t *testing.T) {
	withClock(t, func(t *testing.T, in *clocked) {
		_, phone := in.paired()
		p := &rehearsed{follower: phone, t: t, in: in, session: in.opened}
		p.say(t, protocol.ChooseDocument{Document: "passport"})
		p.say(t, protocol.Start{})
		p.say(t, protocol.CameraReport{Facing: "environment", Label: "fake_device_0"})
		if have := p.doubts(capture.DocumentFront); len(have) != 0 {
			t.Errorf("doubts: %v", have)
		}
	}, func(c *Config) { c.Challenge = false })
}
