package selfies

import (
	"image"
	"math"
	"math/rand/v2"

	"golang.org/x/image/draw"
	"golang.org/x/image/math/f64"

	"visavis/capture"
	"visavis/cmd/eval/compose"
	"visavis/specimen"
)

// Lighting is the light of a selfie.
type Lighting string

// The lights of good selfies.
const (
	Frontal   Lighting = "frontal"
	Side      Lighting = "side"
	Backlight Lighting = "backlight"
	Dim       Lighting = "dim"
)

// Lightings are all lights of good selfies.
func Lightings() []Lighting { return []Lighting{Frontal, Side, Backlight, Dim} }

// Fault is what is wrong with a selfie; empty: nothing.
type Fault string

// The faults.
const (
	Masked    Fault = "mask"
	Shaded    Fault = "sunglasses"
	TooDark   Fault = "too dark"
	Turned    Fault = "turned"
	Far       Fault = "far"
	TwoFaces  Fault = "two faces"
	faultless Fault = ""
)

// Faults are all faults.
func Faults() []Fault { return []Fault{Masked, Shaded, TooDark, Turned, Far, TwoFaces} }

// shot is one selfie to be composed.
type shot struct {
	light Lighting
	worn  Worn
	made  Tone // tone that the skin is given; empty: its own
	fault Fault
}

// shots are the selfies composed of a portrait whose skin has a tone: good ones under each light
// and with each thing that leaves the face free, made tones that are darker than its own in frontal
// and in dim light, and wrong ones.
func shots(own Tone) []shot {
	var out []shot
	for _, l := range Lightings() {
		out = append(out, shot{light: l, worn: Nothing})
		darker := false
		for _, t := range Tones() {
			if _, made := madeTones()[t]; made && darker && (l == Frontal || l == Dim) {
				out = append(out, shot{light: l, worn: Nothing, made: t})
			}
			darker = darker || t == own
		}
	}
	for _, w := range []Worn{Glasses, Headscarf, Beard} {
		out = append(out, shot{light: Frontal, worn: w})
	}
	for _, f := range Faults() {
		s := shot{light: Frontal, worn: Nothing, fault: f}
		switch f {
		case Masked:
			s.worn = Mask
		case Shaded:
			s.worn = Sunglasses
		}
		out = append(out, s)
	}
	return out
}

// A selfie as a phone sends it: see compose.Composer.Taken.
const frameWidth, frameHeight = 720, 960

// compose draws a shot of a portrait; other is the second face where there are two.
func (h shot) compose(s, other source, room *image.RGBA, r *rand.Rand) ([]byte, error) {
	frame := image.NewRGBA(image.Rect(0, 0, frameWidth, frameHeight))
	backdrop(frame, room, r)
	if h.light == Backlight {
		lift(frame, compose.Uniform(r, 0.7, 0.9))
	}
	switch h.fault {
	case Turned:
		a, b := mean(s.points[36:42]), mean(s.points[42:48])
		yaw := compose.Uniform(r, 30, 45)
		if r.IntN(2) == 0 {
			yaw = -yaw
		}
		frame = specimen.Head{Portrait: s.image, EyeLeft: [2]float64{a.X, a.Y}, EyeRight: [2]float64{b.X, b.Y}}.
			Turned(specimen.HeadPose{Yaw: yaw, Closer: 1.4}, frameWidth, frameHeight)
		relight(frame, nil, h, r)
	case Far:
		h.head(frame, s, compose.Uniform(r, 0.09, 0.16),
			capture.Point{X: compose.Uniform(r, 300, 420), Y: compose.Uniform(r, 380, 520)}, r)
	case TwoFaces:
		size := compose.Uniform(r, 0.24, 0.3)
		h.head(frame, other, size*compose.Uniform(r, 0.8, 1), capture.Point{X: 190, Y: compose.Uniform(r, 400, 520)}, r)
		h.head(frame, s, size, capture.Point{X: 530, Y: compose.Uniform(r, 400, 520)}, r)
	default:
		h.head(frame, s, compose.Uniform(r, 0.34, 0.5),
			capture.Point{X: frameWidth * compose.Uniform(r, 0.44, 0.56), Y: frameHeight * compose.Uniform(r, 0.44, 0.54)}, r)
	}
	return compose.Encoded(compose.Photographed(frame, r), 78+r.IntN(15))
}

// head draws a portrait's head: its face so high over the frame, from brows to chin and a fifth
// more, its middle at a place.
func (h shot) head(frame *image.RGBA, s source, high float64, at capture.Point, r *rand.Rand) {
	middle := between(mean(s.points[36:48]), s.points[8], 0.4)
	size := 1.2 * math.Hypot(s.points[8].X-mean(s.points[17:27]).X, s.points[8].Y-mean(s.points[17:27]).Y)
	k := size / (high * frameHeight) // pixels of the portrait in one of the frame
	sin, cos := math.Sincos(compose.Uniform(r, -4, 4) * math.Pi / 180)
	head := image.NewRGBA(frame.Rect)
	cover := make([]float64, frameWidth*frameHeight)
	w, b := float64(s.image.Rect.Dx()), float64(s.image.Rect.Dy())
	draw.BiLinear.Transform(head, f64.Aff3{
		cos / k, -sin / k, at.X - (cos*middle.X-sin*middle.Y)/k,
		sin / k, cos / k, at.Y - (sin*middle.X+cos*middle.Y)/k,
	}, s.image, s.image.Rect, draw.Src, nil)
	for y := range frameHeight {
		for x := range frameWidth {
			dx, dy := float64(x)-at.X, float64(y)-at.Y
			u, v := middle.X+k*(dx*cos+dy*sin), middle.Y+k*(dy*cos-dx*sin)
			// An oval around head and hair, and shoulders; no more than the portrait shows.
			fx, fy := k*dx/size, k*dy/size
			edge := 1 - math.Hypot(fx/0.85, (fy+0.05)/1.1)
			if fy > 0.5 {
				edge = max(edge, 0.75+0.8*(fy-0.5)-math.Abs(fx))
			}
			edge = min(edge, u/size, (w-u)/size, v/size, (b-v)/size)
			cover[y*frameWidth+x] = min(1, max(0, edge/0.12))
		}
	}
	points := make([]capture.Point, len(s.points))
	for i, p := range s.points {
		dx, dy := (p.X-middle.X)/k, (p.Y-middle.Y)/k
		points[i] = capture.Point{X: at.X + dx*cos - dy*sin, Y: at.Y + dx*sin + dy*cos}
	}
	if h.made != "" {
		head = skinned(head, points, madeTones()[h.made])
	}
	for i, c := range cover {
		for j := range 3 {
			q := &frame.Pix[4*i+j]
			*q = uint8(float64(*q) + c*(float64(head.Pix[4*i+j])-float64(*q)) + 0.5)
		}
	}
	wear(frame, points, h.worn, r)
	for i := range cover { // what is worn is lit as the head is
		dx, dy := (float64(i%frameWidth)-at.X)/(high*frameHeight), (float64(i/frameWidth)-at.Y)/(high*frameHeight)
		cover[i] = max(cover[i], min(1, max(0, (1.1-math.Hypot(dx, dy))/0.12)))
	}
	relight(frame, func(x, y int) (aside, share float64) {
		return (float64(x) - at.X) / (high * frameHeight), cover[y*frameWidth+x]
	}, h, r)
}

// relight is the light of a shot on coded levels. on tells how far a pixel lies beside the face's
// middle, over its height, and how much it is the head's.
func relight(frame *image.RGBA, on func(x, y int) (aside, share float64), h shot, r *rand.Rand) {
	gain, slope, veil, grain := compose.Uniform(r, 0.92, 1.08), 0.0, 0.0, 0.0
	outside := gain
	switch {
	case h.fault == TooDark:
		gain = compose.Uniform(r, 0.08, 0.18)
		outside, grain = gain, 2
	case h.light == Side: // the far side of the face has 0.55 to 0.8 of the near one's level
		slope = (1 - compose.Uniform(r, 0.55, 0.8)) / 0.8
		if r.IntN(2) == 0 {
			slope = -slope
		}
	case h.light == Backlight:
		gain, veil = compose.Uniform(r, 0.6, 0.8), compose.Uniform(r, 8, 22)
	case h.light == Dim:
		gain = compose.Uniform(r, 0.5, 0.65)
		outside, grain = gain, compose.Uniform(r, 2, 4)
	}
	for y := range frameHeight {
		for x := range frameWidth {
			aside, share := 0.0, 1.0
			if on != nil {
				aside, share = on(x, y)
			}
			k := outside + share*(gain*(1-math.Abs(slope)*0.4+slope*min(0.4, max(-0.4, aside)))-outside)
			q := frame.Pix[frame.PixOffset(x, y):]
			noise := 0.0
			if grain > 0 {
				noise = grain * r.NormFloat64()
			}
			for i := range 3 {
				q[i] = uint8(min(max(float64(q[i])*k+veil+noise+0.5, 0), 255))
			}
		}
	}
}

// backdrop fills a frame with a part of a photograph, out of focus as behind a near face.
func backdrop(frame, room *image.RGBA, r *rand.Rand) {
	w, h := float64(room.Rect.Dx()), float64(room.Rect.Dy())
	k := min(w/frameWidth, h/frameHeight) * compose.Uniform(r, 0.6, 1)
	x0, y0 := (w-k*frameWidth)*r.Float64(), (h-k*frameHeight)*r.Float64()
	const coarse = 6 // pixels of the frame between samples
	small := image.NewRGBA(image.Rect(0, 0, frameWidth/coarse, frameHeight/coarse))
	part := image.Rect(int(x0), int(y0), int(x0+k*frameWidth), int(y0+k*frameHeight))
	draw.ApproxBiLinear.Scale(small, small.Rect, room, part, draw.Src, nil)
	draw.BiLinear.Scale(frame, frame.Rect, small, small.Rect, draw.Src, nil)
}

// lift takes a share of what is missing to white away, as a window behind a face does.
func lift(frame *image.RGBA, share float64) {
	for i, v := range frame.Pix {
		frame.Pix[i] = uint8(255 - (1-share)*(255-float64(v)))
	}
}
