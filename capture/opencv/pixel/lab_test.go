package pixel

import (
	"math/rand/v2"
	"testing"

	"gocv.io/x/gocv"
)

// Every colour of 52 levels a channel, and 1,003 that are drawn: as many as fill no
// stretch of the native loop.
func TestLabIsOpenCVs(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	var bgr []uint8
	for b := 0; b < 256; b += 5 {
		for g := 0; g < 256; g += 5 {
			for red := 0; red < 256; red += 5 {
				bgr = append(bgr, uint8(b), uint8(g), uint8(red))
			}
		}
	}
	for range 3 * 1003 {
		bgr = append(bgr, uint8(r.IntN(256)))
	}
	m, err := gocv.NewMatFromBytes(1, len(bgr)/3, gocv.MatTypeCV8UC3, bgr)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	want := gocv.NewMat()
	defer want.Close()
	gocv.CvtColor(m, &want, gocv.ColorBGRToLab)
	got := make([]uint8, len(bgr))
	labOf(bgr, got)
	expected := want.ToBytes()
	off := 0
	for i := range got {
		d := int(got[i]) - int(expected[i])
		if d < -1 || d > 1 {
			t.Fatalf("colour %d, %v: got %v, want %v", i/3, bgr[i/3*3:i/3*3+3], got[i/3*3:i/3*3+3], expected[i/3*3:i/3*3+3])
		}
		off += d * d
	}
	t.Logf("%d of %d values are one off", off, len(got))
	if off > len(got)/10_000 {
		t.Error("want them equal but for one in 10,000")
	}
}
