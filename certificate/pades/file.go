package pades

import (
	"bytes"
	"compress/zlib"
	"errors"
	"io"
	"strconv"
)

const (
	// MaxFile is the longest file that is signed, in bytes.
	MaxFile = 10 << 20
	// maxRead bounds what is read of one file, in bytes: its objects, as often as they are read,
	// and what its streams give.
	maxRead = 32 << 20
	// maxSections bounds the incremental updates of a file.
	maxSections = 200
	// maxObjects bounds the numbers of objects.
	maxObjects = 1_000_000
	// ownSections and ownObjects are what signature and security store add at most.
	ownSections, ownObjects = 2, 10_000
	// maxGeneration is the last one of an object (ISO 32000-1, 7.5.4).
	maxGeneration = 65535
	// tail is how far from the end the last cross-reference is looked for, in bytes.
	tail = 2048
)

// place is where an object is.
type place struct {
	in      int // the number of the object stream that holds it; 0: none
	at      int // an offset in the file, or the index in the object stream
	gen     int
	nobody  bool // a free number
	section int  // that says so, counted from the newest
}

// file is a PDF whose cross-references were read.
type file struct {
	body    []byte
	last    int // the offset of the last cross-reference section
	streams bool
	trailer dict // the newest
	places  map[int]place
	size    int // above every number in use

	sections int // that were read
	left     int // of maxRead
	holders  map[int]holder
	opening  map[int]bool // objects that are being read: one that needs itself is damaged
}

// holder is an object stream.
type holder struct {
	data  []byte
	index [][2]int // number of each object, and where it begins
}

// openToSign opens a file that somebody sent, and which has room for what is added.
func openToSign(body []byte) (*file, error) {
	if len(body) > MaxFile {
		return nil, &Refusal{TooLarge, strconv.Itoa(len(body)) + " bytes, at most " + strconv.Itoa(MaxFile) + " are signed"}
	}
	f, err := open(body)
	switch {
	case err != nil:
		return nil, err
	case f.sections > maxSections-ownSections:
		return nil, unreadable("it was changed %d times, at most %d are read", f.sections, maxSections-ownSections)
	case f.size > maxObjects-ownObjects:
		return nil, unreadable("its objects have numbers up to %d, at most %d are read", f.size, maxObjects-ownObjects)
	}
	return f, nil
}

// open reads the cross-references of a file.
func open(body []byte) (*file, error) {
	if !bytes.HasPrefix(body, []byte("%PDF-")) {
		return nil, &Refusal{NotPDF, "it does not begin with %PDF-"}
	}
	f := &file{body: body, places: map[int]place{}, left: maxRead, holders: map[int]holder{}, opening: map[int]bool{}}
	end := bytes.LastIndex(body[max(0, len(body)-tail):], []byte("startxref"))
	if end < 0 {
		return nil, damaged("no startxref in its last %d bytes: its end is missing", tail)
	}
	l := &lexer{b: body, pos: max(0, len(body)-tail) + end + len("startxref")}
	at, ok := l.integer()
	if l.skip(); !ok {
		return nil, damaged("startxref has no number")
	}
	f.last = at
	seen := map[int]bool{}
	for {
		if seen[at] || f.sections == maxSections {
			return nil, damaged("its cross-references do not end")
		}
		seen[at] = true
		f.sections++
		trailer, err := f.section(at, f.sections == 1)
		if err != nil {
			return nil, err
		}
		if f.trailer == nil {
			f.trailer = trailer
		}
		if trailer["Encrypt"] != nil {
			return nil, &Refusal{Encrypted, "its trailer names an encryption dictionary"}
		}
		previous, there := trailer["Prev"]
		if !there {
			break
		}
		if at, ok = intOf(previous); !ok {
			return nil, damaged("Prev is no number")
		}
	}
	size, ok := intOf(f.trailer["Size"])
	if !ok || size > maxObjects {
		return nil, damaged("Size is not a number up to %d", maxObjects)
	}
	f.size = max(f.size, size)
	return f, nil
}

func intOf(o any) (int, bool) {
	n, ok := o.(number)
	if !ok {
		return 0, false
	}
	i, err := strconv.Atoi(string(n))
	return i, err == nil && i >= 0
}

// section reads one section of cross-references and returns its trailer.
func (f *file) section(at int, newest bool) (dict, error) {
	if at >= len(f.body) {
		return nil, damaged("a cross-reference section begins behind the end of the file")
	}
	l := &lexer{b: f.body, pos: at}
	l.skip()
	if !l.has("xref") {
		f.streams = f.streams || newest
		return f.streamSection(l.pos)
	}
	if err := f.table(l); err != nil {
		return nil, err
	}
	o, err := l.object(0)
	trailer, ok := o.(dict)
	if err != nil || !ok {
		return nil, damaged("a cross-reference table has no trailer")
	}
	if trailer["XRefStm"] != nil {
		return nil, &Refusal{Hybrid, "a table and a stream say where its objects are: readers may show two documents"}
	}
	return trailer, nil
}

// put notes where an object is; what a newer section says stays. One section says it once.
func (f *file) put(num int, p place) error {
	p.section = f.sections
	before, known := f.places[num]
	if known && before.section == p.section && before != p {
		return damaged("one list of objects says twice where object %d is", num)
	}
	if !known {
		f.places[num] = p
		f.size = max(f.size, num+1)
	}
	return nil
}

// table reads the subsections of a table and passes the word trailer.
func (f *file) table(l *lexer) error {
	for {
		l.skip()
		if l.has("trailer") {
			return nil
		}
		first, ok := l.integer()
		count, ok2 := l.integer()
		if !ok || !ok2 || first+count > maxObjects {
			return damaged("a cross-reference table has a bad subsection")
		}
		for num := first; num < first+count; num++ {
			at, ok := l.integer()
			gen, ok2 := l.integer()
			if l.skip(); !ok || !ok2 {
				return damaged("the cross-reference of object %d is no number", num)
			}
			p := place{at: at, gen: gen}
			switch w := l.word(); {
			case w == "n" && gen <= maxGeneration:
			case w == "f":
				p = place{nobody: true}
			default:
				return damaged("the cross-reference of object %d is neither in use nor free", num)
			}
			if err := f.put(num, p); err != nil {
				return err
			}
		}
	}
}

// streamSection reads a cross-reference stream and returns its dictionary.
func (f *file) streamSection(at int) (dict, error) {
	o, _, err := f.indirect(at)
	if err != nil {
		return nil, err
	}
	s, ok := o.(stream)
	if !ok || s.dict["Type"] != name("XRef") {
		return nil, damaged("no cross-reference at byte %d", at)
	}
	data, err := f.decode(s)
	if err != nil {
		return nil, err
	}
	w, ok := s.dict["W"].(array)
	if !ok || len(w) != 3 {
		return nil, damaged("a cross-reference stream has no three widths")
	}
	var width [3]int
	for i := range width {
		if width[i], ok = intOf(w[i]); !ok || width[i] > 8 {
			return nil, damaged("a cross-reference stream has a field of a bad width")
		}
	}
	index, ok := s.dict["Index"].(array)
	if !ok {
		index = array{number("0"), s.dict["Size"]}
	}
	return s.dict, f.rows(data, width, index)
}

// rows reads the rows of a cross-reference stream.
func (f *file) rows(data []byte, width [3]int, index array) error {
	long := width[0] + width[1] + width[2]
	if long == 0 || len(index)%2 != 0 {
		return damaged("a cross-reference stream has no rows")
	}
	field := func(n, without int) int {
		if n == 0 {
			return without
		}
		v := 0
		for _, c := range data[:n] {
			v = (v<<8 | int(c)) & (1<<48 - 1)
		}
		data = data[n:]
		return v
	}
	for i := 0; i < len(index); i += 2 {
		first, ok := intOf(index[i])
		count, ok2 := intOf(index[i+1])
		if !ok || !ok2 || first > maxObjects || count > maxObjects || first+count > maxObjects {
			return damaged("a cross-reference stream has a bad index")
		}
		for num := first; num < first+count; num++ {
			if len(data) < long {
				return damaged("a cross-reference stream ends before object %d", num)
			}
			kind, second, third := field(width[0], 1), field(width[1], 0), field(width[2], 0)
			var p place
			switch {
			case kind == 0:
				p.nobody = true
			case kind == 1 && third <= maxGeneration:
				p.at, p.gen = second, third
			case kind == 2:
				p.in, p.at = second, third
			default:
				return unreadable("object %d is of kind %d, %d", num, kind, third)
			}
			if err := f.put(num, p); err != nil {
				return err
			}
		}
	}
	return nil
}

// indirect reads the object that begins at an offset: « 7 0 obj … endobj ».
func (f *file) indirect(at int) (any, ref, error) {
	if at >= len(f.body) {
		return nil, ref{}, damaged("an object begins behind the end of the file")
	}
	l := &lexer{b: f.body, pos: at}
	num, ok := l.integer()
	gen, ok2 := l.integer()
	if l.skip(); !ok || !ok2 || !l.has("obj") {
		return nil, ref{}, damaged("no object begins at byte %d", at)
	}
	o, err := l.object(0)
	if err != nil {
		return nil, ref{}, err
	}
	if err := f.spend(l.pos - at); err != nil {
		return nil, ref{}, err
	}
	l.skip()
	d, isDict := o.(dict)
	if !isDict || !l.has("stream") {
		if !l.has("endobj") {
			return nil, ref{}, damaged("object %d does not end", num)
		}
		return o, ref{num, gen}, nil
	}
	if !l.has("\r\n") && !l.has("\n") {
		return nil, ref{}, damaged("the data of object %d do not begin on a line", num)
	}
	length, err := f.value(d["Length"])
	if err != nil {
		return nil, ref{}, err
	}
	n, ok := intOf(length)
	if !ok || n > len(f.body)-l.pos {
		return nil, ref{}, damaged("the data of object %d have no length", num)
	}
	raw := f.body[l.pos : l.pos+n]
	l.pos += n
	if l.skip(); !l.has("endstream") {
		return nil, ref{}, damaged("the data of object %d are of another length", num)
	}
	return stream{d, raw}, ref{num, gen}, nil
}

// value is what an object stands for: what a reference points at, null for one that is not there.
func (f *file) value(o any) (any, error) {
	r, ok := o.(ref)
	if !ok {
		return o, nil
	}
	p, there := f.places[r.num]
	if !there || p.nobody || p.in == 0 && p.gen != r.gen {
		return keyword("null"), nil
	}
	if f.opening[r.num] {
		return nil, damaged("object %d is needed to read itself", r.num)
	}
	f.opening[r.num] = true
	defer delete(f.opening, r.num)
	var v any
	var err error
	if p.in > 0 {
		v, err = f.compressed(r.num, p)
	} else {
		var is ref
		if v, is, err = f.indirect(p.at); err == nil && is != r {
			err = damaged("where object %d should be is object %d", r.num, is.num)
		}
	}
	if next, chained := v.(ref); err == nil && chained {
		return f.value(next)
	}
	return v, err
}

// compressed returns an object that lies in an object stream.
func (f *file) compressed(num int, p place) (any, error) {
	h, read := f.holders[p.in]
	if !read {
		if where := f.places[p.in]; where.in > 0 || where.nobody {
			return nil, damaged("object stream %d lies in another", p.in)
		}
		o, err := f.value(ref{p.in, 0})
		if err != nil {
			return nil, err
		}
		s, ok := o.(stream)
		if !ok || s.dict["Type"] != name("ObjStm") {
			return nil, damaged("object %d is no object stream", p.in)
		}
		if h, err = f.holder(s); err != nil {
			return nil, err
		}
		f.holders[p.in] = h
	}
	if p.at >= len(h.index) || h.index[p.at][0] != num {
		return nil, damaged("object %d is not in object stream %d", num, p.in)
	}
	at := h.index[p.at][1]
	l := &lexer{b: h.data, pos: at}
	o, err := l.object(0)
	if err != nil {
		return nil, err
	}
	return o, f.spend(l.pos - at)
}

// holder reads the index of an object stream.
func (f *file) holder(s stream) (h holder, err error) {
	count, ok := intOf(s.dict["N"])
	first, ok2 := intOf(s.dict["First"])
	if !ok || !ok2 || count > maxItems {
		return h, damaged("an object stream has no number of objects")
	}
	if h.data, err = f.decode(s); err != nil {
		return h, err
	}
	l := &lexer{b: h.data}
	for range count {
		num, ok := l.integer()
		at, ok2 := l.integer()
		if !ok || !ok2 || first+at > len(h.data) {
			return h, damaged("an object stream has a bad index")
		}
		h.index = append(h.index, [2]int{num, first + at})
	}
	return h, nil
}

// spend takes bytes that were read from what may be read. The same ones count again: a file
// may name one object many times.
func (f *file) spend(n int) error {
	if f.left -= n; f.left < 0 {
		return unreadable("more than %d bytes of objects and streams would have to be read", maxRead)
	}
	return nil
}

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
