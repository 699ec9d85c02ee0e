package capture

import (
	"math"
	"time"
)

// The pace of challenges.
const (
	TiltWindow  = 3 * time.Second  // the change must happen within it, so that drift is no tilt
	TiltWait    = 20 * time.Second // then the tilt is skipped and noted
	GestureTry  = 10 * time.Second // one try of a gesture
	GestureTurn = 60 * time.Second // a drawn sequence dies then, and a new one is drawn
	gestureTwo  = 2                // tries before a gesture may be skipped; gestures in a sequence
)

// The gestures. Left and right are the person's own.
const (
	TurnLeft   = "turn-left"
	TurnRight  = "turn-right"
	ComeCloser = "come-closer"
)

// noTime marks a challenge whose time starts with its first preview.
var noTime time.Time

// Challenge is what is asked of the person now: a movement, or to be lit by a colour of the
// screen.
type Challenge struct {
	Kind Phase // PhaseTilt, PhaseGesture or PhaseLight
	// Gesture of a tilt is the edge to lift or lower: left, right, up, down. Of a light it is
	// the name of the colour.
	Gesture  string
	Colour   string // of a light, as "#rrggbb"
	Index    int    // 0..Count-1
	Count    int
	Done     bool      // this one was seen
	Progress float64   // 0..1
	EndsAt   time.Time // of this try; zero: no limit
	MaySkip  bool
	// Nonce that a frame must carry to count for the challenge.
	Nonce string
}

// Moves is the stored state of a step's challenge.
type Moves struct {
	Gestures []string  `json:"gestures"` // in their order; of a tilt one
	Nonce    string    `json:"nonce,omitempty"`
	Index    int       `json:"index"`
	Since    time.Time `json:"since,omitzero"`   // start of this try
	Started  time.Time `json:"started,omitzero"` // of this sequence
	Tries    int       `json:"tries,omitempty"`
	MaySkip  bool      `json:"maySkip,omitempty"`
	Done     bool      `json:"done,omitempty"`
	// The face of the neutral pose, before the gestures.
	Neutral bool    `json:"neutral,omitempty"`
	Yaw     float64 `json:"yaw,omitempty"`
	Height  float64 `json:"height,omitempty"`
	// OffPlane is the maximum, over Turns frames, of how far a turning face departed from
	// the plane of a photo.
	OffPlane float64 `json:"offPlane,omitempty"`
	Turns    int     `json:"turns,omitempty"`
}

type tiltSample struct {
	at   time.Time
	x, y float64 // degrees
	// Logarithms of right edge over left and lower over upper: the nearer is longer.
	across, along float64
}

// Asked returns the current challenge, for a returning phone, or nil.
func (f *Flow) Asked() *Challenge {
	if s := f.open(); s != nil && s.Phase.Asks() && (s.Moves != nil || s.Phase == PhaseLight) {
		return f.challenge(s, 0)
	}
	return nil
}

// HeadMoves reports whether the head is asked to turn now.
func (f *Flow) HeadMoves() bool {
	s := f.open()
	return s != nil && s.Phase == PhaseGesture && s.Moves != nil
}

// challenge describes the challenge of a step.
func (f *Flow) challenge(s *StepRecord, progress float64) *Challenge {
	if s.Phase == PhaseLight {
		return s.Light.lightChallenge()
	}
	m := s.Moves
	c := &Challenge{
		Kind: s.Phase, Count: len(m.Gestures), Index: min(m.Index, len(m.Gestures)-1), MaySkip: m.MaySkip, Nonce: m.Nonce,
	}
	c.Gesture = m.Gestures[c.Index]
	c.Progress = min(max(progress, 0), 1)
	if !f.VoiceGuide && !m.Since.IsZero() {
		c.EndsAt = m.Since.Add(GestureTry)
		if s.Phase == PhaseTilt {
			c.EndsAt = m.Since.Add(TiltWait)
		}
	}
	return c
}

func (f *Flow) startTilt(s *StepRecord, now time.Time) {
	edges := [...]Direction{Left, Right, Up, Down}
	s.Phase = PhaseTilt
	s.Moves = &Moves{Gestures: []string{string(edges[f.draw(len(edges))])}, Nonce: f.drawNonce(), Since: now, Started: now,
		MaySkip: true}
	f.forget()
}

// tilt looks for a change of the document's tilt toward the asked edge.
func (f *Flow) tilt(s *StepRecord, m Measurements, now time.Time) Outcome {
	out := Outcome{Step: s.Step, StillsLeft: s.left()}
	f.keepTilt(s, now, &out)
	d := m.Document
	progress := 0.0
	switch {
	case d == nil || !d.Found:
		out.Verdict.Hint = HintNoDocument
	case m.Nonce != s.Moves.Nonce: // seen before this was asked, or elsewhere
	default:
		out.Verdict.Good = true
		progress = f.tilted(d, Direction(s.Moves.Gestures[0]), now)
	}
	out.Challenge = f.challenge(s, progress)
	out.Verdict.Progress = out.Challenge.Progress
	switch {
	case progress >= 1:
		out.Challenge.Done, s.Moves.Done = true, true
		f.finish(s, &out)
	case f.tiltOver(s, now):
		s.note(NoteTiltSkipped)
		f.finish(s, &out)
	}
	return out
}

// keepTilt starts the time of a tilt and replaces the nonce after its minute.
func (f *Flow) keepTilt(s *StepRecord, now time.Time, out *Outcome) {
	m := s.Moves
	if m.Since.IsZero() {
		m.Since, out.Changed = now, true
	}
	if m.Started.IsZero() {
		m.Started, out.Changed = now, true
	}
	if since(now, m.Started) >= GestureTurn {
		m.Nonce, m.Started, out.Changed = f.drawNonce(), now, true
	}
}

// tiltOver reports whether a tilt's time has passed.
func (f *Flow) tiltOver(s *StepRecord, now time.Time) bool {
	return !f.VoiceGuide && since(now, s.Moves.Since) >= TiltWait
}

// tilted returns how much of the needed change happened within the window (1 is enough),
// by the measured angle or by the lengths of the edges.
func (f *Flow) tilted(d *DocumentMeasurements, toward Direction, now time.Time) float64 {
	l := f.limits().Challenge
	sample := tiltSample{at: now, x: d.TiltX, y: d.TiltY}
	sample.across, sample.along = edgeRatios(d.Corners)
	kept := f.tilts[:0]
	for _, t := range f.tilts {
		if since(now, t.at) <= TiltWindow {
			kept = append(kept, t)
		}
	}
	f.tilts = append(kept, sample)
	most := 0.0
	for _, t := range f.tilts {
		angle, ratio := sample.x-t.x, sample.across-t.across
		if toward == Up || toward == Down {
			angle, ratio = sample.y-t.y, sample.along-t.along
		}
		// Either way counts: half of all people lift the edge that is named, the
		// other half lower it.
		most = max(most, abs(angle)/l.TiltChange, abs(ratio)/l.EdgeRatio)
	}
	return most
}

// edgeRatios returns the logarithms of right edge over left edge and of lower over upper;
// 0 if an edge has no length.
func edgeRatios(c [4]Point) (across, along float64) {
	length := func(a, b int) float64 { return math.Hypot(c[a].X-c[b].X, c[a].Y-c[b].Y) }
	ratio := func(a, b float64) float64 {
		if a <= 0 || b <= 0 {
			return 0
		}
		return math.Log(a / b)
	}
	return ratio(length(1, 2), length(0, 3)), ratio(length(2, 3), length(0, 1))
}

// gesturesDue reports whether the gestures of a step are still to be done.
func (f *Flow) gesturesDue(s *StepRecord) bool {
	return f.ChallengeOn && s.Step == Selfie && (s.Moves == nil || !s.Moves.Done)
}

// startGestures draws two different gestures at random.
func (f *Flow) startGestures(s *StepRecord, now time.Time) {
	all := []string{TurnLeft, TurnRight, ComeCloser}
	i := f.draw(len(all))
	first := all[i]
	all = append(all[:i], all[i+1:]...)
	s.Phase = PhaseGesture
	second := all[f.draw(len(all))]
	s.Moves = &Moves{Gestures: []string{first, second}, Nonce: f.drawNonce(), Since: now, Started: now}
	f.forget()
}

// setNeutral stores the face against which the gestures are measured.
func (m *Moves) setNeutral(face *FaceMeasurements) {
	if face != nil && face.Height > 0 {
		m.Neutral, m.Yaw, m.Height = true, face.Yaw, face.Height
	}
}

// gesture looks for the current gesture.
func (f *Flow) gesture(s *StepRecord, m Measurements, now time.Time) Outcome {
	out := Outcome{Step: s.Step, StillsLeft: s.left()}
	paused := f.told(s, now, &out)
	if !paused {
		f.keepTime(s, now, &out)
	}
	progress := 0.0
	switch {
	case paused:
	case m.Face == nil || m.Face.Count == 0:
		out.Verdict.Hint = HintNoFace
	case m.Face.Count > 1:
		out.Verdict.Hint = HintSeveralFaces
	case m.Nonce != s.Moves.Nonce: // seen before this was asked, or elsewhere
	case !s.Moves.Neutral:
		if abs(m.Face.Yaw) > f.limits().Selfie.YawMax.Preview {
			out.Verdict.Hint = HintFaceCamera
			break
		}
		s.Moves.setNeutral(m.Face)
		f.neutral = m.Face.Landmarks
		out.Verdict.Good = true
	default:
		out.Verdict.Good = true
		f.watchTurn(s.Moves, m.Face)
		progress = f.moved(s.Moves, m.Face)
	}
	out.Challenge = f.challenge(s, progress)
	out.Verdict.Progress = out.Challenge.Progress
	if progress >= 1 {
		seen := *out.Challenge
		seen.Done = true
		f.nextGesture(s, now, &out)
		if out.Challenge == nil {
			out.Challenge = &seen
		}
	}
	return out
}

// moved returns how much of the current gesture is seen; 1 is enough.
func (f *Flow) moved(m *Moves, face *FaceMeasurements) float64 {
	l := f.limits().Challenge
	switch m.Gestures[m.Index] {
	case TurnLeft:
		return (face.Yaw - m.Yaw) / l.YawTurn
	case TurnRight:
		return (m.Yaw - face.Yaw) / l.YawTurn
	}
	return (face.Height/m.Height - 1) / (l.CloserRatio - 1)
}

// keepTime counts attempts and draws a new sequence after the nonce's minute.
func (f *Flow) keepTime(s *StepRecord, now time.Time, out *Outcome) {
	m := s.Moves
	if m.Since.IsZero() {
		m.Since, out.Changed = now, true
	}
	if m.Started.IsZero() {
		m.Started, out.Changed = now, true
	}
	if since(now, m.Started) >= GestureTurn {
		out.Changed = true
		if !f.VoiceGuide {
			f.startGestures(s, now)
			s.Moves.MaySkip, s.Moves.Tries = true, gestureTwo
			return
		}
		m.Nonce, m.Started = f.drawNonce(), now // without a time limit the gestures stay
	}
	if since(now, m.Since) >= GestureTry {
		m.Tries, m.Since = m.Tries+1, now
		if m.Tries >= gestureTwo && !m.MaySkip {
			m.MaySkip, out.Changed = true, true
		}
	}
}

// nextGesture moves to the next gesture. After the last one follow the colours of the screen,
// if the phone shows them.
func (f *Flow) nextGesture(s *StepRecord, now time.Time, out *Outcome) {
	m := s.Moves
	m.Index++
	if m.Index == len(m.Gestures) {
		f.doubtFlat(s)
	}
	m.Since, m.Tries, out.Changed = now, 0, true
	if m.Index < len(m.Gestures) {
		out.Challenge = f.challenge(s, 0)
		return
	}
	m.Done, out.Challenge = true, nil
	if f.lightWanted() {
		f.startLight(s, now, out)
		return
	}
	if f.Lights == "" {
		s.note(NoteLightNotAsked)
	} else {
		s.note(NoteLightSkipped)
	}
	f.afterMoves(s, out)
}

// afterMoves follows the challenges of the selfie: the frontal still, or the end of the step
// if that was taken before.
func (f *Flow) afterMoves(s *StepRecord, out *Outcome) {
	if s.Kept {
		f.finish(s, out)
		return
	}
	s.Phase = PhaseGuiding
	f.forget()
}
