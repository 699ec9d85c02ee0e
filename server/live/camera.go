package live

import (
	"context"
	"fmt"

	"visavis/capture"
	"visavis/protocol"
)

// The bounds of a camera's report.
const (
	mostLabel  = 200 // bytes
	mostAble   = 64
	mostFrames = 600 // ten seconds at 60 a second
	mostOpened = 600_000
	mostLuma   = 255
	mostSide   = 20_000 // pixels
	mostTook   = 10_000 // milliseconds
)

// reportOf checks a camera's report and converts it.
func reportOf(m protocol.CameraReport) (capture.CameraReport, error) {
	bad := func(name string, have, most int) error {
		return Refuse(protocol.CodeBadMessage, fmt.Sprintf("camera report: %s is %d, want 0 to %d", name, have, most))
	}
	if m.Facing != "user" && m.Facing != "environment" {
		return capture.CameraReport{}, Refuse(protocol.CodeBadMessage, "camera report: facing: want user or environment")
	}
	for _, v := range []struct {
		name       string
		have, most int
	}{
		{"bytes of label", len(m.Label), mostLabel}, {"number of abilities", len(m.Able), mostAble},
		{"number of times", len(m.Times), mostFrames}, {"frames", m.Frames, mostFrames}, {"distinct", m.Distinct, m.Frames},
		{"number of luma", len(m.Luma), mostFrames}, {"openedIn", m.OpenedIn, mostOpened},
	} {
		if v.have < 0 || v.have > v.most {
			return capture.CameraReport{}, bad(v.name, v.have, v.most)
		}
	}
	if err := levels("luma", m.Luma); err != nil {
		return capture.CameraReport{}, err
	}
	resize, err := resizeOf(m.Resize)
	if err != nil {
		return capture.CameraReport{}, err
	}
	torch, err := torchOf(m.Torch)
	if err != nil {
		return capture.CameraReport{}, err
	}
	return capture.CameraReport{
		Facing: m.Facing, Label: m.Label, ReportedFacing: m.ReportedFacing,
		ReportedWidth: m.ReportedWidth, ReportedHeight: m.ReportedHeight, ReportedRate: m.ReportedRate,
		Width: m.Width, Height: m.Height, MaxWidth: m.MaxWidth, MaxHeight: m.MaxHeight,
		Able: m.Able, Times: m.Times, Frames: m.Frames, Distinct: m.Distinct, Luma: m.Luma, OpenedIn: m.OpenedIn,
		Resize: resize, Torch: torch,
	}, nil
}

// resizeOf checks what came of asking a camera for a size and converts it; nil for nil.
func resizeOf(m *protocol.CameraResize) (*capture.CameraResize, error) {
	if m == nil {
		return nil, nil
	}
	for _, v := range []struct {
		name              string
		have, least, most int
	}{
		{"width", m.Width, 1, mostSide}, {"height", m.Height, 1, mostSide},
		{"reportedWidth", m.ReportedWidth, 0, mostSide}, {"reportedHeight", m.ReportedHeight, 0, mostSide},
		{"shownWidth", m.ShownWidth, 0, mostSide}, {"shownHeight", m.ShownHeight, 0, mostSide},
		{"took", m.Took, 0, mostTook},
	} {
		if v.have < v.least || v.have > v.most {
			text := fmt.Sprintf("camera report: resize: %s is %d, want %d to %d", v.name, v.have, v.least, v.most)
			return nil, Refuse(protocol.CodeBadMessage, text)
		}
	}
	return new(capture.CameraResize(*m)), nil
}

// torchOf checks what came of asking a camera for its torch and converts it; nil for nil.
func torchOf(m *protocol.CameraTorch) (*capture.CameraTorch, error) {
	if m == nil {
		return nil, nil
	}
	if m.Took < 0 || m.Took > mostTook {
		text := fmt.Sprintf("camera report: torch: took is %d, want 0 to %d", m.Took, mostTook)
		return nil, Refuse(protocol.CodeBadMessage, text)
	}
	for _, list := range [][]float64{m.Before, m.During, m.After} {
		if n := len(list); n != 0 && n != capture.TorchParts {
			text := fmt.Sprintf("camera report: torch: levels of %d parts, want %d or none", n, capture.TorchParts)
			return nil, Refuse(protocol.CodeBadMessage, text)
		}
		if err := levels("level of the torch", list); err != nil {
			return nil, err
		}
	}
	return new(capture.CameraTorch(*m)), nil
}

// levels checks levels of brightness.
func levels(name string, list []float64) error {
	for _, v := range list {
		if v < 0 || v > mostLuma {
			text := fmt.Sprintf("camera report: a %s is %g, want 0 to %d", name, v, mostLuma)
			return Refuse(protocol.CodeBadMessage, text)
		}
	}
	return nil
}

// reported records the doubts about a camera. Before a document is chosen there is no step
// to record them for.
func (c *capturing) reported(ctx context.Context, report capture.CameraReport) error {
	release, err := c.hold(ctx)
	if err != nil {
		return err
	}
	defer release()
	if r, err := c.current(ctx); err != nil || r == nil || r.Flow == nil {
		return err
	}
	return c.change(ctx, func(r *captureState) (*captureState, bool, error) {
		if r == nil || r.Flow == nil { // another instance began the capture anew meanwhile
			return r, false, nil
		}
		return r, r.Flow.Camera(report), nil
	})
}
