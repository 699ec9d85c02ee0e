package capture

// PresenceLimits are the limits of the doubts that the bench of attacks fits, each in the
// unit of its score: a lower score is a doubt.
type PresenceLimits struct {
	CameraFacts     float64 // share of what holds for a phone's camera
	FrameTimes      float64 // milliseconds from the times of a nominal rate
	RepeatedFrames  float64 // pictures over frames
	ExposureSettles float64 // percent that the brightness of the first frames moves
	CameraOpens     float64 // milliseconds from asking to the first picture
	CameraResizes   float64 // milliseconds from asking for a size to its first frame
	TorchNotSeen    float64 // percent that the picture follows the torch
	StillDiffers    float64 // correlation of the still with the preview before it
	ScreenTrace     float64 // 1 minus the strength of a screen's pattern
	ScreenDots      float64 // 1 minus the share of neighbouring parts with the same fine pattern
	PrintDots       float64 // 1 minus how far the second of a print's lattices stands out
}

// Of is the limit of a doubt by its name. That of a label and of a size is 1: they score 0
// or 1.
func (l PresenceLimits) Of(name string) float64 {
	switch name {
	case DoubtVirtualCamera, DoubtCameraSize:
		return 1
	case DoubtCameraFacts:
		return l.CameraFacts
	case DoubtFrameTimes:
		return l.FrameTimes
	case DoubtRepeatedFrames:
		return l.RepeatedFrames
	case DoubtExposureSettles:
		return l.ExposureSettles
	case DoubtCameraOpens:
		return l.CameraOpens
	case DoubtCameraResizes:
		return l.CameraResizes
	case DoubtTorchNotSeen:
		return l.TorchNotSeen
	case DoubtStillDiffers:
		return l.StillDiffers
	case DoubtScreenTrace:
		return l.ScreenTrace
	case DoubtScreenDots:
		return l.ScreenDots
	case DoubtPrintDots:
		return l.PrintDots
	}
	return 0
}
