package face

import (
	"errors"
	"image"
	"math"
	"path/filepath"
	"slices"
	"testing"

	"gocv.io/x/gocv"

	"visavis/capture"
	"visavis/testkit"
)

func TestFaceSimilarityIsExactOnItsOwnKind(t *testing.T) {
	to := alignedPoints()
	var from [5]capture.Point
	for i, p := range to { // turned by 90 degrees, twice the size, moved
		from[i] = capture.Point{X: -2*p.Y + 300, Y: 2*p.X + 50}
	}
	a, b, c, d := similarity(from, to)
	for i, p := range from {
		x, y := a*p.X-b*p.Y+c, b*p.X+a*p.Y+d
		if math.Hypot(x-to[i].X, y-to[i].Y) > 1e-9 {
			t.Errorf("point %d goes to %.3f, %.3f, want %v", i, x, y, to[i])
		}
	}
}

func TestFaceComparedWithItself(t *testing.T) {
	f, img := newTestFaces(t), newAstronaut(t)
	other := gocv.NewMat()
	defer other.Close()
	// Another picture of the same face: smaller, darker, leaning, softer.
	gocv.Resize(newTurnedFace(t, img, 12), &other, image.Pt(300, 300), 0, 0, gocv.InterpolationArea)
	other.ConvertToWithParams(&other, gocv.MatTypeCV8UC3, 0.7, 10)
	same, err := f.compare(img, other)
	if err != nil || same.Score < 0.7 || !same.FoundA || !same.FoundB {
		t.Errorf("the same face scores %+v (%v), want over 0.7", same, err)
	}
	nobody := gocv.NewMatWithSizeFromScalar(gocv.NewScalar(90, 120, 150, 0), 200, 200, gocv.MatTypeCV8UC3)
	defer nobody.Close()
	if s, err := f.compare(img, nobody); err != nil || !s.FoundA || s.FaceA == nil || s.FoundB || s.FaceB != nil ||
		s.Score != 0 {
		t.Errorf("a picture without a face: %+v, %v, want the other one found", s, err)
	}
	if s, err := f.compare(nobody, img); err != nil || !s.FoundB || s.FaceB == nil || s.FoundA || s.FaceA != nil ||
		s.Score != 0 {
		t.Errorf("a picture without a face: %+v, %v, want the other one found", s, err)
	}
	if _, err := f.compare(gocv.NewMat(), img); !errors.Is(err, errPicture) {
		t.Errorf("an empty picture: %v, want errPicture", err)
	}
}

func TestFaceEvalMatch(t *testing.T) {
	dir, _ := faceTable(t)
	f := newTestFaces(t)
	templates := map[string][]float64{}
	of := func(file string) []float64 {
		if x, ok := templates[file]; ok {
			return x
		}
		x, _, err := f.template(newPictureFile(t, filepath.Join(dir, file)))
		if err != nil {
			t.Logf("no template of %s: %v", file, err)
		}
		templates[file] = x
		return x
	}
	type pair struct {
		score float64
		same  bool
		name  string
	}
	sets := map[string][]pair{}
	missed := 0
	for _, row := range testkit.Table(t, filepath.Join(dir, "pairs.tsv")) {
		x, y := of(row["file_a"]), of(row["file_b"])
		p := pair{score: -1, same: row["same"] == "1", name: row["file_a"] + " " + row["file_b"]}
		if x == nil || y == nil {
			missed++
		} else {
			p.score = cosine(x, y)
		}
		for _, set := range []string{row["set"], "all", "all but celeb5"} {
			if set != "all but celeb5" || row["set"] != "celeb5" {
				sets[set] = append(sets[set], p)
			}
		}
	}
	for name, pairs := range sets {
		var same, other []float64
		for _, p := range pairs {
			if p.same {
				same = append(same, p.score)
			} else {
				other = append(other, p.score)
			}
		}
		slices.Sort(same)
		slices.Sort(other)
		at := func(far float64) (limit, tar float64) {
			if len(other) == 0 {
				return 0, 0
			}
			limit = other[max(0, min(len(other)-1, int(math.Ceil(float64(len(other))*(1-far)))-1))]
			i, _ := slices.BinarySearch(same, math.Nextafter(limit, 2))
			return limit, float64(len(same)-i) / float64(max(1, len(same)))
		}
		l2, t2 := at(1e-2)
		l3, t3 := at(1e-3)
		t.Logf("%-15s %d same, %d other: AUC %.4f; TAR %.3f at FAR 1e-2 (score %.2f), %.3f at 1e-3 (%.2f)",
			name, len(same), len(other), faceAUC(same, other), t2, l2, t3, l3)
		if name == "all" && (faceAUC(same, other) < 0.97 || t2 < 0.85) {
			t.Errorf("all pairs: want an AUC of 0.97 and a TAR of 0.85 at least")
		}
	}
	slices.SortFunc(sets["all"], func(a, b pair) int { return int(math.Copysign(1, a.score-b.score)) })
	shown := 0
	for _, p := range sets["all"] {
		if p.same && shown < 12 {
			t.Logf("least alike of the same: %.2f %s", p.score, p.name)
			shown++
		}
	}
	shown = 0
	for _, p := range slices.Backward(sets["all"]) {
		if !p.same && shown < 12 {
			t.Logf("most alike of others: %.2f %s", p.score, p.name)
			shown++
		}
	}
	t.Logf("%d pairs without a face found", missed)
}

// faceAUC is the share of pairs of a same and an other in which the same scores
// higher; both sorted.
func faceAUC(same, other []float64) float64 {
	sum := 0.0
	for _, s := range same {
		below, _ := slices.BinarySearch(other, s)
		above, _ := slices.BinarySearch(other, math.Nextafter(s, 2))
		sum += float64(below) + float64(above-below)/2
	}
	return sum / float64(max(1, len(same)*len(other)))
}
