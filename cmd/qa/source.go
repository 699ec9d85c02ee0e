package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	_ "image/png" // a picture may be a PNG
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	xdraw "golang.org/x/image/draw"

	"visavis/qa/mock"
	"visavis/specimen"
)

// view is what the camera sees at a moment.
type view struct {
	Condition string
	Since     time.Duration // since the step began
	Move      specimen.Move // what the person does
	Set       map[string]float64
	Fail      string
}

// source is where the pictures of a send step come from.
type source interface {
	// preview returns a JPEG with this long side at most.
	preview(longSide int, v view) ([]byte, error)
	// still returns the full picture within the server's limits.
	still(longSide, maxBytes int, v view) ([]byte, error)
}

// tagged are plain pictures that say what they show, for a server that reads it.
type tagged struct {
	shown mock.Shown
}

func (s *tagged) at(v view) mock.Shown {
	shown := s.shown
	shown.Condition, shown.Set, shown.Fail = v.Condition, v.Set, v.Fail
	shown.TiltX, shown.TiltY, shown.Yaw, shown.Closer = v.Move.TiltX, v.Move.TiltY, v.Move.Yaw, v.Move.Closer
	shown.Moment = time.Now().UnixNano() // no two moments are the same, of any session
	return shown
}

func (s *tagged) preview(longSide int, v view) ([]byte, error) {
	return mock.JPEG(s.at(v), longSide, longSide*9/16)
}

func (s *tagged) still(longSide, _ int, v view) ([]byte, error) {
	side := min(longSide, drawnStillSide)
	return mock.JPEG(s.at(v), side, side*9/16)
}

// shotKey tells the shots of a drawing apart.
type shotKey struct {
	side      int
	condition string
}

// drawn renders a shot at whatever size is asked for; the shot of a seed looks
// the same at every size.
type drawn struct {
	request  specimen.ShotRequest
	document *specimen.Document
	assets   *specimen.Assets
	shots    map[shotKey]*specimen.Shot
}

// drawnStillSide is the long side of the camera that drawn stills come from.
const drawnStillSide = 1920

func (d *drawn) render(longSide, quality int, v view) ([]byte, error) {
	longSide = longSide / 16 * 16
	key := shotKey{longSide, v.Condition}
	shot := d.shots[key]
	if shot == nil {
		r := d.request
		r.Condition, r.Width, r.Height = specimen.Condition(v.Condition), longSide, longSide*9/16
		var err error
		if shot, err = specimen.NewShot(r, d.document, d.assets); err != nil {
			return nil, err
		}
		d.shots[key] = shot
	}
	return specimen.EncodeJPEG(shot.Moved(v.Since.Seconds(), v.Move, d.assets), quality)
}

func (d *drawn) preview(longSide int, v view) ([]byte, error) {
	return d.render(longSide, 80, v)
}

func (d *drawn) still(longSide, maxBytes int, v view) ([]byte, error) {
	return within(maxBytes, func(quality int) ([]byte, error) {
		return d.render(min(longSide, drawnStillSide), quality, v)
	})
}

// within lowers the quality until the picture fits.
func within(maxBytes int, encode func(quality int) ([]byte, error)) ([]byte, error) {
	for _, quality := range []int{90, 80, 70, 55, 40} {
		data, err := encode(quality)
		if err != nil || maxBytes <= 0 || len(data) <= maxBytes {
			return data, err
		}
	}
	return nil, fmt.Errorf("still: does not fit into %d bytes", maxBytes)
}

// files shows pictures from disk, one after another.
type files struct {
	pictures []picture
	shown    int
}

type picture struct {
	path string
	data []byte
	img  image.Image
}

func openFiles(paths []string) (*files, error) {
	var f files
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("picture: %w", err)
		}
		img, _, err := image.Decode(bytes.NewReader(data))
		if err != nil {
			return nil, fmt.Errorf("picture %s: %w", path, err)
		}
		f.pictures = append(f.pictures, picture{path, data, img})
	}
	if len(f.pictures) == 0 {
		return nil, errors.New("picture: none given")
	}
	return &f, nil
}

func openFolder(folder string) (*files, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, fmt.Errorf("pictures: %w", err)
	}
	var paths []string
	for _, entry := range entries {
		ext := strings.ToLower(filepath.Ext(entry.Name()))
		if slices.Contains([]string{".jpg", ".jpeg", ".png"}, ext) {
			paths = append(paths, filepath.Join(folder, entry.Name()))
		}
	}
	return openFiles(paths)
}

func (f *files) preview(longSide int, _ view) ([]byte, error) {
	p := f.pictures[f.shown%len(f.pictures)]
	f.shown++
	return specimen.EncodeJPEG(shrunk(p.img, longSide), 80)
}

// still gives the file as it is where it is a JPEG within the limits.
func (f *files) still(longSide, maxBytes int, _ view) ([]byte, error) {
	p := f.pictures[max(0, f.shown-1)%len(f.pictures)]
	b := p.img.Bounds()
	fits := (longSide <= 0 || max(b.Dx(), b.Dy()) <= longSide) && (maxBytes <= 0 || len(p.data) <= maxBytes)
	if fits && bytes.HasPrefix(p.data, []byte{0xff, 0xd8}) {
		return p.data, nil
	}
	small := shrunk(p.img, longSide)
	return within(maxBytes, func(quality int) ([]byte, error) { return specimen.EncodeJPEG(small, quality) })
}

// shrunk returns the picture with this long side at most.
func shrunk(img image.Image, longSide int) image.Image {
	b := img.Bounds()
	long := max(b.Dx(), b.Dy())
	if longSide <= 0 || long <= longSide {
		return img
	}
	dst := image.NewRGBA(image.Rect(0, 0, max(1, b.Dx()*longSide/long), max(1, b.Dy()*longSide/long)))
	xdraw.BiLinear.Scale(dst, dst.Rect, img, b, xdraw.Src, nil)
	return dst
}

// openVideo reads the pictures of an MJPEG file; of others where ffmpeg is there.
func openVideo(ctx context.Context, path string) (*files, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("video: %w", err)
	}
	if !bytes.HasPrefix(data, []byte{0xff, 0xd8}) {
		ffmpeg, err := exec.LookPath("ffmpeg")
		if err != nil {
			return nil, fmt.Errorf("video %s: no MJPEG, and ffmpeg is not installed: %w", path, err)
		}
		if data, err = exec.CommandContext(ctx, ffmpeg, "-v", "error", "-i", path, "-f", "mjpeg", "-q:v", "3",
			"-").Output(); err != nil {
			return nil, fmt.Errorf("video %s: %w", path, err)
		}
	}
	var f files
	for len(data) > 0 {
		end := bytes.Index(data, []byte{0xff, 0xd9, 0xff, 0xd8})
		one := data
		if end >= 0 {
			one = data[:end+2]
		}
		data = data[len(one):]
		img, _, err := image.Decode(bytes.NewReader(one))
		if err != nil {
			return nil, fmt.Errorf("video %s, picture %d: %w", path, len(f.pictures)+1, err)
		}
		f.pictures = append(f.pictures, picture{path, one, img})
	}
	return &f, nil
}

// source finds what a send step shows: its own files, the pictures given on the
// command line, pictures that say what they show, or a drawing.
func (p *player) source(ctx context.Context, s *SendStep) (source, error) {
	switch {
	case len(s.Files) > 0:
		return openFiles(s.Files)
	case s.Folder != "":
		return openFolder(s.Folder)
	case s.Video != "":
		return openVideo(ctx, s.Video)
	}
	if path := p.options.Pictures[s.Show]; path != "" {
		return openFiles([]string{path})
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	kind := or2(s.Kind, p.chosen)
	if p.options.Tagged {
		return &tagged{shown: mock.Shown{View: string(s.Show), Kind: kind}}, nil
	}
	key := fmt.Sprintf("%s %s %d", s.Show, kind, s.Seed)
	if known := p.sources[key]; known != nil {
		return known, nil
	}
	if p.scenario.Specimen != "" {
		kind = string(p.scenario.Specimen)
	}
	if (p.document == nil || p.document.Kind != specimen.Kind(kind)) && s.Show != specimen.Nothing &&
		s.Show != specimen.Face {
		person := specimen.NewPerson(specimen.Kind(kind), p.scenario.Seed).With(p.options.Details)
		d, err := specimen.DrawPerson(specimen.Kind(kind), person, p.scenario.Seed, 0, p.options.Assets)
		if err != nil {
			return nil, err
		}
		p.document = d
	}
	p.sources[key] = &drawn{
		request:  specimen.ShotRequest{View: s.Show, Background: p.scenario.Background, Seed: s.Seed},
		document: p.document, assets: p.options.Assets, shots: map[shotKey]*specimen.Shot{},
	}
	return p.sources[key], nil
}
