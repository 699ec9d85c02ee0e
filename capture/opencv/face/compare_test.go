package face

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"gocv.io/x/gocv"

	"visavis/capture"
	"visavis/identity"
)

// newFaceJPEG encodes a picture.
func newFaceJPEG(t testing.TB, img gocv.Mat) []byte {
	t.Helper()
	buffer, err := gocv.IMEncodeWithParams(gocv.JPEGFileExt, img, []int{gocv.IMWriteJpegQuality, 90})
	if err != nil {
		t.Fatal(err)
	}
	defer buffer.Close()
	return append([]byte(nil), buffer.GetBytes()...)
}

// withOrientation puts an EXIF block that holds an orientation alone into a JPEG.
func withOrientation(jpeg []byte, orientation byte) []byte {
	exif := []byte{
		0xFF, 0xE1, 0, 34, 'E', 'x', 'i', 'f', 0, 0, 'M', 'M', 0, '*', 0, 0, 0, 8,
		0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0,
	}
	return append(append(append([]byte(nil), jpeg[:2]...), exif...), jpeg[2:]...)
}

func TestFacesOfTwoJPEGsAreCompared(t *testing.T) {
	f, img := newTestFaces(t), newAstronaut(t)
	upright := newFaceJPEG(t, img)
	lying := gocv.NewMat()
	defer lying.Close()
	gocv.Rotate(img, &lying, gocv.Rotate90CounterClockwise)
	for name, other := range map[string][]byte{
		"the same bytes":            upright,
		"turned, as the EXIF says":  withOrientation(newFaceJPEG(t, lying), 6),
		"turned, and nothing is so": newFaceJPEG(t, lying),
	} {
		s, err := f.CompareJPEGs(t.Context(), identity.FacePair{A: upright, B: other})
		if err != nil || !s.FoundA || !s.FoundB || s.Score < 0.8 {
			t.Errorf("%s: %+v, %v, want the same face", name, s, err)
		}
		if s.FaceA == nil || s.FaceB == nil || !astronautFace(*s.FaceA) {
			t.Errorf("%s: faces at %+v and %+v, want the astronaut's", name, s.FaceA, s.FaceB)
		}
		if strings.HasPrefix(name, "turned, as") && !astronautFace(*s.FaceB) {
			t.Errorf("%s: face at %+v, want it where the upright picture has it", name, s.FaceB)
		}
	}
	var refused *capture.FrameError
	if _, err := f.CompareJPEGs(t.Context(), identity.FacePair{A: upright, B: []byte("GIF89a")}); !errors.As(
		err, &refused) {
		t.Errorf("a GIF: %v, want a *capture.FrameError", err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := f.CompareJPEGs(gone, identity.FacePair{A: upright, B: upright}); !errors.Is(err, context.Canceled) {
		t.Errorf("after its context: %v, want context.Canceled", err)
	}
}

// astronautFace tells whether a box is about the astronaut's face.
func astronautFace(b identity.Box) bool {
	x, y := b.X+b.Width/2, b.Y+b.Height/2
	return math.Abs(x-0.44) < 0.06 && math.Abs(y-0.23) < 0.08 && b.Width > 0.1 && b.Width < 0.35
}

// person is who a picture of the evaluation shows, by its name.
func person(file string) string {
	if strings.HasPrefix(file, "ballerine") {
		return strings.Join(strings.Split(file, "_")[:3], "_")
	}
	name := regexp.MustCompile(`_[^_]*$`).ReplaceAllString(file, "")
	return strings.TrimSuffix(strings.TrimSuffix(name, "_train"), "_val")
}

// TestFaceEvalZones counts the errors of the limits over every pair of the
// pictures of persons.
func TestFaceEvalZones(t *testing.T) {
	dir, _ := faceTable(t)
	f, limits := newTestFaces(t), identity.DefaultFaceLimits()
	files, err := os.ReadDir(filepath.Join(dir, "people"))
	if err != nil {
		t.Fatal(err)
	}
	templates := map[string][]float64{}
	for _, file := range files {
		if x, _, err := f.template(newPictureFile(t, filepath.Join(dir, "people", file.Name()))); err == nil {
			templates[file.Name()] = x
		}
	}
	var same, other [2]faceRate // right: at or above the limit
	for a, x := range templates {
		for b, y := range templates {
			if a >= b {
				continue
			}
			for i, limit := range [2]float64{limits.Other, limits.Same} {
				if person(a) == person(b) {
					same[i].add(cosine(x, y) >= limit)
				} else {
					other[i].add(cosine(x, y) >= limit)
				}
			}
		}
	}
	for i, limit := range [2]float64{limits.Other, limits.Same} {
		t.Logf("%.2f: same at or above %v, other at or above %.5f of %d", limit, same[i], other[i].share(), other[i].n)
	}
	if len(templates) < len(files)*97/100 {
		t.Errorf("%d templates of %d pictures", len(templates), len(files))
	}
	if same[0].share() < 0.97 || other[1].share() > 1e-3 {
		t.Error("want 97 % of the same at the lower limit, and one other in a thousand at the upper at most")
	}
}
