package selfies

import (
	"context"
	"fmt"
	"image"
	_ "image/jpeg" // portraits
	_ "image/png"  // portraits
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"golang.org/x/image/draw"

	"visavis/capture"
	"visavis/cmd/eval/compose"
	"visavis/cmd/eval/subject"
	"visavis/identity"
)

// Engine measures pictures and compares faces: the pool of worker processes.
type Engine interface {
	capture.Analyzer
	identity.FaceComparer
}

// source is a portrait as it was measured.
type source struct {
	file, person string
	image        *image.RGBA
	points       []capture.Point // 68 landmarks, pixels of image
	ita          float64         // of the cheeks, degrees
	left         string          // why no selfie is composed of it; empty: it is one
	frontal      bool            // its cheeks count for the person's tone, composed or not
}

// What keeps a portrait from being composed.
const (
	straight  = 10   // degrees that a source may look aside; up and down half as much again
	leastFace = 150  // height of the face's box, pixels of the picture: smaller ones are blurred in a selfie
	openEyes  = 0.25 // confidence
)

// personOf is what a file's name has behind the person's.
var personOf = regexp.MustCompile(`(_train_|_val_|_doc_|_selfie|_\d{4}\.).*$`)

// labelled is how faces.tsv names a person.
var labelled = regexp.MustCompile(`person ([A-Z]{2})\b`)

// portrait is a picture of one person.
type portrait struct{ file, person string }

// portraits are the pictures of people of a folder of labelled images: those of the pairs, without
// the scans of documents, and the genuine ones of faces.tsv that show one face.
func portraits(dir string) ([]portrait, error) {
	var out []portrait
	for _, kind := range []string{"*.jpg", "*.png"} {
		files, err := filepath.Glob(filepath.Join(dir, "people", kind))
		if err != nil {
			return nil, err
		}
		for _, f := range files {
			name := filepath.Base(f)
			if !strings.Contains(name, "_doc_") {
				out = append(out, portrait{"people/" + name, personOf.ReplaceAllString(name, "")})
			}
		}
	}
	rows, _, err := subject.ReadTable(dir, "faces.tsv")
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		if r["attack"] != "bona fide" || r["faces"] != "1" || strings.Contains(r["note"], "same photo") ||
			strings.Contains(r["note"], "mask") || strings.Contains(r["note"], "hand at") {
			continue
		}
		who := r["file"]
		if m := labelled.FindStringSubmatch(r["note"]); m != nil {
			who = m[1]
		}
		out = append(out, portrait{r["file"], who})
	}
	return out, nil
}

// sources are the portraits, measured as stills.
func (o Options) sources(ctx context.Context) ([]source, error) {
	list, err := portraits(o.Dir)
	if err != nil {
		return nil, err
	}
	out := make([]source, len(list))
	err = subject.Each(ctx, o.Workers, len(list), func(ctx context.Context, i int) error {
		s, err := o.source(ctx, list[i])
		out[i] = s
		return err
	})
	return out, err
}

func (o Options) source(ctx context.Context, p portrait) (source, error) {
	s := source{file: p.file, person: p.person}
	img, grown, err := readPortrait(filepath.Join(o.Dir, p.file))
	if err != nil {
		return s, err
	}
	jpeg, err := compose.Encoded(img, 95)
	if err != nil {
		return s, err
	}
	m, err := compose.Measured(ctx, o.Engine, capture.Selfie, capture.Still, "", jpeg)
	if err != nil {
		return s, fmt.Errorf("%s: %w", p.file, err)
	}
	f := m.Face
	if f == nil || f.Count != 1 || len(f.Landmarks) != 68 {
		s.left = "not one face found"
		return s, nil
	}
	s.image, s.points = img, f.Landmarks
	s.ita = ITA(cheeks(img, f.Landmarks))
	s.frontal = math.Abs(f.Yaw) <= straight && math.Abs(f.Pitch) <= 1.5*straight
	switch {
	case f.Box[3]/grown < leastFace:
		s.left = fmt.Sprintf("face under %d pixels", leastFace)
	case !s.frontal:
		s.left = "looks aside"
	case f.EyesOpen < openEyes:
		s.left = "eyes not open"
	}
	return s, nil
}

// portraitSide is the short side that portraits are enlarged to: smaller stills are refused.
const portraitSide = 640

// readPortrait reads a picture, and tells how many times it was enlarged.
func readPortrait(name string) (*image.RGBA, float64, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, 0, err
	}
	defer f.Close()
	src, _, err := image.Decode(f)
	if err != nil {
		return nil, 0, fmt.Errorf("%s: %w", name, err)
	}
	b := src.Bounds()
	k := max(1, portraitSide/float64(min(b.Dx(), b.Dy())))
	k = min(k, 1600/float64(max(b.Dx(), b.Dy())))
	img := image.NewRGBA(image.Rect(0, 0, int(k*float64(b.Dx())), int(k*float64(b.Dy()))))
	draw.CatmullRom.Scale(img, img.Rect, src, b, draw.Src, nil)
	return img, k, nil
}
