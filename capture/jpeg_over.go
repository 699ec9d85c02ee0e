package capture

import "encoding/binary"

// steps tell what the next runBits bits hold of a block's coefficients: one look passes over several.
// The low byte is the bits that codes and values take, the next one how many coefficients are
// passed, where the block's end counts as one. 0 stands for a longer code, and for a wrong one.
type steps [1 << runBits]uint32

const (
	runBits = 10
	stepEnd = 1 << 16
)

// steps are those of a sequential picture's coefficients.
func (t *huffmanTable) steps() *steps {
	if t.over != nil {
		return t.over
	}
	all := &steps{}
	t.over = all
	for i := range all {
		acc, used, passed := uint64(i)<<(64-runBits), uint(0), uint(0)
		for used < runBits {
			rs, length := t.decode(acc << used)
			run, size := uint(rs>>4), uint(rs&15)
			if length == 0 || used+length > runBits || size > maxACBits || passed+run+1 > 63 {
				break
			}
			used += length + size
			passed += run + 1
			if size == 0 && run < 15 {
				all[i] = stepEnd | uint32(passed-run)<<8 | uint32(used)
				break
			}
			all[i] = uint32(passed)<<8 | uint32(used)
		}
	}
	return all
}

// passOver reads whole MCUs of a sequential scan for their length alone. It returns how many are
// there, and false where one is cut or wrong.
func (r *bitReader) passOver(units []unit, count int) (whole int, ok bool) {
	for ; whole < count; whole++ {
		for i := range units {
			if !r.passBlock(&units[i]) {
				return whole, false
			}
		}
	}
	return whole, true
}

// passBlock reads a block. It is sequential of the same block, at a third of the time.
func (r *bitReader) passBlock(u *unit) bool {
	r.fill()
	size, length := u.dc.decode(r.acc)
	r.drop(length)
	if length == 0 || size > maxDCBits {
		return false
	}
	r.drop(uint(size))
	steps, acc, n := u.ac.steps(), r.acc, r.n // 29 bits at least
	for k := uint(1); k <= 63; {
		if n < 32 {
			acc |= binary.BigEndian.Uint64(r.b[r.at:]) >> n
			r.at += int(63-n) >> 3
			n |= 56
		}
		step := steps[acc>>(64-runBits)]
		if next := k + uint(step>>8&0xFF); step != 0 && next <= 64 {
			k = next
			acc, n = acc<<(step&63), n-uint(step&63)
			if step&stepEnd != 0 {
				break
			}
			continue
		}
		rs, length := u.ac.decode(acc)
		acc, n = acc<<length, n-length
		run, size := uint(rs>>4), uint(rs&15)
		switch {
		case length == 0 || size > maxACBits || size > 0 && k+run > 63:
			r.acc, r.n = acc, n
			return false
		case size == 0 && run < 15:
			k = 64
		default:
			k += run + 1
		}
		acc, n = acc<<size, n-size
	}
	r.acc, r.n = acc, n
	return !r.short()
}
