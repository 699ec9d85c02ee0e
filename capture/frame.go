package capture

import (
	"bytes"
	"encoding/binary"
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

// Frame is one JPEG whose structure has been checked. Made by NewFrame.
type Frame struct {
	Step       Step
	Kind       Kind
	Document   Document // kind that the person chose
	Seq        uint32
	CapturedAt time.Time
	JPEG       []byte
	// Width and Height in pixels, as stored (before EXIF orientation).
	Width, Height int
	// Orientation is the EXIF orientation, 1..8; 1 if there is none.
	Orientation int
	// Progressive and Components (1 grey, 3 colour, 4 CMYK) describe the coding.
	Progressive bool
	Components  int
	// WantThumbnail asks the analyzer for Measurements.Thumbnail.
	WantThumbnail bool
	// PlaceOnly asks where a document lies and what kind it is, and not for signs of copies.
	PlaceOnly bool
	// Moving says that the head is asked to turn: a preview's face is then found in the detector's
	// own size, and not at a glance, whose box and points are less exact.
	Moving bool
	// Last is what the preview before showed, of a preview. nil if that is not known: the
	// whole frame is then searched. It changes how long the analyzer takes, at most two
	// previews' answers where nothing was seen before, and at most four where an outline was
	// doubtful or has only trembled.
	Last *Sighting
}

// FrameError says why bytes are not an acceptable frame. Code is one of the protocol's
// error codes: empty, not-jpeg, truncated, bad-image, bad-size, too-large.
type FrameError struct {
	Code     string
	Measured string
	Wanted   string
}

func (e *FrameError) Error() string {
	return fmt.Sprintf("frame: %s: have %s, want %s", e.Code, e.Measured, e.Wanted)
}

// NewFrame checks the structure of a JPEG and makes a Frame: an allowed size, and scans,
// tables and metadata within the bounds that limit the decoder's time. It decodes
// nothing; CheckPicture checks the data between the markers. It keeps data without
// copying. No other code may look at bytes that did not pass here. The error is always a
// *FrameError.
func NewFrame(step Step, kind Kind, doc Document, seq uint32, at time.Time, data []byte) (Frame, error) {
	return Frame{Step: step, Kind: kind, Document: doc, Seq: seq, CapturedAt: at, JPEG: data}.Checked()
}

// Checked checks a frame's bytes as NewFrame does: how they are stored is read anew, and what the
// frame asks for stays. The error is always a *FrameError.
func (f Frame) Checked() (Frame, error) {
	if f.Kind != Preview && f.Kind != Still {
		return Frame{}, &FrameError{"bad-image", fmt.Sprintf("kind %d", f.Kind), "1 (preview) or 2 (still)"}
	}
	s, err := checkedFrame(f.Kind, f.JPEG, checkSize)
	if err != nil {
		return Frame{}, err
	}
	f.Width, f.Height, f.Orientation = s.Width, s.Height, s.Orientation
	f.Progressive, f.Components = s.Progressive, s.Components
	return f, nil
}

// NewPicture checks a picture that is only read, not judged. It may be as small as a
// cut-out line of print. The Frame has no step. The error is always a *FrameError.
func NewPicture(data []byte) (Frame, error) {
	return checkedFrame(Still, data, checkPictureSize)
}

// checkedFrame checks the bytes and the header.
func checkedFrame(kind Kind, data []byte, size func(kind Kind, width, height int) error) (Frame, error) {
	if err := checkBytes(kind, data); err != nil {
		return Frame{}, err
	}
	s, err := readStructure(data, func(width, height int) error { return size(kind, width, height) })
	if err != nil {
		return Frame{}, err
	}
	return Frame{
		Kind: kind, JPEG: data, Width: s.width, Height: s.height,
		Orientation: s.orientation, Progressive: s.progressive(), Components: len(s.components),
	}, nil
}

// checkBytes checks the length and the first bytes.
func checkBytes(kind Kind, data []byte) error {
	limit := MaxPreviewBytes
	if kind == Still {
		limit = MaxStillBytes
	}
	if len(data) == 0 {
		return &FrameError{"empty", "0 bytes", "a JPEG"}
	}
	if len(data) > limit {
		return &FrameError{"too-large", fmt.Sprintf("%d bytes", len(data)), fmt.Sprintf("at most %d bytes", limit)}
	}
	if !bytes.HasPrefix(data, []byte{0xFF, 0xD8}) {
		return notJPEG(formatOf(data))
	}
	return nil
}

// checkSize compares the size in the header with the limits.
func checkSize(kind Kind, width, height int) error {
	long, short := max(width, height), min(width, height)
	have := fmt.Sprintf("%d×%d pixels", width, height)
	switch {
	case long > MaxSide || width*height > MaxPixels:
		return &FrameError{"bad-size", have, fmt.Sprintf("at most %d a side and %d in all", MaxSide, MaxPixels)}
	case kind == Still && short < MinStillShort:
		return &FrameError{"bad-size", have, fmt.Sprintf("a short side of at least %d", MinStillShort)}
	case kind == Preview && (long < MinPreviewSide || long > MaxPreviewSide):
		return &FrameError{"bad-size", have, fmt.Sprintf("a long side of %d to %d", MinPreviewSide, MaxPreviewSide)}
	case kind == Preview && short < MinPreviewShort:
		return &FrameError{"bad-size", have, fmt.Sprintf("a short side of at least %d", MinPreviewShort)}
	}
	return nil
}

// checkPictureSize is checkSize for a picture that is only read.
func checkPictureSize(_ Kind, width, height int) error {
	have := fmt.Sprintf("%d×%d pixels", width, height)
	switch {
	case max(width, height) > MaxSide || width*height > MaxPixels:
		return &FrameError{"bad-size", have, fmt.Sprintf("at most %d a side and %d in all", MaxSide, MaxPixels)}
	case min(width, height) < MinPictureSide:
		return &FrameError{"bad-size", have, fmt.Sprintf("sides of at least %d", MinPictureSide)}
	}
	return nil
}

// notJPEG returns an error that says in which format to send the picture.
func notJPEG(format string) *FrameError {
	wanted := "JPEG; save the picture as a JPEG"
	switch format {
	case "HEIC", "AVIF", "JPEG XL":
		wanted = "JPEG; on an iPhone: Settings, Camera, Formats, Most Compatible"
	case "text of base64":
		wanted = "JPEG as bytes, not as base64"
	}
	return &FrameError{"not-jpeg", format, wanted}
}

// boxFormat names the format of a file of boxes (ISO 14496-12) by its brands: the major one, or
// those that it is compatible with. A sequence of pictures counts as a picture.
func boxFormat(b []byte) string {
	end := min(len(b), int(binary.BigEndian.Uint32(b)), 256)
	format := "MP4"
	for i := 8; i+4 <= end; i += 4 {
		switch string(b[i : i+4]) {
		case "avif", "avis", "avio":
			return "AVIF"
		case "heic", "heix", "heim", "heis", "hevc", "hevx", "hevm", "hevs":
			return "HEIC"
		case "mif1", "mif2", "msf1", "miaf":
			format = "HEIC"
		case "jxl ":
			return "JPEG XL"
		}
	}
	return format
}

// formatOf names the format that the first bytes suggest, for the error message.
func formatOf(b []byte) string {
	at := func(offset int, s string) bool {
		return len(b) >= offset+len(s) && string(b[offset:offset+len(s)]) == s
	}
	switch {
	case at(0, "\x89PNG\r\n\x1a\n"):
		return "PNG"
	case at(0, "GIF8"):
		return "GIF"
	case at(0, "RIFF") && at(8, "WEBP"):
		return "WebP"
	case at(4, "ftyp"):
		return boxFormat(b)
	case at(4, "JXL \r\n\x87\n"), at(0, "\xFF\x0A"):
		return "JPEG XL"
	case at(4, "jP  \r\n\x87\n"), at(0, "\xFF\x4F\xFF\x51"):
		return "JPEG 2000"
	case at(0, "\x1A\x45\xDF\xA3"):
		return "WebM"
	case at(0, "PK\x03\x04"):
		return "ZIP"
	case at(0, "data:image/"), at(0, "/9j/"): // how a JPEG begins in base64
		return "text of base64"
	case at(0, "%PDF"):
		return "PDF"
	case at(0, "BM"):
		return "BMP"
	case at(0, "II*\x00"), at(0, "MM\x00*"):
		return "TIFF"
	}
	for _, c := range b[:min(len(b), 64)] {
		if c < ' ' && c != '\n' && c != '\r' && c != '\t' || c == 0x7F {
			return "unknown bytes"
		}
	}
	return "text"
}
