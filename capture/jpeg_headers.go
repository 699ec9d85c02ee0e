package capture

import (
	"encoding/binary"
	"fmt"
)

// maxUnits bounds the blocks of one MCU (T.81, B.2.3). Decoders rely on it.
const maxUnits = 10

// frameHeader reads the size and the components.
func (r *jpegReader) frameHeader(marker byte, p []byte) error {
	if r.process != 0 || len(p) < 6 {
		return badImage("a second or short size header", "one size header")
	}
	switch {
	case marker == markerSOF3:
		return badImage("a lossless JPEG", wantedJPEG)
	case marker >= markerSOF9:
		return badImage("an arithmetic coded JPEG", wantedJPEG)
	case marker > markerSOF2:
		return badImage("a hierarchical JPEG", wantedJPEG)
	case p[0] != 8:
		return badImage(fmt.Sprintf("%d bits a channel", p[0]), wantedJPEG)
	}
	r.process = marker
	r.height, r.width = int(binary.BigEndian.Uint16(p[1:])), int(binary.BigEndian.Uint16(p[3:]))
	n := int(p[5])
	if n != 1 && n != 3 && n != 4 || len(p) != 6+3*n {
		return badImage(fmt.Sprintf("%d colour channels in %d bytes", n, len(p)), "1 (grey), 3 (colour) or 4 (print)")
	}
	if err := r.size(r.width, r.height); err != nil {
		return err
	}
	for p = p[6:]; len(p) > 0; p = p[3:] {
		c := jpegComponent{id: int(p[0]), h: int(p[1] >> 4), v: int(p[1] & 15), quantizer: int(p[2])}
		if c.h < 1 || c.h > 4 || c.v < 1 || c.v > 4 || c.quantizer > 3 || r.component(c.id) >= 0 {
			return badImage(fmt.Sprintf("colour channel %d sampled %d×%d", c.id, c.h, c.v), wantedJPEG)
		}
		r.components = append(r.components, c)
		r.maxH, r.maxV = max(r.maxH, c.h), max(r.maxV, c.v)
	}
	for i := range r.components {
		c := &r.components[i]
		if r.maxH%c.h != 0 || r.maxV%c.v != 0 {
			return badImage(fmt.Sprintf("colour sampled %d×%d of %d×%d", c.h, c.v, r.maxH, r.maxV),
				"whole fractions; save the picture with 4:2:0")
		}
		c.wide, c.high = blocksOf(r.width, c.h, r.maxH), blocksOf(r.height, c.v, r.maxV)
		for k := range r.coded[i] {
			r.coded[i][k] = -1
		}
	}
	return nil
}

// blocksOf returns the number of blocks along one side of a component.
func blocksOf(side, sampling, most int) int {
	samples := (side*sampling + most - 1) / most
	return (samples + 7) / 8
}

func (r *jpegReader) component(id int) int {
	for i, c := range r.components {
		if c.id == id {
			return i
		}
	}
	return -1
}

// huffman reads the tables of one segment. They are expanded when a scan is decoded.
func (r *jpegReader) huffman(p []byte) error {
	for len(p) > 0 {
		if r.huffmans++; r.huffmans > maxHuffman {
			return badImage(fmt.Sprintf("over %d Huffman tables", maxHuffman), wantedJPEG)
		}
		if len(p) < 17 || p[0]>>4 > 1 || p[0]&15 > 3 {
			return badImage("a broken Huffman table", wantedJPEG)
		}
		spec := &huffmanSpec{}
		n, codes := 0, 0
		for i, count := range p[1:17] {
			spec.counts[i] = count
			n += int(count)
			if codes = codes<<1 + int(count); codes > 1<<(i+1) {
				return badImage("a Huffman table of too many codes", wantedJPEG)
			}
		}
		if n > 256 || len(p) < 17+n {
			return badImage("a broken Huffman table", wantedJPEG)
		}
		spec.values = p[17 : 17+n]
		r.tables[p[0]>>4][p[0]&15] = spec
		p = p[17+n:]
	}
	return nil
}

// quantizer records the quantization tables.
func (r *jpegReader) quantizer(p []byte) error {
	for len(p) > 0 {
		if r.quantizers++; r.quantizers > maxQuantizers {
			return badImage(fmt.Sprintf("over %d quantization tables", maxQuantizers), wantedJPEG)
		}
		n := 1 + 64*(1+int(p[0]>>4))
		if p[0]>>4 > 1 || p[0]&15 > 3 || len(p) < n {
			return badImage("a broken quantization table", wantedJPEG)
		}
		r.quantize[p[0]&15] = true
		r.dcStep[p[0]&15] = int(p[1])
		if p[0]>>4 == 1 {
			r.dcStep[p[0]&15] = int(binary.BigEndian.Uint16(p[1:]))
		}
		p = p[n:]
	}
	return nil
}

// interval reads the number of MCUs of a restart interval.
func (r *jpegReader) interval(p []byte) error {
	if r.intervals++; r.intervals > maxIntervals || len(p) != 2 {
		return badImage(fmt.Sprintf("restart interval %d in %d bytes", r.intervals, len(p)), wantedJPEG)
	}
	r.restart = int(binary.BigEndian.Uint16(p))
	return nil
}

// scanHeader reads which coefficients of which components follow, and checks the
// resulting work against the bounds.
func (r *jpegReader) scanHeader(p []byte) error {
	if r.process == 0 || len(p) < 1 {
		return badImage("picture data before its size", wantedJPEG)
	}
	if len(r.components) == 4 && !r.adobe {
		return badImage("four channels that do not say whether they are ink or light",
			"grey or colour; save the picture as RGB")
	}
	most := len(r.components)
	if r.progressive() {
		most = maxScans
	}
	if len(r.scans) >= most {
		return badImage(fmt.Sprintf("%d scans", len(r.scans)+1),
			fmt.Sprintf("at most %d; save the picture as an ordinary JPEG", most))
	}
	n := int(p[0])
	if n < 1 || n > len(r.components) || len(p) != 4+2*n {
		return badImage(fmt.Sprintf("a scan of %d channels", n), fmt.Sprintf("1 to %d", len(r.components)))
	}
	s := jpegScan{restart: r.restart, tables: r.tables}
	for q := p[1 : 1+2*n]; len(q) > 0; q = q[2:] {
		c := r.component(int(q[0]))
		if c < 0 || q[1]>>4 > 3 || q[1]&15 > 3 || !r.quantize[r.components[c].quantizer] {
			return badImage(fmt.Sprintf("a scan of channel %d without its tables", q[0]), wantedJPEG)
		}
		s.components, s.dc, s.ac = append(s.components, c), append(s.dc, int(q[1]>>4)), append(s.ac, int(q[1]&15))
	}
	p = p[1+2*n:]
	s.to = 63 // sequential: whatever the header says
	if r.progressive() {
		s.from, s.to, s.high, s.low = int(p[0]), int(p[1]), int(p[2]>>4), int(p[2]&15)
	}
	if err := r.codes(&s); err != nil {
		return err
	}
	return r.measure(s)
}

// codes checks that a scan continues the previous ones: each coefficient once, then bit
// by bit.
func (r *jpegReader) codes(s *jpegScan) error {
	dc := s.from == 0
	if r.progressive() && (s.to > 63 || s.from > s.to || dc != (s.to == 0) || !dc && len(s.components) > 1 ||
		s.low > 13 || s.high != 0 && s.high != s.low+1) {
		return badImage(fmt.Sprintf("a scan of coefficients %d to %d, bits %d to %d", s.from, s.to, s.high, s.low),
			wantedJPEG)
	}
	for i, c := range s.components {
		for k := s.from; k <= s.to; k++ {
			before := r.coded[c][k]
			if s.high == 0 && before >= 0 || s.high != 0 && int(before) != s.high || k > 0 && r.progressive() &&
				r.coded[c][0] < 0 {
				return badImage(fmt.Sprintf("scan %d out of order or twice", len(r.scans)+1), wantedJPEG)
			}
			r.coded[c][k] = int8(s.low)
		}
		refinesDC := r.progressive() && dc && s.high != 0
		if dc && !refinesDC && s.tables[0][s.dc[i]] == nil || s.to > 0 && s.tables[1][s.ac[i]] == nil {
			return badImage(fmt.Sprintf("scan %d without its Huffman table", len(r.scans)+1), wantedJPEG)
		}
	}
	return nil
}

// measure computes the MCUs and blocks of a scan and adds it.
func (r *jpegReader) measure(s jpegScan) error {
	units := 0
	for _, c := range s.components {
		units += r.components[c].h * r.components[c].v
	}
	if len(s.components) == 1 {
		c := r.components[s.components[0]]
		s.mcus, units = c.wide*c.high, 1
	} else {
		s.mcus = blocksOf(r.width, 1, r.maxH) * blocksOf(r.height, 1, r.maxV)
	}
	if units > maxUnits {
		return badImage(fmt.Sprintf("%d blocks in one unit", units),
			fmt.Sprintf("at most %d; save the picture with 4:2:0", maxUnits))
	}
	s.blocks = s.mcus * units
	if r.visits += s.blocks; r.visits > maxBlockVisits {
		return badImage(fmt.Sprintf("over %d million blocks in %d scans", maxBlockVisits/1_000_000, len(r.scans)+1),
			"fewer scans; save the picture as a baseline JPEG")
	}
	r.scans = append(r.scans, s)
	return nil
}
