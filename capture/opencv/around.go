package opencv

import (
	"gocv.io/x/gocv"

	"visavis/capture"
	"visavis/capture/opencv/outline"
	"visavis/capture/opencv/pixel"
)

// lookAroundFaces looks once more for the document of a still of which no outline is sure by itself: around each face
// in the picture, which may be its portrait. What was found before stays where nothing else is.
func (a *Analyzer) lookAroundFaces(f capture.Frame, grey gocv.Mat, s *outline.Searched) error {
	if a.faces == nil {
		return nil
	}
	g, err := pixel.ViewOf(grey)
	if err != nil {
		return err
	}
	faces, err := a.faces.Places(s.BGR)
	if err != nil || len(faces) == 0 {
		return err
	}
	scale := float64(s.Width) / float64(s.BGR.Cols())
	for _, face := range faces {
		at := capture.Point{X: (face.X+0.5)*scale - 0.5, Y: (face.Y+0.5)*scale - 0.5}
		if err := s.LookAround(outline.Portrait{At: at, Height: face.Height * scale, Angle: face.Angle}); err != nil {
			return err
		}
	}
	before := s.Location
	s.Found = false
	if _, err := a.pick(f, grey, g, s, nil); err != nil || s.Found {
		return err
	}
	before.Others = s.Others
	s.Location = before
	return nil
}
