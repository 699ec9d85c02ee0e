package capture

import (
	"fmt"
	"time"
)

// Kind tells a preview from a still.
type Kind uint8

// The kinds of frame.
const (
	Preview Kind = 1
	Still   Kind = 2
)

// Frame is one JPEG whose header has been checked. Make it with NewFrame.
type Frame struct {
	Step       Step
	Kind       Kind
	Document   Document // what the person said they would show
	Seq        uint32
	CapturedAt time.Time
	JPEG       []byte
	// Width and Height in pixels, as stored (before EXIF orientation).
	Width, Height int
	// Orientation is the EXIF orientation, 1..8; 1 when there is none.
	Orientation int
	// WantThumbnail asks the analyzer for Measurements.Thumbnail.
	WantThumbnail bool
}

// FrameError says why bytes are not a frame that can be judged. Code is one of
// the protocol's error codes: empty, not-jpeg, truncated, bad-image, bad-size,
// too-large.
type FrameError struct {
	Code     string
	Measured string
	Wanted   string
}

func (e *FrameError) Error() string {
	return fmt.Sprintf("frame: %s: have %s, want %s", e.Code, e.Measured, e.Wanted)
}
