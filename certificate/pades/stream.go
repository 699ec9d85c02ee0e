package pades

import (
	"bytes"
	"compress/zlib"
	"errors"
	"io"
)

// decode returns the data of a stream without a filter, or compressed by Flate.
func (f *file) decode(s stream) ([]byte, error) {
	filter, parms := s.dict["Filter"], s.dict["DecodeParms"]
	if list, ok := filter.(array); ok {
		switch len(list) {
		case 0:
			filter = nil
		case 1:
			filter = list[0]
		default:
			return nil, unreadable("an object stream has %d filters, want one", len(list))
		}
		if list, ok := parms.(array); ok && len(list) == 1 {
			parms = list[0]
		}
	}
	if filter == nil {
		return s.raw, f.spend(len(s.raw))
	}
	if filter != name("FlateDecode") {
		return nil, unreadable("an object stream has another filter than FlateDecode")
	}
	r, err := zlib.NewReader(bytes.NewReader(s.raw))
	if err != nil {
		return nil, damaged("a stream: %v", err)
	}
	data, err := io.ReadAll(io.LimitReader(r, int64(f.left)+1))
	if much := f.spend(max(len(data), len(s.raw))); much != nil {
		return nil, much
	}
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, zlib.ErrChecksum) {
		return nil, damaged("a stream: %v", err)
	}
	if err != nil {
		return nil, damaged("a stream is cut short or was changed")
	}
	d, _ := parms.(dict)
	return unpredict(data, d)
}

// unpredict undoes a PNG predictor (ISO 32000-1, 7.4.4.4).
func unpredict(data []byte, parms dict) ([]byte, error) {
	predictor, ok := intOf(parms["Predictor"])
	if !ok || predictor == 1 {
		return data, nil
	}
	for _, key := range []name{"Colors", "BitsPerComponent"} {
		if n, there := intOf(parms[key]); there && n != map[name]int{"Colors": 1, "BitsPerComponent": 8}[key] {
			return nil, unreadable("a stream has a predictor with %s %d", key, n)
		}
	}
	long, ok := intOf(parms["Columns"])
	if !ok {
		long = 1
	}
	if predictor < 10 || predictor > 15 || long == 0 || long > 1<<16 || len(data)%(long+1) != 0 {
		return nil, unreadable("a stream has predictor %d of %d columns", predictor, long)
	}
	var out []byte
	above := make([]byte, long)
	for ; len(data) > 0; data = data[long+1:] {
		row := data[1 : long+1]
		if err := unfilter(data[0], row, above); err != nil {
			return nil, err
		}
		out = append(out, row...)
		above = row
	}
	return out, nil
}

// unfilter undoes the filter of one row, in place; a pixel is one byte.
func unfilter(kind byte, row, above []byte) error {
	var left, corner byte
	for i := range row {
		up := above[i]
		switch kind {
		case 0:
		case 1:
			row[i] += left
		case 2:
			row[i] += up
		case 3:
			row[i] += byte((int(left) + int(up)) / 2)
		case 4:
			row[i] += paeth(left, up, corner)
		default:
			return damaged("a stream has a row of filter %d", kind)
		}
		left, corner = row[i], up
	}
	return nil
}

func paeth(left, up, corner byte) byte {
	a, b, c := int(left), int(up), int(corner)
	p := a + b - c
	switch da, db, dc := abs(p-a), abs(p-b), abs(p-c); {
	case da <= db && da <= dc:
		return left
	case db <= dc:
		return up
	}
	return corner
}

func abs(n int) int { return max(n, -n) }
