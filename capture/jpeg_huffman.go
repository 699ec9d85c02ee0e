package capture

import "encoding/binary"

// huffmanSpec is a Huffman table as stored in a segment.
type huffmanSpec struct {
	counts [16]byte // codes of each length, 1..16
	values []byte
}

const lookBits = 9

// huffmanTable decodes codes: short ones by one lookup, long ones by their range.
type huffmanTable struct {
	look    [1 << lookBits]uint16 // length<<8 | value; 0: longer than lookBits
	last    [17]int32             // the last code of each length; -1: none
	offset  [17]int32             // of a code of each length into values
	values  []byte
	longest uint
}

func (s *huffmanSpec) table() *huffmanTable {
	t := &huffmanTable{values: s.values}
	code, n := int32(0), int32(0)
	for length := uint(1); length <= 16; length++ {
		count := int32(s.counts[length-1])
		t.offset[length], t.last[length] = n-code, code+count-1
		if count == 0 {
			t.last[length] = -1
		} else {
			t.longest = length
		}
		for ; count > 0; count-- {
			if length <= lookBits {
				first := code << (lookBits - length)
				for j := range int32(1) << (lookBits - length) {
					t.look[first+j] = uint16(length)<<8 | uint16(s.values[n])
				}
			}
			code, n = code+1, n+1
		}
		code <<= 1
	}
	return t
}

// bitReader reads the bits of one restart interval. Past the end it returns zeros and
// sets short.
type bitReader struct {
	b     []byte
	acc   uint64
	n     uint // bits in acc
	empty int  // bits of zeros supplied past the end
}

// fill ensures that at least 32 bits are buffered.
func (r *bitReader) fill() {
	if r.n >= 32 {
		return
	}
	if len(r.b) >= 4 {
		four := binary.BigEndian.Uint32(r.b)
		// No byte of the four is FF: no bit pattern needs a closer look.
		if inverted := ^four; (inverted-0x01010101)&^inverted&0x80808080 == 0 {
			r.acc = r.acc<<32 | uint64(four)
			r.n += 32
			r.b = r.b[4:]
			return
		}
	}
	for r.n <= 56 {
		switch {
		case len(r.b) == 0:
			r.acc <<= 8
			r.empty += 8
		case r.b[0] != 0xFF:
			r.acc = r.acc<<8 | uint64(r.b[0])
			r.b = r.b[1:]
		default: // FF 00 stands for FF; no other pair is inside an interval
			r.acc = r.acc<<8 | 0xFF
			r.b = r.b[min(2, len(r.b)):]
		}
		r.n += 8
	}
}

// take reads up to 16 bits.
func (r *bitReader) take(n uint) uint32 {
	r.fill()
	r.n -= n
	return uint32(r.acc>>r.n) & (1<<n - 1)
}

// skip skips up to 64 bits.
func (r *bitReader) skip(n int) {
	for ; n > 16; n -= 16 {
		r.take(16)
	}
	r.take(uint(n))
}

// short reports whether more bits were read than there were.
func (r *bitReader) short() bool { return r.empty > int(r.n) }

// symbol decodes one code. ok is false for an invalid code.
func (r *bitReader) symbol(t *huffmanTable) (value byte, ok bool) {
	r.fill()
	if e := t.look[r.acc>>(r.n-lookBits)&(1<<lookBits-1)]; e != 0 {
		r.n -= uint(e >> 8)
		return byte(e), true
	}
	for length := uint(lookBits + 1); length <= t.longest; length++ {
		code := int32(r.acc>>(r.n-length)) & (1<<length - 1)
		if code <= t.last[length] && t.last[length] >= 0 {
			if i := code + t.offset[length]; i >= 0 && int(i) < len(t.values) {
				r.n -= length
				return t.values[i], true
			}
			return 0, false
		}
	}
	return 0, false
}
