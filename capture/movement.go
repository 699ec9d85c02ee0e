package capture

import "math"

// travel is the movement between two previews, if known.
type travel struct {
	value float64
	grid  bool // the mean change of the print instead of a distance
	known bool
}

// movement judges previews only. A small tremor is below the limit by design: sharpness
// judges its effect on the picture.
func (j *judgement) movement(t travel, distance, grid Pair) {
	if !t.known || j.info.Kind != Preview {
		return
	}
	if t.grid {
		j.atMost("change", t.value, grid, "", HintHoldStill, quality)
		return
	}
	j.atMost("movement", t.value, distance, "", HintHoldStill, quality)
}

func documentMovement(m Measurements, before *DocumentMeasurements, prev *Measurements) travel {
	if before == nil {
		return travel{}
	}
	if !before.Found || m.Width <= 0 || m.Height <= 0 || prev.Width <= 0 || prev.Height <= 0 {
		return printTravel(m.Document.Print, before.Print)
	}
	return travel{value: cornerTravel(m, *prev), known: true}
}

// cornerTravel is the mean movement of the corners over the frame's diagonal. Each frame
// uses its own units, so a change of the preview's size is no movement. Corners are named
// by their place in the frame, so the names of a document near 45° may rotate between
// frames: the smallest of the four rotations counts.
func cornerTravel(m, prev Measurements) float64 {
	now, then := m.Document.Corners, prev.Document.Corners
	diagonal := math.Hypot(float64(m.Width), float64(m.Height))
	sx, sy := float64(m.Width)/float64(prev.Width), float64(m.Height)/float64(prev.Height)
	least := math.Inf(1)
	for turn := range 4 {
		sum := 0.0
		for i, p := range now {
			q := then[(i+turn)%4]
			sum += math.Hypot(p.X-q.X*sx, p.Y-q.Y*sy)
		}
		least = min(least, sum/4)
	}
	return least / diagonal
}

func faceMovement(m Measurements, prev *Measurements) travel {
	if prev == nil || prev.Face == nil {
		return travel{}
	}
	if prev.Face.Count == 0 || m.Width <= 0 || m.Height <= 0 || prev.Width <= 0 || prev.Height <= 0 {
		return printTravel(m.Face.Print, prev.Face.Print)
	}
	dx := (m.Face.OffsetX - prev.Face.OffsetX) * float64(m.Width)
	dy := (m.Face.OffsetY - prev.Face.OffsetY) * float64(m.Height)
	return travel{value: math.Hypot(dx, dy) / math.Hypot(float64(m.Width), float64(m.Height)), known: true}
}

// printTravel is the mean change of the grid, 0..1, after removing the change of the
// whole frame's brightness: a camera that adapts its exposure does not move.
func printTravel(now, then []byte) travel {
	if len(now) == 0 || len(now) != len(then) {
		return travel{}
	}
	shift := 0.0
	for i := range now {
		shift += float64(now[i]) - float64(then[i])
	}
	shift /= float64(len(now))
	sum := 0.0
	for i := range now {
		sum += math.Abs(float64(now[i]) - float64(then[i]) - shift)
	}
	return travel{value: sum / float64(len(now)) / 255, grid: true, known: true}
}
