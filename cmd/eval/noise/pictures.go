package noise

import (
	"bytes"
	"fmt"
	"image"
	"image/draw"
	"image/jpeg"
	_ "image/png" // pictures of a folder
	"os"
	"path/filepath"
	"slices"
	"strings"

	scaling "golang.org/x/image/draw"

	"visavis/cmd/eval/compose"
)

// Options of a run.
type Options struct {
	// Flats is a folder of photographs CAMERA_NUMBER.jpg of an even light alone, by cameras that
	// are not moved between them; Cameras one of such photographs of anything.
	Flats, Cameras string
	// Photographs are folders of any.
	Photographs []string
	// Documents and Portraits are pictures that no camera here took.
	Documents []compose.Document
	Portraits []*image.RGBA
}

// What a phone's page sends.
const (
	stillLong    = 1920 // pixels of a still's long side
	stillQuality = 92   // of its JPEG
	leastLong    = 1000 // pixels of a photograph that may stand for a still
)

// Run measures the grain of pairs of pictures by one camera and by two, and levels.
func Run(o Options) ([]Score, error) {
	var out []Score
	flats, err := ofCameras(o.Flats)
	if err != nil {
		return nil, err
	}
	cameras, err := ofCameras(o.Cameras)
	if err != nil {
		return nil, err
	}
	for _, group := range []struct {
		name  string
		shots []shot
		shown func(i, n int, s shot) *image.RGBA
	}{
		{"even light alone", flats, nil}, {"the noise of these on a document and a face", flats, o.under},
		{"photographs of anything", cameras, nil},
	} {
		scores, err := inPairs(group.name, group.shots, group.shown)
		if err != nil {
			return nil, err
		}
		out = append(out, scores...)
	}
	levels, err := o.levels()
	return append(out, levels...), err
}

// shot is a photograph by a camera.
type shot struct {
	camera string
	image  *image.RGBA // as large as a still
}

// ofCameras are the photographs of a folder, in the order of their names.
func ofCameras(dir string) ([]shot, error) {
	if dir == "" {
		return nil, nil
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		return nil, err
	}
	slices.Sort(files)
	var out []shot
	for _, file := range files {
		img, err := photograph(file)
		if err != nil {
			return nil, err
		}
		name := filepath.Base(file)
		out = append(out, shot{name[:max(0, strings.LastIndex(name, "_"))], sized(img)})
	}
	return out, nil
}

// inPairs compares each two shots as stills, or what is shown under them: as the second of
// a pair another thing than as the first.
func inPairs(group string, shots []shot, shown func(i, n int, s shot) *image.RGBA) ([]Score, error) {
	var grains [2][]Grain
	for i, s := range shots {
		for n := range grains {
			img := s.image
			if shown != nil {
				img = shown(i, n, s)
			} else if n == 1 {
				grains[1] = grains[0]
				break
			}
			still, err := sent(img)
			if err != nil {
				return nil, err
			}
			grains[n] = append(grains[n], GrainOf(grey(still)))
		}
	}
	var out []Score
	for i, s := range shots {
		for j := range i {
			kind := Other
			if s.camera == shots[j].camera {
				kind = Same
			}
			if z, ok := grains[0][i].Alike(grains[1][j]); ok {
				out = append(out, Score{group, kind, z})
			}
		}
	}
	sortScores(out)
	return out, nil
}

// evenOver is the reach, pixels, of the mean that is taken for the light of a picture of an even light.
const evenOver = 12

// under is a document, and as the second a face, with the noise of a picture of an even light.
func (o Options) under(i, n int, s shot) *image.RGBA {
	from := o.Portraits[i%len(o.Portraits)]
	if n == 0 {
		from = o.Documents[i%len(o.Documents)].Image
	}
	out := image.NewRGBA(s.image.Rect)
	cover(out, from)
	w, h := out.Rect.Dx(), out.Rect.Dy()
	kernel := make([]float32, 2*evenOver+1)
	for k := range kernel {
		kernel[k] = 1.0 / (2*evenOver + 1)
	}
	light := make([]float32, w*h)
	for c := range 3 {
		for p := range light {
			light[p] = float32(s.image.Pix[4*p+c])
		}
		for p, mean := range means(light, w, h, kernel) {
			v := float32(out.Pix[4*p+c])*light[p]/max(1, mean) + 0.5
			out.Pix[4*p+c] = uint8(min(max(v, 0), 255))
		}
	}
	return out
}

// cover fills a picture with the middle of another one.
func cover(to, from *image.RGBA) {
	b := from.Rect
	w, h := b.Dx(), b.Dx()*to.Rect.Dy()/to.Rect.Dx()
	if h > b.Dy() {
		w, h = b.Dy()*to.Rect.Dx()/to.Rect.Dy(), b.Dy()
	}
	at := b.Min.Add(image.Pt((b.Dx()-w)/2, (b.Dy()-h)/2))
	scaling.BiLinear.Scale(to, to.Rect, from, image.Rectangle{Min: at, Max: at.Add(image.Pt(w, h))}, draw.Src, nil)
}

// levels are those of photographs as stills, and of documents' pictures that no camera took.
func (o Options) levels() ([]Score, error) {
	var out []Score
	add := func(kind string, img *image.RGBA) error {
		still, err := sent(img)
		if err != nil {
			return err
		}
		if v, ok := LevelOf(grey(still)); ok {
			out = append(out, Score{Levels, kind, v})
		}
		return nil
	}
	for _, dir := range o.Photographs {
		if dir == "" {
			continue
		}
		files, err := filepath.Glob(filepath.Join(dir, "*"))
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			img, err := photograph(file)
			if err != nil || max(img.Bounds().Dx(), img.Bounds().Dy()) < leastLong {
				continue // no picture, or too small a one
			}
			if err := add(Photographs, sized(img)); err != nil {
				return nil, err
			}
		}
	}
	for _, d := range o.Documents {
		shown := image.NewRGBA(image.Rect(0, 0, stillLong, stillLong*d.Image.Rect.Dy()/d.Image.Rect.Dx()))
		scaling.BiLinear.Scale(shown, shown.Rect, d.Image, d.Image.Rect, draw.Src, nil)
		kind := Scanned
		if d.Group == "drawn" {
			kind = Drawn
		}
		if err := add(kind, shown); err != nil {
			return nil, err
		}
	}
	sortScores(out)
	return out, nil
}

func photograph(file string) (image.Image, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	img, _, err := image.Decode(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return img, nil
}

// sized is a picture as large as a still.
func sized(img image.Image) *image.RGBA {
	b := img.Bounds()
	k := min(1, stillLong/float64(max(b.Dx(), b.Dy())))
	out := image.NewRGBA(image.Rect(0, 0, int(k*float64(b.Dx())), int(k*float64(b.Dy()))))
	scaling.BiLinear.Scale(out, out.Rect, img, b, draw.Src, nil)
	return out
}

// sent is a picture as the JPEG of a still shows it.
func sent(img *image.RGBA) (image.Image, error) {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: stillQuality}); err != nil {
		return nil, err
	}
	return jpeg.Decode(&b)
}

// grey is the light of a picture.
func grey(img image.Image) *image.Gray {
	b := img.Bounds()
	if y, ok := img.(*image.YCbCr); ok {
		from := y.Y[y.YOffset(b.Min.X, b.Min.Y):]
		return &image.Gray{Pix: from, Stride: y.YStride, Rect: image.Rect(0, 0, b.Dx(), b.Dy())}
	}
	out := image.NewGray(image.Rect(0, 0, b.Dx(), b.Dy()))
	draw.Draw(out, out.Rect, img, b.Min, draw.Src)
	return out
}
