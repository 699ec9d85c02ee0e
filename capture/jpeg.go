package capture

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// JPEG markers that matter here (ITU-T T.81, table B.1).
const (
	markerTEM  = 0x01
	markerSOF0 = 0xC0
	markerSOF2 = 0xC2 // progressive
	markerDHT  = 0xC4
	markerJPG  = 0xC8
	markerDAC  = 0xCC
	markerSOFF = 0xCF
	markerRST0 = 0xD0
	markerSOI  = 0xD8
	markerEOI  = 0xD9
	markerSOS  = 0xDA
	markerAPP1 = 0xE1
)

// maxScans bounds a progressive JPEG: real ones have about ten, and each costs a
// pass over the whole picture.
const maxScans = 100

// jpegFacts is what the header tells beside image/jpeg's DecodeConfig.
type jpegFacts struct {
	width, height int
	progressive   bool
	orientation   int // EXIF, 1..8
}

// walkJPEG reads the segments up to the first scan and looks for the end marker
// after it. It never reads outside b. The error is always a *FrameError.
func walkJPEG(b []byte) (jpegFacts, error) {
	facts := jpegFacts{orientation: 1}
	sizes, exif := 0, false
	for i := 2; ; {
		marker, segment, next, err := nextSegment(b, i)
		if err != nil {
			return facts, err
		}
		switch {
		case marker >= markerSOF0 && marker <= markerSOFF && marker != markerDHT && marker != markerJPG && marker != markerDAC:
			if sizes++; sizes > 1 || len(segment) < 6 {
				return facts, &FrameError{"bad-image", "a second or short size header", "one size header"}
			}
			facts.height = int(binary.BigEndian.Uint16(segment[1:]))
			facts.width = int(binary.BigEndian.Uint16(segment[3:]))
			facts.progressive = marker == markerSOF2
		case marker == markerAPP1 && !exif && bytes.HasPrefix(segment, []byte("Exif\x00\x00")):
			exif = true
			facts.orientation = orientationOf(segment[6:])
		case marker == markerSOS:
			return facts, checkScans(b, next, facts.progressive)
		}
		i = next
	}
}

// nextSegment finds the marker at or after i and returns the payload of its
// segment and the offset behind it. Stray bytes before a marker are skipped, as
// decoders do.
func nextSegment(b []byte, i int) (marker byte, segment []byte, next int, err error) {
	for {
		skip := bytes.IndexByte(b[i:], 0xFF)
		if skip < 0 {
			return 0, nil, 0, truncated(len(b))
		}
		for i += skip; i < len(b) && b[i] == 0xFF; i++ {
		}
		if i >= len(b) {
			return 0, nil, 0, truncated(len(b))
		}
		marker = b[i]
		i++
		if marker == 0 || marker == markerTEM || marker >= markerRST0 && marker <= markerSOI {
			continue // no segment follows
		}
		if marker == markerEOI {
			return 0, nil, 0, &FrameError{"bad-image", "no picture before the end", "a picture"}
		}
		if len(b)-i < 2 {
			return 0, nil, 0, truncated(len(b))
		}
		n := int(binary.BigEndian.Uint16(b[i:]))
		if n < 2 {
			return 0, nil, 0, &FrameError{"bad-image", fmt.Sprintf("a segment of %d bytes", n), "at least 2"}
		}
		if len(b)-i < n {
			return 0, nil, 0, truncated(len(b))
		}
		return marker, b[i+2 : i+n], i + n, nil
	}
}

// checkScans looks for the end marker behind the first scan's header and counts
// a progressive picture's scans. Inside a scan FF is always followed by 00 or a
// restart marker, so the search cannot be fooled by picture data.
func checkScans(b []byte, from int, progressive bool) error {
	end := bytes.LastIndex(b[from:], []byte{0xFF, markerEOI})
	if end < 0 {
		return truncated(len(b))
	}
	if !progressive {
		return nil
	}
	if scans := 1 + bytes.Count(b[from:from+end], []byte{0xFF, markerSOS}); scans > maxScans {
		return &FrameError{"bad-image", fmt.Sprintf("%d scans", scans), fmt.Sprintf("at most %d", maxScans)}
	}
	return nil
}
