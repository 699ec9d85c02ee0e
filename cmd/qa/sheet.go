package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"io"
	"os/exec"
	"path/filepath"
	"strings"

	xdraw "golang.org/x/image/draw"
	"golang.org/x/image/font"
	"golang.org/x/image/font/basicfont"
	"golang.org/x/image/math/fixed"

	"visavis/capture"
	"visavis/qa/mock"
	"visavis/specimen"
)

// The cells of a contact sheet, pixels.
const (
	cellWidth  = 320
	cellHeight = 180
	labelHigh  = 20
)

// expected is what a picture should get of a server with the limits of this build.
type expected struct {
	File      string `json:"file,omitempty"`
	View      string `json:"view"`
	Condition string `json:"condition"`
	Step      string `json:"step"`
	Good      bool   `json:"good"`
	Hint      string `json:"hint,omitempty"`
}

// stepsOf are the steps that ask for each view.
var stepsOf = map[specimen.View]capture.Step{
	specimen.Front: capture.DocumentFront, specimen.Back: capture.DocumentBack, specimen.Face: capture.Selfie,
	specimen.Nothing: capture.DocumentFront,
}

// verdictFor judges what a condition changes by the limits in use: the same verdict as
// that of a mock server.
func verdictFor(ctx context.Context, kind specimen.Kind, view specimen.View,
	condition specimen.Condition) (expected, error) {
	step := stepsOf[view]
	e := expected{View: string(view), Condition: string(condition), Step: string(step)}
	f := capture.Frame{Step: step, Kind: capture.Preview, Document: capture.Document(kind), Width: 1280, Height: 720,
		Orientation: 1}
	m, err := mock.Measure(ctx, f, mock.Shown{View: string(view), Kind: string(kind), Condition: string(condition)})
	if err != nil {
		return e, err
	}
	v := capture.Judge(capture.FrameInfo{Step: step, Document: f.Document, Kind: capture.Preview}, m, nil,
		capture.DefaultLimits())
	e.Good, e.Hint = v.Good, string(v.Hint)
	return e, nil
}

// tell prints what a picture should get, as one line of JSON.
func (e expected) tell(out io.Writer) error {
	line, err := json.Marshal(e)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "%s\n", line)
	return err
}

// taken is one picture of a view under a condition.
type taken struct {
	view      specimen.View
	condition specimen.Condition
	img       image.Image
}

// sheet writes one JPEG with every view under every condition, each with its name and
// what it should get.
func (s *specimenFlags) sheet(ctx context.Context, a *specimen.Assets, stdout io.Writer) error {
	d, err := s.document(0, a)
	if err != nil {
		return err
	}
	var all []taken
	if err := s.combinations(s.shownViews(d), func(view specimen.View, condition specimen.Condition) error {
		img, err := s.shot(d, a, view, condition, specimen.Background(s.backgrounds))
		if err != nil {
			return err
		}
		all = append(all, taken{view, condition, img})
		return nil
	}); err != nil {
		return err
	}
	columns := min(4, len(all))
	rows := (len(all) + columns - 1) / columns
	out := image.NewRGBA(image.Rect(0, 0, columns*cellWidth, rows*(cellHeight+labelHigh)))
	draw.Draw(out, out.Rect, image.White, image.Point{}, draw.Src)
	for i, t := range all {
		x, y := i%columns*cellWidth, i/columns*(cellHeight+labelHigh)
		xdraw.ApproxBiLinear.Scale(out, image.Rect(x, y, x+cellWidth-2, y+cellHeight), t.img, t.img.Bounds(), draw.Src, nil)
		e, err := verdictFor(ctx, specimen.Kind(s.kind), t.view, t.condition)
		if err != nil {
			return err
		}
		says := cmp.Or(e.Hint, "good")
		w := font.Drawer{Dst: out, Src: image.NewUniform(color.Black), Face: basicfont.Face7x13,
			Dot: fixed.P(x+4, y+cellHeight+14)}
		w.DrawString(fmt.Sprintf("%s %s: %s", t.view, t.condition, says))
	}
	data, err := specimen.EncodeJPEG(out, cmp.Or(s.quality, 85))
	if err != nil {
		return err
	}
	return writeFile(s.out, data, stdout)
}

// video hands footage to ffmpeg, which makes MP4 or WebM of it.
func video(ctx context.Context, path string, write func(io.Writer) error) error {
	ffmpeg, err := exec.LookPath("ffmpeg")
	if err != nil {
		return fmt.Errorf("%s: ffmpeg is not installed: %w; .mjpeg and .y4m need none", path, err)
	}
	args := []string{"-v", "error", "-y", "-f", "yuv4mpegpipe", "-i", "-"}
	if filepath.Ext(path) == ".mp4" {
		args = append(args, "-c:v", "libx264", "-pix_fmt", "yuv420p", "-movflags", "+faststart")
	} else {
		args = append(args, "-c:v", "libvpx-vp9", "-b:v", "4M")
	}
	var said strings.Builder
	c := exec.CommandContext(ctx, ffmpeg, append(args, path)...)
	c.Stderr = &said
	in, err := c.StdinPipe()
	if err != nil {
		return err
	}
	if err := c.Start(); err != nil {
		return err
	}
	wrote := errors.Join(write(in), in.Close())
	if err := c.Wait(); err != nil {
		return fmt.Errorf("ffmpeg: %w: %s", err, said.String())
	}
	return wrote
}
