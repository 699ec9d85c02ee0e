package specimen

import (
	"image"
	"image/draw"
)

// Move is a movement that a server asked for: of the document, or of the head.
type Move struct {
	TiltX, TiltY float64 // degrees more than the pose has; the right, the lower edge nearer
	Yaw          float64 // degrees, to the person's own left
	Closer       float64 // how much nearer the face is; 0 and 1: as it was
	// ShiftX and ShiftY move a face in the frame, shares of its sides up to 0.1 either
	// way: two people never stand at the same place.
	ShiftX, ShiftY float64
}

// The middles of the eyes in the astronaut photo, read by eye.
const (
	eyeLeftX, eyeLeftY   = 206.0, 114.0
	eyeRightX, eyeRightY = 247.0, 112.0
)

// Moved renders the moment t seconds after the start, moved. A head that turns is
// drawn alone, before a plain room.
func (s *Shot) Moved(t float64, m Move, a *Assets) *image.RGBA {
	if m.Yaw != 0 {
		k := float64(a.portrait.Bounds().Dx()) / portraitSide
		head := Head{Portrait: a.portrait, EyeLeft: [2]float64{eyeLeftX * k, eyeLeftY * k}, EyeRight: [2]float64{
			eyeRightX * k, eyeRightY * k}}
		w, h := s.scene.w, s.scene.h
		wide := head.Turned(HeadPose{Yaw: m.Yaw, Closer: max(1, m.Closer)}, w*6/5, h*6/5)
		x, y := int((0.1+atMostTenth(m.ShiftX))*float64(w)), int((0.1+atMostTenth(m.ShiftY))*float64(h))
		out := image.NewRGBA(image.Rect(0, 0, w, h))
		draw.Draw(out, out.Rect, wide, image.Pt(x, y), draw.Src)
		return out
	}
	moved := *s
	moved.pose.TiltX += m.TiltX
	moved.pose.TiltY += m.TiltY
	if m.Closer > 1 {
		moved.away(m.Closer, true)
	}
	moved.pose.X += atMostTenth(m.ShiftX)
	moved.pose.Y += atMostTenth(m.ShiftY)
	return moved.At(t)
}

// atMostTenth bounds a share either way.
func atMostTenth(share float64) float64 { return min(max(share, -0.1), 0.1) }
