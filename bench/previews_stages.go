package main

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"runtime/pprof"
	"slices"
	"strings"
	"time"

	"github.com/google/pprof/profile"

	"visavis/capture/opencv"
)

// stages are the parts of a verdict by the functions that do them, and what the table calls them.
var stages = map[string]string{
	"pixel.NewPlanes":                    "decode",
	"pixel.Decode":                       "decode",
	"pixel.(*Planes).Reduced":            "reduce the colours",
	"pixel.NewColour":                    "lightness and colour of the small picture",
	"outline.newEdgeMap":                 "edges",
	"outline.findLines":                  "lines",
	"outline.quadsOf":                    "outlines of lines",
	"outline.scorer.score":               "score of an outline",
	"outline.refineQuad":                 "refined sides",
	"outline.likenessOf":                 "what is inside an outline",
	"opencv.(*Analyzer).hasEvidence":     "evidence for a doubtful outline",
	"opencv.printOfColour":               "print of the moment",
	"opencv.thumbnail":                   "thumbnail",
	"opencv.flattened":                   "flat page",
	"quality.LightnessOf":                "light",
	"quality.Sharpness":                  "sharpness",
	"quality.CellsOf":                    "colour",
	"quality.GlareOf":                    "glare",
	"outline.Covered":                    "fingers",
	"opencv.lookOf":                      "look",
	"opencv.(*Analyzer).seeZone":         "zone",
	"opencv.(*Analyzer).lookForPortrait": "portrait",
	"face.detectBy":                      "face detector",
	"face.(*Models).pointsOf":            "face landmarks",
	"face.(*Models).poseFor":             "pose of the head",
	"face.(*Models).eyeOpenByNet":        "eyes",
	"face.lightOf":                       "light of a face",
	"face.(*Models).Measure":             "the rest of a face",
	"opencv.(*Analyzer).decide":          "the rest of deciding",
	"outline.Search":                     "the rest of the search",
}

// stage is one row of the table.
type stage struct {
	name string
	time time.Duration
	kind string // selfie or document
}

// stagesOf asks the processor's profile of a pass over all groups where the time went: each
// sample belongs to the innermost function that is in the table.
func stagesOf(ctx context.Context, a *opencv.Analyzer, groups []previewGroup) ([]stage, error) {
	var raw bytes.Buffer
	if err := pprof.StartCPUProfile(&raw); err != nil {
		return nil, err
	}
	var failed error
	for _, g := range groups {
		kind := "document"
		if g.name == "selfie" {
			kind = g.name
		}
		pprof.Do(ctx, pprof.Labels("kind", kind), func(ctx context.Context) {
			for _, f := range g.frames {
				if _, err := a.Analyze(ctx, f); err != nil {
					failed = err
				}
			}
		})
	}
	pprof.StopCPUProfile()
	if failed != nil {
		return nil, failed
	}
	p, err := profile.Parse(&raw)
	if err != nil {
		return nil, err
	}
	return stagesIn(p), nil
}

// stagesIn are the stages of a processor profile, those of documents first, the dearest first.
func stagesIn(p *profile.Profile) []stage {
	spent := map[stage]time.Duration{}
	for _, s := range p.Sample {
		kinds := s.Label["kind"]
		if len(kinds) == 0 {
			continue // the runtime's own, and what is not measured
		}
		spent[stage{name: stageOf(s), kind: kinds[0]}] += time.Duration(s.Value[len(s.Value)-1])
	}
	var list []stage
	for of, t := range spent {
		list = append(list, stage{of.name, t, of.kind})
	}
	slices.SortFunc(list, func(a, b stage) int {
		return cmp.Or(cmp.Compare(a.kind, b.kind), -cmp.Compare(a.time, b.time), cmp.Compare(a.name, b.name))
	})
	return list
}

// stageOf is the stage that a sample belongs to.
func stageOf(s *profile.Sample) string {
	for _, at := range s.Location {
		for _, line := range at.Line {
			_, name, _ := strings.Cut(line.Function.Name, "visavis/capture/")
			if name = name[strings.LastIndex(name, "/")+1:]; stages[name] != "" {
				return stages[name]
			}
		}
	}
	return "anything else"
}

// printStages prints what each stage takes of a verdict, in the mean over all of its kind.
func printStages(w io.Writer, list []stage, frames int) {
	whole := map[string]time.Duration{}
	for _, s := range list {
		whole[s.kind] += s.time
	}
	fmt.Fprintf(w, "\n%-10s %-44s %8s\n", "", fmt.Sprintf("stage, of %d previews", frames), "share")
	for _, s := range list {
		fmt.Fprintf(w, "%-10s %-44s %6.1f %%\n", s.kind, s.name, 100*float64(s.time)/float64(whole[s.kind]))
	}
}
