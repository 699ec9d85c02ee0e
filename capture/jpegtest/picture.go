// Package jpegtest writes JPEGs from their structure, for tests: any sampling, any list of scans, restart
// intervals, and everything that a decoder should not be sent. It encodes coefficients, not pictures.
package jpegtest

import (
	"encoding/binary"
	"math/rand/v2"
)

// Markers that tests name.
const (
	SOF0 = 0xC0
	SOF2 = 0xC2
	DHT  = 0xC4
	RST0 = 0xD0
	EOI  = 0xD9
	SOS  = 0xDA
	DQT  = 0xDB
	DRI  = 0xDD
	APP0 = 0xE0
	APP1 = 0xE1
	COM  = 0xFE
)

// Scan is one pass over components. A sequential picture takes From 0, To 63, High and Low 0.
type Scan struct {
	Components []int
	From, To   int
	High, Low  int
}

// Picture is what is written. The zero value of a field means what its comment says.
type Picture struct {
	Width, Height int
	Sampling      [][2]int // of each component, across and down; nil: 2×2, 1×1, 1×1
	Progressive   bool
	Scans         []Scan // nil: one for all, or libjpeg's ten when progressive
	Restart       int    // MCUs an interval; 0: none
	Flat          bool   // grey all over: the fewest bytes
	Detail        int    // coefficients of detail a block, on the card and beside it; 0: six on the card
	Process       byte   // SOF marker; 0: as Progressive says
	Bits          byte   // a channel; 0: 8
	Adobe         bool   // says by Adobe's segment that four channels are light, as Photoshop does
	// Before holds segments put behind the start marker, Between before each scan, After behind the end.
	Before, Between, After []byte

	blocks [][]block // of each component, in rows of stride
	stride []int
}

// block holds 64 coefficients in zigzag order.
type block [64]int16

// Segment is a marker with its payload.
func Segment(marker byte, payload []byte) []byte {
	b := binary.BigEndian.AppendUint16([]byte{0xFF, marker}, uint16(len(payload)+2))
	return append(b, payload...)
}

// Bytes writes the picture: a light card on a darker ground, with noise on it.
func (p Picture) Bytes() []byte {
	if p.Sampling == nil {
		p.Sampling = [][2]int{{2, 2}, {1, 1}, {1, 1}}
	}
	if p.Scans == nil {
		p.Scans = p.defaultScans()
	}
	p.draw()
	b := append([]byte{0xFF, 0xD8}, p.Before...)
	if p.Adobe {
		b = append(b, Segment(0xEE, []byte("Adobe\x00\x64\x00\x00\x00\x00\x00"))...)
	}
	b = append(b, quantizers()...)
	b = append(b, p.header()...)
	b = append(b, Tables()...)
	if p.Restart > 0 {
		b = append(b, Segment(DRI, binary.BigEndian.AppendUint16(nil, uint16(p.Restart)))...)
	}
	for _, s := range p.Scans {
		b = append(b, p.Between...)
		b = append(b, p.ScanHeader(s)...)
		b = append(b, p.encode(s)...)
	}
	return append(append(b, 0xFF, EOI), p.After...)
}

func (p Picture) header() []byte {
	marker, depth := p.Process, p.Bits
	if marker == 0 {
		marker = SOF0
		if p.Progressive {
			marker = SOF2
		}
	}
	if depth == 0 {
		depth = 8
	}
	h := binary.BigEndian.AppendUint16([]byte{depth}, uint16(p.Height))
	h = append(binary.BigEndian.AppendUint16(h, uint16(p.Width)), byte(len(p.Sampling)))
	for i, s := range p.Sampling {
		h = append(h, byte(i+1), byte(s[0]<<4|s[1]), 0)
	}
	return Segment(marker, h)
}

// ScanHeader is the header of a scan.
func (p Picture) ScanHeader(s Scan) []byte {
	h := []byte{byte(len(s.Components))}
	for _, c := range s.Components {
		h = append(h, byte(c+1), 0)
	}
	return Segment(SOS, append(h, byte(s.From), byte(s.To), byte(s.High<<4|s.Low)))
}

func (p Picture) defaultScans() []Scan {
	all := make([]int, len(p.Sampling))
	for i := range all {
		all[i] = i
	}
	if !p.Progressive {
		return []Scan{{Components: all, To: 63}}
	}
	scans := []Scan{{Components: all, Low: 1}}
	for _, c := range all {
		scans = append(scans, Scan{Components: []int{c}, From: 1, To: 5, Low: 2},
			Scan{Components: []int{c}, From: 6, To: 63, Low: 2},
			Scan{Components: []int{c}, From: 1, To: 63, High: 2, Low: 1})
	}
	scans = append(scans, Scan{Components: all, High: 1})
	for _, c := range all {
		scans = append(scans, Scan{Components: []int{c}, From: 1, To: 63, High: 1})
	}
	return scans
}

// most are the largest sampling factors.
func (p *Picture) most() (h, v int) {
	for _, s := range p.Sampling {
		h, v = max(h, s[0]), max(v, s[1])
	}
	return h, v
}

func ceil(a, b int) int { return (a + b - 1) / b }

// draw makes the coefficients.
func (p *Picture) draw() {
	r := rand.New(rand.NewPCG(7, 11))
	maxH, maxV := p.most()
	mx, my := ceil(p.Width, 8*maxH), ceil(p.Height, 8*maxV)
	for i, s := range p.Sampling {
		w, h := mx*s[0], my*s[1]
		blocks := make([]block, w*h)
		for n := range blocks {
			if p.Flat || i > 0 {
				continue
			}
			x, y := n%w, n/w
			blocks[n][0] = -60 // ground
			for range p.Detail {
				blocks[n][1+r.IntN(30)] = int16(r.IntN(31) - 15)
			}
			if x > w/8 && x < w*7/8 && y > h/8 && y < h*7/8 {
				blocks[n][0] = 60
				for range 6 - min(6, p.Detail) {
					blocks[n][1+r.IntN(20)] = int16(r.IntN(15) - 7)
				}
			}
		}
		p.blocks, p.stride = append(p.blocks, blocks), append(p.stride, w)
	}
}

// quantizers is one table of eights: a DC of 1 is one grey level.
func quantizers() []byte {
	t := make([]byte, 65)
	for i := range 64 {
		t[1+i] = 8
	}
	return Segment(DQT, t)
}

// Tables are Huffman tables that hold every symbol: 16 of 5 bits for DC, 256 of 8 and 9 bits for AC.
func Tables() []byte {
	dc := make([]byte, 17, 33)
	dc[5] = 16
	for i := range 16 {
		dc = append(dc, byte(i))
	}
	ac := make([]byte, 17, 273)
	ac[0], ac[8], ac[9] = 0x10, 254, 2
	for i := range 256 {
		ac = append(ac, byte(i))
	}
	return append(Segment(DHT, dc), Segment(DHT, ac)...)
}
