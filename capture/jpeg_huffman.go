package capture

import (
	"bytes"
	"encoding/binary"
)

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
	over    *steps // made when it is needed
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

// bitReader reads the bits of one restart interval, from which load has taken the stuffing. Past
// the end it returns zeros and says short.
type bitReader struct {
	b    []byte // without stuffing, and slack zeros behind it
	at   int    // of the next byte
	acc  uint64 // from the highest bit on; those behind the first n are the next byte's, or 0
	n    uint   // bits in acc
	size int    // bits that there are
}

// slack is more bytes than are read past the end: those of one block, 64 codes of 16 bits with as
// many bits of value behind each, and two words.
const slack = 64*(16+16)/8 + 16

// load begins an interval. It keeps the buffer of the one before.
func (r *bitReader) load(interval []byte) {
	b := r.b[:0]
	if need := len(interval) + slack; cap(b) < need {
		b = make([]byte, 0, need)
	}
	for rest := interval; len(rest) > 0; {
		n := bytes.IndexByte(rest, 0xFF)
		if n < 0 {
			b = append(b, rest...)
			break
		}
		b, rest = append(b, rest[:n+1]...), rest[n+1:]
		for len(rest) > 0 && rest[0] == 0xFF { // fill
			rest = rest[1:]
		}
		rest = rest[min(1, len(rest)):] // FF 00 stands for FF; no other pair is inside an interval
	}
	size := 8 * len(b)
	*r = bitReader{b: append(b, noBits[:]...), size: size}
}

var noBits [slack]byte

// fill ensures that at least 56 bits are buffered. A caller that has taken a block's bits asks
// short before it goes on.
func (r *bitReader) fill() {
	r.acc |= binary.BigEndian.Uint64(r.b[r.at:]) >> r.n
	r.at += int(63-r.n) >> 3
	r.n |= 56
}

// drop takes bits that fill has buffered.
func (r *bitReader) drop(n uint) { r.acc, r.n = r.acc<<n, r.n-n }

// take reads up to 16 bits.
func (r *bitReader) take(n uint) uint32 {
	r.fill()
	v := uint32(r.acc >> 48 >> (16 - n))
	r.drop(n)
	return v
}

// skip skips up to 64 bits.
func (r *bitReader) skip(n int) {
	for ; n > 16; n -= 16 {
		r.take(16)
	}
	r.take(uint(n))
}

// short reports whether more bits were read than there were.
func (r *bitReader) short() bool { return 8*r.at-int(r.n) > r.size }

// symbol decodes one code, and leaves 40 bits buffered at least. ok is false for an invalid code.
func (r *bitReader) symbol(t *huffmanTable) (value byte, ok bool) {
	r.fill()
	value, length := t.decode(r.acc)
	r.drop(length)
	return value, length > 0
}

// decode reads the code at the highest bits of acc. Its length is 0 if there is no such code.
func (t *huffmanTable) decode(acc uint64) (value byte, length uint) {
	if e := t.look[acc>>(64-lookBits)]; e != 0 {
		return byte(e), uint(e >> 8)
	}
	for length := uint(lookBits + 1); length <= t.longest; length++ {
		code := int32(acc >> (64 - length))
		if code <= t.last[length] && t.last[length] >= 0 {
			if i := code + t.offset[length]; i >= 0 && int(i) < len(t.values) {
				return t.values[i], length
			}
			return 0, 0
		}
	}
	return 0, 0
}
