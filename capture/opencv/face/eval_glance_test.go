package face

import (
	"path/filepath"
	"testing"

	"visavis/capture"
)

// A preview's glance and the whole detector have another opinion of hardly any portrait.
func TestFaceEvalPortraitsGlanced(t *testing.T) {
	dir, _ := faceTable(t)
	f := newTestFaces(t)
	scans := scansOfSides(t, dir)
	least := capture.DefaultLimits().Document.PortraitMin.Preview
	for _, look := range []string{"plain", "pale grey", "small", "soft"} {
		var same faceRate
		for _, s := range scans {
			if s.img.Cols() < s.img.Rows() {
				continue // a preview is laid along its long side
			}
			scene := newPortraitScene(t, s.img, look, 0)
			for _, turns := range [][]int{{0}, {0, 2}} {
				whole, err := f.Portrait(scene, turns...)
				if err != nil {
					t.Fatal(err)
				}
				glanced, err := f.PortraitThat(scene, Asked{Turns: turns, Believed: 0.9})
				if err != nil {
					t.Fatal(err)
				}
				agree := (whole.Confidence >= least) == (glanced.Confidence >= least)
				if same.add(agree); !agree {
					t.Logf("%s, %d ways up: portrait %.2f at a glance, else %.2f, in %s",
						look, len(turns), glanced.Confidence, whole.Confidence, s.name)
				}
			}
		}
		t.Logf("%s: as the whole detector %v", look, same)
		if same.share() < 0.97 {
			t.Errorf("%s: want >= 0.97 as the whole detector", look)
		}
	}
}

// A preview's glance shows as many faces as the whole detector.
func TestFaceEvalGlanced(t *testing.T) {
	dir, rows := faceTable(t)
	f := newTestFaces(t)
	var same faceRate
	took := 0
	for _, row := range rows {
		img := newPictureFile(t, filepath.Join(dir, row.file))
		whole, err := f.detect(img, surely)
		if err != nil {
			t.Fatal(err)
		}
		glanced, err := f.glanced(img)
		if err != nil {
			t.Fatal(err)
		}
		agree := len(whole) == len(glanced)
		if agree && len(whole) == 1 {
			agree = whole[0].overlap(glanced[0]) > 0.8
			if whole[0].box() != glanced[0].box() {
				took++
			}
		}
		if same.add(agree); !agree {
			t.Logf("%s: %+v at a glance, else %+v", row.file, glanced, whole)
		}
	}
	t.Logf("as the whole detector %v, %d of them at a glance", same, took)
	if same.share() < 0.97 {
		t.Error("want >= 0.97 as the whole detector")
	}
}
