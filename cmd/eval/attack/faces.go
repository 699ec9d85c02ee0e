package attack

import (
	"context"
	"fmt"
	"image"
	"image/color"
	"math"
	"math/rand/v2"
	"time"

	"visavis/capture"
	"visavis/cmd/eval/compose"
	"visavis/identity"
	"visavis/specimen"
)

// Portrait is the picture of a person.
type Portrait struct {
	// Person is a name without meaning: portraits of one person have the same.
	Person string
	Image  *image.RGBA
}

// head is a portrait whose eyes were found.
type head struct {
	person string
	specimen.Head
}

// straight is how far, in degrees, a portrait may look aside to stand for a whole head.
const straight = 14

// heads are the portraits with one frontal face whose eyes are found.
func (o Options) heads(ctx context.Context) ([]head, error) {
	var out []head
	for _, p := range o.Portraits {
		jpeg, err := compose.Encoded(p.Image, 92)
		if err != nil {
			return nil, err
		}
		m, err := compose.Measured(ctx, o.Engine, capture.Selfie, capture.Still, "", jpeg)
		if err != nil {
			return nil, fmt.Errorf("portrait of %s: %w", p.Person, err)
		}
		f := m.Face
		if f.Count != 1 || len(f.Landmarks) != 68 || math.Abs(f.Yaw) > straight || math.Abs(f.Pitch) > straight {
			continue
		}
		left, right := middle(f.Landmarks[36:42]), middle(f.Landmarks[42:48])
		out = append(out, head{p.Person, specimen.Head{Portrait: p.Image, EyeLeft: left, EyeRight: right}})
	}
	people := map[string]bool{}
	for _, h := range out {
		people[h.person] = true
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("attack: no frontal face in %d portraits", len(o.Portraits))
	}
	fmt.Fprintf(o.Log, "%d portraits of %d people\n", len(out), len(people))
	return out, nil
}

func middle(points []capture.Point) (out [2]float64) {
	for _, p := range points {
		out[0] += p.X / float64(len(points))
		out[1] += p.Y / float64(len(points))
	}
	return out
}

// selfie is what a camera sees in a session's selfie.
type selfie struct {
	// frame draws one of the frames: a face that looks into the camera, two turns of the head,
	// the still. further is how many degrees a turn goes on.
	frame   func(i int, further float64) *image.RGBA
	turning turning
	display *compose.Display // shows them; nil: the head is there
}

// The frames of a selfie.
const (
	neutral = iota
	turnLeft
	turnRight
	still
	faceWidth, faceHeight = 480, 640
)

// noseOf is how far a grown person's nose stands out, of 15 to 23 mm where the eyes are 63 mm
// apart: see specimen.Head.
func noseOf(r *rand.Rand) float64 { return 0.24 + 0.12*r.Float64() }

// turning is how heads turn, in degrees: from some at first to as many more as wide, and on by
// steps up to most while they are not seen to have turned enough.
type turning struct{ from, wide, by, most float64 }

// ample are turns in few steps, for captures that are not about them; little are those of
// which the first may be half of what is asked, as of who turns until the phone is content.
var ample, little = turning{20, 6, 12, 24}, turning{9, 17, 4, 32}

// poses of a head that follows what is asked, a little differently each time.
func (t turning) poses(r *rand.Rand, like specimen.HeadPose) func(i int, further float64) specimen.HeadPose {
	turn := t.from + t.wide*r.Float64()
	var yaw, pitch [4]float64
	for i, asked := range [4]float64{0, turn, -turn, 0} {
		yaw[i], pitch[i] = asked+2*r.NormFloat64(), 2*r.NormFloat64()
	}
	return func(i int, further float64) specimen.HeadPose {
		p := like
		p.Yaw, p.Pitch = yaw[i]+math.Copysign(further, yaw[i]), pitch[i]
		return p
	}
}

// head draws a head in the poses of a selfie.
func (t turning) head(h head, r *rand.Rand, like specimen.HeadPose) selfie {
	pose := t.poses(r, like)
	return selfie{turning: t, frame: func(i int, further float64) *image.RGBA {
		return h.Turned(pose(i, further), faceWidth, faceHeight)
	}}
}

// faces are the captures of selfies.
func (o Options) faces(heads []head) []job {
	var jobs []job
	number := 0
	add := func(n int, kind, detail string, show func(h, other head, r *rand.Rand) selfie) {
		for range n {
			number++
			at := number
			jobs = append(jobs, func(ctx context.Context) (Sample, error) {
				r := rand.New(rand.NewPCG(o.Seed+2, uint64(at)))
				h, other := heads[at%len(heads)], heads[r.IntN(len(heads))]
				for n := 0; other.person == h.person && n < len(heads); n++ {
					other = heads[r.IntN(len(heads))]
				}
				h.Nose, other.Nose = noseOf(r), noseOf(r)
				scores, err := o.selfie(ctx, show(h, other, r), at, r)
				return Sample{Part: Face, Kind: kind, Detail: detail, Of: h.person, Scores: scores}, err
			})
		}
	}
	add(o.scaled(honestFaces), Honest, "", func(h, _ head, r *rand.Rand) selfie {
		return little.head(h, r, specimen.HeadPose{Closer: 0.8 + 0.5*r.Float64()}) // 34 to 55 cm
	})
	n := o.scaled(ofEachKind)
	add(n, "printed photo", "", func(h, _ head, r *rand.Rand) selfie {
		return little.head(h, r, specimen.HeadPose{Flat: true})
	})
	add(n, "bent photo", "", func(h, _ head, r *rand.Rand) selfie {
		return little.head(h, r, specimen.HeadPose{Flat: true, Bend: 0.05 + 0.1*r.Float64()})
	})
	add(n, "photo with cut-out eyes", "", func(h, other head, r *rand.Rand) selfie {
		return cutOut(little.head(h, r, specimen.HeadPose{Flat: true, Bend: 0.08}),
			little.head(other, r, specimen.HeadPose{}))
	})
	add(n, "still of another person", "", func(h, other head, r *rand.Rand) selfie {
		mine, theirs := little.head(h, r, specimen.HeadPose{}), little.head(other, r, specimen.HeadPose{})
		return selfie{turning: little, frame: func(i int, further float64) *image.RGBA {
			if i == still {
				return theirs.frame(i, further)
			}
			return mine.frame(i, further)
		}}
	})
	add(n, "face warped over another", "", func(h, other head, r *rand.Rand) selfie { return warped(h, other, r) })
	for _, grid := range compose.Grids() {
		for _, away := range distances {
			add(max(2, n/3), "video on a screen, "+string(grid), away.name, func(h, _ head, r *rand.Rand) selfie {
				s := little.head(h, r, specimen.HeadPose{})
				s.display = &compose.Display{Grid: grid, Pitch: away.pitch * (0.9 + 0.2*r.Float64()), Light: 0.6 + 0.5*r.Float64()}
				return s
			})
		}
	}
	return jobs
}

// selfie measures the frames of a selfie as a session does; nil if no face was found.
func (o Options) selfie(ctx context.Context, s selfie, number int, r *rand.Rand) (map[string]float64, error) {
	see := func(i int, further float64) (*capture.FaceMeasurements, []byte, error) {
		jpeg, err := o.photographed(s, i, further, number, r)
		if err != nil {
			return nil, nil, err
		}
		kind := capture.Preview
		if i == still {
			kind = capture.Still
		}
		frame, err := capture.NewFrame(capture.Selfie, kind, "", 1, time.Time{}, jpeg)
		if err != nil {
			return nil, nil, err
		}
		frame.Moving = i != still
		m, err := compose.MeasuredFrame(ctx, o.Engine, frame)
		return m.Face, jpeg, err
	}
	before, _, err := see(neutral, 0)
	if err != nil {
		return nil, err
	}
	after, picture, err := see(still, 0)
	if err != nil || before.Count == 0 || after.Count == 0 {
		return nil, err
	}
	scores := capture.StillScores(capture.Measurements{Face: after}, nil)
	limits := capture.DefaultLimits().Challenge
	least := math.Inf(1)
	var gesture []byte
	for _, i := range []int{turnLeft, turnRight} {
		sign, done := 1.0, 0.0
		if i == turnRight {
			sign = -1
		}
		for further := 0.0; done < 1 && further <= s.turning.most; further += s.turning.by {
			face, jpeg, err := see(i, further)
			if err != nil {
				return nil, err
			}
			if face.Count == 0 {
				break
			}
			gesture, done = jpeg, max(done, sign*(face.Yaw-before.Yaw)/limits.YawTurn)
			if off, ok := capture.OffPlane(before.Landmarks, face.Landmarks); ok {
				scores[capture.DoubtFlat] = max(scores[capture.DoubtFlat], off)
			}
		}
		least = min(least, done)
	}
	scores[gestureSignal] = least
	if gesture == nil {
		return scores, nil
	}
	pair, err := o.Engine.CompareFaces(ctx, identity.FacePair{A: gesture, B: picture})
	if err != nil {
		return nil, fmt.Errorf("compare faces: %w", err)
	}
	if pair.FoundA && pair.FoundB {
		scores[capture.DoubtSwapped] = pair.Score
	}
	return scores, nil
}

// photographed is a frame as a phone sends it.
func (o Options) photographed(s selfie, i int, further float64, number int, r *rand.Rand) ([]byte, error) {
	img := s.frame(i, further)
	if s.display == nil {
		return compose.Encoded(compose.Photographed(img, r), 78+r.IntN(15))
	}
	d := compose.Document{Name: "face", Image: img}
	_, frame, err := compose.Composer{Seed: o.Seed + 3}.Taken(number, d, d,
		compose.Holding{Display: s.display, Whole: true})
	return frame.JPEG, err
}

// The face in the pictures of specimen.Head.Turned: the eyes a seventh of the width apart,
// their middle at these shares of the width and height.
const eyesX, eyesY, eyesApart = 0.5, 0.42, 1.0 / 7

// cutOut is a photo worn as a mask: through the holes the eyes of who wears it are seen.
func cutOut(mask, wearer selfie) selfie {
	return selfie{turning: little, frame: func(i int, further float64) *image.RGBA {
		img, below := mask.frame(i, further), wearer.frame(i, further)
		w, h := float64(img.Rect.Dx()), float64(img.Rect.Dy())
		for y := range img.Rect.Dy() {
			for x := range img.Rect.Dx() {
				dx, dy := (float64(x)-eyesX*w)/(eyesApart*w), (float64(y)-eyesY*h)/(eyesApart*w)
				hole := math.Hypot((math.Abs(dx)-0.5)/0.24, dy/0.13)
				if hole < 1 {
					img.SetRGBA(x, y, below.RGBAAt(x, y))
				} else if hole < 1.12 { // the paper's edge
					img.SetRGBA(x, y, color.RGBA{225, 222, 215, 255})
				}
			}
		}
		return img
	}}
}

// warped is a live head over whose face a photo of another person is laid in each frame:
// moved and narrowed as the head turns, blended at its edge.
func warped(photo, live head, r *rand.Rand) selfie {
	flat := photo.Turned(specimen.HeadPose{Flat: true}, faceWidth, faceHeight)
	pose := little.poses(r, specimen.HeadPose{})
	return selfie{turning: little, frame: func(i int, further float64) *image.RGBA {
		p := pose(i, further)
		img := live.Turned(p, faceWidth, faceHeight)
		sin, cos := math.Sincos(p.Yaw * math.Pi / 180)
		w, h := float64(img.Rect.Dx()), float64(img.Rect.Dy())
		cx, cy, k := eyesX*w+sin*1.1*eyesApart*w, eyesY*h+0.4*eyesApart*w, eyesApart*w
		for y := range img.Rect.Dy() {
			for x := range img.Rect.Dx() {
				dx, dy := (float64(x)-cx)/(k*cos), (float64(y)-cy)/k
				out := math.Hypot(dx/0.95, dy/1.35)
				if out >= 1 {
					continue
				}
				a := min(1, (1-out)/0.2)
				from, to := flat.RGBAAt(int(eyesX*w+dx*k), y), img.RGBAAt(x, y)
				mix := func(from, to uint8) uint8 { return uint8(a*float64(from) + (1-a)*float64(to)) }
				img.SetRGBA(x, y, color.RGBA{mix(from.R, to.R), mix(from.G, to.G), mix(from.B, to.B), 255})
			}
		}
		return img
	}}
}
