package attack

import (
	"image"
	"image/color"
	"math/rand/v2"
	"slices"
	"testing"

	"visavis/capture"
	"visavis/specimen"
)

// A screen's colour is on what is before the wall, and hardly on the wall.
func TestAScreenLightsWhatIsBeforeTheWall(t *testing.T) {
	face := image.NewRGBA(image.Rect(0, 0, 200, 200))
	for i := range face.Pix {
		face.Pix[i] = 150
	}
	img := specimen.Head{Portrait: face, EyeLeft: [2]float64{80, 90}, EyeRight: [2]float64{120, 90}}.Turned(
		specimen.HeadPose{}, 240, 320)
	s := newLit(img)
	red := [2][3]float64{{1, 1, 1}, {1.2, 1, 1}}
	out := s.under(red, 1, [3]float64{1, 1, 1}, 0, 0)
	at := func(x, y int) (was, now color.RGBA) { return img.RGBAAt(x, y), out.RGBAAt(x, y) }
	if was, now := at(120, 150); now.R <= was.R+5 || now.G != was.G {
		t.Errorf("skin %v under red light is %v", was, now)
	}
	if was, now := at(5, 5); was != now {
		t.Errorf("wall %v under no light is %v", was, now)
	}
}

func TestAttacksOnTheColoursKnowNoneBeforeItIsShown(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	drawn := capture.DrawColours(r.IntN)
	if got := late(drawn, r); !slices.Equal(got[1:], drawn[:len(drawn)-1]) {
		t.Errorf("late %q of %q", got, drawn)
	}
	alike := 0
	for range 200 {
		if slices.Equal(guessed(drawn, r), drawn) {
			alike++
		}
	}
	if alike > 5 {
		t.Errorf("%d of 200 guesses are right", alike)
	}
}
