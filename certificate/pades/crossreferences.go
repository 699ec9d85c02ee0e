package pades

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
