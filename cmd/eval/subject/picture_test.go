package subject

import (
	"image"
	"testing"
)

func TestEveryQualityMakesAPicture(t *testing.T) {
	for _, quality := range []int{jpegLow, jpegLow + 1, jpegHigh} {
		if p, err := encode(image.NewRGBA(image.Rect(0, 0, 64, 64)), stillSide, quality); err != nil || len(p.jpeg) == 0 {
			t.Errorf("quality %d: %d bytes, %v", quality, len(p.jpeg), err)
		}
	}
}
