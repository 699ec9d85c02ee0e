package pades

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

// holder is an object stream.
type holder struct {
	data  []byte
	index [][2]int // number of each object, and where it begins
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
