package face

import (
	"fmt"
	"image"
	"image/color"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"gocv.io/x/gocv"

	"visavis/capture"
)

// TestFaceEvalVerdict judges as shipped: frontal selfies pass, the same ones dark
// or blurred do not.
func TestFaceEvalVerdict(t *testing.T) {
	dir, rows := faceTable(t)
	f := newTestFaces(t)
	limits := capture.DefaultLimits()
	var good, dark, soft faceRate
	var took []time.Duration
	judge := func(img gocv.Mat, kind capture.Kind) capture.Verdict {
		start := time.Now()
		face := measuredFace(t, f, img, kind)
		if kind == capture.Preview {
			took = append(took, time.Since(start))
		}
		m := capture.Measurements{Width: img.Cols(), Height: img.Rows(), Face: &face}
		return capture.Judge(capture.FrameInfo{Step: capture.Selfie, Kind: kind}, m, &m, limits)
	}
	for _, r := range rows {
		if r.attack != "bona fide" || !strings.Contains(r.pose, "frontal") || r.faces != "1" ||
			!strings.HasPrefix(r.eyes, "open") {
			continue
		}
		img := newFramedFace(t, f, newPictureFile(t, filepath.Join(dir, r.file)))
		for _, kind := range []capture.Kind{capture.Preview, capture.Still} {
			v := judge(img, kind)
			if good.add(v.Good); !v.Good {
				t.Logf("refused kind %d: %s for %q, %v", kind, r.file, v.Hint, failingChecks(v))
			}
			night := gocv.NewMat()
			img.ConvertToWithParams(&night, gocv.MatTypeCV8UC3, 0.15, 0)
			if v := judge(night, kind); v.Good {
				dark.add(false)
				t.Logf("accepted dark kind %d: %s", kind, r.file)
			} else {
				dark.add(true)
			}
			night.Close()
			fog := gocv.NewMat()
			gocv.GaussianBlur(img, &fog, image.Pt(0, 0), 6, 6, gocv.BorderReplicate)
			if v := judge(fog, kind); v.Good {
				soft.add(false)
				t.Logf("accepted blurred kind %d: %s", kind, r.file)
			} else {
				soft.add(true)
			}
			fog.Close()
		}
	}
	slices.Sort(took)
	t.Logf("good passed %v; dark refused %v; blurred refused %v; preview p50 %v p95 %v", good, dark, soft,
		took[len(took)/2].Round(time.Microsecond), took[len(took)*95/100].Round(time.Microsecond))
	if good.share() < 0.97 || dark.share() < 0.95 || soft.share() < 0.95 {
		t.Error("want good >= 0.97, dark and blurred >= 0.95")
	}
}

func failingChecks(v capture.Verdict) []string {
	var names []string
	for _, c := range v.Checks {
		if !c.OK {
			names = append(names, fmt.Sprintf("%s %.2f", c.Name, c.Value))
		}
	}
	return names
}

// newFramedFace cuts a picture as the person would hold the phone: 3:4, the face in
// the middle, a bit under half of the height; beyond the picture its edge
// repeats. 720×960 pixels.
func newFramedFace(t testing.TB, f *Models, img gocv.Mat) gocv.Mat {
	t.Helper()
	m := measuredFace(t, f, img, capture.Preview)
	side := m.Box[3] / 0.45 / 960
	cx, cy := m.Box[0]+m.Box[2]/2, m.Box[1]+m.Box[3]/2
	affine := newAffine(1/side, 0, 360-cx/side, 0, 1/side, 480-cy/side)
	defer affine.Close()
	out := gocv.NewMat()
	t.Cleanup(func() { out.Close() })
	gocv.WarpAffineWithParams(img, &out, affine, image.Pt(720, 960), gocv.InterpolationLinear, gocv.BorderReplicate,
		color.RGBA{})
	return out
}
