package capture

import (
	"errors"
	"testing"
)

func TestAPictureOfAnyUse(t *testing.T) {
	for _, size := range [][2]int{{160, 120}, {320, 240}, {1280, 720}, {2400, 3200}} {
		if f, err := NewPicture(picture(t, size[0], size[1])); err != nil || f.Width != size[0] || f.Height != size[1] {
			t.Errorf("%v: %d×%d, %v", size, f.Width, f.Height, err)
		}
	}
	for name, data := range map[string][]byte{
		"too small to show anything": picture(t, 100, 80),
		"PNG":                        pngPicture(t),
		"nothing":                    nil,
	} {
		var refused *FrameError
		if _, err := NewPicture(data); !errors.As(err, &refused) {
			t.Errorf("%s: %v, want a *FrameError", name, err)
		}
	}
}
