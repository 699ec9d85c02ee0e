package capture

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"slices"
	"time"
)

// Phase is the phase of the open step.
type Phase string

// The phases.
const (
	PhaseGuiding Phase = "guiding" // previews are judged
	PhaseStill   Phase = "still"   // the full picture was asked for
	PhaseTilt    Phase = "tilt"    // the document is to be tilted; its still is accepted
	PhaseGesture Phase = "gesture" // the head is to be moved
	PhaseLight   Phase = "light"   // the screen shows colours, which the face reflects
)

// Asks reports whether a challenge is open in this phase: no still is taken.
func (p Phase) Asks() bool { return p == PhaseTilt || p == PhaseGesture || p == PhaseLight }

// The pace of a flow.
const (
	StreakGood    = 3    // good previews in a row before a still: one may be luck
	StreakAdvised = 8    // the same while an advice is shown, so that it can be read
	MaxStills     = 5    // sent stills of a step (the person's retakes before sending are free)
	ShutterStills = 2    // of these, kept for the shutter: the camera alone never uses them up
	OfferAfter    = 2    // refusals for quality before "use anyway" is offered
	maxChanges    = 10   // of the document; more is no person
	closerBy      = 1.08 // how much nearer a step wants the document after letters that were too small

	StillWait   = 15 * time.Second // without the still or a part of it the step guides again
	quietAfter  = 2 * time.Second  // after a refusal no still is asked for, so that its reason can be read
	hoursAtMost = 48 * time.Hour   // a stored time further off is not believed
)

// The notes of a step, for the reviewer.
const (
	NoteManual         = "manual"
	NoteUsedAnyway     = "used-anyway"
	NoteTiltSkipped    = "tilt-skipped"
	NoteGestureSkipped = "gesture-skipped"
)

// ErrNotNow says that an action is not allowed at this point of the flow.
var ErrNotNow = errors.New("not possible now")

// FlowOptions configure a flow.
type FlowOptions struct {
	// Challenge requires a tilt after each document still and gestures before the selfie.
	Challenge bool
	// Intn returns an unpredictable number in [0, n). Required with Challenge.
	Intn func(n int) int
	// Taken are steps whose stills an earlier flow has kept. Sent counts the stills sent
	// in it for each step.
	Taken map[Step]Layout
	Sent  map[Step]int
	// Only is the single step to capture; the others count as taken.
	Only Step
}

// Flow is the state of one person's capture. It is a plain value for JSON: store it after
// each Outcome with Changed. State that would cost a write at every frame (the streak,
// the previous frame) is not stored and starts afresh after a reload. A Flow belongs to
// one phone's connection and is not safe for concurrent use.
type Flow struct {
	Document    Document `json:"document"`
	ChallengeOn bool     `json:"challengeOn,omitempty"`
	VoiceGuide  bool     `json:"voiceGuide,omitempty"`
	Lights      Lights   `json:"lights,omitempty"` // whether the phone shows colours
	Seed        []byte   `json:"seed,omitempty"`   // source of all random draws; never leaves the server
	Draws       uint32   `json:"draws,omitempty"`
	StillSeq    uint32   `json:"stillSeq"` // of the newest still asked for
	// UsedSeqs are the newest seqs of received stills. None is asked for again.
	UsedSeqs []uint32 `json:"usedSeqs,omitempty"`
	// Sent counts the stills of a step that were sent for documents chosen before.
	Sent    map[Step]int `json:"sent,omitempty"`
	Changes int          `json:"changes,omitempty"`
	Only    Step         `json:"only,omitempty"` // the single step to capture
	Steps   []StepRecord `json:"steps"`
	// Limits to judge by. nil means DefaultLimits.
	Limits *Limits `json:"-"`

	streak int
	before *Measurements
	tilts  []tiltSample
	// neutral are the landmarks of the neutral pose, for the comparison with a turn.
	neutral []Point
}

// StepRecord is the stored state of one step.
type StepRecord struct {
	Step     Step   `json:"step"`
	Accepted bool   `json:"accepted,omitempty"` // still and challenge
	Kept     bool   `json:"kept,omitempty"`     // the still
	Phase    Phase  `json:"phase,omitempty"`
	Layout   Layout `json:"layout,omitempty"`
	// Box of the document in the kept still: x, y, width, height, 0..1. Empty for a face.
	Box   []float64 `json:"box,omitempty"`
	Notes []string  `json:"notes,omitempty"`
	// Doubts are for the reviewer only. Phone and desktop are not told.
	Doubts []Doubt `json:"doubts,omitempty"`

	Stills      int      `json:"stills,omitempty"`
	Refusals    int      `json:"refusals,omitempty"` // for quality
	OfferAnyway bool     `json:"offerAnyway,omitempty"`
	LastManual  bool     `json:"lastManual,omitempty"`
	Refused     []string `json:"refused,omitempty"` // SHA-256 of refused stills, hex
	// CloserThan is the fill that previews must reach after a still whose letters were
	// too small. At the same distance the next still would be refused too.
	CloserThan float64   `json:"closerThan,omitempty"`
	StillSince time.Time `json:"stillSince,omitzero"`
	QuietUntil time.Time `json:"quietUntil,omitzero"`

	Moves *Moves `json:"moves,omitempty"`
	Light *Light `json:"light,omitempty"`

	// Suspicions counts how often the step showed content of another session, up to
	// MostSuspicions. ToldUntil is the end of the pause in which the person is told.
	Suspicions int       `json:"suspicions,omitempty"`
	ToldUntil  time.Time `json:"toldUntil,omitzero"`
}

// StepState is the public state of a step.
type StepState struct {
	Step        Step
	State       string // "waiting", "active", "accepted"
	Phase       Phase  // of the active step
	OfferAnyway bool
	StillsLeft  int
	Notes       []string
}

// Outcome is the effect of one frame or action.
type Outcome struct {
	Step    Step // the step it was about
	Verdict Verdict
	Streak  int  // good previews in a row, of StreakGood
	Stale   bool // not of the open step or phase: nothing was judged
	Changed bool // visible state changed: save and publish

	RequestStill bool
	StillSeq     uint32 // goes with RequestStill

	Accepted       bool // the still is kept
	OfferAnyway    bool
	ChangeDocument bool
	StillsLeft     int
	SamePicture    bool // these bytes were refused before; not counted
	TooMany        bool // no still of this step is left

	Challenge *Challenge // what is asked, on every frame of the phases tilt, gesture and light
	Done      bool       // every step is accepted
}

// NewFlow starts a flow for this document. It fails for an unknown document, and for
// Challenge without Intn.
func NewFlow(doc Document, o FlowOptions) (Flow, error) {
	steps, err := doc.Steps()
	if err != nil {
		return Flow{}, err
	}
	f := Flow{Document: doc, ChallengeOn: o.Challenge, Only: o.Only}
	if o.Challenge {
		if o.Intn == nil {
			return Flow{}, errors.New("flow with challenges: no source of random numbers")
		}
		f.Seed = make([]byte, 16)
		for i := range f.Seed {
			f.Seed[i] = byte(o.Intn(256))
		}
	}
	for _, s := range steps {
		r := StepRecord{Step: s, Phase: PhaseGuiding, Stills: o.Sent[s]}
		layout, taken := o.Taken[s]
		r.Layout = layout
		r.Kept = taken && o.Only == ""
		r.Accepted = r.Kept || o.Only != "" && s != o.Only
		f.Steps = append(f.Steps, r)
	}
	return f, nil
}

// Record returns the stored state of a step, or false if the flow has no such step.
func (f *Flow) Record(step Step) (StepRecord, bool) {
	if s := f.record(step); s != nil {
		return *s, true
	}
	return StepRecord{}, false
}

// Current returns the open step and its phase, or false if all steps are accepted.
func (f *Flow) Current() (Step, Phase, bool) {
	s := f.open()
	if s == nil {
		return "", "", false
	}
	return s.Step, s.Phase, true
}

// StepStates returns the public state of every step, in order.
func (f *Flow) StepStates() []StepState {
	open := f.open()
	states := make([]StepState, 0, len(f.Steps))
	for i := range f.Steps {
		s := &f.Steps[i]
		state := StepState{Step: s.Step, State: "waiting", StillsLeft: s.left(), Notes: s.publicNotes()}
		switch {
		case s.Accepted:
			state.State = "accepted"
		case s == open:
			state.State, state.Phase, state.OfferAnyway = "active", s.Phase, s.OfferAnyway
		}
		states = append(states, state)
	}
	return states
}

// open returns the first step that is not accepted, or nil.
func (f *Flow) open() *StepRecord {
	for i := range f.Steps {
		if !f.Steps[i].Accepted {
			return &f.Steps[i]
		}
	}
	return nil
}

func (f *Flow) record(step Step) *StepRecord {
	for i := range f.Steps {
		if f.Steps[i].Step == step {
			return &f.Steps[i]
		}
	}
	return nil
}

func (f *Flow) limits() Limits {
	if f.Limits != nil {
		return *f.Limits
	}
	return DefaultLimits()
}

// info describes a frame of a step. The back is judged by the layout of the front.
func (f *Flow) info(s *StepRecord, k Kind) FrameInfo {
	info := FrameInfo{Step: s.Step, Kind: k, Document: f.Document}
	if front := f.record(DocumentFront); s.Step == DocumentBack && front != nil {
		info.Layout = front.Layout
	}
	return info
}

// draw returns a number in [0, n) derived from the seed. The flow stays a plain value,
// and nobody without the seed can predict the number.
func (f *Flow) draw(n int) int {
	f.Draws++
	sum := sha256.Sum256(binary.BigEndian.AppendUint32(slices.Clone(f.Seed), f.Draws))
	return int(binary.BigEndian.Uint64(sum[:]) % uint64(n))
}

// drawNonce returns 16 unpredictable bytes in hex.
func (f *Flow) drawNonce() string {
	f.Draws++
	sum := sha256.Sum256(binary.BigEndian.AppendUint32(append(slices.Clone(f.Seed), "nonce"...), f.Draws))
	return hex.EncodeToString(sum[:16])
}

func (s *StepRecord) left() int { return max(MaxStills-s.Stills, 0) }

func (s *StepRecord) note(n string) {
	if !slices.Contains(s.Notes, n) {
		s.Notes = append(s.Notes, n)
	}
}

// publicNotes are the notes that the person is told too.
func (s *StepRecord) publicNotes() []string {
	return slices.DeleteFunc(slices.Clone(s.Notes), func(n string) bool {
		return n == NoteLightNotMeasured || n == NoteLightNotAsked
	})
}

func (s *StepRecord) refused(sum [32]byte) bool {
	return slices.Contains(s.Refused, hex.EncodeToString(sum[:]))
}
