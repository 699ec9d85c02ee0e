package specimen

import (
	"cmp"
	"errors"
	"fmt"
	"image"
)

// View is what a camera looks at.
type View string

// The views.
const (
	Front   View = "front"
	Back    View = "back"
	Face    View = "face"
	Nothing View = "nothing" // an empty table
)

// Condition is how a picture is taken.
type Condition string

// The conditions. Good is what every capture accepts; each of the others fails by
// the one thing its name says.
const (
	Good    Condition = "good"
	Blurred Condition = "blurred"
	Motion  Condition = "motion"
	Dark    Condition = "dark"
	Bright  Condition = "bright"
	Glare   Condition = "glare"
	Far     Condition = "far"
	Near    Condition = "near"
	CutOff  Condition = "cut-off"
	Tilted  Condition = "tilted"
	Rotated Condition = "rotated" // by 90 degrees: to be accepted
	Noisy   Condition = "noisy"
)

// Conditions returns every condition, in the order of the constants.
func Conditions() []Condition {
	return []Condition{Good, Blurred, Motion, Dark, Bright, Glare, Far, Near, CutOff, Tilted, Rotated, Noisy}
}

// Takes tells whether a view can be taken under a condition: a face knows no glare
// and is neither tilted nor rotated.
func (v View) Takes(c Condition) bool {
	return v != Face || (c != Glare && c != Tilted && c != Rotated)
}

// Shot is one way of looking at one thing: enough to render any moment of it.
// Make it with NewShot. Safe for concurrent use.
type Shot struct {
	scene   *Scene
	pose    Pose
	effects Effects
	hand    hand
	seed    uint64
	// DocumentWidth and DocumentHeight in millimetres; zero for a face.
	DocumentWidth, DocumentHeight float64
}

// ShotRequest says what a shot shows.
type ShotRequest struct {
	View       View
	Condition  Condition  // "" means Good
	Background Background // of documents; "" means Wood
	Seed       uint64
	Width      int // pixels of the frame; 0 means 1280
	Height     int // pixels of the frame; 0 means 720
	// Steady is how much the hand moves: 0 means 1, a hand that holds still as
	// well as it can; 4 is one that does not.
	Steady float64
	// FaceShare is the face's height over the frame's; 0 means 0.42, in an upright
	// frame 0.32.
	FaceShare float64
	// Fill is the document's width over the frame's, 0.1 to 1. 0 means 0.86, or less where
	// the document would be higher than 0.8 of the frame.
	Fill float64
}

// NewShot prepares a shot. d may be nil where no document is seen. A passport's
// back, unknown names and a Fill out of its range are errors.
func NewShot(r ShotRequest, d *Document, a *Assets) (*Shot, error) {
	r = r.withDefaults()
	if r.Fill != 0 && (r.Fill < 0.1 || r.Fill > 1) {
		return nil, fmt.Errorf("document of %.2f of the frame's width: want 0.1 to 1", r.Fill)
	}
	s := &Shot{seed: r.Seed, hand: newHand(r.Seed, r.Steady), effects: Effects{Noise: 2}}
	var err error
	if r.View == Face {
		s.pose = FacePose(r.Width, r.Height, r.FaceShare)
		if err = s.spoil(r); err != nil {
			return nil, err
		}
		s.scene, err = NewFaceScene(a, r.Seed, r.Width, r.Height, r.FaceShare)
		return s, err
	}
	var side *image.RGBA
	if r.View != Nothing && d == nil {
		return nil, fmt.Errorf("shot of %s: no document given", r.View)
	}
	switch r.View {
	case Front:
		side = d.Front
	case Back:
		if side = d.Back; side == nil {
			return nil, errors.New("shot of back: this document has none")
		}
	case Nothing:
	default:
		return nil, fmt.Errorf("view %q: want front, back, face or nothing", string(r.View))
	}
	s.DocumentWidth, s.DocumentHeight = IdentityCard.mustSize()
	if d != nil {
		s.DocumentWidth, s.DocumentHeight = d.Width, d.Height
	}
	s.pose = r.documentPose(s.DocumentWidth, s.DocumentHeight)
	if err = s.spoil(r); err != nil {
		return nil, err
	}
	s.scene, err = NewScene(side, s.DocumentWidth, s.DocumentHeight, r.Background, r.Seed, r.Width, r.Height, s.pose.Fill)
	return s, err
}

func (k Kind) mustSize() (float64, float64) {
	w, h, _ := k.Size()
	return w, h
}

func (r ShotRequest) withDefaults() ShotRequest {
	if r.Condition == "" {
		r.Condition = Good
	}
	if r.Background == "" {
		r.Background = Wood
	}
	if r.Width == 0 {
		r.Width = 1280
	}
	if r.Height == 0 {
		r.Height = 720
	}
	if r.Steady == 0 {
		r.Steady = 1
	}
	if r.FaceShare == 0 {
		r.FaceShare = 0.42
		if r.Height > r.Width {
			r.FaceShare = 0.32
		}
	}
	return r
}

// documentPose frames a document as somebody does who follows the guide: nearly
// straight, with a margin all around.
func (r ShotRequest) documentPose(width, height float64) Pose {
	n := newRand(r.Seed, "pose "+string(r.View))
	fill := cmp.Or(r.Fill, 0.86)
	if tall := fill * float64(r.Width) * height / width; r.Fill == 0 && tall > 0.8*float64(r.Height) {
		fill *= 0.8 * float64(r.Height) / tall
	}
	about := func(most float64) float64 { return most * (2*n.Float64() - 1) }
	return Pose{
		Fill: fill * (0.97 + 0.03*n.Float64()), X: about(0.012), Y: about(0.012),
		Rotation: about(2.5), TiltX: about(4), TiltY: about(4),
	}
}

// spoil applies the condition to pose and effects.
func (s *Shot) spoil(r ShotRequest) error {
	face := r.View == Face
	if !r.View.Takes(r.Condition) {
		return fmt.Errorf("condition %q: not known for a face", string(r.Condition))
	}
	switch r.Condition {
	case Good:
	case Blurred:
		s.effects.Blur = 6
	case Motion:
		s.effects.Motion = 34
	case Dark:
		s.effects.Exposure, s.effects.Noise = 0.13, 4
	case Bright:
		s.effects.Exposure = 2.1
	case Glare:
		n := newRand(r.Seed, "glare")
		s.effects.Glare, s.effects.GlareSize = 1, 0.27
		s.effects.GlareX, s.effects.GlareY = 0.35+0.3*n.Float64(), 0.4+0.3*n.Float64()
	case Far:
		s.away(0.38, face)
	case Near:
		s.away(1.5, face)
	case CutOff:
		s.pose.X += 0.3
	case Tilted:
		s.pose.TiltX, s.pose.TiltY = 38, 14
	case Rotated:
		s.pose.Rotation += 90
		if r.Width > r.Height {
			s.pose.Fill = 0.84 * float64(r.Height) / float64(r.Width)
		}
	case Noisy:
		s.effects.Noise = 16
	default:
		return fmt.Errorf("condition %q: want one of %v", string(r.Condition), Conditions())
	}
	return nil
}

// away changes the distance by a factor on the size; a face stays in the middle.
func (s *Shot) away(k float64, face bool) {
	s.pose.Fill *= k
	if face {
		s.pose.X, s.pose.Y = s.pose.X*k, s.pose.Y*k
	}
}

// At renders the moment t seconds after the start.
func (s *Shot) At(t float64) *image.RGBA {
	return s.scene.Render(s.hand.at(s.pose, t), s.effects, s.seed^uint64(t*1000))
}

// Corners returns where the document's corners are at t seconds, as Pose.Corners
// does.
func (s *Shot) Corners(t float64) [4][2]float64 {
	return s.hand.at(s.pose, t).Corners(s.scene.w, s.scene.h, s.DocumentWidth, s.DocumentHeight)
}
