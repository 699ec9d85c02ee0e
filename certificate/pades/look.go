package pades

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"math"
	"strings"
	"sync"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// Look is what a signature shows on the page. Letters are drawn as outlines, so that a file
// needs no font for them: Latin, Greek and Cyrillic ones.
type Look struct {
	Name  string   // of who signs
	Above string   // a line above the name
	Below []string // lines below it
	Badge string   // in red, above all; empty: there is none
}

// Readable tells whether a text can be drawn.
func Readable(s string) bool {
	f, err := faces()
	if err != nil {
		return false
	}
	var buf sfnt.Buffer
	for _, r := range s {
		if i, err := f.regular.GlyphIndex(&buf, r); err != nil || i == 0 && r != ' ' && r != '\u00a0' && r != '\u202f' {
			return false
		}
	}
	return true
}

// The measures of the box, in points.
const (
	boxWidth = 210.0
	margin   = 18.0
	inset    = 7.0
	between  = 6.0 // two signatures
)

type typefaces struct{ regular, bold *sfnt.Font }

var faces = sync.OnceValues(func() (t typefaces, err error) {
	if t.regular, err = sfnt.Parse(goregular.TTF); err == nil {
		t.bold, err = sfnt.Parse(gobold.TTF)
	}
	return t, err
})

// line is one line of the box.
type line struct {
	words string
	size  float64
	bold  bool
	color string // as a PDF operator
}

const (
	ink  = "0.1 0.12 0.16 rg"
	grey = "0.33 0.36 0.42 rg"
	red  = "0.72 0.07 0.1 rg"
)

func (k Look) lines() []line {
	var out []line
	if k.Badge != "" {
		out = append(out, line{k.Badge, 9, true, red})
	}
	if k.Above != "" {
		out = append(out, line{k.Above, 7.5, false, grey})
	}
	out = append(out, line{k.Name, 11.5, true, ink})
	for _, below := range k.Below {
		out = append(out, line{below, 7.5, false, grey})
	}
	return out
}

// draw returns the box as a form, and where it stands on a page that has some signatures.
func (k Look) draw(on page, others int) (stream, array, error) {
	f, err := faces()
	if err != nil {
		return stream{}, nil, err
	}
	lines := k.lines()
	height := 2 * inset
	for _, l := range lines {
		height += 1.32 * l.size
	}
	var b strings.Builder
	edge := "0.55 0.6 0.68 RG"
	if k.Badge != "" {
		edge = "0.72 0.07 0.1 RG"
	}
	fmt.Fprintf(&b, "q 1 1 1 rg %s 0.8 w 0.4 0.4 %.2f %.2f re B Q\n", edge, boxWidth-0.8, height-0.8)
	y := height - inset
	for _, l := range lines {
		y -= 1.32 * l.size
		face := f.regular
		if l.bold {
			face = f.bold
		}
		if err := outline(&b, face, l, inset, y+0.3*l.size); err != nil {
			return stream{}, nil, err
		}
	}
	angle := float64(on.rotate) * math.Pi / 180
	sin, cos := math.Round(math.Sin(angle)), math.Round(math.Cos(angle))
	var packed bytes.Buffer
	w := zlib.NewWriter(&packed)
	if _, err := w.Write([]byte(b.String())); err != nil {
		return stream{}, nil, err
	}
	if err := w.Close(); err != nil {
		return stream{}, nil, err
	}
	form := stream{dict{
		"Type": name("XObject"), "Subtype": name("Form"), "BBox": array{0, 0, boxWidth, height},
		"Matrix": array{cos, sin, -sin, cos, 0, 0}, "Resources": dict{}, "Filter": name("FlateDecode"),
	}, packed.Bytes()}
	return form, on.corner(boxWidth, height, others), nil
}

// outline draws one line, no wider than the box.
func outline(b *strings.Builder, face *sfnt.Font, l line, x, y float64) error {
	var buf sfnt.Buffer
	em := fixed.I(int(face.UnitsPerEm()))
	type glyph struct {
		segments sfnt.Segments
		at       float64
	}
	var glyphs []glyph
	wide := 0.0
	for _, r := range l.words {
		if r == '\u202f' || r == '\u00a0' {
			r = ' '
		}
		i, err := face.GlyphIndex(&buf, r)
		if err != nil {
			return fmt.Errorf("pades: %w", err)
		}
		segments, err := face.LoadGlyph(&buf, i, em, nil)
		if err != nil {
			return fmt.Errorf("pades: %w", err)
		}
		glyphs = append(glyphs, glyph{append(sfnt.Segments{}, segments...), wide})
		advance, err := face.GlyphAdvance(&buf, i, em, font.HintingNone)
		if err != nil {
			return fmt.Errorf("pades: %w", err)
		}
		wide += float64(advance) / 64
	}
	scale := l.size / float64(face.UnitsPerEm())
	if most := boxWidth - 2*inset; wide*scale > most {
		scale = most / wide
	}
	fmt.Fprintf(b, "q %s %.5f 0 0 %.5f %.2f %.2f cm\n", l.color, scale, scale, x, y)
	for _, g := range glyphs {
		path(b, g.segments, g.at)
	}
	b.WriteString("f Q\n")
	return nil
}

// path writes the outline of a letter, x units from the left.
func path(b *strings.Builder, segments sfnt.Segments, x float64) {
	type point struct{ x, y float64 }
	var last point
	of := func(p fixed.Point26_6) point { return point{x + float64(p.X)/64, -float64(p.Y) / 64} }
	for _, s := range segments {
		switch p := of(s.Args[0]); s.Op {
		case sfnt.SegmentOpMoveTo:
			fmt.Fprintf(b, "%.0f %.0f m ", p.x, p.y)
			last = p
		case sfnt.SegmentOpLineTo:
			fmt.Fprintf(b, "%.0f %.0f l ", p.x, p.y)
			last = p
		case sfnt.SegmentOpQuadTo: // PDF has cubic curves alone
			to := of(s.Args[1])
			fmt.Fprintf(b, "%.1f %.1f %.1f %.1f %.0f %.0f c ", last.x+2*(p.x-last.x)/3, last.y+2*(p.y-last.y)/3,
				to.x+2*(p.x-to.x)/3, to.y+2*(p.y-to.y)/3, to.x, to.y)
			last = to
		case sfnt.SegmentOpCubeTo:
			q, to := of(s.Args[1]), of(s.Args[2])
			fmt.Fprintf(b, "%.1f %.1f %.1f %.1f %.0f %.0f c ", p.x, p.y, q.x, q.y, to.x, to.y)
			last = to
		}
	}
	b.WriteString("\n")
}

// corner returns the place of a box of this size at the bottom right of the page as it is
// shown, above as many others. On a small page it is smaller.
func (p page) corner(wide, high float64, others int) array {
	x0, y0, x1, y1 := p.box[0], p.box[1], p.box[2], p.box[3]
	w, h := x1-x0, y1-y0 // as it is shown
	if p.rotate%180 == 90 {
		w, h = h, w
	}
	edge := min(margin, w/20, h/20)
	scale := min(1, (w-2*edge)/wide, (h-2*edge)/high)
	wide, high = wide*scale, high*scale
	rows := max(1, int((h-2*edge+between)/(high+between)))
	right, up := edge, edge+float64(others%rows)*(high+between)
	switch p.rotate {
	case 90: // the right side is below
		return array{x1 - up - high, y1 - right - wide, x1 - up, y1 - right}
	case 180:
		return array{x0 + right, y1 - up - high, x0 + right + wide, y1 - up}
	case 270: // the left side is below
		return array{x0 + up, y0 + right, x0 + up + high, y0 + right + wide}
	}
	return array{x1 - right - wide, y0 + up, x1 - right, y0 + up + high}
}
