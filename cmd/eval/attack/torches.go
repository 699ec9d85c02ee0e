package attack

import (
	"math"
	"math/rand/v2"
	"slices"

	"visavis/capture"
)

// What a page does with a torch: camera-torch.js.
const (
	frameGap  = 1000.0 / 30 // ms
	pulse     = 500.0       // the longest, ms
	comesBack = 500.0       // looked at afterwards, the longest, ms
	clear     = 0.25        // of the brightness before: the pulse ends
)

// scene is what is before a camera when its torch is asked for, and the torch.
type scene struct {
	ambient  float64 // lux
	distance float64 // m
	candela  float64 // of the torch along the axis; 0: none
	latency  float64 // from asking to the torch's light in a frame, ms
	// moves and turns are those of a hand or of a video: percent, and periods within two seconds.
	moves, turns, phase float64
	// gain is by how much the picture is made lighter in place of a torch, alike everywhere.
	gain float64
}

// faced is a scene that a person holds a phone over, whose document's photo was just taken.
func faced(r *rand.Rand) scene {
	s := scene{ambient: 300 * math.Exp(r.NormFloat64()), distance: 0.12 + 0.23*r.Float64(),
		candela: 25 * math.Exp(0.5*r.NormFloat64()), latency: 150 * math.Exp(0.4*r.NormFloat64())}
	if r.IntN(15) == 0 { // outdoors, or beside a window
		s.ambient = 8000 * math.Exp(0.8*r.NormFloat64())
	}
	if r.IntN(20) == 0 { // taken away at once
		s.distance = 0.5 + 1.5*r.Float64()
	}
	if r.IntN(100) == 0 { // granted, and not lit: a low battery, a hot phone
		s.candela = 0
	}
	return s.moving(r, held(r)/2) // still enough for the photo that was just taken
}

// moving is a scene whose brightness moves so much, in percent.
func (s scene) moving(r *rand.Rand, moves float64) scene {
	s.moves, s.turns, s.phase = moves, 0.5+r.Float64(), 7*r.Float64()
	return s
}

// lux of the torch on the scene, along the axis.
func (s scene) lux() float64 { return s.candela / (s.distance * s.distance) }

// torch is what comes of asking the camera of a report for its torch; nil where it is not
// asked: without a torch, towards a face, and where the exposure is told and short.
func (m model) torch(c capture.CameraReport, r *rand.Rand) *capture.CameraTorch {
	s := faced(r)
	short := 4000 * math.Exp(0.35*r.NormFloat64()) // the lux of 4 ms, by aperture and sensitivity
	told := slices.Contains(c.Able, "exposureTime")
	if !lamp(c) || told && s.ambient > short {
		return nil
	}
	return s.asked(r)
}

// lamp tells whether a page asks the camera of a report for its torch.
func lamp(c capture.CameraReport) bool {
	return slices.Contains(c.Able, "torch") && c.Facing == "environment" && c.ReportedFacing != "user"
}

// unlit is what a program says that claims a torch: the browser, which it did not change,
// refuses one that the track has not; or the program grants it, and what it plays goes on,
// or is made lighter for as long by one that bothers to.
func unlit(r *rand.Rand, bothers bool) *capture.CameraTorch {
	s := scene{distance: 1, ambient: 300}
	moves := 0.0
	if r.IntN(3) > 0 { // a video, not a picture
		moves = held(r)
	}
	s = s.moving(r, moves)
	if bothers {
		s.gain, s.latency = 0.1+0.5*r.Float64(), 20+100*r.Float64()
		return s.asked(r)
	}
	if r.IntN(2) == 0 {
		return &capture.CameraTorch{Refused: true}
	}
	return s.asked(r)
}

// asked is what a page sees of a scene in which it asks for a pulse.
func (s scene) asked(r *rand.Rand) *capture.CameraTorch {
	level := 60 + 110*r.Float64()
	var paper [capture.TorchParts]float64
	for i := range paper {
		paper[i] = level * (0.6 + 0.7*r.Float64())
	}
	lit, dark := s.latency, math.Inf(1) // when the torch goes on and off
	at := 0.0
	look := func() []float64 {
		out := make([]float64, len(paper))
		for i := range out {
			out[i] = s.level(paper[i], i, at, lit, dark, r)
		}
		at += frameGap
		return out
	}
	out := &capture.CameraTorch{Before: look()}
	out.During, out.After = out.Before, nil
	for from := at; at-from < pulse; {
		now := look()
		if mean(now) > mean(out.During) || at-from <= frameGap {
			out.During, out.Took = now, int(at-from)
		}
		if mean(now) >= (1+clear)*mean(out.Before) {
			break
		}
	}
	if at < lit {
		lit = math.Inf(1) // taken back before it came
	}
	dark = at + s.latency
	for from := at; at-from < comesBack; {
		now := look()
		if out.After == nil || mean(now) < mean(out.After) {
			out.After = now
		}
		if risen := mean(out.During) - mean(out.Before); risen > 0 && mean(out.During)-mean(now) >= risen/2 {
			break
		}
	}
	return out
}

// settles is how fast an exposure takes a torch's light back, ms.
const settles = 400

// level of a part of the picture at a time, that has so much without the torch. The light of a
// torch falls off towards the edges as the fourth power of the cosine, sRGB has a gamma of
// 2.2, and a sensor's noise and a hand are left of a part's mean.
func (s scene) level(paper float64, part int, at, lit, dark float64, r *rand.Rand) float64 {
	x, y := float64(part%4)-1.5, float64(part/4)-1
	light := 0.0
	if at >= lit && at < dark {
		away := 1 / (1 + 0.12*(x*x+y*y)) // the square of the cosine, of 33° for a corner's middle
		light = s.lux() / s.ambient * away * away
		light *= 0.3 + 0.7*math.Exp(-(at-lit)/settles)
		light = (1+light)*(1+s.gain) - 1
	}
	hand := s.moves / 100 * math.Sqrt2 * math.Sin(s.phase+s.turns*math.Pi*at/1000)
	v := paper*math.Pow(1+light, 1/2.2)*(1+hand) + 0.3*r.NormFloat64()
	return rounded(min(255, max(0, v)))
}

func mean(list []float64) float64 {
	sum := 0.0
	for _, v := range list {
		sum += v
	}
	return sum / float64(len(list))
}
