package specimen

import (
	"errors"
	"fmt"
	"image"
	"image/draw"
	_ "image/jpeg" // a portrait may be a JPEG
	_ "image/png"  // the astronaut is a PNG
	"io/fs"
	"os"

	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// Paths says where the fonts and the portrait lie. An empty field means the
// places where Debian's packages fonts-ocr-b, fonts-dejavu-core and
// python3-skimage put them, and for the portrait var/models/astronaut.png first.
type Paths struct {
	OCRB     string // the typeface of the machine readable zone
	Sans     string
	SansBold string
	Portrait string
}

// Assets are the fonts and the portrait that documents are drawn with. Safe for
// concurrent use.
type Assets struct {
	ocrb, sans, bold *sfnt.Font
	portrait         *image.RGBA
	// PortraitDrawn is set when no portrait file was found and a face is drawn
	// instead: no face detector needs to take it for a face.
	PortraitDrawn bool
	// PortraitPath is the file the portrait came from; empty when it is drawn.
	PortraitPath string
}

// LoadAssets reads fonts and portrait. A missing font is an error that names the
// package it comes from. A portrait named in p that is missing is an error too;
// when none is named and none is found, a face is drawn.
func LoadAssets(p Paths) (*Assets, error) {
	var a Assets
	for _, f := range []struct {
		into    **sfnt.Font
		path    string
		places  []string
		Package string
	}{
		// The cut with sharp corners: in the others "<" and "8" are drawn with an
		// operator (flex1) that golang.org/x/image does not know.
		{&a.ocrb, p.OCRB, []string{"/usr/share/fonts/opentype/ocr-b/OCRBS.otf"}, "fonts-ocr-b"},
		{&a.sans, p.Sans, []string{"/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"}, "fonts-dejavu-core"},
		{&a.bold, p.SansBold, []string{"/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf"}, "fonts-dejavu-core"},
	} {
		_, data, err := readFirst(f.path, f.places)
		if err != nil {
			return nil, fmt.Errorf("font of the package %s: %w", f.Package, err)
		}
		if *f.into, err = opentype.Parse(data); err != nil {
			return nil, fmt.Errorf("font of the package %s: %w", f.Package, err)
		}
	}
	if err := hasZoneLetters(a.ocrb); err != nil {
		return nil, fmt.Errorf("font of the package fonts-ocr-b: %w", err)
	}
	if err := a.loadPortrait(p.Portrait); err != nil {
		return nil, err
	}
	return &a, nil
}

// hasZoneLetters asks for the outline of every letter of the zone, because a
// letter whose outline cannot be read is left out silently when drawn.
func hasZoneLetters(f *sfnt.Font) error {
	var buffer sfnt.Buffer
	for _, r := range "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789<" {
		glyph, err := f.GlyphIndex(&buffer, r)
		if err == nil && glyph == 0 {
			err = errors.New("not in the font")
		}
		if err == nil {
			_, err = f.LoadGlyph(&buffer, glyph, fixed.I(100), nil)
		}
		if err != nil {
			return fmt.Errorf("letter %q: %w", r, err)
		}
	}
	return nil
}

func (a *Assets) loadPortrait(path string) error {
	places := []string{"var/models/astronaut.png", "/usr/lib/python3/dist-packages/skimage/data/astronaut.png"}
	found, _, err := readFirst(path, places)
	if errors.Is(err, fs.ErrNotExist) && path == "" {
		a.portrait, a.PortraitDrawn = drawnFace(), true
		return nil
	}
	if err != nil {
		return fmt.Errorf("portrait: %w", err)
	}
	file, err := os.Open(found)
	if err != nil {
		return fmt.Errorf("portrait: %w", err)
	}
	defer file.Close()
	decoded, _, err := image.Decode(file)
	if err != nil {
		return fmt.Errorf("portrait %s: %w", found, err)
	}
	a.portrait = toRGBA(decoded)
	a.PortraitPath = found
	return nil
}

// readFirst reads path, or the first of places that exists when path is empty.
func readFirst(path string, places []string) (string, []byte, error) {
	if path != "" {
		data, err := os.ReadFile(path)
		return path, data, err
	}
	var last error
	for _, place := range places {
		data, err := os.ReadFile(place)
		if err == nil {
			return place, data, nil
		}
		last = err
	}
	return "", nil, last
}

func toRGBA(src image.Image) *image.RGBA {
	if rgba, ok := src.(*image.RGBA); ok && rgba.Rect.Min == (image.Point{}) {
		return rgba
	}
	dst := image.NewRGBA(image.Rect(0, 0, src.Bounds().Dx(), src.Bounds().Dy()))
	draw.Draw(dst, dst.Rect, src, src.Bounds().Min, draw.Src)
	return dst
}
