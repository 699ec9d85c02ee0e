package capture

import (
	"errors"
	"time"
)

// NewPicture checks a JPEG that belongs to no step, such as a portrait that was cut
// out or a picture to compare with: it passes when it would as a still or as a
// preview. Like NewFrame it reads the header alone, and its error is always a
// *FrameError.
func NewPicture(data []byte) (Frame, error) {
	f, err := NewFrame(Selfie, Still, "", 0, time.Time{}, data)
	var small *FrameError
	if errors.As(err, &small) && small.Code == "bad-size" && len(data) <= MaxPreviewBytes {
		if f, err := NewFrame(Selfie, Preview, "", 0, time.Time{}, data); err == nil {
			return f, nil
		}
	}
	return f, err
}
