package jpegtest

import (
	"bytes"
	"encoding/binary"
	"slices"
)

// Storms are structures that ask for more work than a picture is worth, and pictures that no decoder here takes.
func Storms() map[string][]byte {
	small := Picture{Width: 320, Height: 240}
	three := func(scans ...Scan) Picture {
		return Picture{Width: 320, Height: 240, Progressive: true, Scans: scans}
	}
	refinements := []Scan{{Components: []int{0, 1, 2}, Low: 13}}
	for bit := 13; bit > 0; bit-- {
		refinements = append(refinements, Scan{Components: []int{0, 1, 2}, High: bit, Low: bit - 1})
	}
	for bit := 13; bit > 0; bit-- {
		for c := range 3 {
			refinements = append(refinements, Scan{Components: []int{c}, From: 1, To: 63, High: bit % 13, Low: bit - 1})
		}
	}
	whole := small.Bytes()
	body := whole[:len(whole)-2]
	header := small.ScanHeader(Scan{Components: []int{0}, To: 63})
	end := []byte{0xFF, 0xD9}
	tables, empty := Tables(), Segment(COM, nil)
	quantizer := Segment(DQT, make([]byte, 65))
	with := func(change func(*Picture)) []byte {
		p := small
		change(&p)
		return p.Bytes()
	}
	return map[string][]byte{
		"empty scans, baseline":      bytes.Join([][]byte{body, bytes.Repeat(header, 51_138*10/len(header)), end}, nil),
		"two scans of one component": bytes.Join([][]byte{body, header, end}, nil),
		"progressive scans of one":   three(Scan{Components: []int{0}}, Scan{Components: []int{0}}).Bytes(),
		"many refinements":           three(refinements...).Bytes(),
		"DHT storm":                  insert(whole, bytes.Repeat(tables, 1000)),
		"DQT storm":                  insert(whole, bytes.Repeat(quantizer, 3000)),
		"DRI storm":                  insert(whole, bytes.Repeat(Segment(DRI, []byte{0, 9}), 3000)),
		"restart storm":              bytes.Join([][]byte{body, bytes.Repeat([]byte{0xFF, 0xD0}, 100_000), end}, nil),
		"comment storm":              insert(whole, bytes.Repeat(empty, 100_000)),
		"fill storm":                 insert(whole, bytes.Repeat([]byte{0xFF}, 400_000)),
		"stray storm":                insert(whole, bytes.Repeat([]byte{7}, 400_000)),
		"arithmetic":                 with(func(p *Picture) { p.Process = 0xC9 }),
		"arithmetic progressive":     with(func(p *Picture) { p.Process = 0xCA }),
		"lossless":                   with(func(p *Picture) { p.Process = 0xC3 }),
		"hierarchical":               with(func(p *Picture) { p.Process = 0xC5 }),
		"12 bits":                    with(func(p *Picture) { p.Process, p.Bits = 0xC1, 12 }),
		"a huge MCU":                 with(func(p *Picture) { p.Sampling = [][2]int{{4, 4}, {4, 4}, {4, 4}} }),
		"a third of a sample":        with(func(p *Picture) { p.Sampling = [][2]int{{3, 1}, {2, 1}, {1, 1}} }),
		"CMYK that does not say so":  with(func(p *Picture) { p.Sampling = [][2]int{{1, 1}, {1, 1}, {1, 1}, {1, 1}} }),
		"two channels":               with(func(p *Picture) { p.Sampling = [][2]int{{1, 1}, {1, 1}} }),
		"a row of 1600 in no data":   withSize(append(bytes.Clone(body[:600]), end...), 1600, 1600),
	}
}

// insert puts bytes behind the start marker.
func insert(picture, more []byte) []byte { return slices.Concat(picture[:2], more, picture[2:]) }

// withSize changes the size that the header tells, and nothing else.
func withSize(picture []byte, width, height uint16) []byte {
	b := bytes.Clone(picture)
	i := bytes.Index(b, []byte{0xFF, SOF0})
	binary.BigEndian.PutUint16(b[i+5:], height)
	binary.BigEndian.PutUint16(b[i+7:], width)
	return b
}

// Heavy are pictures that pass every check and cost a decoder and an analysis as much as a preview may: the largest
// size, the most bytes, every block full of detail, the most scans.
func Heavy() map[string][]byte {
	everything := Picture{Width: 1600, Height: 1600, Detail: 8}
	four := [][2]int{{1, 1}, {1, 1}, {1, 1}}
	var bands []Scan
	all := []int{0, 1, 2}
	bands = append(bands, Scan{Components: all, Low: 1}, Scan{Components: all, High: 1})
	for c := range 3 {
		for k := 1; k <= 63; k += 7 {
			bands = append(bands, Scan{Components: []int{c}, From: k, To: k + 6})
		}
	}
	return map[string][]byte{
		"full of detail":             everything.Bytes(),
		"full of detail, 4:4:4":      Picture{Width: 1600, Height: 1600, Sampling: four, Detail: 6}.Bytes(),
		"progressive":                Picture{Width: 1280, Height: 1600, Progressive: true, Detail: 4}.Bytes(),
		"progressive of many bands":  Picture{Width: 1280, Height: 1280, Progressive: true, Scans: bands, Detail: 2}.Bytes(),
		"an interval for each block": Picture{Width: 1600, Height: 1600, Restart: 1, Detail: 6}.Bytes(),
		"flat":                       Picture{Width: 1600, Height: 1600, Flat: true}.Bytes(),
		"one scan a colour":          Picture{Width: 1600, Height: 1600, Scans: []Scan{{Components: []int{0}, To: 63}, {Components: []int{1}, To: 63}, {Components: []int{2}, To: 63}}}.Bytes(),
	}
}
