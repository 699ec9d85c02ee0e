package capture

import (
	"bytes"
	"fmt"
	"math/bits"
)

// CheckPicture reads the picture data of a JPEG to its last block without building a
// picture. Decoders silently fill missing data with grey, which would then be judged. The
// time is bounded by the bytes and by the blocks that NewFrame and NewPicture allow; the
// bytes must have passed one of them. The error is a *FrameError: truncated or bad-image.
func CheckPicture(data []byte) error {
	_, err := picturePass(data, nil)
	return err
}

// picturePass reads the picture data. seeDC, unless nil, is called with the first
// component's DC value of each block, in units of the quantization table, and the block's
// position.
func picturePass(data []byte, seeDC func(s *jpegStructure, x, y, value int)) (*jpegStructure, error) {
	s, err := readStructure(data, checkAnySize)
	if err != nil {
		return nil, err
	}
	p := &pass{s: s, seeDC: seeDC, tables: map[*huffmanSpec]*huffmanTable{}}
	if s.progressive() {
		p.nonzero = make([][]uint64, len(s.components))
		for i, c := range s.components {
			// An interleaved scan fills whole MCUs.
			p.stride = append(p.stride, c.h*blocksOf(s.width, 1, s.maxH))
			p.nonzero[i] = make([]uint64, p.stride[i]*c.v*blocksOf(s.height, 1, s.maxV))
		}
	}
	for i := range s.scans {
		if err := p.scan(&s.scans[i]); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// checkAnySize bounds the size before anything is derived from it.
func checkAnySize(width, height int) error { return checkPictureSize(Still, width, height) }

// pass iterates over the scans of one picture.
type pass struct {
	s      *jpegStructure
	seeDC  func(s *jpegStructure, x, y, value int)
	tables map[*huffmanSpec]*huffmanTable
	// nonzero marks, for a progressive picture, the nonzero coefficients of each block: a
	// refining scan has a bit for each. stride is the number of blocks of a row.
	nonzero [][]uint64
	stride  []int

	bits   bitReader
	eobRun int
	dc     [4]int // of each component, the last value
}

func (p *pass) table(spec *huffmanSpec) *huffmanTable {
	if spec == nil {
		return nil
	}
	t := p.tables[spec]
	if t == nil {
		t = spec.table()
		p.tables[spec] = t
	}
	return t
}

// unit is one block of an MCU.
type unit struct {
	component  int
	x, y       int // within the MCU
	wide, high int // blocks of its component in an MCU
	dc, ac     *huffmanTable
}

// scan reads one scan, one restart interval at a time.
func (p *pass) scan(s *jpegScan) error {
	units, across := p.units(s)
	read, passes := p.blockReader(s), !p.s.progressive() && p.seeDC == nil
	rest, done := s.data, 0
	for done < s.mcus {
		count := s.mcus - done
		interval := rest
		if s.restart > 0 {
			count = min(count, s.restart)
			interval, rest = cutInterval(rest)
		}
		p.bits.load(interval)
		p.eobRun, p.dc = 0, [4]int{}
		if passes {
			n, ok := p.bits.passOver(units, count)
			if done += n; !ok {
				return p.broken(s, done)
			}
			continue
		}
		for range count {
			mx, my := done%across, done/across
			for i := range units {
				u := &units[i]
				if !read(u, mx*u.wide+u.x, my*u.high+u.y) {
					return p.broken(s, done)
				}
			}
			done++
		}
		if p.bits.short() {
			return p.broken(s, done-1)
		}
	}
	return nil
}

// units lists the blocks of one MCU and the number of MCUs of a row.
func (p *pass) units(s *jpegScan) (units []unit, across int) {
	for i, c := range s.components {
		component := p.s.components[c]
		u := unit{component: c, wide: 1, high: 1, dc: p.table(s.tables[0][s.dc[i]]), ac: p.table(s.tables[1][s.ac[i]])}
		if len(s.components) == 1 {
			return []unit{u}, component.wide
		}
		u.wide, u.high = component.h, component.v
		for u.y = range component.v {
			for u.x = range component.h {
				units = append(units, u)
			}
		}
	}
	return units, blocksOf(p.s.width, 1, p.s.maxH)
}

// cutInterval splits picture data at its first restart marker.
func cutInterval(b []byte) (interval, rest []byte) {
	for i := 0; ; i++ {
		skip := bytes.IndexByte(b[i:], 0xFF)
		if skip < 0 {
			return b, nil
		}
		start := i + skip
		for i = start; i < len(b) && b[i] == 0xFF; i++ {
		}
		if i >= len(b) {
			return b[:start], nil
		}
		if b[i] != 0 {
			return b[:start], b[i+1:]
		}
	}
}

// broken returns an error that says where the data of a scan ended or became invalid.
func (p *pass) broken(s *jpegScan, mcu int) error {
	share := 100 * mcu / max(s.mcus, 1)
	scan := 1
	for i := range p.s.scans {
		if &p.s.scans[i] == s {
			scan = i + 1
		}
	}
	if p.bits.short() {
		return &FrameError{"truncated", fmt.Sprintf("picture data to %d %% of scan %d of %d", share, scan, len(p.s.scans)),
			wantedWhole}
	}
	return badImage(fmt.Sprintf("damaged picture data at %d %% of scan %d of %d", share, scan, len(p.s.scans)),
		wantedWhole)
}

// blockReader returns the block decoder of a scan: one of the five of T.81.
func (p *pass) blockReader(s *jpegScan) func(u *unit, x, y int) bool {
	switch {
	case !p.s.progressive():
		return p.sequential
	case s.from == 0 && s.high == 0:
		return func(u *unit, x, y int) bool { return p.dcOf(u, x, y, s.low) }
	case s.from == 0:
		return func(*unit, int, int) bool { p.bits.take(1); return !p.bits.short() }
	case s.high == 0:
		return func(u *unit, x, y int) bool { return p.first(s, u, x, y) }
	}
	return func(u *unit, x, y int) bool { return p.refine(s, u, x, y) }
}

// Most bits of a value of 8-bit pictures (T.81, tables F.1 and F.2).
const (
	maxDCBits = 11
	maxACBits = 10
)

// dcOf decodes the DC value of a block.
func (p *pass) dcOf(u *unit, x, y, low int) bool {
	n, ok := p.bits.symbol(u.dc)
	if !ok || n > maxDCBits {
		return false
	}
	if n > 0 {
		v := int(p.bits.take(uint(n)))
		if v < 1<<(n-1) {
			v -= 1<<n - 1
		}
		p.dc[u.component] += v
	}
	if p.seeDC != nil && u.component == 0 {
		p.seeDC(p.s, x, y, p.dc[0]<<low)
	}
	return !p.bits.short()
}

// sequential decodes a whole block.
func (p *pass) sequential(u *unit, x, y int) bool {
	if !p.dcOf(u, x, y, 0) {
		return false
	}
	for k := 1; k <= 63; k++ {
		rs, ok := p.bits.symbol(u.ac)
		run, size := int(rs>>4), uint(rs&15)
		switch {
		case !ok || size > maxACBits:
			return false
		case size > 0:
			if k += run; k > 63 {
				return false
			}
			p.bits.drop(size)
		case run == 15:
			k += 15
		default:
			return true
		}
	}
	return true
}

// first decodes the first bits of a block's coefficients.
func (p *pass) first(s *jpegScan, u *unit, x, y int) bool {
	if p.eobRun > 0 {
		p.eobRun--
		return true
	}
	seen := &p.nonzero[u.component][y*p.stride[u.component]+x]
	for k := s.from; k <= s.to; k++ {
		rs, ok := p.bits.symbol(u.ac)
		run, size := int(rs>>4), uint(rs&15)
		switch {
		case !ok || size > maxACBits:
			return false
		case size > 0:
			if k += run; k > s.to {
				return false
			}
			p.bits.drop(size)
			*seen |= 1 << k
		case run == 15:
			k += 15
		default:
			p.eobRun = 1<<run - 1 + int(p.bits.take(uint(run)))
			return !p.bits.short()
		}
	}
	return !p.bits.short()
}

// refine decodes one more bit of each coefficient of a block, and the new coefficients
// among them.
func (p *pass) refine(s *jpegScan, u *unit, x, y int) bool {
	seen := &p.nonzero[u.component][y*p.stride[u.component]+x]
	k := s.from
	for p.eobRun == 0 && k <= s.to {
		rs, ok := p.bits.symbol(u.ac)
		run, size := int(rs>>4), rs&15
		switch {
		case !ok || size > 1:
			return false
		case size == 1:
			p.bits.take(1)
		case run < 15:
			p.eobRun = 1<<run + int(p.bits.take(uint(run)))
		}
		if p.eobRun > 0 {
			break
		}
		for ; k <= s.to; k++ { // past run zeros; each coefficient known already has its bit
			if *seen>>k&1 != 0 {
				p.bits.take(1)
			} else if run--; run < 0 {
				break
			}
		}
		if size == 1 {
			if k > s.to {
				return false
			}
			*seen |= 1 << k
		}
		k++
	}
	if p.eobRun > 0 {
		p.bits.skip(bits.OnesCount64(*seen >> k << k & (1<<s.to<<1 - 1)))
		p.eobRun--
	}
	return !p.bits.short()
}
