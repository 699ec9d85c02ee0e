package face

import (
	"image"
	"path/filepath"
	"strings"
	"testing"

	"visavis/testkit"

	"gocv.io/x/gocv"
)

// newPortraitScene is a scan as the portrait's search gets it, turned, and either as
// it is, as a pale grey copy, small, or soft.
func newPortraitScene(t testing.TB, img gocv.Mat, look string, turns int) gocv.Mat {
	t.Helper()
	long := float64(PortraitWidth)
	if look == "small" {
		long = 280
	}
	out := gocv.NewMat()
	t.Cleanup(func() { out.Close() })
	scale := long / float64(max(img.Cols(), img.Rows()))
	gocv.Resize(img, &out, image.Pt(int(float64(img.Cols())*scale), int(float64(img.Rows())*scale)), 0, 0,
		gocv.InterpolationArea)
	switch look {
	case "pale grey":
		grey := gocv.NewMat()
		defer grey.Close()
		gocv.CvtColor(out, &grey, gocv.ColorBGRToGray)
		grey.ConvertToWithParams(&grey, gocv.MatTypeCV8UC1, 0.45, 110)
		gocv.CvtColor(grey, &out, gocv.ColorGrayToBGR)
	case "soft":
		gocv.GaussianBlur(out, &out, image.Pt(0, 0), 1.2, 1.2, gocv.BorderReplicate)
	}
	turnBy(&out, turns)
	return out
}

// scan is a picture that shows a side, and whether a portrait belongs on it.
type scan struct {
	name     string
	img      gocv.Mat
	portrait bool
}

// scansOfSides are the data pages, and of the pictures that show both sides of a
// card each side; the frames without a document have no portrait.
func scansOfSides(t *testing.T, dir string) []scan {
	t.Helper()
	var scans []scan
	for _, row := range testkit.Table(t, filepath.Join(dir, "frames.tsv")) {
		if row["condition"] == "none" {
			scans = append(scans, scan{row["file"], newPictureFile(t, filepath.Join(dir, row["file"])), false})
		}
	}
	for _, row := range testkit.Table(t, filepath.Join(dir, "mrz.tsv")) {
		img := newPictureFile(t, filepath.Join(dir, row["file"]))
		w, h := img.Cols(), img.Rows()
		switch {
		case strings.HasPrefix(row["mrz_type"], "TD3") && float64(max(w, h)) < 2.4*float64(min(w, h)): // longer is a strip
			scans = append(scans, scan{row["file"], img, true})
		case strings.HasPrefix(row["mrz_type"], "TD1") && 10*h > 11*w:
			front, back := img.Region(image.Rect(0, 0, w, h/2)), img.Region(image.Rect(0, h/2, w, h))
			t.Cleanup(func() { front.Close(); back.Close() })
			scans = append(scans, scan{row["file"] + " above", front, true}, scan{row["file"] + " below", back, false})
		}
	}
	return scans
}

// Some of the scans are not cut out: there the portrait is too small for one. One
// data page has none.
func TestFaceEvalPortraits(t *testing.T) {
	dir, _ := faceTable(t)
	f := newTestFaces(t)
	scans := scansOfSides(t, dir)
	for _, look := range []string{"plain", "pale grey", "small", "soft"} {
		var with, without faceRate
		step := 3 // as it lies and on its side
		if look == "plain" {
			step = 1
		}
		for _, s := range scans {
			for turns := 0; turns < 4; turns += step {
				p, err := f.Portrait(newPortraitScene(t, s.img, look, turns), 0, 2, 1, 3)
				if err != nil {
					t.Fatal(err)
				}
				switch seen := p.Confidence >= 0.5; {
				case s.portrait:
					if with.add(seen); !seen {
						t.Logf("%s, turned by %d: portrait %.2f in %s", look, turns, p.Confidence, s.name)
					}
				default:
					if without.add(!seen); seen {
						t.Logf("%s, turned by %d: portrait %.2f in %s, where none is", look, turns, p.Confidence, s.name)
					}
				}
			}
		}
		t.Logf("%s: found %v, none where there is none %v", look, with, without)
		if with.share() < 0.93 || without.share() < 0.99 {
			t.Errorf("%s: want portraits >= 0.93 (three scans show none or a tiny one), none where there is none >= 0.99", look)
		}
	}
}
