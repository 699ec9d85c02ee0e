package attack

import (
	"fmt"
	"image"
	_ "image/jpeg" // portraits
	_ "image/png"  // portraits
	"os"
	"path/filepath"
	"regexp"
	"slices"

	"golang.org/x/image/draw"
)

// ofEachPerson is how many portraits of one person are shown at most.
const ofEachPerson = 4

// leastSide of a portrait in pixels.
const leastSide = 200

// Portraits are that of a file, and those of the people in a folder of labelled images;
// its name may be empty. People have numbers in place of names.
func Portraits(file, dir string) ([]Portrait, error) {
	img, err := readImage(file)
	if err != nil {
		return nil, fmt.Errorf("portrait: %w", err)
	}
	out := []Portrait{{"person 0", img}}
	if dir == "" {
		return out, nil
	}
	files, err := filepath.Glob(filepath.Join(dir, "people", "*"))
	if err != nil {
		return nil, err
	}
	slices.Sort(files)
	names, taken := map[string]int{}, map[string]int{}
	for _, f := range files {
		who := personOf.ReplaceAllString(filepath.Base(f), "")
		if _, known := names[who]; !known {
			names[who] = len(names) + 1
		}
		img, err := readImage(f)
		if err != nil || taken[who] >= ofEachPerson { // too small, or no picture
			continue
		}
		taken[who]++
		out = append(out, Portrait{fmt.Sprint("person ", names[who]), img})
	}
	return out, nil
}

// personOf is what a file's name has behind the person's.
var personOf = regexp.MustCompile(`(_train_|_val_|_doc_|_selfie|_\d{4}\.).*$`)

// shownSide is the short side that portraits are enlarged to: smaller pictures are refused.
const shownSide = 640

func readImage(file string) (*image.RGBA, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	src, _, err := image.Decode(f)
	if err != nil {
		return nil, err
	}
	b := src.Bounds()
	if min(b.Dx(), b.Dy()) < leastSide {
		return nil, fmt.Errorf("%s: %d × %d pixels, want a short side of %d", file, b.Dx(), b.Dy(), leastSide)
	}
	k := max(1, float64(shownSide)/float64(min(b.Dx(), b.Dy())))
	img := image.NewRGBA(image.Rect(0, 0, int(k*float64(b.Dx())), int(k*float64(b.Dy()))))
	draw.BiLinear.Scale(img, img.Rect, src, b, draw.Src, nil)
	return img, nil
}
