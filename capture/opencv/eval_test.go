package opencv

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"visavis/capture"
	"visavis/capture/opencv/outline"
	"visavis/capture/opencv/pixel"
)

// evalRow is one row of documents.tsv or frames.tsv.
type evalRow struct {
	file      string
	corners   pixel.Quad
	known     bool
	condition string
	strength  float64
	mrz       string
}

// evalFolder is where the labelled images are; the test is skipped without it.
func evalFolder(t testing.TB) string {
	dir := os.Getenv("VISAVIS_EVAL")
	if dir == "" {
		t.Skip("VISAVIS_EVAL names no folder: nothing measured on real images")
	}
	return dir
}

func readTable(t testing.TB, dir, name string) []evalRow {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	var rows []evalRow
	var head []string
	for i, text := range strings.Split(strings.TrimRight(string(data), "\r\n"), "\n") {
		cells := strings.Split(strings.TrimRight(text, "\r"), "\t")
		if i == 0 {
			head = cells
			continue
		}
		var r evalRow
		for k, cell := range cells {
			switch head[k] {
			case "file":
				r.file = cell
			case "condition":
				r.condition = cell
			case "strength":
				r.strength, _ = strconv.ParseFloat(cell, 64)
			case "mrz_type":
				r.mrz = cell
			case "corners_tl_tr_br_bl":
				for j, p := range strings.Fields(cell) {
					if _, err := fmt.Sscanf(p, "%f,%f", &r.corners[j].X, &r.corners[j].Y); err != nil {
						t.Fatalf("%s: corner %q: %v", r.file, p, err)
					}
					r.known = true
				}
			}
		}
		if name == "documents.tsv" {
			r.condition = "photo"
		}
		rows = append(rows, r)
	}
	return rows
}

// evalJPEG loads an image as the phone would send it: as JPEG.
func evalJPEG(t testing.TB, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.HasPrefix(data, []byte("\x89PNG")) { // some are JPEGs by another name
		img, err := png.Decode(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if err := jpeg.Encode(&out, img, &jpeg.Options{Quality: 92}); err != nil {
			t.Fatal(err)
		}
		data = out.Bytes()
	}
	return data
}

func evalFrame(t testing.TB, path string) capture.Frame {
	t.Helper()
	data := evalJPEG(t, path)
	f, err := capture.NewFrame(capture.DocumentFront, capture.Still, capture.IdentityCard, 1, time.Now(), data)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return f
}

// evalAnalyzer has the face models when VISAVIS_MODELS names their folder.
func evalAnalyzer(t *testing.T) *Analyzer {
	t.Helper()
	a, err := New(Config{ModelDir: os.Getenv("VISAVIS_MODELS")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	return a
}

// locateIn is the first half of measuring a document.
func locateIn(t *testing.T, a *Analyzer, f capture.Frame) (outline.Location, error) {
	t.Helper()
	p, err := pixel.NewPlanes(f)
	defer p.Close()
	if err != nil {
		return outline.Location{}, err
	}
	s, err := a.locate(t.Context(), f, &p)
	defer s.Close()
	return s.Location, err
}

// located is the result of one row.
type located struct {
	row   evalRow
	found bool
	conf  float64
	iou   float64
	took  time.Duration
	note  string
}

func TestLocateOnRealImages(t *testing.T) {
	dir := evalFolder(t)
	rows := append(readTable(t, dir, "documents.tsv"), readTable(t, dir, "frames.tsv")...)
	a := evalAnalyzer(t)
	debug := os.Getenv("VISAVIS_DEBUG")
	only := os.Getenv("VISAVIS_ONLY")
	var results []located
	for _, r := range rows {
		if only != "" && !strings.Contains(r.file, only) {
			continue
		}
		f := evalFrame(t, filepath.Join(dir, r.file))
		start := time.Now()
		out, err := locateIn(t, a, f)
		if err != nil {
			t.Fatalf("%s: %v", r.file, err)
		}
		res := located{row: r, found: out.Found, conf: out.Confidence, took: time.Since(start)}
		if r.known && out.Found {
			res.iou = pixel.IoU(out.Corners, r.corners)
		}
		res.note = fmt.Sprintf("%.3f %+.2f b%v %+.2f", out.Best.Score, out.Best.Parts, out.Best.Borders, out.Best.Like)
		if r.known && res.iou < 0.93 {
			res.note += bestOther(out, r)
		}
		results = append(results, res)
		if debug != "" {
			writeOverlay(t, debug, f, r, out)
		}
	}
	reportLocated(t, results)
	if only == "" {
		checkLocated(t, results)
	}
}

// checkLocated holds what was reached: of 156 documents wholly in the frame, and of
// 24 frames without one.
func checkLocated(t *testing.T, results []located) {
	t.Helper()
	var n, found, overlap, close, empty, wrong float64
	for _, l := range results {
		switch {
		case l.row.condition == "none":
			empty++
			wrong += one(l.found)
		case l.row.known && l.row.condition != "cut-off":
			n++
			found += one(l.found)
			overlap += l.iou
			close += one(l.iou >= 0.9)
		}
	}
	if found < 0.97*n || overlap < 0.945*n || close < 0.93*n || wrong > 0.05*empty {
		t.Errorf("found %.3f, IoU %.3f, IoU over 0.9 %.3f of %.0f, found in %.0f of %.0f without; want 0.97, 0.945, 0.93, "+
			"at most 0.05 of them",
			found/n, overlap/n, close/n, n, wrong, empty)
	}
}

func one(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}

// bestOther tells whether the right outline was among those scored.
func bestOther(out outline.Location, r evalRow) string {
	var best outline.Candidate
	v := 0.0
	for _, c := range out.Others {
		if u := pixel.IoU(c.Corners, r.corners); u > v {
			v, best = u, c
		}
	}
	return fmt.Sprintf("\n        best of %d: IoU %.3f score %.3f cheap %.3f %+.2f b%v", len(out.Others), v, best.Score,
		best.Cheap, best.Parts, best.Borders)
}

func reportLocated(t *testing.T, results []located) {
	t.Helper()
	groups := map[string][]located{}
	var names []string
	add := func(name string, l located) {
		if _, ok := groups[name]; !ok {
			names = append(names, name)
		}
		groups[name] = append(groups[name], l)
	}
	for _, l := range results {
		if !l.row.known {
			add("~"+l.row.condition+" (no corners)", l)
			continue
		}
		add(l.row.condition, l)
		if l.row.condition != "cut-off" {
			add("all whole", l)
		}
	}
	slices.Sort(names)
	t.Logf("%-26s %5s %6s %6s %6s %8s %8s", "condition", "n", "found", "IoU", "IoU90", "ms p50", "ms p95")
	for _, name := range names {
		g := groups[name]
		var n, sum, good float64
		var times []float64
		for _, l := range g {
			if l.found {
				n++
			}
			sum += l.iou
			if l.iou >= 0.9 {
				good++
			}
			times = append(times, float64(l.took.Microseconds())/1000)
		}
		all := float64(len(g))
		t.Logf("%-26s %5d %6.3f %6.3f %6.3f %8.1f %8.1f", name, len(g), n/all, sum/all, good/all,
			pixel.Quantile(times, 0.5), pixel.Quantile(times, 0.95))
	}
	slices.SortStableFunc(results, func(a, b located) int { return int(math.Copysign(1, a.iou-b.iou)) })
	for _, l := range results {
		if l.row.known && l.iou < 0.93 && l.row.condition != "cut-off" || !l.row.known && l.found {
			t.Logf("%-32s %-12s found %v IoU %.3f conf %.3f %s", l.row.file, l.row.condition, l.found, l.iou, l.conf, l.note)
		}
	}
}

// writeOverlay draws the found outline (red) and the labelled one (green).
func writeOverlay(t *testing.T, dir string, f capture.Frame, r evalRow, out outline.Location) {
	t.Helper()
	img, err := jpeg.Decode(bytes.NewReader(f.JPEG))
	if err != nil {
		t.Fatal(err)
	}
	s := 640 / float64(max(f.Width, f.Height))
	small := image.NewRGBA(image.Rect(0, 0, int(float64(f.Width)*s), int(float64(f.Height)*s)))
	for y := range small.Rect.Dy() {
		for x := range small.Rect.Dx() {
			small.Set(x, y, img.At(int(float64(x)/s), int(float64(y)/s)))
		}
	}
	stroke := func(q pixel.Quad, c color.RGBA) {
		for k := range q {
			a, b := q[k], q[(k+1)%4]
			for i := range 1000 {
				p := pixel.Lerp(a, b, float64(i)/1000)
				small.Set(int(p.X*s), int(p.Y*s), c)
			}
		}
	}
	if r.known {
		stroke(r.corners, color.RGBA{0, 255, 0, 255})
	}
	if out.Corners.Area() != 0 {
		stroke(out.Corners, color.RGBA{255, 0, 0, 255})
	}
	w, err := os.Create(filepath.Join(dir, strings.NewReplacer("/", "_", ".jpg", ".png", ".JPG", ".png").Replace(r.file)))
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if err := png.Encode(w, small); err != nil {
		t.Fatal(err)
	}
}
