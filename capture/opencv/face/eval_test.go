package face

import (
	"fmt"
	"image"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gocv.io/x/gocv"

	"visavis/capture"
	"visavis/testkit"
)

// faceRow is one row of faces.tsv.
type faceRow struct {
	file, eyes, pose, attack string
	faces                    string
}

func faceTable(t testing.TB) (dir string, rows []faceRow) {
	t.Helper()
	dir = os.Getenv("VISAVIS_EVAL")
	if dir == "" {
		t.Skip("VISAVIS_EVAL names no folder of evaluation images: nothing measured")
	}
	for _, c := range testkit.Table(t, filepath.Join(dir, "faces.tsv")) {
		rows = append(rows, faceRow{file: c["file"], faces: c["faces"], eyes: c["eyes"], pose: c["pose"],
			attack: c["attack"]})
	}
	return dir, rows
}

func newPictureFile(t testing.TB, path string) gocv.Mat {
	t.Helper()
	img := gocv.IMRead(path, gocv.IMReadColor)
	t.Cleanup(func() { img.Close() })
	if img.Empty() {
		t.Fatalf("cannot read %s", path)
	}
	return img
}

// faceRate counts right answers.
type faceRate struct{ right, n int }

func (r *faceRate) add(ok bool) {
	r.n++
	if ok {
		r.right++
	}
}

func (r faceRate) share() float64 { return float64(r.right) / float64(max(r.n, 1)) }

func (r faceRate) String() string { return fmt.Sprintf("%.3f of %d", r.share(), r.n) }

func TestFaceEvalCountEyesPose(t *testing.T) {
	dir, rows := faceTable(t)
	f := newTestFaces(t)
	for _, kind := range []capture.Kind{capture.Preview, capture.Still} {
		var count, open, closed, words faceRate
		for _, r := range rows {
			m := measuredFace(t, f, newPictureFile(t, filepath.Join(dir, r.file)), kind)
			ok := fmt.Sprint(m.Count) == r.faces
			count.add(ok)
			if !ok {
				t.Logf("count: %s has %s faces, found %d", r.file, r.faces, m.Count)
			}
			if m.Count != 1 {
				continue
			}
			switch {
			case strings.HasPrefix(r.eyes, "open"):
				if open.add(m.EyesOpen >= 0.5); m.EyesOpen < 0.5 {
					t.Logf("eyes: %s open, judged %.2f", r.file, m.EyesOpen)
				}
			case strings.Contains(r.eyes, "closed"):
				if closed.add(m.EyesOpen < 0.5); m.EyesOpen >= 0.5 {
					t.Logf("eyes: %s closed, judged %.2f", r.file, m.EyesOpen)
				}
			}
			if holds, known := poseWords(r.pose, m); known {
				if words.add(holds); !holds {
					t.Logf("pose: %s is %q, measured yaw %.0f pitch %.0f roll %.0f", r.file, r.pose, m.Yaw, m.Pitch, m.Roll)
				}
			}
		}
		balanced := (open.share() + closed.share()) / 2
		t.Logf("kind %d: count %v; eyes balanced %.3f (open %v, closed %v); pose in words %v", kind, count, balanced, open,
			closed, words)
		if count.share() < 0.97 || balanced < 0.95 || words.share() < 0.9 {
			t.Errorf("kind %d: want count >= 0.97, eyes >= 0.95, words >= 0.9", kind)
		}
	}
}

// poseWords tells whether a measured pose is what the table's words say.
func poseWords(words string, m capture.FaceMeasurements) (holds, known bool) {
	yaw, pitch, roll := math.Abs(m.Yaw), m.Pitch, math.Abs(m.Roll)
	switch {
	case words == "frontal" || words == "about frontal":
		return yaw <= 15 && math.Abs(pitch) <= 20 && roll <= 15, true
	case strings.Contains(words, "profile"):
		return yaw >= 35, true
	case strings.Contains(words, "about -25"):
		return math.Abs(yaw-25) <= 10, true
	case words == "three-quarter":
		return yaw >= 20 && yaw <= 60, true
	case words == "slight yaw":
		return yaw >= 8 && yaw <= 35, true
	case strings.Contains(words, "pitch down") || words == "slight down":
		return pitch <= -5, true
	case strings.Contains(words, "pitch up"):
		return pitch >= 12, true
	case words == "rotated by 180":
		return roll >= 165, true
	case words == "rotated by 90":
		return math.Abs(roll-90) <= 15, true
	case words == "roll":
		return roll >= 20, true
	}
	return false, false
}

func TestFaceEvalRollByTurning(t *testing.T) {
	dir, rows := faceTable(t)
	f := newTestFaces(t)
	var errs []float64
	lost := 0
	for _, r := range rows {
		if r.faces != "1" || !strings.Contains(r.pose, "frontal") {
			continue
		}
		img := newPictureFile(t, filepath.Join(dir, r.file))
		base := measuredFace(t, f, img, capture.Preview)
		for _, degrees := range []float64{-45, -30, -15, 15, 30, 45, 90, 180} {
			m := measuredFace(t, f, newTurnedFace(t, img, degrees), capture.Preview)
			e := math.Abs(turn180(m.Roll - base.Roll - degrees))
			if m.Count != 1 {
				lost++
				t.Logf("turned by %v: %s has %d faces", degrees, r.file, m.Count)
				continue
			}
			if errs = append(errs, e); e > 12 {
				t.Logf("turned by %v: %s errs by %.0f degrees", degrees, r.file, e)
			}
		}
	}
	sum := 0.0
	for _, e := range errs {
		sum += e
	}
	mae := sum / float64(len(errs))
	t.Logf("roll by turning: mean error %.1f degrees of %d, lost %d", mae, len(errs), lost)
	if mae > 8 || lost > len(errs)/20 {
		t.Errorf("want a mean error of at most 8 degrees and no more than one in 20 lost")
	}
}

func TestFaceEvalSmall(t *testing.T) {
	dir, rows := faceTable(t)
	f := newTestFaces(t)
	var alone, inFrame faceRate
	for _, r := range rows {
		if r.faces != "1" {
			continue
		}
		img := newPictureFile(t, filepath.Join(dir, r.file))
		m := measuredFace(t, f, img, capture.Preview)
		if m.Count != 1 {
			continue
		}
		scale := 40 / max(m.Box[3], m.Box[2])
		small := gocv.NewMat()
		t.Cleanup(func() { small.Close() })
		gocv.Resize(img, &small, image.Pt(max(16, int(float64(img.Cols())*scale)), max(16, int(float64(img.Rows())*scale))),
			0, 0, gocv.InterpolationArea)
		got := measuredFace(t, f, small, capture.Still).Count
		if alone.add(got >= 1); got < 1 {
			t.Logf("40 px: %s lost", r.file)
		}
		frame := gocv.NewMatWithSizeFromScalar(gocv.NewScalar(110, 120, 130, 0), 720, 1280, gocv.MatTypeCV8UC3)
		t.Cleanup(func() { frame.Close() })
		at := image.Rect(500, 300, 500+small.Cols(), 300+small.Rows())
		if !at.In(image.Rect(0, 0, 1280, 720)) {
			continue
		}
		region := frame.Region(at)
		small.CopyTo(&region)
		region.Close()
		got = measuredFace(t, f, frame, capture.Still).Count
		if inFrame.add(got >= 1); got < 1 {
			t.Logf("40 px in 1280×720: %s lost", r.file)
		}
	}
	t.Logf("faces of 40 px: %v; set into 1280×720: %v", alone, inFrame)
	if alone.share() < 0.95 {
		t.Error("want a recall of at least 0.95")
	}
}
