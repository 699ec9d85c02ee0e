package main

import (
	"bytes"
	"encoding/json"
	"image"
	"image/color"
	_ "image/jpeg"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"visavis/client"
	"visavis/qa/lab"
	"visavis/specimen"
	"visavis/testkit"
)

// drawing runs qa specimen.
func drawing(t *testing.T, args ...string) (string, error) {
	t.Helper()
	if _, err := specimen.LoadAssets(specimen.Paths{}); err != nil {
		testkit.Lacking(t, testkit.RequireSpecimen, "specimens cannot be drawn: %v", err)
	}
	var out, said bytes.Buffer
	err := runSpecimen(t.Context(), args, &out, &said)
	return out.String() + said.String(), err
}

func sizeOf(t *testing.T, path string) image.Image {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	img, _, err := image.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// Each condition is told with the verdict that it should get; what is wrong by the one
// thing that its name says is not good, and no two views lack one.
func TestSpecimenTellsVerdicts(t *testing.T) {
	var out bytes.Buffer
	if err := runSpecimen(t.Context(), []string{"-verdicts", "-conditions", "all"}, &out, &out); err != nil {
		t.Fatal(err)
	}
	hints := map[string]string{}
	for line := range strings.Lines(out.String()) {
		var e expected
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		hints[e.View+" "+e.Condition] = e.Hint
		fine := e.Condition == "good" || e.Condition == "rotated" || e.Condition == "noisy"
		if e.Good != fine {
			t.Errorf("%s %s is good: %t, want %t", e.View, e.Condition, e.Good, fine)
		}
	}
	for what, want := range map[string]string{
		"front good": "", "front dark": "too-dark", "front blurred": "blurred", "front glare": "glare", "face dark": "too-dark", "face far": "move-closer",
	} {
		if got, there := hints[what]; !there || got != want {
			t.Errorf("%s: hint %q, want %q", what, got, want)
		}
	}
	if _, there := hints["face glare"]; there || len(hints) < 30 {
		t.Errorf("%d verdicts: %v", len(hints), hints)
	}
}

// A contact sheet shows everything in one picture; frames under one condition are
// degraded as asked, the same each time.
func TestSpecimenSheetAndDegradedFrames(t *testing.T) {
	folder := t.TempDir()
	sheet := filepath.Join(folder, "sheet.jpg")
	if said, err := drawing(t, "-kind", "passport", "-views", "front", "-width", "320", "-height", "180", "-out",
		sheet); err != nil {
		t.Fatalf("%v %s", err, said)
	}
	if size := sizeOf(t, sheet).Bounds().Size(); size != image.Pt(4*cellWidth, 3*(cellHeight+labelHigh)) {
		t.Errorf("a sheet of %v for twelve conditions", size)
	}
	frames := []string{"-kind", "passport", "-make", "frames", "-views", "front", "-condition", "dark", "-degrade",
		"grey,scale=0.3,noise=5,jpeg=30", "-width", "320", "-height", "180"}
	var files [2][]byte
	for i := range files {
		at := filepath.Join(folder, string(rune('a'+i)))
		if said, err := drawing(t, append(frames, "-verdicts", "-out", at)...); err != nil ||
			!strings.Contains(said, `"hint":"too-dark"`) {
			t.Fatalf("%v %s", err, said)
		}
		var err error
		if files[i], err = os.ReadFile(filepath.Join(at, "passport-1-front-dark-wood.jpg")); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(files[0], files[1]) {
		t.Error("the same seed gave two pictures")
	}
	img, _, err := image.Decode(bytes.NewReader(files[0]))
	if err != nil {
		t.Fatal(err)
	}
	for x := range 300 {
		if r, _, b, _ := img.At(x, 90).RGBA(); max(r, b)-min(r, b) > 0x1800 {
			t.Fatalf("colour is left at %d: %v", x, img.At(x, 90))
		}
	}
}

// Each thing that is done to a picture does what its name says.
func TestDegradations(t *testing.T) {
	img := image.NewRGBA(image.Rect(0, 0, 40, 40))
	for i := range 40 * 40 {
		img.Set(i%40, i/40, color.RGBA{uint8(i % 40 * 6), 100, 200, 255})
	}
	for _, text := range []string{"jpeg=10", "scale=0.2", "noise=20", "dim=0.5", "grey"} {
		all, err := parseDegrade(text)
		if err != nil {
			t.Fatal(err)
		}
		out, err := degraded(img, all, 3)
		if err != nil || out.Bounds().Dx() != 40 {
			t.Fatalf("%s: %v", text, err)
		}
		changed := 0
		for i := range 40 * 40 {
			if out.At(i%40, i/40) != img.At(i%40, i/40) {
				changed++
			}
		}
		if changed < 400 {
			t.Errorf("%s changed %d of 1600 pixels", text, changed)
		}
	}
}

// Of several views those are drawn that a condition can spoil; a call in which that is
// none is refused, and makes no file.
func TestSpecimenDrawsWhatCanBeTaken(t *testing.T) {
	folder := t.TempDir()
	small := []string{"-width", "320", "-height", "180", "-condition", "glare"}
	sheet := filepath.Join(folder, "sheet.jpg")
	if said, err := drawing(t, append(small, "-out", sheet)...); err != nil {
		t.Fatalf("%v %s", err, said)
	}
	if size := sizeOf(t, sheet).Bounds().Size(); size != image.Pt(2*cellWidth, cellHeight+labelHigh) {
		t.Errorf("a sheet of %v, want a front and a back: a face takes no glare", size)
	}
	if said, err := drawing(t, append(small, "-make", "frames", "-out", folder)...); err != nil ||
		strings.Count(said, "glare") != 2 {
		t.Errorf("frames: %v %s", err, said)
	}
	if said, err := drawing(t, "-verdicts", "-condition", "glare"); err != nil || strings.Count(said, "\n") != 2 {
		t.Errorf("verdicts: %v %s", err, said)
	}
	for _, args := range [][]string{
		{"-out", filepath.Join(folder, "face.jpg")}, {"-make", "frames", "-out", folder}, {"-verdicts"},
	} {
		said, err := drawing(t, append(args, "-views", "face", "-condition", "glare")...)
		if err == nil || !strings.Contains(err.Error(), `no picture of ["face"] can be taken under ["glare"]`) {
			t.Errorf("%q: %v %s", args, err, said)
		}
	}
	if made, err := filepath.Glob(filepath.Join(folder, "*face*")); err != nil || len(made) > 0 {
		t.Errorf("made %q, %v", made, err)
	}
}

// A wrong call is refused with what would be right.
func TestSpecimenRefusesWrongCalls(t *testing.T) {
	for want, args := range map[string][]string{
		`-condition "foggy": want one of`:      {"-condition", "foggy", "-out", "x"},
		`-degrade "sepia": want jpeg=1 to 95`:  {"-degrade", "sepia", "-out", "x"},
		`-degrade "jpeg=900": want`:            {"-degrade", "jpeg=900", "-out", "x"},
		`-degrade "noise=NaN": want`:           {"-degrade", "noise=NaN", "-out", "x"},
		"-degrade: want frames":                {"-degrade", "grey", "-out", "x.mjpeg"},
		"-verdicts: want frames":               {"-verdicts", "-out", "x.y4m"},
		"want -out FILE.mjpeg":                 {},
		`-make "dance": want one of documents`: {"-make", "dance", "-out", filepath.Join(t.TempDir(), "x")},
		"-out x.gif: want a name that ends in": {"-out", "x.gif"},
		`-kind "pasport": want one of`:         {"-kind", "pasport", "-out", "x"},
		`-background "sea": want one of`:       {"-background", "sea", "-out", "x"},
		`-conditions "drak": want one of`:      {"-conditions", "drak", "-verdicts"},
		"-quality 101":                         {"-quality", "101", "-out", "x"},
		`"qa specimen -h" lists the flags`:     {"-fps", "many", "-out", "x"},
	} {
		var said bytes.Buffer
		if err := runSpecimen(t.Context(), args, &said, &said); err == nil || !strings.Contains(said.String(), want) {
			t.Errorf("%q: %v %s; want %q", args, err, said.String(), want)
		}
	}
}

// MP4 and WebM are made by ffmpeg, which gets the pictures as Y4M; where it is missing
// the error says what needs none.
func TestSpecimenVideoGoesThroughFfmpeg(t *testing.T) {
	folder := t.TempDir()
	out := filepath.Join(folder, "out.webm")
	args := []string{"-kind", "passport", "-segments", "front:good:0.2", "-condition", "dark", "-width", "128", "-height",
		"72", "-out", out}
	t.Setenv("PATH", folder)
	if said, err := drawing(t, args...); err == nil || !strings.Contains(err.Error(), ".mjpeg and .y4m need none") {
		t.Errorf("without ffmpeg: %v %s", err, said)
	}
	// A program that takes what ffmpeg would, and keeps it.
	script := "#!/bin/sh\nfor last; do :; done\n/bin/cat > \"$last\"\n"
	if err := os.WriteFile(filepath.Join(folder, "ffmpeg"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	if said, err := drawing(t, args...); err != nil {
		t.Fatalf("%v %s", err, said)
	}
	data, err := os.ReadFile(out)
	if err != nil || !bytes.HasPrefix(data, []byte("YUV4MPEG2 W128 H72")) || bytes.Count(data, []byte("FRAME\n")) != 2 {
		t.Errorf("%v: %.60q", err, data)
	}
}

// The real ffmpeg makes both kinds of film, and a scenario's video: step reads the pictures
// back as they were drawn.
func TestSpecimenFilmsAreReadBack(t *testing.T) {
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		testkit.Lacking(t, "VISAVIS_REQUIRE_FFMPEG", "no ffmpeg (scripts/setup.sh test installs it): %v", err)
	}
	for kind, brand := range map[string]string{".mp4": "ftyp", ".webm": "webm"} {
		out := filepath.Join(t.TempDir(), "out"+kind)
		said, err := drawing(t, "-kind", "passport", "-segments", "front:good:0.2", "-width", "320", "-height",
			"180", "-out", out)
		if err != nil {
			t.Fatalf("%s: %v %s", kind, err, said)
		}
		data, err := os.ReadFile(out)
		if err != nil || !bytes.Contains(data[:min(len(data), 64)], []byte(brand)) {
			t.Errorf("%s: %v: %.60q", kind, err, data)
		}
		film, err := openVideo(t.Context(), out)
		if err != nil || len(film.pictures) != 2 {
			t.Fatalf("%s: %v, read back %+v, want 2 pictures", kind, err, film)
		}
		if got := film.pictures[0].img.Bounds().Size(); got != image.Pt(320, 180) {
			t.Errorf("%s: pictures of %v, want 320×180", kind, got)
		}
	}
}

// A code is read from a page's screenshot and from an SVG file, and pairs.
func TestAPhoneReadsAScreenshot(t *testing.T) {
	notUnderRace(t)
	_, address := labServer(t, lab.Config{})
	o := against(address)
	d, err := client.OpenDesktop(t.Context(), o.Client)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	for d.Pairing().QR == "" {
		if _, err := d.Next(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	folder := t.TempDir()
	svg := filepath.Join(folder, "code.svg")
	if err := os.WriteFile(svg, []byte(d.Pairing().QR), 0o600); err != nil {
		t.Fatal(err)
	}
	drawn, err := drawSVG(d.Pairing().QR)
	if err != nil {
		t.Fatal(err)
	}
	page := image.NewRGBA(image.Rect(0, 0, 1280, 800)) // the code on a dark page
	for y := range drawn.Bounds().Dy() {
		for x := range drawn.Bounds().Dx() {
			page.Set(300+x, 120+y, drawn.At(x, y))
		}
	}
	var encoded bytes.Buffer
	if err := png.Encode(&encoded, page); err != nil {
		t.Fatal(err)
	}
	shot := filepath.Join(folder, "page.png")
	if err := os.WriteFile(shot, encoded.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{svg, shot} {
		scenario := filepath.Join(folder, "s.yaml")
		text := "name: a\nsteps:\n  - claim: {screenshot: " + filepath.Base(file) +
			", helloOnly: true}\n  - expect: {message: invitation, where: {site: QA}}\n"
		if err := os.WriteFile(scenario, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := played(t.Context(), scenario, o); err != nil {
			t.Errorf("%s: %v", filepath.Base(file), err)
		}
	}
	blank := filepath.Join(folder, "blank.png")
	encoded.Reset()
	if err := png.Encode(&encoded, image.NewGray(image.Rect(0, 0, 200, 200))); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(blank, encoded.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := readQRFile(blank); err == nil || !strings.Contains(err.Error(), "blank.png: the QR cannot be read") {
		t.Errorf("a page without a code: %v", err)
	}
}
