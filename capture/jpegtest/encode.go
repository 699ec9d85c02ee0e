package jpegtest

import "math/bits"

// writer writes the entropy-coded data of one scan.
type writer struct {
	b   []byte
	acc uint64
	n   int
	dc  [4]int
}

func (w *writer) put(v, n int) {
	w.acc = w.acc<<n | uint64(v)&(1<<n-1)
	for w.n += n; w.n >= 8; {
		w.n -= 8
		c := byte(w.acc >> w.n)
		if w.b = append(w.b, c); c == 0xFF {
			w.b = append(w.b, 0)
		}
	}
}

func (w *writer) dcSymbol(s int) { w.put(s, 5) }

func (w *writer) acSymbol(s int) {
	if s < 254 {
		w.put(s, 8)
		return
	}
	w.put(0x1FC+s-254, 9) // the two codes of nine bits
}

// pad fills the last byte with ones.
func (w *writer) pad() {
	if w.n > 0 {
		w.put(0xFF, 8-w.n)
	}
}

// value writes a value's bits as T.81 wants them; its size is in the symbol before.
func (w *writer) value(v, size int) {
	if v < 0 {
		v += 1<<size - 1
	}
	w.put(v, size)
}

func sizeOf(v int) int { return bits.Len(uint(max(v, -v))) }

// shift drops the low bits of a coefficient: of DC as a number with its sign, of AC towards zero.
func shift(v, low int) int {
	if v < 0 {
		return -(-v >> low)
	}
	return v >> low
}

// encode writes the data of one scan.
func (p *Picture) encode(s Scan) []byte {
	w := &writer{}
	maxH, maxV := p.most()
	mcu := 0
	next := func() {
		if p.Restart > 0 && mcu > 0 && mcu%p.Restart == 0 {
			w.pad()
			w.b = append(w.b, 0xFF, byte(RST0+(mcu/p.Restart-1)%8))
			w.dc = [4]int{}
		}
		mcu++
	}
	if len(s.Components) == 1 {
		c := s.Components[0]
		wide := ceil(ceil(p.Width*p.Sampling[c][0], maxH), 8)
		high := ceil(ceil(p.Height*p.Sampling[c][1], maxV), 8)
		for n := range wide * high {
			next()
			p.block(w, s, c, n%wide, n/wide)
		}
	} else {
		across, down := ceil(p.Width, 8*maxH), ceil(p.Height, 8*maxV)
		for n := range across * down {
			next()
			for _, c := range s.Components {
				h, v := p.Sampling[c][0], p.Sampling[c][1]
				for i := range h * v {
					p.block(w, s, c, n%across*h+i%h, n/across*v+i/h)
				}
			}
		}
	}
	w.pad()
	return w.b
}

// block writes what a scan holds of one block.
func (p *Picture) block(w *writer, s Scan, c, x, y int) {
	b := &p.blocks[c][y*p.stride[c]+x]
	switch {
	case s.From == 0 && s.High > 0:
		w.put(int(b[0])>>s.Low, 1)
		return
	case s.From == 0:
		v := int(b[0]) >> s.Low
		d := v - w.dc[c]
		w.dc[c] = v
		w.dcSymbol(sizeOf(d))
		w.value(d, sizeOf(d))
	}
	if s.To == 0 {
		return
	}
	if s.High > 0 {
		refine(w, s, b)
		return
	}
	run := 0
	for k := max(s.From, 1); k <= s.To; k++ {
		v := shift(int(b[k]), s.Low)
		if v == 0 {
			run++
			continue
		}
		for ; run > 15; run -= 16 {
			w.acSymbol(0xF0)
		}
		w.acSymbol(run<<4 | sizeOf(v))
		w.value(v, sizeOf(v))
		run = 0
	}
	if run > 0 {
		w.acSymbol(0)
	}
}

// refine writes one more bit of the coefficients of a block (T.81, G.1.2.3), each block with an end of its own.
func refine(w *writer, s Scan, b *block) {
	last := 0 // the last coefficient that becomes nonzero in this scan
	for k := s.From; k <= s.To; k++ {
		if v := shift(int(b[k]), s.Low); v == 1 || v == -1 {
			last = k
		}
	}
	run := 0
	var known []int // correction bits since the last symbol
	flush := func() {
		for _, bit := range known {
			w.put(bit, 1)
		}
		known = nil
	}
	for k := s.From; k <= s.To; k++ {
		v := shift(int(b[k]), s.Low)
		switch {
		case v == 0:
			if run++; run == 16 && k < last {
				w.acSymbol(0xF0)
				flush()
				run = 0
			}
		case v > 1 || v < -1:
			known = append(known, max(v, -v)&1)
		default:
			w.acSymbol(run<<4 | 1)
			w.put(map[bool]int{true: 1}[v > 0], 1)
			flush()
			run = 0
		}
	}
	if run > 0 || len(known) > 0 {
		w.acSymbol(0)
		flush()
	}
}
