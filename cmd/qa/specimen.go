package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"image"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"visavis/specimen"
)

// specimenFlags are the settings of "qa specimen".
type specimenFlags struct {
	kind, make, segments, views, conditions, backgrounds, out string
	condition, degrade                                        string
	verdicts                                                  bool
	degradations                                              []degradation
	seed                                                      uint64
	width, height, fps, quality, loops                        int
	scale, steady                                             float64
	details                                                   specimen.Details
	paths                                                     specimen.Paths
}

func (s *specimenFlags) parse(args []string, stderr io.Writer) error {
	f := flag.NewFlagSet("qa specimen", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.StringVar(&s.kind, "kind", "identity-card", "document: "+kindNames())
	f.Uint64Var(&s.seed, "seed", 1, "everything follows from it")
	f.StringVar(&s.make, "make", "", "documents, frames, footage, or a contact sheet (sheet); by default footage for a "+
		"video file, a sheet for a .jpg, documents for a folder")
	f.StringVar(&s.out, "out", "",
		"file ending in .mjpeg, .y4m, or .mp4 or .webm where ffmpeg is installed; in .jpg for a sheet; or a folder for JPEGs")
	f.StringVar(&s.segments, "segments", "",
		"footage: view[:condition[:seconds]], comma separated; by default front,back,face (without a back: front,face)")
	f.StringVar(&s.views, "views", "",
		"frames: front, back, face, nothing, comma separated; by default the document's sides and face")
	f.StringVar(&s.conditions, "conditions", "good", "frames: comma separated, or all")
	f.StringVar(&s.condition, "condition", "",
		"the one condition of everything: frames, a sheet, and footage whose segments name none")
	f.StringVar(&s.degrade, "degrade", "",
		"frames and documents: what is done to each picture afterwards, in this order: "+degradeNames())
	f.BoolVar(&s.verdicts, "verdicts", false,
		"frames: print what each picture should get, a line of JSON each; without -out nothing is drawn")
	f.StringVar(&s.backgrounds, "background", "wood",
		"wood, fabric, plain, dark-desk, cluttered; frames: comma separated, or all")
	f.IntVar(&s.width, "width", 1280, "pixels")
	f.IntVar(&s.height, "height", 720, "pixels")
	f.IntVar(&s.fps, "fps", 10, "footage: pictures a second, 1 to 30")
	f.IntVar(&s.quality, "quality", 0, "of the JPEGs, 1 to 100; by default 72 in footage, 85 in frames")
	f.IntVar(&s.loops, "loops", 1, "MJPEG: how often the segments are repeated")
	f.Float64Var(&s.scale, "scale", specimen.DefaultScale, "documents: pixels a millimetre")
	f.Float64Var(&s.steady, "steady", 1, "how much the hand moves; 1 is a hand that holds still")
	assetFlags(f, &s.paths)
	detailFlags(f, &s.details)
	if err := f.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return err
		}
		return errUsage
	}
	if s.out == "" && !s.verdicts || f.NArg() > 0 {
		fmt.Fprintln(stderr, "qa specimen: want -out FILE.mjpeg, FILE.y4m, SHEET.jpg or FOLDER, and nothing after the flags")
		return errUsage
	}
	if err := s.complete(); err != nil {
		fmt.Fprintf(stderr, "qa specimen: %v\n", err)
		return errUsage
	}
	return nil
}

// complete fills in what follows from other flags and refuses what contradicts.
func (s *specimenFlags) complete() (err error) {
	if s.condition != "" {
		if !slices.Contains(specimen.Conditions(), specimen.Condition(s.condition)) {
			return fmt.Errorf("-condition %q: want one of %q", s.condition, specimen.Conditions())
		}
		s.conditions = s.condition
	}
	if s.make == "" {
		s.make = "documents"
		switch {
		case s.verdicts:
			s.make = "frames"
		case filepath.Ext(s.out) == ".jpg":
			s.make = "sheet"
		case s.isFile():
			s.make = "footage"
		}
	}
	if s.make == "sheet" && s.conditions == "good" && s.condition == "" {
		s.conditions = "all"
	}
	if s.degradations, err = parseDegrade(s.degrade); err != nil {
		return err
	}
	if s.degradations != nil && s.make == "footage" {
		return errors.New("-degrade: want frames, documents or a sheet, not footage")
	}
	if s.verdicts && (s.make != "frames" || s.out != "" && s.isFile()) {
		return errors.New("-verdicts: want frames, in a folder")
	}
	return nil
}

// kindNames are the documents that can be drawn.
func kindNames() string {
	var names []string
	for _, k := range slices.Concat(specimen.Kinds(), specimen.ForeignKinds(), specimen.OtherKinds()) {
		names = append(names, string(k))
	}
	return strings.Join(names, ", ")
}

// assetFlags say what documents are drawn with.
func assetFlags(f *flag.FlagSet, p *specimen.Paths) {
	f.StringVar(&p.OCRB, "ocrb", "", "font file; by default that of Debian's fonts-ocr-b")
	f.StringVar(&p.Sans, "sans", "", "font file; by default that of Debian's fonts-dejavu-core")
	f.StringVar(&p.SansBold, "sans-bold", "", "font file; by default that of Debian's fonts-dejavu-core")
	f.StringVar(&p.Portrait, "portrait", "",
		"picture; by default var/models/astronaut.png or that of Debian's python3-skimage")
}

// detailFlags say what of the person is chosen.
func detailFlags(f *flag.FlagSet, d *specimen.Details) {
	for name, into := range map[string]*time.Time{"birth": &d.Birth, "issued": &d.Issued, "expiry": &d.Expiry} {
		f.Func(name, "day on the document such as 1987-11-15; by default it follows from the seed",
			func(text string) (err error) {
				*into, err = time.Parse(time.DateOnly, text)
				return err
			})
	}
}

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
	fmt.Fprintf(stderr, "qa specimen: -make %q: want documents, frames, footage or sheet\n", s.make)
	return errUsage
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

// list splits a comma-separated flag; "all" means every value.
func list[T ~string](flag string, all []T) []T {
	if flag == "all" {
		return all
	}
	var values []T
	for v := range strings.SplitSeq(flag, ",") {
		values = append(values, T(v))
	}
	return values
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

// parseSegments reads "front:good:6,back".
func parseSegments(text string, kind specimen.Kind) ([]specimen.Segment, error) {
	if text == "" {
		text = "front,back,face"
		if !kind.HasBack() {
			text = "front,face"
		}
	}
	var segments []specimen.Segment
	for part := range strings.SplitSeq(text, ",") {
		fields := strings.Split(part, ":")
		segment := specimen.Segment{View: specimen.View(fields[0])}
		if len(fields) > 1 {
			segment.Condition = specimen.Condition(fields[1])
		}
		if len(fields) > 2 {
			seconds, err := strconv.ParseFloat(fields[2], 64)
			if err != nil || seconds <= 0 {
				return nil, fmt.Errorf("segment %q: seconds %q, want a number above 0", part, fields[2])
			}
			segment.Seconds = seconds
		}
		if len(fields) > 3 {
			return nil, fmt.Errorf("segment %q: want view[:condition[:seconds]]", part)
		}
		segments = append(segments, segment)
	}
	return segments, nil
}

func writeFile(path string, data []byte, stdout io.Writer) error {
	if err := os.WriteFile(path, data, 0o644); err != nil {
		return err
	}
	fmt.Fprintln(stdout, path)
	return nil
}
