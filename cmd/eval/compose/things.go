package compose

import (
	"image"
	"math"
	"math/rand/v2"
)

// spot is a light on a document, in its unit square: round, or narrower by stretch across a
// turn; size is in its heights.
type spot struct{ x, y, size, strength, stretch, turn float64 }

// soft falls from 1 in the middle.
func (o spot) soft(u, v float64) float64 {
	return math.Exp(-((u-o.x)*(u-o.x) + (v-o.y)*(v-o.y)) / (2 * o.size * o.size))
}

// shine burns a spot with a soft edge into a pixel.
func (o spot) shine(s *scene, x, y float64, c []float32) {
	u, v := unit(s.to, x, y)
	b := s.f.Document.Image.Rect
	sin, cos := math.Sincos(o.turn)
	dx, dy := (u-o.x)*float64(b.Dx())/float64(b.Dy()), v-o.y
	d := math.Hypot(dx*cos+dy*sin, (dy*cos-dx*sin)/o.stretch) / o.size
	if k := float32(min(1, max(0, (1.5-d)/0.5))); k > 0 {
		for i := range c {
			c[i] += k * (268 - c[i])
		}
	}
}

// finger is a rounded bar over the edge of a document, from the frame's edge inwards.
type finger struct {
	tipX, tipY, rootX, rootY, half, depth float64
	skin                                  [3]float32
}

// skins from very light to very dark (after the tones of the Monk scale).
func skins() [][3]float32 {
	return [][3]float32{
		{246, 237, 228}, {243, 231, 219}, {247, 234, 208}, {234, 218, 186}, {215, 189, 150},
		{160, 126, 86}, {130, 92, 67}, {96, 65, 52}, {58, 49, 42}, {41, 36, 32},
	}
}

func newFinger(f *Frame, r *rand.Rand) *finger {
	edge, u, depth := r.IntN(4), Uniform(r, 0.2, 0.8), Uniform(r, 0.12, 0.28)
	a, b := f.Corners[edge], f.Corners[(edge+1)%4]
	c, d := f.Corners[(edge+3)%4], f.Corners[(edge+2)%4]
	x, y := a.X+(b.X-a.X)*u, a.Y+(b.Y-a.Y)*u
	inX, inY := c.X+(d.X-c.X)*u-x, c.Y+(d.Y-c.Y)*u-y
	lean := Uniform(r, -0.15, 0.15)
	height := min(side(f, 0), side(f, 1))
	return &finger{
		tipX: x + inX*depth, tipY: y + inY*depth, rootX: x - inX*0.6 - inY*lean, rootY: y - inY*0.6 + inX*lean,
		half: Uniform(r, 0.11, 0.16) * height, depth: depth, skin: skins()[r.IntN(len(skins()))],
	}
}

// over lays the finger over a pixel.
func (g *finger) over(x, y float64, c [3]float32) [3]float32 {
	lx, ly := g.rootX-g.tipX, g.rootY-g.tipY
	length := math.Hypot(lx, ly)
	dx, dy := x-g.tipX, y-g.tipY
	along := min(max((dx*lx+dy*ly)/length, 0), length)
	d := math.Hypot(dx-along*lx/length, dy-along*ly/length) / g.half
	if d >= 1.05 {
		return c
	}
	k, light := float32(min(1, (1.05-d)/0.08)), float32(1.03-0.32*d*d)
	for i := range c {
		c[i] += k * (g.skin[i]*light - c[i])
	}
	return c
}

// ground is what the document lies on.
type ground struct {
	photo          *image.RGBA
	x, y, zoom     float64
	turned         bool
	base, other    [3]float32
	kind           int
	pitch, sin, co float64
	seed           float64
}

// The kinds of drawn tables.
const (
	plainTable = iota
	paleTable
	wood
	squares // of a cloth
	stripes
	kinds
)

// newGround is a photograph in half of the cases, a drawn table in the others.
func newGround(photos []*image.RGBA, r *rand.Rand) ground {
	g := ground{kind: r.IntN(kinds), pitch: Uniform(r, 0.03, 0.14), seed: r.Float64() * 100}
	g.sin, g.co = math.Sincos(Uniform(r, 0, math.Pi))
	tone := Uniform(r, 30, 225)
	if g.kind == paleTable {
		tone = Uniform(r, 215, 248)
	}
	for i := range g.base {
		g.base[i] = float32(min(252, max(5, tone+Uniform(r, -28, 28))))
		g.other[i] = float32(Uniform(r, 20, 240))
	}
	if g.kind == paleTable {
		for i := range g.base {
			g.base[i] = float32(min(252, tone+Uniform(r, -5, 5)))
		}
	}
	if len(photos) > 0 && r.IntN(2) == 0 {
		g.photo, g.zoom, g.turned = photos[r.IntN(len(photos))], Uniform(r, 0.6, 1), r.IntN(2) == 0
		g.x, g.y = (1-g.zoom)*r.Float64(), (1-g.zoom)*r.Float64()
	}
	return g
}

// at is the colour at a place of the frame.
func (g ground) at(u, v float64) [3]float32 {
	if g.photo != nil {
		if g.turned {
			u, v = v, 1-u
		}
		return sample(g.photo, g.x+g.zoom*min(max(u, 0), 1), g.y+g.zoom*min(max(v, 0), 1))
	}
	a, b := (u*g.co-v*g.sin)/g.pitch, (u*g.sin+v*g.co)/g.pitch
	k := 0.0 // of the other colour
	switch g.kind {
	case wood:
		k = 0.18 * (0.5 + 0.5*math.Sin(6*(b+0.35*math.Sin(a*0.4+g.seed)+0.12*math.Sin(7*a+3*b))))
	case squares:
		if (int(math.Floor(a))+int(math.Floor(b)))&1 == 0 {
			k = 1
		}
	case stripes:
		if int(math.Floor(a))&1 == 0 {
			k = 0.6
		}
	default:
		k = 0.03 * math.Sin(11*a+g.seed) * math.Sin(13*b)
	}
	var c [3]float32
	for i := range c {
		c[i] = g.base[i] + float32(k)*(g.other[i]-g.base[i])
	}
	return c
}
