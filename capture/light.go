package capture

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"time"
)

// The pace of the colour challenge. At most two changes of colour a second: no person reacts
// with a seizure to fewer than three flashes a second (WCAG 2.3.1).
const (
	LightColours = 6                      // colours in a sequence, a neutral one first
	LightHold    = 500 * time.Millisecond // each colour stands for as long at least
	LightMost    = time.Second            // and for as long at most, whatever is seen
	LightFrames  = 3                      // of one colour, after which no more are waited for
	LightTries   = 2                      // sequences, the second where the first was not measured
	leastColours = 4                      // of a sequence, of which a score can be told
)

// DoubtLightNotSeen is the doubt about a face that did not reflect the colours of the screen
// as they were drawn.
const DoubtLightNotSeen = "light-not-seen"

// The notes about the colour challenge.
const (
	// NoteLightSkipped: the person wanted none, or their settings say so.
	NoteLightSkipped = "light-skipped"
	// NoteLightNotAsked: the client did not say that it shows colours.
	NoteLightNotAsked = "light-not-asked"
	// NoteLightNotMeasured: the face was not seen under enough colours, or what was seen of
	// it is too unsteady to tell.
	NoteLightNotMeasured = "light-not-measured"
)

// Lights says whether a phone's page shows the colours. Empty: it does not know them, and is
// never asked.
type Lights string

// What a phone says of the colours.
const (
	LightsShown   Lights = "shown"
	LightsLeftOut Lights = "left-out" // the person wants none
)

// screenColours are the screen's colours by name, as sRGB. All are pale: the reddest has 43 %
// red, where a red flash begins at 80 % (WCAG 2.3.1), and dark print on each has a contrast
// of 9 or more.
var screenColours = map[string][3]uint8{
	"neutral": {255, 255, 255},
	"rose":    {255, 168, 168},
	"green":   {168, 240, 168},
	"blue":    {168, 196, 255},
	"yellow":  {255, 240, 160},
}

// ScreenColours are the names of the colours that a screen may be asked to show.
func ScreenColours() []string { return []string{"neutral", "rose", "green", "blue", "yellow"} }

// ScreenColour returns a colour by its name, as "#rrggbb"; empty for an unknown name.
func ScreenColour(name string) string {
	c, known := screenColours[name]
	if !known {
		return ""
	}
	return fmt.Sprintf("#%02x%02x%02x", c[0], c[1], c[2])
}

// Light is the stored state of a colour challenge.
type Light struct {
	Colours []string `json:"colours"`
	// Nonce of the colour that is shown now. Each has its own, so that no frame can say that
	// it was taken under a colour before that was told.
	Nonce string      `json:"nonce,omitempty"`
	Index int         `json:"index"`
	Since time.Time   `json:"since,omitzero"`  // start of this colour
	Seen  []LightSeen `json:"seen"`            // by colour
	Tries int         `json:"tries,omitempty"` // sequences before this one
	Done  bool        `json:"done,omitempty"`
	// Score of a measured challenge: see LightScore.
	Score    float64 `json:"score,omitempty"`
	Measured bool    `json:"measured,omitempty"`
}

// LightSeen is what frames under one colour showed: sums of the natural logarithms of the
// skin's and of the surroundings' light, in red, green and blue.
type LightSeen struct {
	Frames int        `json:"frames"`
	Skin   [3]float64 `json:"skin,omitzero"`
	// Around is that of AroundFrames of them.
	Around       [3]float64 `json:"around,omitzero"`
	AroundFrames int        `json:"aroundFrames,omitempty"`
	// Squares are sums over the frames of the squares of red over green and of blue over green
	// of the skin, Over those of the skin over the surroundings.
	Squares [2]float64 `json:"squares,omitzero"`
	Over    [2]float64 `json:"over,omitzero"`
}

// SetLights records whether the phone shows the colours. It reports whether that changed.
func (f *Flow) SetLights(l Lights) bool {
	changed := f.Lights != l
	f.Lights = l
	return changed
}

// lightWanted reports whether colours may be asked for now.
func (f *Flow) lightWanted() bool { return f.ChallengeOn && f.Lights == LightsShown && !f.VoiceGuide }

// DrawColours draws a sequence, a neutral colour first and none twice in a row. draw returns a
// number in [0, n).
func DrawColours(draw func(n int) int) []string {
	colours := []string{"neutral"}
	for len(colours) < LightColours {
		others := slices.DeleteFunc(ScreenColours(), func(c string) bool { return c == colours[len(colours)-1] })
		colours = append(colours, others[draw(len(others))])
	}
	return colours
}

// startLight draws the colours and asks for the first.
func (f *Flow) startLight(s *StepRecord, now time.Time, out *Outcome) {
	s.Phase = PhaseLight
	s.Light = f.newLight(now)
	f.forget()
	out.Challenge, out.Changed = f.challenge(s, 0), true
}

func (f *Flow) newLight(now time.Time) *Light {
	colours := DrawColours(f.draw)
	return &Light{Colours: colours, Nonce: f.drawNonce(), Since: now, Seen: make([]LightSeen, len(colours))}
}

// lightChallenge describes the colour that is to be shown.
func (l *Light) lightChallenge() *Challenge {
	i := min(l.Index, len(l.Colours)-1)
	return &Challenge{Kind: PhaseLight, Gesture: l.Colours[i], Colour: ScreenColour(l.Colours[i]), Index: i,
		Count: len(l.Colours), Progress: float64(i) / float64(len(l.Colours)), MaySkip: true, Nonce: l.Nonce}
}

// light looks at a face under the colour that is shown.
func (f *Flow) light(s *StepRecord, m Measurements, now time.Time) Outcome {
	out := Outcome{Step: s.Step, StillsLeft: s.left()}
	switch {
	case m.Face == nil || m.Face.Count == 0:
		out.Verdict.Hint = HintNoFace
	case m.Face.Count > 1:
		out.Verdict.Hint = HintSeveralFaces
	case m.Nonce != s.Light.Nonce: // taken under another colour, or elsewhere
	default:
		out.Verdict.Good = true
		s.Light.Seen[s.Light.Index].Add(m.Face)
	}
	f.keepLight(s, now, &out)
	if out.Challenge == nil && s.Phase == PhaseLight {
		out.Challenge = f.challenge(s, 0)
	}
	return out
}

// keepLight goes on to the next colour when this one has stood long enough. What was not
// measured of a face that was there is asked once more, in other colours.
func (f *Flow) keepLight(s *StepRecord, now time.Time, out *Outcome) {
	l := s.Light
	if !f.lightWanted() {
		f.leaveLight(s, out)
		return
	}
	if l.Since.IsZero() {
		l.Since, out.Changed = now, true
	}
	held := since(now, l.Since)
	if held < LightHold || held < LightMost && l.Seen[l.Index].Frames < LightFrames {
		return
	}
	l.Index++
	out.Changed = true
	if l.Index < len(l.Colours) {
		l.Nonce, l.Since = f.drawNonce(), now
		out.Challenge = f.challenge(s, 0)
		return
	}
	result := LightScore(l.Colours, l.Seen)
	l.Score, l.Measured = result.Score, result.Measured
	if result.Again() && l.Tries+1 < LightTries {
		s.Light = f.newLight(now)
		s.Light.Tries = l.Tries + 1
		out.Challenge = f.challenge(s, 0)
		return
	}
	if l.Measured {
		s.weigh(Doubt{DoubtLightNotSeen, l.Score, f.limits().Challenge.LightMin})
	} else {
		s.note(NoteLightNotMeasured)
	}
	f.endLight(s, out)
}

// leaveLight ends the challenge because the person wants none.
func (f *Flow) leaveLight(s *StepRecord, out *Outcome) {
	s.note(NoteLightSkipped)
	f.endLight(s, out)
}

func (f *Flow) endLight(s *StepRecord, out *Outcome) {
	shown := s.Light.lightChallenge()
	shown.Done, shown.Progress, shown.Nonce = true, 1, ""
	s.Light.Done, s.Light.Nonce = true, ""
	f.afterMoves(s, out)
	out.Challenge, out.Changed = shown, true
}

// Add adds what a frame shows of a face, if its light can be told.
func (l *LightSeen) Add(face *FaceMeasurements) {
	skin, known := logs(face.Skin)
	if !known {
		return
	}
	l.Frames++
	around, known := logs(face.Around)
	if known {
		l.AroundFrames++
	}
	for i := range skin {
		l.Skin[i] += skin[i]
		l.Around[i] += around[i]
	}
	for k, channel := range chroma {
		own := skin[channel] - skin[1]
		over := own - around[channel] + around[1]
		l.Squares[k] += own * own
		l.Over[k] += over * over
	}
}

// chroma are the channels that are compared with green: red and blue.
var chroma = [2]int{0, 2}

// ratios are the means of red over green and of blue over green, and the sums of squares that
// frames depart from them by; over the surroundings where these count.
func (l LightSeen) ratios(around bool) (mean, departs [2]float64) {
	n := float64(l.Frames)
	for k, channel := range chroma {
		sum, squares := l.Skin[channel]-l.Skin[1], l.Squares[k]
		if around {
			sum, squares = sum-l.Around[channel]+l.Around[1], l.Over[k]
		}
		mean[k], departs[k] = sum/n, max(0, squares-sum*sum/n)
	}
	return mean, departs
}

// The least and the most linear light of which a colour can be told: less is noise, more is
// cut off.
const leastLight, mostLight = 0.008, 0.93

// logs are the logarithms of light, or false if it is too little or too much.
func logs(light [3]float64) (out [3]float64, ok bool) {
	for i, v := range light {
		if !(v >= leastLight && v <= mostLight) {
			return [3]float64{}, false
		}
		out[i] = math.Log(v)
	}
	return out, true
}

// LightResult is what was seen of a sequence of colours.
type LightResult struct {
	// Colours is under how many colours the face was seen.
	Colours int
	// Score is the correlation of the changes of the skin's colour with those of the screen's,
	// -1..1.
	Score float64
	// Share is the screen's share of the light on the face.
	Share float64
	// Noise is what the mean of a colour's frames errs by: how far frames under one colour
	// differ, over the root of their number. Rest is how far the means are from what the screen
	// explains. Both are roots of the mean square of logarithms. Of one frame a colour Noise
	// is not known, and is Rest.
	Noise, Rest float64
	// Measured is false if too few colours were seen, or if the noise would hide the colours
	// of a screen in a lit room.
	Measured bool
}

// Again reports whether another sequence may tell what this one did not: a face was there.
func (r LightResult) Again() bool { return !r.Measured && r.Colours >= leastColours }

const (
	// lightFloor is the change of a logarithm that is nothing: what a JPEG rounds off.
	lightFloor = 0.0015
	// leastShare is the screen's share of the light in a lit room, and steadySkin the rest
	// from which changes are no noise of a camera any more, but other colours.
	leastShare, steadySkin = 0.02, 0.012
	// leastOverNoise is how much the colours of a screen in a lit room have to be over the
	// noise.
	leastOverNoise = 1.0
	// leastRepeats is of how many colours there have to be several frames for these to tell
	// the noise.
	leastRepeats = 3
)

// LightScore tells whether a face reflected the drawn colours. The logarithms of red over
// green and of blue over green are compared, so that light and exposure do not count, less
// those of the surroundings where these are known in every frame, so that the white balance
// does not either. What changes steadily over the sequence counts for nothing. Other colours
// than the drawn ones are no noise: they are the same in all frames of a colour.
func LightScore(colours []string, seen []LightSeen) LightResult {
	var at []float64
	var got, want [2][]float64
	around := !slices.ContainsFunc(seen, func(l LightSeen) bool { return l.AroundFrames < l.Frames })
	frames, repeats, departs := 0, 0, 0.0
	for i, l := range seen {
		if l.Frames == 0 || i >= len(colours) {
			continue
		}
		mean, from := l.ratios(around)
		screen := ScreenLight(colours[i])
		at, frames = append(at, float64(i)), frames+l.Frames
		if l.Frames > 1 && l.Squares != [2]float64{} { // an instance of before this has stored none
			repeats, departs = repeats+1, departs+from[0]+from[1]
		}
		for k, channel := range chroma {
			got[k] = append(got[k], mean[k])
			want[k] = append(want[k], screen[channel]-screen[1])
		}
	}
	n := len(at)
	r := LightResult{Colours: n}
	if n < leastColours {
		return r
	}
	var both, own, drawn float64
	for k := range got {
		c, e := detrended(at, got[k]), detrended(at, want[k])
		for i := range c {
			both, own, drawn = both+c[i]*e[i], own+c[i]*c[i], drawn+e[i]*e[i]
		}
	}
	if drawn < 0.05*float64(n) { // drawn colours that hardly change, after those that were not seen
		return r
	}
	r.Share = both / drawn
	r.Score = both / math.Sqrt(drawn*(own+2*float64(n)*lightFloor*lightFloor))
	r.Rest = math.Sqrt(max(0, own-both*both/drawn) / float64(2*n-5))
	r.Noise = r.Rest
	if repeats >= leastRepeats {
		r.Noise = math.Sqrt(departs / float64(2*(frames-n)) * float64(n) / float64(frames))
	}
	expected := leastShare * math.Sqrt(drawn/float64(2*n))
	r.Measured = min(r.Noise, r.Rest) <= expected/leastOverNoise || r.Rest > steadySkin || r.Score >= sureLight
	return r
}

// sureLight is a score that is believed whatever the noise.
const sureLight = 0.8

// ScreenLight is a screen's colour as light: red, green, blue, linear, 0..1. Zero for an
// unknown name.
func ScreenLight(name string) (out [3]float64) {
	c, known := screenColours[name]
	if !known {
		return out
	}
	for i, v := range c {
		out[i] = math.Pow((float64(v)/255+0.055)/1.055, 2.4)
	}
	return out
}

// detrended is what a straight line through values leaves of them.
func detrended(at, values []float64) []float64 {
	n, x, y, xx, xy := float64(len(at)), 0.0, 0.0, 0.0, 0.0
	for i := range at {
		x, y = x+at[i]/n, y+values[i]/n
	}
	for i := range at {
		xx, xy = xx+(at[i]-x)*(at[i]-x), xy+(at[i]-x)*(values[i]-y)
	}
	out := make([]float64, len(values))
	for i := range out {
		out[i] = values[i] - y - xy/xx*(at[i]-x)
	}
	return out
}

// check reports whether one of the known colours is asked.
func (l *Light) check() error {
	if l == nil || l.Index < 0 || l.Index >= len(l.Colours) || len(l.Seen) != len(l.Colours) {
		return errors.New("no colour is asked")
	}
	for _, c := range l.Colours {
		if _, known := screenColours[c]; !known {
			return fmt.Errorf("colour %q", c)
		}
	}
	return nil
}
