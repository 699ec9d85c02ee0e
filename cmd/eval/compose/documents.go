package compose

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/draw"
	_ "image/jpeg" // scans
	_ "image/png"  // scans and backgrounds
	"os"
	"path/filepath"
	"slices"
	"strings"

	_ "golang.org/x/image/webp" // scans

	"visavis/capture"
	"visavis/specimen"
)

// Document is a flat side of a document, cut at its edges.
type Document struct {
	// Name tells whose document it is: frames of one name are of one fold.
	Name string
	// Group is what kind of document it is: scan, colourless (a scan of a document that is
	// printed in black alone, which nobody can tell from its copy) or drawn.
	Group string
	Image *image.RGBA
	// Printed: the image's pixels are a printer's places, finer than the camera's. A pixel of the
	// camera sees the mean of their light.
	Printed bool
	// Step and Asked are what a session asks for where this side is right.
	Step  capture.Step
	Asked capture.Document
}

// Proportions of a side by which a scan is taken for a whole one.
const (
	leastPage, mostPage = 1.36, 1.48
	leastCard, mostCard = 1.53, 1.64
	leastLong           = 560 // pixels of a scan's longer side
)

// Scans are the specimen scans of a folder that show one whole side and nothing else.
func Scans(dir string) ([]Document, error) {
	data, err := os.ReadFile(filepath.Join(dir, "mrz.tsv"))
	if err != nil {
		return nil, fmt.Errorf("scans: %w", err)
	}
	var list []Document
	lines := strings.Split(strings.TrimSpace(string(data)), "\n")
	names := strings.Split(lines[0], "\t")
	file, format := slices.Index(names, "file"), slices.Index(names, "mrz_type")
	if file < 0 || format < 0 {
		return nil, errors.New("scans: mrz.tsv has no columns file and mrz_type")
	}
	for _, line := range lines[1:] {
		cells := strings.Split(line, "\t")
		if len(cells) <= max(file, format) || strings.HasPrefix(cells[format], "MRV") ||
			strings.Contains(cells[file], "cut-off") {
			continue
		}
		img, err := readImage(filepath.Join(dir, cells[file]))
		if err != nil {
			return nil, fmt.Errorf("scan %s: %w", cells[file], err)
		}
		d := Document{Name: filepath.Base(cells[file]), Group: "scan", Image: img, Step: capture.DocumentFront,
			Asked: capture.IdentityCard}
		switch aspect := float64(img.Rect.Dx()) / float64(img.Rect.Dy()); {
		case img.Rect.Dx() < leastLong:
			continue
		case aspect > leastPage && aspect < mostPage:
			if cells[format] != "TD2" {
				d.Asked = capture.Passport
			}
		case aspect > leastCard && aspect < mostCard:
			if cells[format] == "TD1" {
				d.Step = capture.DocumentBack
			}
		default:
			continue
		}
		if !coloured(img) {
			d.Group = "colourless"
		}
		list = append(list, d)
	}
	return list, nil
}

// coloured tells whether one pixel in a thousand at least is not grey.
func coloured(img *image.RGBA) bool {
	n := 0
	for i := 0; i < len(img.Pix); i += 4 {
		p := img.Pix[i : i+3]
		if max(p[0], p[1], p[2])-min(p[0], p[1], p[2]) > 24 {
			n++
		}
	}
	return n*1000 >= len(img.Pix)/4
}

// Drawn are specimens drawn by the package specimen, so many of each side.
func Drawn(each int, assets *specimen.Assets) ([]Document, error) {
	const seed = 9_120_000 // far from those of tests and training
	const scale = 11       // pixels a millimetre: more than a frame shows
	asked := map[specimen.Kind]capture.Document{
		specimen.IdentityCard: capture.IdentityCard, specimen.OldFrenchCard: capture.IdentityCard,
		specimen.ResidencePermit: capture.ResidencePermit, specimen.Passport: capture.Passport,
	}
	var list []Document
	for _, kind := range []specimen.Kind{specimen.IdentityCard, specimen.OldFrenchCard, specimen.ResidencePermit,
		specimen.Passport} {
		for i := range each {
			d, err := specimen.Draw(kind, uint64(seed+i), scale, assets)
			if err != nil {
				return nil, fmt.Errorf("draw %s: %w", kind, err)
			}
			name := fmt.Sprintf("%s %d", kind, i)
			list = append(list, Document{Name: name, Group: "drawn", Image: d.Front, Step: capture.DocumentFront,
				Asked: asked[kind]})
			if d.Back != nil && kind != specimen.Passport {
				list = append(list, Document{Name: name, Group: "drawn", Image: d.Back, Step: capture.DocumentBack,
					Asked: asked[kind]})
			}
		}
	}
	return list, nil
}

// Backgrounds are the photographs of folders: of one with labels its frames without a
// document, of others every picture. A folder that is not there gives none.
func Backgrounds(labelled string, others ...string) ([]*image.RGBA, error) {
	files, err := filepath.Glob(filepath.Join(labelled, "frames", "*_none.jpg"))
	if err != nil {
		return nil, err
	}
	for _, dir := range others {
		for _, kind := range []string{"*.png", "*.jpg"} {
			more, err := filepath.Glob(filepath.Join(dir, kind))
			if err != nil {
				return nil, err
			}
			files = append(files, more...)
		}
	}
	var list []*image.RGBA
	for _, f := range files {
		img, err := readImage(f)
		if err != nil {
			continue // spoilt on purpose, or no picture
		}
		if min(img.Rect.Dx(), img.Rect.Dy()) >= 250 {
			list = append(list, img)
		}
	}
	return list, nil
}

func readImage(file string) (*image.RGBA, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	src, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	img := image.NewRGBA(image.Rect(0, 0, src.Bounds().Dx(), src.Bounds().Dy()))
	draw.Draw(img, img.Rect, image.White, image.Point{}, draw.Src)
	draw.Draw(img, img.Rect, src, src.Bounds().Min, draw.Over)
	return img, nil
}
