package capture

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// JPEG markers (ITU-T T.81, table B.1).
const (
	markerTEM  = 0x01
	markerSOF0 = 0xC0 // baseline
	markerSOF1 = 0xC1 // extended sequential
	markerSOF2 = 0xC2 // progressive
	markerSOF3 = 0xC3 // lossless
	markerDHT  = 0xC4
	markerJPG  = 0xC8
	markerSOF9 = 0xC9 // first of the arithmetic coded ones
	markerDAC  = 0xCC
	markerSOFF = 0xCF
	markerRST0 = 0xD0
	markerRST7 = 0xD7
	markerSOI  = 0xD8
	markerEOI  = 0xD9
	markerSOS  = 0xDA
	markerDQT  = 0xDB
	markerDNL  = 0xDC
	markerDRI  = 0xDD
	markerAPP0 = 0xE0
	markerAPP1 = 0xE1
	markerAPPE = 0xEE
	markerAPPF = 0xEF
	markerCOM  = 0xFE
)

// Bounds of a JPEG's structure. Each bounds the decoder's time for one picture, whatever
// its content.
const (
	maxScans       = 32         // progressive; libjpeg writes 10, the most thorough optimisers below 20
	maxBlockVisits = 12_000_000 // blocks times scans; 25 megapixels at 4:4:4 in 10 scans visit 5.9 million
	maxHuffman     = 256        // tables defined; 8 a scan, with the most scans
	maxQuantizers  = 32         // tables defined; a picture has at most 4
	maxIntervals   = 64         // restart intervals defined; one a scan is plenty
	maxMetadata    = 256        // application segments and comments; a still has room for 46 whole ones
	maxStray       = 4096       // bytes between segments that belong to none
)

// jpegComponent is one colour channel of a picture.
type jpegComponent struct {
	id, h, v, quantizer int
	// wide and high are its size in 8×8 blocks, without the blocks that only pad an MCU.
	wide, high int
}

// jpegScan is one pass over some of the components.
type jpegScan struct {
	components []int // indexes into jpegStructure.components
	dc, ac     []int // a Huffman table for each component
	from, to   int   // first and last coefficient
	high, low  int   // successive approximation
	restart    int   // MCUs a restart interval; 0: none
	data       []byte
	tables     [2][4]*huffmanSpec // as they stood when the scan began: DC, AC
	mcus       int
	blocks     int // in all MCUs
}

// jpegStructure is the content of a JPEG's markers, without the picture data between
// them.
type jpegStructure struct {
	width, height int
	process       byte // the SOF marker
	components    []jpegComponent
	maxH, maxV    int
	scans         []jpegScan
	orientation   int    // EXIF, 1..8
	dcStep        [4]int // of each quantization table, the step of a block's mean
}

func (s *jpegStructure) progressive() bool { return s.process == markerSOF2 }

// jpegReader parses the structure. Everything it counts is bounded.
type jpegReader struct {
	jpegStructure
	b        []byte
	size     func(width, height int) error
	exif     bool
	adobe    bool // says how to interpret four channels
	restart  int
	tables   [2][4]*huffmanSpec
	quantize [4]bool
	// coded is, for each component and coefficient, the lowest bit coded so far, or -1
	// for none.
	coded [4][64]int8

	visits, huffmans, quantizers, intervals, metadata, stray int
}

// readStructure parses the markers of the first picture in b up to its end. size checks
// the picture's sides before anything is derived from them. The error is a *FrameError.
func readStructure(b []byte, size func(width, height int) error) (*jpegStructure, error) {
	r := &jpegReader{b: b, size: size}
	r.orientation = 1
	for i := 2; ; {
		marker, payload, next, err := r.segment(i)
		if err != nil {
			return nil, err
		}
		if marker == markerEOI {
			if len(r.scans) == 0 {
				return nil, badImage("no picture before the end", "a picture")
			}
			return &r.jpegStructure, r.whole()
		}
		if err := r.take(marker, payload); err != nil {
			if r.process != 0 && !bytes.Contains(b[next:], []byte{0xFF, markerEOI}) {
				return nil, truncated(len(b)) // the cut went through this segment
			}
			return nil, err
		}
		if marker == markerSOS {
			if next, err = r.scanData(next); err != nil {
				return nil, err
			}
		}
		i = next
	}
}

// segment finds the marker at or after i. It returns the segment's payload and the offset
// behind it. Like decoders, it skips stray bytes before a marker, up to a bound.
func (r *jpegReader) segment(i int) (marker byte, payload []byte, next int, err error) {
	b := r.b
	for {
		skip := bytes.IndexByte(b[i:], 0xFF)
		if skip < 0 {
			return 0, nil, 0, truncated(len(b))
		}
		start := i
		for i += skip; i < len(b) && b[i] == 0xFF; i++ {
		}
		if r.stray += i - 1 - start; r.stray > maxStray {
			return 0, nil, 0, badImage(fmt.Sprintf("over %d bytes between its segments", maxStray), "segments without a gap")
		}
		if i >= len(b) {
			return 0, nil, 0, truncated(len(b))
		}
		marker = b[i]
		i++
		if marker == 0 || marker == markerTEM || marker >= markerRST0 && marker <= markerSOI {
			r.stray += 2
			continue // no segment follows
		}
		if marker == markerEOI {
			return marker, nil, i, nil
		}
		if len(b)-i < 2 {
			return 0, nil, 0, truncated(len(b))
		}
		n := int(binary.BigEndian.Uint16(b[i:]))
		if n < 2 {
			return 0, nil, 0, badImage(fmt.Sprintf("a segment of %d bytes", n), "at least 2")
		}
		if len(b)-i < n {
			return 0, nil, 0, truncated(len(b))
		}
		return marker, b[i+2 : i+n], i + n, nil
	}
}

// take parses one segment and counts it.
func (r *jpegReader) take(marker byte, payload []byte) error {
	switch {
	case marker == markerDHT:
		return r.huffman(payload)
	case marker == markerDQT:
		return r.quantizer(payload)
	case marker == markerDRI:
		return r.interval(payload)
	case marker == markerSOS:
		return r.scanHeader(payload)
	case marker >= markerSOF0 && marker <= markerSOFF && marker != markerJPG && marker != markerDAC:
		return r.frameHeader(marker, payload)
	case marker >= markerAPP0 && marker <= markerAPPF, marker == markerCOM, marker == markerDNL, marker == markerDAC:
		if r.metadata++; r.metadata > maxMetadata {
			return badImage(fmt.Sprintf("over %d segments of metadata", maxMetadata), "a picture without them")
		}
		if marker == markerAPP1 && !r.exif && bytes.HasPrefix(payload, []byte("Exif\x00\x00")) {
			r.exif = true
			r.orientation = orientationOf(payload[6:])
		}
		r.adobe = r.adobe || marker == markerAPPE && bytes.HasPrefix(payload, []byte("Adobe"))
		return nil
	}
	return badImage(fmt.Sprintf("the unknown marker %02X", marker), wantedJPEG)
}

// scanData finds the end of the picture data that begins at from. Inside it, FF is
// followed by 00 or a restart marker. Restart markers are counted and must be in
// sequence.
func (r *jpegReader) scanData(from int) (next int, err error) {
	scan := &r.scans[len(r.scans)-1]
	restarts, i := 0, from
	for {
		skip := bytes.IndexByte(r.b[i:], 0xFF)
		if skip < 0 {
			return 0, truncated(len(r.b))
		}
		marker := i + skip
		for i = marker; i < len(r.b) && r.b[i] == 0xFF; i++ {
		}
		if i >= len(r.b) {
			return 0, truncated(len(r.b))
		}
		switch m := r.b[i]; {
		case m == 0:
		case m >= markerRST0 && m <= markerRST7:
			if scan.restart == 0 || int(m-markerRST0) != restarts%8 {
				return 0, badImage("restart markers out of order: a part of the picture is missing", wantedWhole)
			}
			restarts++
		default:
			scan.data = r.b[from:marker]
			return marker, scan.fits(restarts)
		}
		i++
	}
}

// fits checks that a scan's data is long enough: its restart intervals, and two bits a
// block, the minimum of Huffman coding.
func (s *jpegScan) fits(restarts int) error {
	if s.restart > 0 {
		intervals := (s.mcus + s.restart - 1) / s.restart
		if restarts < intervals-1 {
			return &FrameError{"truncated", fmt.Sprintf("%d of %d restart intervals", restarts+1, intervals), wantedWhole}
		}
		if restarts > intervals { // one behind the last is harmless
			return badImage(fmt.Sprintf("%d restart markers", restarts), fmt.Sprintf("%d", intervals-1))
		}
	}
	if sequential := s.to == 63 && s.from == 0; sequential && len(s.data)*8 < 2*s.blocks {
		return &FrameError{"truncated", fmt.Sprintf("%d bytes for %d blocks", len(s.data), s.blocks), wantedWhole}
	}
	return nil
}

// whole reports whether the scans coded every coefficient of every component to its last
// bit.
func (r *jpegReader) whole() error {
	missing := 0
	for c := range r.components {
		for _, low := range r.coded[c] {
			if low != 0 {
				missing++
			}
		}
	}
	if missing > 0 {
		return &FrameError{"truncated", fmt.Sprintf("%d of %d coefficients missing after %d scans",
			missing, 64*len(r.components), len(r.scans)), wantedWhole}
	}
	return nil
}

// What to send instead, for error messages.
const (
	wantedJPEG  = "a baseline or progressive JPEG of 8 bits, Huffman coded; save the picture as an ordinary JPEG"
	wantedWhole = "a whole JPEG; take the picture again or send it again"
)

func badImage(measured, wanted string) *FrameError { return &FrameError{"bad-image", measured, wanted} }

func truncated(n int) *FrameError {
	return &FrameError{"truncated", fmt.Sprintf("%d bytes without an end", n), wantedWhole}
}
