package capture

import (
	"bytes"
	"errors"
	"image/jpeg"
	"math/rand/v2"
	"testing"

	"visavis/capture/jpegtest"
)

// samplings are ways to sample colour that cameras and programs use.
var samplings = map[string][][2]int{
	"4:2:0": nil, "4:4:4": {{1, 1}, {1, 1}, {1, 1}}, "4:2:2": {{2, 1}, {1, 1}, {1, 1}}, "4:4:0": {{1, 2}, {1, 1}, {1, 1}},
	"4:1:1": {{4, 1}, {1, 1}, {1, 1}}, "4:1:0": {{4, 2}, {1, 1}, {1, 1}}, "grey": {{1, 1}}, "grey 2×2": {{2, 2}},
	"2×2, 1×1, 1×2": {{2, 2}, {1, 1}, {1, 2}}, "2×2, 2×1, 1×1": {{2, 2}, {2, 1}, {1, 1}}, "four": {{1, 1}, {1, 1}, {1, 1}, {1, 1}},
}

// check is what a picture goes through before native code sees it.
func check(data []byte) error {
	if _, err := newFrame(Preview, data); err != nil {
		return err
	}
	return CheckPicture(data)
}

func refusal(t *testing.T, err error) string {
	t.Helper()
	if err == nil {
		return ""
	}
	refused, ok := errors.AsType[*FrameError](err)
	if !ok {
		t.Fatalf("%v is no *FrameError", err)
	}
	return refused.Code
}

// Every sampling, sequential and progressive, with and without restart intervals, is taken whole, and is
// truncated when cut anywhere and given an end.
func TestPictureDataIsReadToItsEnd(t *testing.T) {
	for name, sampling := range samplings {
		for _, progressive := range []bool{false, true} {
			for _, restart := range []int{0, 1, 7} {
				p := jpegtest.Picture{Width: 333, Height: 217, Sampling: sampling, Progressive: progressive, Restart: restart,
					Adobe: name == "four"}
				whole := p.Bytes()
				if err := check(whole); err != nil {
					t.Fatalf("%s, progressive %v, restart %d: %v", name, progressive, restart, err)
				}
				if _, err := jpeg.Decode(bytes.NewReader(whole)); err != nil && name == "4:2:0" && restart == 0 {
					t.Fatalf("the builder's picture, progressive %v, restart %d, does not decode: %v", progressive, restart, err)
				}
				first := bytes.Index(whole, []byte{0xFF, jpegtest.SOS}) + 16
				for tenth := 1; tenth <= 9; tenth++ {
					cut := append(bytes.Clone(whole[:first+(len(whole)-first)*tenth/10]), 0xFF, jpegtest.EOI)
					if got := refusal(t, check(cut)); got != "truncated" {
						t.Errorf("%s, progressive %v, restart %d, cut at %d/10: %q, want truncated", name, progressive,
							restart, tenth, got)
					}
				}
			}
		}
	}
}

// What stands behind a whole picture, or beside its data, is no reason to refuse it.
func TestHarmlessExtraBytesAreTaken(t *testing.T) {
	p := jpegtest.Picture{Width: 320, Height: 240}
	whole := p.Bytes()
	body := whole[:len(whole)-2]
	for name, data := range map[string][]byte{
		"garbage behind the end":     append(bytes.Clone(whole), "garbage\xFF\xDA\xFF\xC0"...),
		"a second picture behind it": append(bytes.Clone(whole), whole...),
		"zeros before the end":       append(append(bytes.Clone(body), 0, 0, 0, 0), 0xFF, 0xD9),
		"fill bytes before the end":  append(bytes.Clone(body), 0xFF, 0xFF, 0xFF, 0xFF, 0xD9),
		"a comment before the end":   append(append(bytes.Clone(body), jpegtest.Segment(jpegtest.COM, []byte("hello"))...), 0xFF, 0xD9),
		"a thumbnail in EXIF":        insert(whole, jpegtest.Segment(jpegtest.APP1, append([]byte("Exif\x00\x00"), whole[:2000]...))),
		"stray bytes between":        insert(whole, []byte("stray")),
	} {
		if err := check(data); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A structure that asks for much is refused by its markers alone, in words.
func TestStormsAreRefused(t *testing.T) {
	for name, data := range jpegtest.Storms() {
		_, err := newFrame(Still, append(data, 0))
		_, small := newFrame(Preview, data)
		if refusal(t, err) == "" && refusal(t, small) == "" {
			t.Errorf("%s: taken", name)
		}
		if refused, ok := errors.AsType[*FrameError](small); ok && (refused.Measured == "" || len(refused.Wanted) < 4) {
			t.Errorf("%s: %v says too little", name, refused)
		}
	}
}

// A byte lost in the middle, or a bad code, is damage and not a picture.
func TestDamagedPictureDataIsRefused(t *testing.T) {
	whole := jpegtest.Picture{Width: 320, Height: 240}.Bytes()
	middle := len(whole) / 2
	lost := append(bytes.Clone(whole[:middle]), whole[middle+40:]...)
	if got := refusal(t, check(lost)); got == "" {
		t.Error("40 bytes lost in the middle: taken")
	}
	bad := bytes.Clone(whole)
	for i := range 3 {
		bad[middle+2*i], bad[middle+2*i+1] = 0xFF, 0
	}
	if got := refusal(t, check(bad)); got == "" {
		t.Error("a code that there is not: taken")
	}
	middleOf := jpegtest.Picture{Width: 320, Height: 240, Restart: 5}.Bytes()
	third := bytes.Index(middleOf, []byte{0xFF, 0xD2})
	if got := refusal(t, check(append(bytes.Clone(middleOf[:third]), middleOf[third+2:]...))); got != "bad-image" {
		t.Errorf("a restart marker lost: %q, want bad-image", got)
	}
}

// passedAsRead compares a picture that is passed over with the same one read block by block.
func passedAsRead(t *testing.T, data []byte) {
	t.Helper()
	passed := CheckPicture(data)
	_, read := picturePass(data, func(*jpegStructure, int, int, int) {})
	if refusal(t, passed) != refusal(t, read) {
		t.Errorf("passed over: %v; read: %v", passed, read)
	}
}

// Whole and damaged pictures alike are passed over as they are read.
func TestPictureDataIsPassedOverAsItIsRead(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 5))
	refused := 0
	for name, sampling := range samplings {
		for _, restart := range []int{0, 1, 7} {
			p := jpegtest.Picture{Width: 120, Height: 90, Sampling: sampling, Restart: restart, Adobe: name == "four"}
			whole := p.Bytes()
			passedAsRead(t, whole)
			for range 200 {
				data := bytes.Clone(whole)
				for range 1 + r.IntN(3) {
					data[r.IntN(len(data))] = byte(r.Uint32())
				}
				passedAsRead(t, data)
				if CheckPicture(data) != nil {
					refused++
				}
			}
		}
	}
	if refused < 1000 {
		t.Errorf("%d pictures were refused: too few to compare", refused)
	}
}

// FuzzCheckPicture reads structures and picture data: it ends, it does not panic, its error is told in words,
// and it is the same whether blocks are passed over or read.
func FuzzCheckPicture(f *testing.F) {
	for _, sampling := range samplings {
		for _, progressive := range []bool{false, true} {
			f.Add(jpegtest.Picture{Width: 40, Height: 24, Sampling: sampling, Progressive: progressive, Restart: 2}.Bytes())
		}
	}
	for _, data := range jpegtest.Storms() {
		if len(data) < 20_000 {
			f.Add(data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) < 2 {
			return
		}
		passedAsRead(t, data)
	})
}

func BenchmarkCheckPicture(b *testing.B) {
	for _, c := range []struct {
		name string
		data []byte
	}{
		{"baseline", picture(b, 1280, 720)},
		{"progressive", jpegtest.Picture{Width: 1280, Height: 720, Progressive: true}.Bytes()},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.SetBytes(int64(len(c.data)))
			for b.Loop() {
				if err := CheckPicture(c.data); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
