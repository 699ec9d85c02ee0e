package subject

import (
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"visavis/capture"
	"visavis/capture/opencv"
	"visavis/identity"
	"visavis/specimen"
	"visavis/testkit"
)

// kit is what these tests measure with: the analyzer in this process.
func kit(t *testing.T) (Engine, *specimen.Assets) {
	t.Helper()
	models := filepath.Join("..", "..", "..", "var", "models")
	_, err := os.Stat(filepath.Join(models, "fr_detect.onnx"))
	assets, drawErr := specimen.LoadAssets(specimen.Paths{Portrait: filepath.Join(models, "astronaut.png")})
	if err = errors.Join(err, drawErr); err != nil {
		testkit.Lacking(t, "VISAVIS_REQUIRE_MODELS", "models or typefaces are missing, run scripts/models.sh: %v", err)
	}
	a, err := opencv.New(opencv.Config{ModelDir: models})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	return a, assets
}

// folder writes drawn images and their tables.
type folder struct {
	t      *testing.T
	dir    string
	assets *specimen.Assets
	tables map[string][]string
}

func (f *folder) save(img *image.RGBA, name string) {
	f.t.Helper()
	b, err := specimen.EncodeJPEG(img, 90)
	if err == nil {
		err = os.WriteFile(filepath.Join(f.dir, name), b, 0o600)
	}
	if err != nil {
		f.t.Fatal(err)
	}
}

func (f *folder) row(table string, cells ...any) {
	var line []string
	for _, c := range cells {
		line = append(line, fmt.Sprint(c))
	}
	f.tables[table] = append(f.tables[table], strings.Join(line, "\t"))
}

// frame draws one row of frames.tsv.
func (f *folder) frame(name, condition string, kind specimen.Kind, view specimen.View, c specimen.Condition,
	seed uint64) {
	f.t.Helper()
	d, err := specimen.Draw(kind, seed, 0, f.assets)
	if err != nil {
		f.t.Fatal(err)
	}
	shot, err := specimen.NewShot(specimen.ShotRequest{View: view, Condition: c, Seed: seed, Width: 960, Height: 720}, d,
		f.assets)
	if err != nil {
		f.t.Fatal(err)
	}
	f.save(shot.At(0), name)
	corners, format, zone := "", "", ""
	if view != specimen.Nothing {
		var points []string
		for _, p := range shot.Corners(0) {
			points = append(points, fmt.Sprintf("%.1f,%.1f", p[0], p[1]))
		}
		corners, zone = strings.Join(points, " "), strings.Join(d.Zone, "|")
		format = map[specimen.Kind]string{specimen.IdentityCard: "TD1", specimen.Passport: "TD3"}[kind]
	}
	f.row("frames.tsv", name, 960, 720, corners, condition, "", format, zone)
}

// zones draws rows of mrz.tsv and lines.tsv.
func (f *folder) zones() {
	f.t.Helper()
	look := specimen.ZoneLook{Letter: 26, Margin: 4, Paper: color.RGBA{235, 235, 230, 255},
		Ink: color.RGBA{30, 30, 34, 255}}
	cut := look
	cut.Margin = 0.6 // as close as the labelled lines are cut
	for i, kind := range []specimen.Kind{specimen.Passport, specimen.IdentityCard, specimen.Passport} {
		lines, err := specimen.NewPerson(kind, uint64(40+i)).Zone(kind)
		if err != nil {
			f.t.Fatal(err)
		}
		digits := "11111"
		if i == 2 { // wrong on the document itself: to call it valid is wrong
			lines[1] = lines[1][:9] + string('0'+(lines[1][9]-'0'+1)%10) + lines[1][10:]
			digits = "01110"
		}
		img, err := specimen.DrawZone(lines, look, f.assets)
		if err != nil {
			f.t.Fatal(err)
		}
		name := fmt.Sprintf("zone%d.jpg", i)
		f.save(img, name)
		format := map[specimen.Kind]string{specimen.IdentityCard: "TD1", specimen.Passport: "TD3"}[kind]
		f.row("mrz.tsv", name, img.Rect.Dx(), img.Rect.Dy(), format, strings.Join(lines, "|"), digits, "drawn", "")
		for k, line := range lines {
			if img, err = specimen.DrawZone([]string{line}, cut, f.assets); err != nil {
				f.t.Fatal(err)
			}
			name := fmt.Sprintf("line%d%d.jpg", i, k)
			f.save(img, name)
			f.row("lines.tsv", name, line)
		}
	}
}

// faces draws rows of faces.tsv and pairs.tsv.
func (f *folder) faces() {
	f.t.Helper()
	shoot := func(view specimen.View, seed uint64) *image.RGBA {
		shot, err := specimen.NewShot(specimen.ShotRequest{View: view, Seed: seed, Width: 720, Height: 960}, nil, f.assets)
		if err != nil {
			f.t.Fatal(err)
		}
		return shot.At(0)
	}
	one, again, table := shoot(specimen.Face, 1), shoot(specimen.Face, 2), shoot(specimen.Nothing, 3)
	two := image.NewRGBA(image.Rect(0, 0, 1440, 960))
	draw.Draw(two, image.Rect(0, 0, 720, 960), one, image.Point{}, draw.Src)
	draw.Draw(two, image.Rect(720, 0, 1440, 960), again, image.Point{}, draw.Src)
	for _, r := range []struct {
		name  string
		img   *image.RGBA
		count int
		eyes  string
		pose  string
	}{{"p.jpg", one, 1, "open", "frontal"}, {"q.jpg", again, 1, "open", "frontal"}, {"two.jpg", two, 2, "", ""},
		{"table.jpg", table, 0, "", ""}} {
		f.save(r.img, r.name)
		f.row("faces.tsv", r.name, r.img.Rect.Dx(), r.img.Rect.Dy(), r.count, r.eyes, r.pose, "drawn", "bona fide")
	}
	f.row("pairs.tsv", "p.jpg", "q.jpg", 1, "drawn")
	f.row("pairs.tsv", "p.jpg", "table.jpg", 0, "drawn")
}

// newFolder is a small set of drawn images, laid out like a real one. documents.tsv
// and blur.tsv are missing.
func newFolder(t *testing.T, a *specimen.Assets) string {
	t.Helper()
	f := folder{t: t, dir: t.TempDir(), assets: a, tables: map[string][]string{
		"frames.tsv": {"file\twidth\theight\tcorners_tl_tr_br_bl\tcondition\tstrength\tmrz_type\tmrz"},
		"mrz.tsv":    {"file\twidth\theight\tmrz_type\tmrz\tcheck_digits_valid\thow_known\tnote"},
		"lines.tsv":  {"file\ttext"},
		"faces.tsv":  {"file\twidth\theight\tfaces\teyes\tpose\tnote\tattack"},
		"pairs.tsv":  {"file_a\tfile_b\tsame\tset"},
	}}
	f.frame("a.jpg", "good", specimen.Passport, specimen.Front, specimen.Good, 11)
	f.frame("b.jpg", "good", specimen.IdentityCard, specimen.Back, specimen.Good, 12)
	f.frame("c.jpg", "none", specimen.Passport, specimen.Nothing, specimen.Good, 13)
	f.frame("d.jpg", "blurred", specimen.Passport, specimen.Front, specimen.Blurred, 14)
	f.frame("e.jpg", "dark", specimen.IdentityCard, specimen.Back, specimen.Dark, 15)
	f.frame("f.jpg", "far", specimen.Passport, specimen.Front, specimen.Far, 16)
	f.zones()
	f.faces()
	for name, lines := range f.tables {
		if err := os.WriteFile(filepath.Join(f.dir, name), []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return f.dir
}

// floors are figures that judging must reach on the drawn folder, far below what it
// does, and far above what answers without looking reach.
func floors() map[string]goal {
	return map[string]goal{
		"locate.false_found_rate":     {bound: 0.1, atMost: true},
		"side.accuracy":               {bound: 0.6},
		"quality.blur.graded.auc":     {bound: 0.75},
		"quality.glare.graded.auc":    {bound: 0.75},
		"quality.dark.graded.auc":     {bound: 0.75},
		"quality.covered.graded.auc":  {bound: 0.75},
		"quality.copy.graded.auc":     {bound: 0.75},
		"quality.screen.graded.auc":   {bound: 0.75},
		"still.bad_accepted":          {bound: 0.3, atMost: true},
		"still.graded.bad_accepted":   {bound: 0.4, atMost: true},
		"still.document.bad_accepted": {bound: 0, atMost: true},
		"mrz.wrong_accepted":          {bound: 0, atMost: true},
		"face.count_accuracy":         {bound: 0.9},
		"match.auc":                   {bound: 0.9},
	}
}

// subjectsOfFloors are the subjects that the floors stand in.
func subjectsOfFloors() []string {
	return []string{"locate", "side", "quality", "mrz", "face", "match", "still"}
}

func run(t *testing.T, o Options) map[string]float64 {
	t.Helper()
	o.Effort, o.Log, o.Now = 0.001, t.Output(), time.Now()
	report, err := Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if err := report.WriteTables(t.Output()); err != nil {
		t.Fatal(err)
	}
	return report.Figures()
}

func TestFloorsHoldAndAlwaysGoodFallsBelow(t *testing.T) {
	engine, assets := kit(t)
	dir := newFolder(t, assets)
	subjects := subjectsOfFloors()
	real := run(t, Options{Dir: dir, Only: subjects, Engine: engine})
	blind := run(t, Options{
		Dir: dir, Only: subjects, Engine: alwaysGood{engine},
		Judge: func(capture.FrameInfo, capture.Measurements, *capture.Measurements, capture.Limits) capture.Verdict {
			return capture.Verdict{Good: true}
		},
	})
	for key, floor := range floors() {
		got, known := real[key]
		if !known || !floor.met(got) {
			t.Errorf("%s is %.3f (%v), want %s", key, got, known, floor.words())
		}
		if got, known = blind[key]; !known || floor.met(got) {
			t.Errorf("always good: %s is %.3f (%v) and still reaches %s", key, got, known, floor.words())
		}
	}
	for _, key := range []string{"locate.mean_iou", "mrz.exact_rate", "mrz.lines_exact_rate", "face.recall_small"} {
		if real[key] < 0.8 { // of lines there are seven: one may fail
			t.Errorf("%s is %.3f, want 0.8 at least on easy drawings", key, real[key])
		}
	}
}

// alwaysGood answers without looking: every zone is valid, every face alone and the
// same person's.
type alwaysGood struct{ Engine }

func (a alwaysGood) Analyze(_ context.Context, f capture.Frame) (capture.Measurements, error) {
	return capture.Measurements{
		Width: f.Width, Height: f.Height,
		Document: &capture.DocumentMeasurements{Found: true, Confidence: 1},
		Face:     &capture.FaceMeasurements{Count: 1, Confidence: 1, Box: [4]float64{100, 100, 200, 200}},
	}, nil
}

func (a alwaysGood) ReadZone(ctx context.Context, r identity.ZoneRequest) (identity.ZoneReading, error) {
	z, err := a.Engine.ReadZone(ctx, r)
	z.Status = identity.Valid
	return z, err
}

func (a alwaysGood) CompareFaces(context.Context, identity.FacePair) (identity.FaceScore, error) {
	return identity.FaceScore{Score: 1, FoundA: true, FoundB: true}, nil
}

func TestMissingTablesAreSaid(t *testing.T) {
	engine := noModels{}
	report, err := Run(t.Context(), Options{Dir: t.TempDir(), Engine: engine, Log: t.Output()})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(report.Figures()); n != 0 {
		t.Errorf("%d keys from an empty folder: %v", n, report.Figures())
	}
	var b strings.Builder
	if err := report.WriteTables(&b); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"documents.tsv", "frames.tsv", "mrz.tsv", "lines.tsv", "faces.tsv", "pairs.tsv",
		"blur.tsv"} {
		if !strings.Contains(b.String(), name+" is not there") {
			t.Errorf("%s is not said to be missing", name)
		}
	}
}

func TestAFaultCostsItsSubjectAlone(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"lines.tsv": "file\ttext\nl.jpg\tABC\n", "mrz.tsv": "file\tmrz_type\tmrz\n", "frames.tsv": "file\tcondition\n",
		"pairs.tsv": "file_a\tfile_b\tsame\tset\nl.jpg\tl.jpg\t1\tx\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	f := folder{t: t, dir: dir}
	f.save(image.NewRGBA(image.Rect(0, 0, 64, 16)), "l.jpg")
	report, err := Run(t.Context(), Options{Dir: dir, Only: []string{"mrz", "match"}, Engine: noModels{}, Log: t.Output()})
	if !errors.Is(err, errAbsent) || report == nil || len(report.Figures()) != 0 {
		t.Errorf("%v, report %v: want the fault and no figures", err, report)
	}
	_, err = Run(t.Context(), Options{Dir: dir, Only: []string{"unheard"}, Engine: noModels{}, Log: t.Output()})
	if !errors.Is(err, ErrUnknownSubject) {
		t.Errorf("an unknown subject: %v", err)
	}
	if _, err = Run(t.Context(), Options{Dir: filepath.Join(dir, "l.jpg"), Engine: noModels{},
		Log: t.Output()}); err == nil {
		t.Error("a file for a folder: no error")
	}
}

var errAbsent = errors.New("model absent")

// noModels is an engine without models.
type noModels struct{}

func (noModels) Analyze(context.Context, capture.Frame) (capture.Measurements, error) {
	return capture.Measurements{}, errAbsent
}

func (noModels) ReadFields(context.Context, identity.FieldRequest) (identity.PrintedSide, error) {
	return identity.PrintedSide{}, errAbsent
}

func (noModels) ReadZone(context.Context, identity.ZoneRequest) (identity.ZoneReading, error) {
	return identity.ZoneReading{}, errAbsent
}

func (noModels) CompareFaces(context.Context, identity.FacePair) (identity.FaceScore, error) {
	return identity.FaceScore{}, errAbsent
}

func TestJudgingDependsOnNoName(t *testing.T) {
	engine, assets := kit(t)
	dir := newFolder(t, assets)
	before := run(t, Options{Dir: dir, Only: []string{"locate", "side"}, Engine: engine})
	// The same images by other names, in another order.
	data, err := os.ReadFile(filepath.Join(dir, "frames.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(data)), "\n")
	for i, line := range lines[1:] {
		old, rest, _ := strings.Cut(line, "\t")
		name := fmt.Sprintf("good_%d_none.jpg", 9-i)
		if err := os.Rename(filepath.Join(dir, old), filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
		lines[i+1] = name + "\t" + rest
	}
	slices.Reverse(lines[1:])
	if err := os.WriteFile(filepath.Join(dir, "frames.tsv"), []byte(strings.Join(lines, "\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	after := run(t, Options{Dir: dir, Only: []string{"locate", "side"}, Engine: engine})
	for _, key := range []string{"locate.found_rate", "locate.iou90_rate", "locate.false_found_rate", "side.accuracy"} {
		if before[key] != after[key] || before[key+"_n"] == 0 {
			t.Errorf("%s: %.4f, by other names %.4f", key, before[key], after[key])
		}
	}
}
