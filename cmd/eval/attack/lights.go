package attack

import (
	"context"
	"image"
	"image/color"
	"math"
	"math/rand/v2"
	"sync"

	"visavis/capture"
	"visavis/cmd/eval/compose"
	"visavis/specimen"
)

// honestLights are the honest captures under a phone's colours, ofEachLight the attacks of a
// kind.
const honestLights, ofEachLight = 60, 12

// lights are the selfies under a phone's colours, each with the gestures before the colours and
// with the still behind them, as in a session.
func (o Options) lights(heads []head) []job {
	var jobs []job
	add := func(n int, kind, detail string, how shine) {
		for range n {
			at := len(jobs) + 1
			jobs = append(jobs, func(ctx context.Context) (Sample, error) {
				h := heads[at%len(heads)]
				sample := Sample{Part: Light, Kind: kind, Detail: detail, Of: h.person}
				r := rand.New(rand.NewPCG(o.Seed+8, uint64(at)))
				shown := ample.head(h, r, specimen.HeadPose{Flat: how.flat})
				if how.display {
					grids, away := compose.Grids(), distances[r.IntN(len(distances))]
					shown.display = &compose.Display{Grid: grids[r.IntN(len(grids))],
						Pitch: away.pitch * (0.9 + 0.2*r.Float64()), Light: 0.6 + 0.5*r.Float64()}
				}
				var err error
				if sample.Scores, err = o.selfie(ctx, shown, firstLight+at, r); err != nil || sample.Scores == nil {
					return sample, err
				}
				r = rand.New(rand.NewPCG(o.Seed+7, uint64(at)))
				pose := specimen.HeadPose{Yaw: 2 * r.NormFloat64(), Pitch: 2 * r.NormFloat64(), Flat: how.flat}
				score, known, err := o.answer(ctx, h.Turned(pose, faceWidth, faceHeight), how, r)
				if known { // what is not measured is no doubt
					sample.Scores[capture.DoubtLightNotSeen] = score
				}
				return sample, err
			})
		}
	}
	add(o.scaled(honestLights), Honest, "", shine{reflects: 1})
	n := o.scaled(ofEachLight)
	add(n, "injected video, no light of the screen", "", shine{})
	add(n, "injected video, colours late", "by one colour", shine{reflects: 1, shown: late})
	add(n, "replayed video behind glass", "8 % of what skin reflects", shine{reflects: glass, display: true})
	add(n, "injected video, colours guessed", "", shine{reflects: 1, shown: guessed})
	add(n, "photo on paper under the colours", "", shine{reflects: 1, flat: true})
	return jobs
}

// firstLight is before the numbers of the displays of these captures, so that they differ from
// those of the faces.
const firstLight = 10_000

// shine is how what is before the camera answers the colours of a phone's screen.
type shine struct {
	// reflects is how much of the screen's light comes back, over what skin sends back.
	reflects float64
	// shown are the colours whose light is in the pictures, of those that are drawn; nil: they
	// themselves.
	shown func(drawn []string, r *rand.Rand) []string
	// flat is a photo in place of a head, display one that shows the gestures and the still.
	flat, display bool
}

// glass is what the front of a display reflects, over what skin does.
const glass = 0.08

// guessed are colours of one's own.
func guessed(_ []string, r *rand.Rand) []string { return capture.DrawColours(r.IntN) }

// late are the colours that were shown before.
func late(drawn []string, _ *rand.Rand) []string {
	return append([]string{drawn[0]}, drawn[:len(drawn)-1]...)
}

// lighting is a room, a phone's screen before a face, and the phone's camera.
type lighting struct {
	room    [3]float64 // light of the room on the face, lux, in each channel
	screen  float64    // light of the white screen on the face, lux
	farther float64    // the screen's light on the wall over that on the face
	adapts  float64    // how much of its error the exposure takes back between two pictures
	whitens float64    // the same of the white balance,
	trusts  float64    // which goes for this share of grey
	camera  compose.Camera
}

// screenArea is the part of a phone's screen that is lit round the face, m².
const screenArea = 0.0056

func newLighting(r *rand.Rand) lighting {
	within := func(lo, hi float64) float64 { return lo + (hi-lo)*r.Float64() }
	away := within(0.2, 0.35)
	l := lighting{
		// A Lambertian screen, its edges seen a little from aside.
		screen:  within(300, 600) * screenArea / (away * away) * 0.9,
		farther: math.Pow(away/(away+within(0.5, 3)), 2),
		adapts:  within(0.1, 0.5), whitens: within(0.02, 0.2), trusts: within(0.2, 1),
	}
	lux, warm := 50*math.Pow(20, r.Float64()), within(-0.25, 0.25)
	l.room = [3]float64{lux * (1 + warm), lux, lux * (1 - warm)}
	l.camera = compose.NewCamera(r)
	return l
}

// adapted is how often the camera has adapted before the first picture of a colour, and slowOf
// is of how many captures one has a slow line, which brings fewer pictures of a colour.
const adapted, slowOf = 3, 5

// shot is a scene before a phone, whose camera goes on adapting from colour to colour.
type shot struct {
	lit
	lighting
	reflects float64
	exposure float64
	balance  [3]float64
	quality  int // of the JPEGs
	frames   int // of a colour
}

// answer measures how a face answers drawn colours, as often as a session asks; false where it
// cannot be told.
func (o Options) answer(ctx context.Context, img *image.RGBA, how shine,
	r *rand.Rand) (score float64, known bool, err error) {
	s := shot{lit: newLit(img), lighting: newLighting(r), reflects: how.reflects,
		exposure: 1, balance: [3]float64{1, 1, 1}, quality: 62 + r.IntN(19), frames: capture.LightFrames}
	if r.IntN(slowOf) == 0 {
		s.frames = 1 + r.IntN(capture.LightFrames-1)
	}
	var result capture.LightResult
	for range capture.LightTries {
		drawn := capture.DrawColours(r.IntN)
		shown := drawn
		if how.shown != nil {
			shown = how.shown(drawn, r)
		}
		seen := make([]capture.LightSeen, len(drawn))
		for i, name := range shown {
			if err := o.see(ctx, &s, name, &seen[i], r); err != nil {
				return 0, false, err
			}
		}
		if result = capture.LightScore(drawn, seen); !result.Again() {
			break
		}
	}
	return result.Score, result.Measured, nil
}

// see adds to what was seen the pictures of a colour.
func (o Options) see(ctx context.Context, s *shot, colour string, seen *capture.LightSeen, r *rand.Rand) error {
	by := s.colour(colour)
	for step := range adapted + s.frames - 1 {
		s.adapt(by)
		if step < adapted-1 {
			continue
		}
		img := s.under(by, s.exposure, s.balance, r.IntN(7)-3, r.IntN(7)-3)
		jpeg, err := compose.Encoded(s.camera.Photographed(img, r), s.quality)
		if err != nil {
			return err
		}
		m, err := compose.Measured(ctx, o.Engine, capture.Selfie, capture.Preview, "", jpeg)
		if err != nil {
			return err
		}
		if m.Face != nil && m.Face.Count == 1 {
			seen.Add(m.Face)
		}
	}
	return nil
}

// colour is the light under a colour of the screen, over that of the room: on the wall, and on
// what is before it.
func (s *shot) colour(name string) (by [2][3]float64) {
	for k, screen := range capture.ScreenLight(name) {
		more := s.screen * screen / s.room[k] * s.reflects
		by[0][k], by[1][k] = 1+s.farther*more, 1+more
	}
	return by
}

// adapt moves exposure and white balance as they do from one picture to the next.
func (s *shot) adapt(by [2][3]float64) {
	var now [3]float64
	for k := range now {
		now[k] = (s.sums[0][k]*by[0][k] + s.sums[1][k]*by[1][k]) / (s.sums[0][k] + s.sums[1][k])
	}
	s.exposure += s.adapts * (1/now[1] - s.exposure)
	for _, k := range []int{0, 2} {
		s.balance[k] += s.whitens * (math.Pow(now[1]/now[k], s.trusts) - s.balance[k])
	}
}

// lightLevels is how many steps linear light has.
const lightLevels = 1 << 16

// levelOf is the level of a picture for each step of linear light.
var levelOf = sync.OnceValue(func() []uint8 {
	out := make([]uint8, lightLevels)
	for i := range out {
		out[i] = uint8(255*math.Pow(float64(i)/(lightLevels-1), 1/2.2) + 0.5)
	}
	return out
})

// lit is a scene in linear light: what is before the wall, and the wall.
type lit struct {
	w, h   int
	light  [][3]float64
	before []bool
	sums   [2][3]float64 // of the wall, and of what is before it
}

func newLit(img *image.RGBA) lit {
	wall := specimen.Head{}.Turned(specimen.HeadPose{}, img.Rect.Dx(), img.Rect.Dy())
	s := lit{w: img.Rect.Dx(), h: img.Rect.Dy()}
	s.light, s.before = make([][3]float64, s.w*s.h), make([]bool, s.w*s.h)
	for i := range s.light {
		p, q := img.Pix[4*i:][:3], wall.Pix[4*i:][:3]
		s.before[i] = p[0] != q[0] || p[1] != q[1] || p[2] != q[2]
		part := 0
		if s.before[i] {
			part = 1
		}
		for k, v := range p {
			s.light[i][k] = math.Pow(float64(v)/255, 2.2)
			s.sums[part][k] += s.light[i][k]
		}
	}
	return s
}

// under is the scene in other light, as the camera makes a picture of it from a hand that
// trembles by dx and dy pixels.
func (s *lit) under(by [2][3]float64, exposure float64, balance [3]float64, dx, dy int) *image.RGBA {
	out, levels := image.NewRGBA(image.Rect(0, 0, s.w, s.h)), levelOf()
	for y := range s.h {
		for x := range s.w {
			i := min(max(y+dy, 0), s.h-1)*s.w + min(max(x+dx, 0), s.w-1)
			light := by[0]
			if s.before[i] {
				light = by[1]
			}
			var c [3]uint8
			for k, v := range s.light[i] {
				c[k] = levels[int(min(1, v*light[k]*exposure*balance[k])*(lightLevels-1)+0.5)]
			}
			out.SetRGBA(x, y, color.RGBA{c[0], c[1], c[2], 255})
		}
	}
	return out
}
