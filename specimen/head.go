package specimen

import (
	"image"
	"image/color"
	"math"
)

// Head is a portrait and where its eyes are, which gives a head of common
// proportions its place under it.
type Head struct {
	Portrait image.Image
	// EyeLeft and EyeRight are the eyes' middles in the portrait, pixels, the one at
	// the picture's left first.
	EyeLeft, EyeRight [2]float64
	// Nose is how far the nose's tip lies before the root of the upper lip, over the
	// distance of the eyes; 0: commonNose.
	Nose float64
}

// HeadPose is how a head stands before the camera.
type HeadPose struct {
	Yaw, Pitch float64 // degrees; a turn to the person's own left, a look up
	Closer     float64 // 1: as in the portrait
	// Flat: not the head turns, but its photo, held to the camera. Bend is how far
	// the photo's middle is pushed to the camera, over its width.
	Flat bool
	Bend float64
}

// The head's measures over the distance of its eyes (63 mm of a grown person), from
// the middle between the eyes: right, down, away from the camera.
const (
	headWide, headHigh, headDeep = 1.22, 1.85, 1.5 // half axes
	headLow                      = 0.4             // how far its middle lies below the eyes
	neckBack                     = 0.35            // the axis that it turns around, behind its middle
	cameraAway                   = 7.0             // of a phone at arm's length
	commonNose                   = 0.33            // see Head.Nose
)

// depth is how far a place of the face lies before (negative) the plane through the
// head's middle. nose is how far the nose stands out, over a common one.
func depth(x, y, nose float64) float64 {
	bump := func(cx, cy, wide, high float64) float64 {
		return math.Exp(-((x-cx)*(x-cx)/(wide*wide) + (y-cy)*(y-cy)/(high*high)) / 2)
	}
	r := x*x/(headWide*headWide) + (y-headLow)*(y-headLow)/(headHigh*headHigh)
	z := -headDeep * math.Sqrt(max(0, 1-r))
	z -= nose * (0.34*bump(0, 0.52, 0.15, 0.15) + 0.18*bump(0, 0.25, 0.12, 0.25)) // and its ridge
	z += 0.10 * (bump(-0.5, 0, 0.2, 0.14) + bump(0.5, 0, 0.2, 0.14))              // eyes
	return z - 0.07*bump(0, 1.05, 0.3, 0.15) - 0.08*bump(0, 1.55, 0.3, 0.2)
}

// Turned draws the head in a pose before a plain room, width × height pixels, the
// eyes a seventh of the width apart.
func (h Head) Turned(p HeadPose, width, height int) *image.RGBA {
	out := image.NewRGBA(image.Rect(0, 0, width, height))
	room(out)
	dx, dy := h.EyeRight[0]-h.EyeLeft[0], h.EyeRight[1]-h.EyeLeft[1]
	apart := math.Hypot(dx, dy)
	if apart < 1 {
		return out
	}
	c := headCanvas{
		out: out, from: toRGBA(h.Portrait), depths: make([]float64, width*height),
		cx: float64(width) / 2, cy: float64(height) * 0.42, scale: float64(width) / 7,
	}
	for i := range c.depths {
		c.depths[i] = math.Inf(1)
	}
	const step = 0.04
	left, right, top, bottom := -1.5, 1.5, -1.7, 3.0
	inside := func(x, y float64) bool {
		r := x*x/(headWide*headWide) + (y-headLow)*(y-headLow)/(headHigh*headHigh)
		return r < 0.98 || y > 1.4 && math.Abs(x) < 0.75+max(0, y-2)*0.8 // and the neck
	}
	if p.Flat {
		left, right, top, bottom = -2, 2, -2.2, 3.2
		inside = func(float64, float64) bool { return true }
	}
	nose := 1.0
	if h.Nose > 0 {
		nose = h.Nose / commonNose
	}
	corner := func(x, y float64) vertex {
		v := vertex{u: (h.EyeLeft[0]+h.EyeRight[0])/2 + x*dx - y*dy, v: (h.EyeLeft[1]+h.EyeRight[1])/2 + x*dy + y*dx}
		z := 0.0
		if !p.Flat {
			z = depth(x, y, nose)
		} else if p.Bend != 0 {
			z = -p.Bend * 4 * (1 - x*x/4)
		}
		v.x, v.y, v.z = c.project(x, y, z, p)
		return v
	}
	for y := top; y < bottom; y += step {
		for x := left; x < right; x += step {
			if inside(x+step/2, y+step/2) {
				a, b, d, e := corner(x, y), corner(x+step, y), corner(x, y+step), corner(x+step, y+step)
				c.triangle(a, b, d)
				c.triangle(b, e, d)
			}
		}
	}
	return out
}

// room is a plain wall, lighter above.
func room(img *image.RGBA) {
	for y := range img.Rect.Dy() {
		shade := uint8(176 - 50*y/img.Rect.Dy())
		for x := range img.Rect.Dx() {
			img.SetRGBA(x, y, color.RGBA{shade, shade - 4, shade - 12, 255})
		}
	}
}

// vertex is a place of the surface: in the picture with its distance, and in the
// portrait.
type vertex struct{ x, y, z, u, v float64 }

// headCanvas draws triangles of a surface, the nearest winning.
type headCanvas struct {
	out, from     *image.RGBA
	depths        []float64
	cx, cy, scale float64
}

// project turns a place around the neck and sees it through the camera. What lies
// in the plane of the face's surface keeps its size.
func (c headCanvas) project(x, y, z float64, p HeadPose) (px, py, distance float64) {
	const rad = math.Pi / 180
	sy, cy := math.Sincos(p.Yaw * rad)
	sp, cp := math.Sincos(p.Pitch * rad)
	back, low := neckBack, 1.2
	if p.Flat {
		back, low = 0, 0.4 // a photo turns around its own middle
	}
	y, z = y-low, z-back
	y, z = y*cp+z*sp, -y*sp+z*cp
	x, z = x*cy-z*sy, x*sy+z*cy
	y, z = y+low, z+back
	closer := p.Closer
	if closer == 0 {
		closer = 1
	}
	front := 0.0
	if !p.Flat {
		front = -headDeep
	}
	distance = cameraAway/closer + z - front
	k := c.scale * cameraAway / distance
	return c.cx + x*k, c.cy + (y-0.4)*k + 0.4*c.scale, distance
}

// triangle fills one triangle with what the portrait shows there.
func (c headCanvas) triangle(a, b, d vertex) {
	area := (b.x-a.x)*(d.y-a.y) - (b.y-a.y)*(d.x-a.x)
	if area <= 0 { // seen from behind
		return
	}
	w, h := c.out.Rect.Dx(), c.out.Rect.Dy()
	x0, x1 := max(0, int(min(a.x, b.x, d.x))), min(w-1, int(max(a.x, b.x, d.x))+1)
	y0, y1 := max(0, int(min(a.y, b.y, d.y))), min(h-1, int(max(a.y, b.y, d.y))+1)
	for y := y0; y <= y1; y++ {
		for x := x0; x <= x1; x++ {
			px, py := float64(x), float64(y)
			t := ((px-a.x)*(d.y-a.y) - (py-a.y)*(d.x-a.x)) / area
			s := ((b.x-a.x)*(py-a.y) - (b.y-a.y)*(px-a.x)) / area
			if t < -1e-6 || s < -1e-6 || t+s > 1+1e-6 {
				continue
			}
			z := a.z + t*(b.z-a.z) + s*(d.z-a.z)
			if z >= c.depths[y*w+x] {
				continue
			}
			c.depths[y*w+x] = z
			var seen [4]float64
			u, v := a.u+t*(b.u-a.u)+s*(d.u-a.u), a.v+t*(b.v-a.v)+s*(d.v-a.v)
			sample(c.from, min(max(u, 0), float64(c.from.Rect.Dx()-2)), min(max(v, 0), float64(c.from.Rect.Dy()-2)), &seen)
			c.out.SetRGBA(x, y, color.RGBA{uint8(seen[0]), uint8(seen[1]), uint8(seen[2]), 255})
		}
	}
}
