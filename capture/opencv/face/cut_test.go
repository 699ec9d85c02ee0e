package face

import (
	"image"
	"math"
	"os"
	"path/filepath"
	"testing"
)

// The detector that is cut gives what the whole one gives at the size of the whole one.
func TestTheCutDetectorIsTheWholeOne(t *testing.T) {
	f, img := newTestFaces(t), newAstronaut(t)
	cut, err := openNet(modelsFolder(), glanceModel(image.Pt(320, 240)))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cut.Close() }()
	want, err := f.detect(img, 0.2)
	if err != nil {
		t.Fatal(err)
	}
	got, err := detectBy(cut, img, 0.2)
	if err != nil || len(got) != len(want) || len(want) == 0 {
		t.Fatalf("%d faces: %v, want %d", len(got), err, len(want))
	}
	for i := range got {
		g, w := got[i], want[i]
		if math.Abs(g.x-w.x)+math.Abs(g.y-w.y)+math.Abs(g.w-w.w)+math.Abs(g.h-w.h) > 0.1 || math.Abs(g.score-w.score) > 1e-4 {
			t.Errorf("face %d: %+v, want %+v", i, g, w)
		}
	}
}

func TestCuttingAFileThatIsAnotherIsAnError(t *testing.T) {
	newTestFaces(t)
	whole, err := os.ReadFile(filepath.Join(modelsFolder(), detectModel().file))
	if err != nil {
		t.Fatal(err)
	}
	for _, data := range [][]byte{whole[:len(whole)/2], []byte("no network"), {0x3a, 0xff}} {
		if _, err := cutTo(data, image.Pt(160, 120), []string{"461"}); err == nil {
			t.Errorf("%d bytes were cut", len(data))
		}
	}
	if _, err := cutTo(whole, image.Pt(160, 120), []string{"no such layer"}); err == nil {
		t.Error("cut at a layer that is not there")
	}
}
