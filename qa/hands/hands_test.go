package hands

import (
	"bytes"
	"fmt"
	"image/jpeg"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"visavis/specimen"
	"visavis/testkit"
)

// showOf are n sequences of some pictures each, which differ.
func showOf(t *testing.T, n, pictures int) Show {
	t.Helper()
	var all Show
	for i := range n {
		var data [][]byte
		for k := range pictures {
			data = append(data, []byte{0xff, 0xd8, byte(i), byte(k)})
		}
		s, err := New(fmt.Sprintf("%s-%03d", Documents()[i%3], i), data)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, s)
	}
	return all
}

// No two phones of some rounds show the same thing at the same moment, and all sequences are
// shown before one is shown again.
func TestPhonesShowDifferentSequencesOrMoments(t *testing.T) {
	const pictures, rounds = 30, 8
	for n := 1; n <= 60; n++ {
		s := showOf(t, n, pictures)
		at := map[string]int{}
		for round := range rounds {
			numbers, moments := map[int]bool{}, map[time.Duration]bool{}
			for i := range n {
				phone := round*n + i
				number, begins := s.Of(phone)
				if begins < 0 || begins >= time.Duration(len(s[number].Pictures))*Every || begins%Every != 0 {
					t.Fatalf("of %d: phone %d begins at %v", n, phone, begins)
				}
				key := fmt.Sprintf("%d at %v", number, begins)
				if other, ok := at[key]; ok {
					t.Errorf("of %d: phones %d and %d both show %s", n, other, phone, key)
				}
				at[key], numbers[number], moments[begins] = phone, true, true
			}
			if len(numbers) != n {
				t.Errorf("of %d sequences %d are shown in round %d", n, len(numbers), round)
			}
			if n >= 20 && len(moments) < 10 {
				t.Errorf("of %d sequences all begin at %d moments", n, len(moments))
			}
		}
	}
}

func TestAHandMovesOnAndBeginsAgain(t *testing.T) {
	s := showOf(t, 1, 3)[0]
	for since, want := range map[time.Duration]byte{
		-time.Second: 0, 0: 0, Every - 1: 0, Every: 1, 2*Every + 1: 2, 3 * Every: 0, 100 * Every: 1,
	} {
		if got := s.At(since)[3]; got != want {
			t.Errorf("at %v picture %d, want %d", since, got, want)
		}
	}
}

func TestSequencesAreReadAsTheyWereWritten(t *testing.T) {
	dir, want := t.TempDir(), showOf(t, 7, 12)
	if err := want.Write(dir); err != nil {
		t.Fatal(err)
	}
	got, err := Read(dir)
	if err != nil || len(got) != len(want) {
		t.Fatalf("%d sequences, %v", len(got), err)
	}
	byName := map[string]Sequence{}
	for _, s := range want {
		byName[s.Name] = s
	}
	for _, s := range got {
		w := byName[s.Name]
		if s.Document != w.Document || len(s.Pictures) != len(w.Pictures) {
			t.Fatalf("%+v, want %+v", s, w)
		}
		for i := range s.Pictures {
			if !bytes.Equal(s.Pictures[i], w.Pictures[i]) {
				t.Errorf("%s: picture %d is %v", s.Name, i, s.Pictures[i])
			}
		}
	}
}

func TestAFolderThatIsNoShowIsRefused(t *testing.T) {
	for want, files := range map[string]map[string]string{
		"has no subfolder":          {"picture.jpg": "\xff\xd8"},
		"want a name that begins":   {"passports/1.jpg": "\xff\xd8"},
		"no picture":                {"passport-1/1.png": "\x89PNG"},
		"picture 2 is no JPEG":      {"identity-card/1.jpg": "\xff\xd8", "identity-card/2.jpg": "GIF"},
		"no such file or directory": nil,
	} {
		dir := t.TempDir()
		for name, data := range files {
			path := filepath.Join(dir, name)
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(data), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if files == nil {
			dir = filepath.Join(dir, "none")
		}
		if _, err := Read(dir); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, want %q", files, err, want)
		}
	}
}

// Drawn hands move from picture to picture, and each has a way of its own.
func TestDrawnHandsMove(t *testing.T) {
	assets, err := specimen.LoadAssets(specimen.Paths{})
	if err != nil {
		testkit.Lacking(t, testkit.RequireSpecimen, "specimens cannot be drawn: %v", err)
	}
	var s Show
	for number := range 2 {
		one, err := draw(number, assets)
		if err != nil {
			t.Fatal(err)
		}
		s = append(s, one)
	}
	if s[0].Document == s[1].Document {
		t.Errorf("both are before a phone that waits for a %s", s[0].Document)
	}
	seen := map[string]string{}
	for _, one := range s {
		if len(one.Pictures) != drawnPictures {
			t.Errorf("%s: %d pictures", one.Name, len(one.Pictures))
		}
		for i, data := range one.Pictures {
			c, err := jpeg.DecodeConfig(bytes.NewReader(data))
			if err != nil || c.Width != drawnWidth || c.Height != drawnHeight {
				t.Errorf("%s: picture %d of %d × %d, %v", one.Name, i, c.Width, c.Height, err)
			}
			if other, ok := seen[string(data)]; ok {
				t.Errorf("%s: picture %d is that of %s", one.Name, i, other)
			}
			seen[string(data)] = one.Name
		}
	}
}

// A way leads from far to near or to what stays wrong, and never jumps.
func TestAWayHasNoJump(t *testing.T) {
	for number := range 12 {
		h := newHand(rand.New(rand.NewPCG(uint64(number), 1)), number)
		before := h.at(0)
		for i := 1; i < drawnPictures; i++ {
			now := h.at(float64(i) / (drawnPictures - 1))
			if d := now.pose.Fill - before.pose.Fill; d > 0.06 || d < -0.06 {
				t.Errorf("hand %d jumps from %v to %v", number, before.pose, now.pose)
			}
			if now.effects.Motion < 0 || now.effects.Motion > 12 {
				t.Errorf("hand %d is smeared by %v", number, now.effects.Motion)
			}
			before = now
		}
	}
}
