package capture

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// litBy is a face in room light of which a share comes from the screen.
func litBy(colour string, share float64, r *rand.Rand) Measurements {
	return face(func(f *FaceMeasurements) {
		skin, wall, screen := [3]float64{0.35, 0.22, 0.16}, [3]float64{0.3, 0.3, 0.28}, ScreenLight(colour)
		for i := range skin {
			noise := 1.0
			if r != nil {
				noise += 0.002 * r.NormFloat64()
			}
			f.Skin[i] = skin[i] * (1 - share + share*screen[i]) * noise
			f.Around[i] = wall[i]
		}
	})
}

// lit is a rehearsal whose gestures are done and whose colours have begun.
func lit(t *testing.T, lights Lights) *rehearsal {
	t.Helper()
	r := rehearse(t, IdentityCard, true)
	r.flow.SetLights(lights)
	for _, side := range []Measurements{goodDocument(), goodBack()} {
		r.accept(side)
		r.now = r.now.Add(TiltWait)
		r.preview(side)
	}
	for range 3 {
		r.preview(goodFace())
	}
	r.at(Selfie, PhaseGesture)
	for range 20 {
		c := r.flow.Asked()
		if c == nil || c.Kind != PhaseGesture {
			return r
		}
		r.preview(face(func(f *FaceMeasurements) {
			switch c.Gesture {
			case TurnLeft:
				f.Yaw = 30
			case TurnRight:
				f.Yaw = -30
			case ComeCloser:
				f.Height *= 1.5
			}
		}))
	}
	t.Fatal("the gestures did not end")
	return nil
}

// colours shows a face under the colours until these end. It returns when each began.
func (r *rehearsal) colours(see func(c Challenge) Measurements) (began []time.Time) {
	r.t.Helper()
	nonce := ""
	for range 200 {
		c := r.flow.Asked()
		if c == nil {
			return began
		}
		if c.Nonce != nonce {
			nonce, began = c.Nonce, append(began, r.now)
		}
		r.preview(see(*c))
	}
	r.t.Fatal("the colours did not end")
	return nil
}

func TestAFaceThatReflectsTheColoursIsNoDoubt(t *testing.T) {
	r := lit(t, LightsShown)
	r.at(Selfie, PhaseLight)
	c := r.flow.Asked()
	if c.Gesture != "neutral" || c.Colour != "#ffffff" || c.Count != LightColours || !c.MaySkip || len(c.Nonce) != 32 {
		t.Errorf("the first colour is %+v", c)
	}
	noise := rand.New(rand.NewPCG(3, 4))
	r.colours(func(c Challenge) Measurements { return litBy(c.Gesture, 0.06, noise) })
	r.at(Selfie, PhaseGuiding)
	s := r.flow.record(Selfie)
	if len(s.Doubts) != 0 || !s.Light.Measured || s.Light.Score < 0.9 || len(s.Notes) != 0 {
		t.Errorf("doubts %v, notes %q, light %+v", s.Doubts, s.Notes, s.Light)
	}
	r.accept(goodFace())
	if _, _, open := r.flow.Current(); open {
		t.Error("the step is open after its still")
	}
}

func TestAFaceWithoutTheColoursIsADoubtAndIsTaken(t *testing.T) {
	for name, see := range map[string]func(Challenge) Measurements{
		"nothing is reflected": func(Challenge) Measurements { return litBy("neutral", 0, nil) },
		"other colours": func(c Challenge) Measurements {
			names := ScreenColours()
			return litBy(names[(slices.Index(names, c.Gesture)*3+c.Index)%len(names)], 0.1, nil)
		},
	} {
		r := lit(t, LightsShown)
		r.colours(see)
		s := r.flow.record(Selfie)
		if !slices.Contains(doubtsOf(&r.flow, Selfie), DoubtLightNotSeen) || !s.Light.Measured {
			t.Errorf("%s: doubts %v, light %+v", name, s.Doubts, s.Light)
		}
		r.accept(goodFace())
	}
}

// Pictures that show other colours are steady: what they show is no noise, however few they are.
func TestOtherColoursAreNoNoise(t *testing.T) {
	colours := []string{"neutral", "rose", "blue", "green", "yellow", "rose"}
	others := []string{"green", "neutral", "yellow", "neutral", "rose", "blue"}
	noise := rand.New(rand.NewPCG(5, 6))
	for _, frames := range []int{1, LightFrames} {
		seen := make([]LightSeen, len(colours))
		for i := range seen {
			for range frames {
				seen[i].Add(litBy(others[i], 0.03, noise).Face)
			}
		}
		if r := LightScore(colours, seen); r.Measured != (frames > 1) || r.Score > 0.6 || r.Noise > r.Rest {
			t.Errorf("%d frames of each colour: %+v", frames, r)
		}
	}
}

// What an instance of before frames' squares were kept has stored is judged as it was.
func TestColoursWithoutSquaresAreJudged(t *testing.T) {
	colours := []string{"neutral", "rose", "blue", "green", "yellow", "rose"}
	seen := make([]LightSeen, len(colours))
	for i, c := range colours {
		for range LightFrames {
			seen[i].Add(litBy(c, 0.05, nil).Face)
		}
		seen[i].Squares, seen[i].Over = [2]float64{}, [2]float64{}
	}
	if r := LightScore(colours, seen); !r.Measured || r.Score < 0.99 || r.Noise != r.Rest {
		t.Errorf("%+v", r)
	}
}

func TestOnlyFramesUnderTheirOwnColourCount(t *testing.T) {
	r := lit(t, LightsShown)
	before := ""
	r.colours(func(c Challenge) Measurements {
		m := litBy(c.Gesture, 0.06, nil)
		m.Nonce, before = "ffffffffffffffffffffffffffffffff", c.Nonce
		return m
	})
	if before == "" {
		t.Fatal("no nonce was drawn")
	}
	s := r.flow.record(Selfie)
	for i, seen := range s.Light.Seen {
		if seen.Frames != 0 {
			t.Errorf("colour %d counts %d frames of another nonce", i, seen.Frames)
		}
	}
	if len(s.Doubts) != 0 || !slices.Contains(s.Notes, NoteLightNotMeasured) {
		t.Errorf("doubts %v, notes %q, want it noted as not measured", s.Doubts, s.Notes)
	}
	for _, state := range r.flow.StepStates() {
		if slices.Contains(state.Notes, NoteLightNotMeasured) {
			t.Error("the person is told that it was not measured")
		}
	}
}

func TestColoursChangeTwiceASecondAtMostAndEndByThemselves(t *testing.T) {
	nonces := map[string]bool{}
	for _, seen := range []bool{true, false} {
		r := lit(t, LightsShown)
		start := r.now
		began := r.colours(func(c Challenge) Measurements {
			nonces[c.Nonce] = true
			if seen {
				return litBy(c.Gesture, 0.1, nil)
			}
			return face(func(f *FaceMeasurements) { f.Count = 0 })
		})
		if len(began) != LightColours {
			t.Fatalf("%d colours, want %d", len(began), LightColours)
		}
		for i := 1; i < len(began); i++ {
			if d := began[i].Sub(began[i-1]); d < 500*time.Millisecond {
				t.Errorf("colour %d stood for %v", i-1, d)
			}
		}
		if d := r.now.Sub(start); d > LightColours*(LightMost+200*time.Millisecond) {
			t.Errorf("seen %v: the colours took %v", seen, d)
		}
	}
	if len(nonces) != 2*LightColours-1 && len(nonces) != LightColours { // the rehearsals draw from the same seed
		t.Errorf("%d nonces of %d colours", len(nonces), 2*LightColours)
	}
}

func TestColoursEndWithoutAnyFrame(t *testing.T) {
	r := lit(t, LightsShown)
	for range LightColours {
		due := r.flow.Due()
		if due.IsZero() || due.Sub(r.now) > LightMost {
			t.Fatalf("due %v at %v", due, r.now)
		}
		r.now = r.now.Add(LightMost)
		if out := r.flow.Tick(r.now); !out.Changed || out.Challenge == nil {
			t.Fatalf("%+v, want the next colour", out)
		}
	}
	r.at(Selfie, PhaseGuiding)
}

func TestEverySessionHasItsOwnColours(t *testing.T) {
	drawn := map[string]int{}
	for i := range 200 {
		f, err := NewFlow(Passport, FlowOptions{Challenge: true, Intn: rand.New(rand.NewPCG(9, uint64(i))).IntN})
		if err != nil {
			t.Fatal(err)
		}
		s := f.record(Selfie)
		f.startLight(s, time.Unix(1_800_000_000, 0), &Outcome{})
		all := ""
		for k, c := range s.Light.Colours {
			all += c + " "
			if k > 0 && c == s.Light.Colours[k-1] {
				t.Errorf("%q has a colour twice in a row", s.Light.Colours)
			}
		}
		drawn[all]++
	}
	if len(drawn) < 150 {
		t.Errorf("%d sequences in 200 sessions", len(drawn))
	}
}

func TestColoursAreLeftOut(t *testing.T) {
	for name, c := range map[string]struct {
		lights Lights
		voice  bool
		noted  string
	}{
		"a client that does not know them": {"", false, NoteLightNotAsked},
		"a person who wants none":          {LightsLeftOut, false, NoteLightSkipped},
		"guided by voice":                  {LightsShown, true, NoteLightSkipped},
	} {
		r := lit(t, c.lights)
		if c.voice { // chosen while the first colour is shown
			r.flow.SetVoiceGuide(true)
			r.preview(goodFace())
		}
		r.at(Selfie, PhaseGuiding)
		s := r.flow.record(Selfie)
		if !slices.Equal(s.Notes, []string{c.noted}) || len(s.Doubts) != 0 {
			t.Errorf("%s: notes %q, doubts %v", name, s.Notes, s.Doubts)
		}
		for _, state := range r.flow.StepStates() {
			if slices.Contains(state.Notes, NoteLightNotAsked) {
				t.Errorf("%s: the person is told %q", name, state.Notes)
			}
		}
	}
	r := lit(t, LightsShown)
	if _, err := r.flow.Skip("gesture"); err == nil {
		t.Error("another challenge was skipped")
	}
	out, err := r.flow.Skip("light")
	if err != nil || !out.Changed || !out.Challenge.Done {
		t.Errorf("skip: %+v, %v", out, err)
	}
	r.at(Selfie, PhaseGuiding)
	if s := r.flow.record(Selfie); !slices.Contains(s.Notes, NoteLightSkipped) || len(s.Doubts) != 0 {
		t.Errorf("notes %q, doubts %v", s.Notes, s.Doubts)
	}
}

func TestAnUnsteadyCameraInBrightLightIsAskedTwiceAndNotMeasured(t *testing.T) {
	for _, shake := range []float64{0.001, 0.03} {
		r := lit(t, LightsShown)
		turn := 1.0
		began := r.colours(func(c Challenge) Measurements {
			m := litBy(c.Gesture, 0.001, nil)
			turn = -turn // from one frame to the next
			m.Face.Skin[0] *= 1 + shake*turn
			return m
		})
		if want := map[bool]int{true: LightColours, false: LightTries * LightColours}[shake < 0.01]; len(began) != want {
			t.Errorf("unsteady by %v: %d colours, want %d", shake, len(began), want)
		}
		s := r.flow.record(Selfie)
		steady := shake < 0.01
		if noted := slices.Contains(s.Notes, NoteLightNotMeasured); noted == steady || len(s.Doubts) != 0 != steady {
			t.Errorf("unsteady by %v: doubts %v, notes %q, light %+v", shake, s.Doubts, s.Notes, s.Light)
		}
	}
	r := lit(t, LightsShown)
	r.colours(func(Challenge) Measurements { // cut off: no colour can be told
		m := goodFace()
		m.Face.Skin = [3]float64{0.99, 0.98, 0.97}
		return m
	})
	if s := r.flow.record(Selfie); len(s.Doubts) != 0 || !slices.Contains(s.Notes, NoteLightNotMeasured) {
		t.Errorf("doubts %v, notes %q", s.Doubts, s.Notes)
	}
}

func TestAStoredLightIsChecked(t *testing.T) {
	r := lit(t, LightsShown)
	if err := r.flow.Check(); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(s *StepRecord){
		"no light":           func(s *StepRecord) { s.Light = nil },
		"an index too large": func(s *StepRecord) { s.Light.Index = LightColours },
		"an unknown colour":  func(s *StepRecord) { s.Light.Colours[2] = "infrared" },
		"too few sums":       func(s *StepRecord) { s.Light.Seen = nil },
	} {
		r := lit(t, LightsShown)
		spoil(r.flow.record(Selfie))
		if err := r.flow.Check(); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// The colours are pale, and dark print is read on each.
func TestScreenColoursArePaleAndLeavePrintReadable(t *testing.T) {
	for _, name := range ScreenColours() {
		c := ScreenLight(name)
		light := 0.2126*c[0] + 0.7152*c[1] + 0.0722*c[2]
		if contrast := (light + 0.05) / (0.0091 + 0.05); contrast < 4.5 { // #14181f
			t.Errorf("%s: contrast %.1f", name, contrast)
		}
		if red := c[0] / (c[0] + c[1] + c[2]); red >= 0.8 {
			t.Errorf("%s is a saturated red: %.2f", name, red)
		}
		if s := ScreenColour(name); len(s) != 7 || s[0] != '#' {
			t.Errorf("%s is %q", name, s)
		}
	}
	if ScreenColour("infrared") != "" {
		t.Error("an unknown colour is shown")
	}
}

func TestWhiteBalanceAndExposureDoNotCount(t *testing.T) {
	colours := []string{"neutral", "rose", "blue", "green", "yellow", "rose"}
	seen := make([]LightSeen, len(colours))
	for i, c := range colours {
		m := litBy(c, 0.05, nil)
		gain := [3]float64{1 + 0.02*math.Sin(float64(3*i)), 1, 1 - 0.03*math.Sin(float64(2*i))}
		for k := range gain {
			m.Face.Skin[k] *= gain[k] * (1 + 0.1*float64(i%2))
			m.Face.Around[k] *= gain[k] * (1 + 0.1*float64(i%2))
		}
		seen[i].Add(m.Face)
	}
	if r := LightScore(colours, seen); !r.Measured || r.Score < 0.99 || math.Abs(r.Share-0.05) > 0.005 {
		t.Errorf("%+v, want the screen's twentieth", r)
	}
}

// Every sequence that may be drawn tells a face that reflects it from one that does not.
func TestEverySequenceTells(t *testing.T) {
	least := 1.0
	var try func(colours []string)
	try = func(colours []string) {
		if len(colours) < LightColours {
			for _, c := range ScreenColours() {
				if c != colours[len(colours)-1] {
					try(append(slices.Clone(colours), c))
				}
			}
			return
		}
		for _, share := range []float64{0.05, 0} {
			seen := make([]LightSeen, len(colours))
			for i, c := range colours {
				seen[i].Add(litBy(c, share, nil).Face)
			}
			r := LightScore(colours, seen)
			if share > 0 {
				least = min(least, r.Score)
			}
			if !r.Measured || share == 0 && r.Score > 0.01 {
				t.Fatalf("%q, share %v: %+v", colours, share, r)
			}
		}
	}
	try([]string{"neutral"})
	if least < 0.95 {
		t.Errorf("a sequence scores %.3f where it is reflected", least)
	}
}
