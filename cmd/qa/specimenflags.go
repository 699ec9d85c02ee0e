package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"visavis/qa/mock"
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
	scale, steady, fill                                       float64
	details                                                   specimen.Details
	paths                                                     specimen.Paths
}

func (s *specimenFlags) parse(args []string, stderr io.Writer) error {
	f := flag.NewFlagSet("qa specimen", flag.ContinueOnError)
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
	f.Float64Var(&s.fill, "fill", 0,
		"frames and footage: the document's width over the picture's, 0.1 to 1; by default 0.86, or what the height allows")
	assetFlags(f, &s.paths)
	detailFlags(f, &s.details)
	if err := parseFlags(f, args, stderr); err != nil {
		return err
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
	if err := s.checkNames(); err != nil {
		return err
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
	if s.verdicts && s.fill != 0 {
		return errors.New("-fill: want no -verdicts, which are of documents as large as the guide asks for")
	}
	if s.verdicts && (s.make != "frames" || s.out != "" && s.isFile()) {
		return errors.New("-verdicts: want frames, in a folder")
	}
	return nil
}

// checkNames refuses names that nothing has, and numbers out of their range.
func (s *specimenFlags) checkNames() error {
	if ext := filepath.Ext(s.out); ext != "" && !s.isFile() {
		if info, err := os.Stat(s.out); err != nil || !info.IsDir() {
			return fmt.Errorf("-out %s: want a name that ends in .mjpeg, .y4m, .mp4, .webm or .jpg, or a folder", s.out)
		}
	}
	if s.quality < 0 || s.quality > 100 || s.loops < 1 || s.steady < 0 {
		return fmt.Errorf("-quality %d, -loops %d, -steady %v: want 1 to 100, 1 or more, 0 or more", s.quality, s.loops, s.steady)
	}
	checks := []error{oneOf("-make", s.make, "documents", "frames", "footage", "sheet"),
		oneOf("-kind", s.kind, kinds()...)}
	for flag, values := range map[string]struct {
		given string
		known []string
	}{
		"-views": {s.views, views()}, "-conditions": {s.conditions, append(texts(specimen.Conditions()), mock.Conditions()...)},
		"-background": {s.backgrounds, backgrounds()},
	} {
		for _, one := range list[string](values.given, nil) {
			if one != "" {
				checks = append(checks, oneOf(flag, one, values.known...))
			}
		}
	}
	return errors.Join(checks...)
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
