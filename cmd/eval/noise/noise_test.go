package noise

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// taken is an even picture by a sensor whose pixels differ by 1 %, with noise of 2 grey levels, as a JPEG shows it.
func taken(t *testing.T, sensor uint64, picture uint64) *image.Gray {
	t.Helper()
	img := image.NewGray(image.Rect(0, 0, 480, 360))
	pattern, grain := rand.New(rand.NewPCG(sensor, 1)), rand.New(rand.NewPCG(picture, 2))
	for i := range img.Pix {
		light := 120 + float64(i%480)/8 + float64(picture%7)
		img.Pix[i] = uint8(light*(1+0.01*pattern.NormFloat64()) + 2*grain.NormFloat64())
	}
	return coded(t, img)
}

func coded(t *testing.T, img *image.Gray) *image.Gray {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: stillQuality}); err != nil {
		t.Fatal(err)
	}
	out, err := jpeg.Decode(&b)
	if err != nil {
		t.Fatal(err)
	}
	return grey(out)
}

// One sensor leaves one pattern in its pictures, two leave two, and the grid of JPEG's blocks
// is none.
func TestASensorLeavesItsPattern(t *testing.T) {
	first := GrainOf(taken(t, 1, 1))
	if z, ok := first.Alike(GrainOf(taken(t, 1, 2))); !ok || z < 8 {
		t.Errorf("one sensor: %.1f deviations, %v, want 8 and more", z, ok)
	}
	for sensor := range uint64(4) {
		if z, ok := first.Alike(GrainOf(taken(t, 2+sensor, 2))); !ok || z > 4 {
			t.Errorf("two sensors: %.1f deviations, %v, want 4 at most", z, ok)
		}
	}
	other := image.NewGray(image.Rect(0, 0, 360, 480))
	if _, ok := first.Alike(GrainOf(other)); ok {
		t.Error("pictures of two sizes are compared")
	}
}

func TestNoiseHasALevel(t *testing.T) {
	even := image.NewGray(image.Rect(0, 0, 480, 360))
	for i := range even.Pix {
		even.Pix[i] = 150
	}
	drawn, ok := LevelOf(coded(t, even))
	if camera, known := LevelOf(taken(t, 1, 1)); !ok || !known || drawn > 0.05 || camera < 10*drawn+0.5 {
		t.Errorf("drawn %.2f, by a camera %.2f grey levels", drawn, camera)
	}
	if _, ok := LevelOf(image.NewGray(image.Rect(0, 0, 480, 360))); ok {
		t.Error("a black picture has a level")
	}
}

func TestPhotographsArePairedByCamera(t *testing.T) {
	dir := t.TempDir()
	for name, sensor := range map[string]uint64{"A_1": 1, "A_2": 1, "B_1": 2} {
		var b bytes.Buffer
		if err := jpeg.Encode(&b, taken(t, sensor, uint64(len(name)+int(name[2]))), nil); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name+".jpg"), b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	portrait := image.NewRGBA(image.Rect(0, 0, 640, 640))
	for i := range portrait.Pix {
		portrait.Pix[i] = 150
	}
	portrait.SetRGBA(3, 3, color.RGBA{A: 255})
	scores, err := Run(Options{Cameras: dir, Portraits: []*image.RGBA{portrait}, Photographs: []string{dir, ""}})
	if err != nil {
		t.Fatal(err)
	}
	n := map[string]int{}
	for _, s := range scores {
		n[s.Kind]++
	}
	if n[Same] != 1 || n[Other] != 2 || n[Photographs] != 0 { // these are too small for stills
		t.Errorf("%v pairs, want 1 of one camera and 2 of two", n)
	}
}

func TestScoresAreReadAsWritten(t *testing.T) {
	var b bytes.Buffer
	want := []Score{{"stills", Same, 1.5}, {Levels, Drawn, 0.25}}
	if err := Write(&b, want); err != nil {
		t.Fatal(err)
	}
	text := b.String()
	if have, err := Read(strings.NewReader(text)); err != nil || !slices.Equal(have, want) {
		t.Errorf("read %v, %v", have, err)
	}
	for name, wrong := range map[string]string{
		"nothing": "", "a word for a number": strings.Replace(text, "1.500", "little", 1),
		"a column less": strings.Replace(text, "\t1.500", "", 1)} {
		if _, err := Read(strings.NewReader(wrong)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// A limit marks one honest pair in fifty at most, and counts the attacks beyond it.
func TestALimitMarksFewHonestOnes(t *testing.T) {
	var scores []Score
	for i := range 40 {
		scores = append(scores, Score{"stills", Other, float64(i) / 40}, Score{"stills", Same, float64(i) / 20})
		scores = append(scores, Score{Levels, Photographs, 1 + float64(i)}, Score{Levels, Drawn, 0.5})
	}
	for _, f := range Judge(scores) {
		switch f.Group {
		case "stills":
			if f.Marked != 0 || f.Limit != 39.0/40 || f.Noticed != 20 {
				t.Errorf("%+v, want none marked above 0.975 and 20 noticed", f)
			}
		case Drawn:
			if f.Marked != 0 || f.Limit != 1 || f.Noticed != 40 {
				t.Errorf("%+v, want none marked below 1 and 40 noticed", f)
			}
		}
	}
}

// No signal is made of noise because of these figures. Where they change, docs/presence.md has to say something else.
func TestTheFindingIsWhatWasMeasured(t *testing.T) {
	scores, err := Committed()
	if err != nil {
		t.Fatal(err)
	}
	const seldom, mostly = 0.3, 0.75 // shares that are noticed
	for _, f := range Judge(scores) {
		noticed := float64(f.Noticed) / float64(max(f.Attacks, 1))
		switch {
		case f.Attacks < 14 || f.Honest < 50:
			t.Errorf("%s: %d and %d honest ones are too few to tell", f.Group, f.Attacks, f.Honest)
		case f.Group == "even light alone" && noticed < 1:
			t.Errorf("%+v: the comparison does not see real sensors", f)
		case strings.HasPrefix(f.Group, "the noise of these") && noticed < mostly:
			t.Errorf("%+v: the best case is not seen", f)
		case f.Group == "photographs of anything" && noticed > seldom,
			(f.Group == Drawn || f.Group == Scanned) && noticed > 0:
			t.Errorf("%+v: there may be a signal after all", f)
		}
	}
}
