package main

import (
	"cmp"
	"context"
	"fmt"
	"image"
	"io"
	"os"
	"path/filepath"
	"slices"

	"visavis/specimen"
)

func (s *specimenFlags) document(scale float64, a *specimen.Assets) (*specimen.Document, error) {
	kind := specimen.Kind(s.kind)
	return specimen.DrawPerson(kind, specimen.NewPerson(kind, s.seed).With(s.details), s.seed, scale, a)
}

func (s *specimenFlags) isFile() bool {
	return slices.Contains([]string{".mjpeg", ".y4m", ".mp4", ".webm", ".jpg"}, filepath.Ext(s.out))
}

// runSpecimen carries out "qa specimen".
func runSpecimen(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var s specimenFlags
	if err := s.parse(args, stderr); err != nil {
		return err
	}
	if s.out == "" {
		return s.tellVerdicts(ctx, stdout)
	}
	assets, err := specimen.LoadAssets(s.paths)
	if err != nil {
		return err
	}
	if assets.PortraitDrawn {
		fmt.Fprintln(stderr, "qa specimen: no portrait photo found (package python3-skimage), a drawn face stands in; face "+
			"detectors may not take it for one")
	}
	folder := s.out
	if s.isFile() {
		folder = filepath.Dir(s.out)
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	switch s.make {
	case "documents":
		return s.documents(assets, stdout)
	case "frames":
		return s.frames(ctx, assets, stdout)
	case "sheet":
		return s.sheet(ctx, assets, stdout)
	case "footage":
		return s.footage(ctx, assets, stdout)
	}
	return fmt.Errorf("-make %q", s.make) // refused before
}

// documents writes the flat sides.
func (s *specimenFlags) documents(a *specimen.Assets, stdout io.Writer) error {
	d, err := s.document(s.scale, a)
	if err != nil {
		return err
	}
	sides := map[string]bool{"front": true, "back": d.Back != nil}
	for _, side := range []string{"front", "back"} {
		if !sides[side] {
			continue
		}
		img := d.Front
		if side == "back" {
			img = d.Back
		}
		worse, err := degraded(img, s.degradations, s.seed)
		if err != nil {
			return err
		}
		data, err := specimen.EncodeJPEG(worse, 92)
		if err != nil {
			return err
		}
		name := fmt.Sprintf("%s-%d-%s.jpg", s.kind, s.seed, side)
		if err := writeFile(filepath.Join(s.out, name), data, stdout); err != nil {
			return err
		}
	}
	for _, line := range d.Zone {
		fmt.Fprintln(stdout, line)
	}
	return nil
}

// shownViews are those of -views, by default the document's sides and the face.
func (s *specimenFlags) shownViews(d *specimen.Document) []specimen.View {
	if s.views != "" {
		return list[specimen.View](s.views, nil)
	}
	if d != nil && d.Back == nil || d == nil && !specimen.Kind(s.kind).HasBack() {
		return []specimen.View{specimen.Front, specimen.Face}
	}
	return []specimen.View{specimen.Front, specimen.Back, specimen.Face}
}

// shot is one picture, degraded as asked for.
func (s *specimenFlags) shot(d *specimen.Document, a *specimen.Assets, view specimen.View, c specimen.Condition,
	b specimen.Background) (image.Image, error) {
	shot, err := specimen.NewShot(specimen.ShotRequest{
		View: view, Condition: c, Background: b, Seed: s.seed, Width: s.width, Height: s.height, Steady: s.steady,
		Fill: s.fill,
	}, d, a)
	if err != nil {
		return nil, err
	}
	return degraded(shot.At(0), s.degradations, s.seed)
}

// combinations calls do for every view under every condition that it can be taken under,
// and refuses a call in which that is none.
func (s *specimenFlags) combinations(views []specimen.View, do func(specimen.View, specimen.Condition) error) error {
	conditions, some := list(s.conditions, specimen.Conditions()), false
	for _, view := range views {
		for _, condition := range conditions {
			if !view.Takes(condition) {
				continue
			}
			some = true
			if err := do(view, condition); err != nil {
				return err
			}
		}
	}
	if !some {
		return fmt.Errorf("no picture of %q can be taken under %q: name another view or condition", views, conditions)
	}
	return nil
}

// tellVerdicts prints what pictures should get, and draws none.
func (s *specimenFlags) tellVerdicts(ctx context.Context, stdout io.Writer) error {
	return s.combinations(s.shownViews(nil), func(view specimen.View, condition specimen.Condition) error {
		e, err := verdictFor(ctx, specimen.Kind(s.kind), view, condition)
		if err != nil {
			return err
		}
		return e.tell(stdout)
	})
}

// frames writes camera pictures: every view under every condition and background.
func (s *specimenFlags) frames(ctx context.Context, a *specimen.Assets, stdout io.Writer) error {
	d, err := s.document(0, a)
	if err != nil {
		return err
	}
	names := stdout
	if s.verdicts {
		names = io.Discard
	}
	return s.combinations(s.shownViews(d), func(view specimen.View, condition specimen.Condition) error {
		for _, background := range list(s.backgrounds, specimen.Backgrounds()) {
			img, err := s.shot(d, a, view, condition, background)
			if err != nil {
				return err
			}
			data, err := specimen.EncodeJPEG(img, cmp.Or(s.quality, 85))
			if err != nil {
				return err
			}
			name := filepath.Join(s.out, fmt.Sprintf("%s-%d-%s-%s-%s.jpg", s.kind, s.seed, view, condition, background))
			if err := writeFile(name, data, names); err != nil {
				return err
			}
			if !s.verdicts {
				continue
			}
			e, err := verdictFor(ctx, specimen.Kind(s.kind), view, condition)
			if err != nil {
				return err
			}
			e.File = name
			if err := e.tell(stdout); err != nil {
				return err
			}
		}
		return nil
	})
}

// footage writes one file, or one JPEG for each picture into a folder.
func (s *specimenFlags) footage(ctx context.Context, a *specimen.Assets, stdout io.Writer) error {
	segments, err := parseSegments(s.segments, specimen.Kind(s.kind))
	if err != nil {
		return err
	}
	for i := range segments {
		segments[i].Condition = cmp.Or(segments[i].Condition, specimen.Condition(s.condition))
	}
	f := specimen.Footage{
		Kind: specimen.Kind(s.kind), Details: s.details, Seed: s.seed, Background: specimen.Background(s.backgrounds),
		Segments: segments,
		Width:    s.width, Height: s.height, FPS: s.fps, Quality: s.quality, Loops: s.loops, Steady: s.steady,
		Fill: s.fill,
	}
	if !s.isFile() {
		return f.JPEGs(ctx, a, func(p specimen.Picture, data []byte) error {
			return writeFile(filepath.Join(s.out, fmt.Sprintf("%05d-%s.jpg", p.Number, p.View)), data, io.Discard)
		})
	}
	if ext := filepath.Ext(s.out); ext == ".mp4" || ext == ".webm" {
		if err := video(ctx, s.out, func(w io.Writer) error { return f.WriteY4M(ctx, w, a) }); err != nil {
			return err
		}
		fmt.Fprintln(stdout, s.out)
		return nil
	}
	file, err := os.Create(s.out)
	if err != nil {
		return err
	}
	write := f.WriteMJPEG
	if filepath.Ext(s.out) == ".y4m" {
		write = f.WriteY4M
	}
	if err := write(ctx, file, a); err != nil {
		file.Close()
		return err
	}
	info, err := file.Stat()
	if err != nil {
		file.Close()
		return err
	}
	fmt.Fprintf(stdout, "%s: %.1f MB\n", s.out, float64(info.Size())/1e6)
	return file.Close()
}

func writeFile(path string, data []byte, stdout io.Writer) error {
	if err := os.WriteFile(path, data, 0o644); err != nil {
		return err
	}
	fmt.Fprintln(stdout, path)
	return nil
}
