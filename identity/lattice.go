package identity

import "slices"

// lattice holds every spelling of a name, letter by letter: a graph without
// circles whose paths from node 0 to a last node are the spellings, A to Z and the
// filler < between components. It has one node a letter of a spelling, however many
// spellings there are.
type lattice []latticeNode

type latticeNode struct {
	next []latticeStep
	last bool // a spelling may end here
}

type latticeStep struct {
	letter byte
	to     int
}

// latticeOf makes the lattice of trimmed signs. apostrophe has the spellings of an
// apostrophe.
func latticeOf(signs []sign, apostrophe []string) lattice {
	l := make(lattice, len(signs)+1, 3*len(signs)+1)
	l[len(signs)].last = true
	// From the end, because a spelling without a letter copies the node behind it.
	for i, s := range slices.Backward(signs) {
		if i+1 < len(signs) && s.kind == signLetter && signs[i+1].kind == signLetter {
			for _, way := range pairSpellings(s.text, signs[i+1].text) {
				l = l.spell(i, i+2, way)
			}
		}
		for _, way := range waysOf(s, apostrophe) {
			l = l.spell(i, i+1, way)
		}
	}
	return l
}

func waysOf(s sign, apostrophe []string) []string {
	switch s.kind {
	case signLetter:
		return s.ways
	case signApostrophe:
		return apostrophe
	}
	return []string{"<"}
}

// spell adds a path with the letters of way. to has its own steps already.
func (l lattice) spell(from, to int, way string) lattice {
	if way == "" {
		l[from].next = append(l[from].next, l[to].next...)
		l[from].last = l[from].last || l[to].last
		return l
	}
	for k := range len(way) {
		next := to
		if k < len(way)-1 {
			l = append(l, latticeNode{})
			next = len(l) - 1
		}
		l[from].next = append(l[from].next, latticeStep{way[k], next})
		from = next
	}
	return l
}

// relation says how the components of a short name stand to those of a long one.
type relation struct {
	// skip: the long name may have components that the short one has not, but for the
	// first.
	skip bool
	// cut: a component of the short name may be the beginning of the long one's.
	cut bool
	// more: the long name may have more components behind the short one's end.
	more bool
	// open: the long name may go on anywhere behind the short one's end.
	open bool
}

// The relations of names.
var (
	equalNames   = relation{}
	beginsWith   = relation{open: true}                        // the short name is the long one, cut
	firstOf      = relation{more: true}                        // the first components of the long one
	someInOrder  = relation{skip: true, more: true}            // whole components of the long one
	shortenWords = relation{skip: true, cut: true, open: true} // Doc 9303-3 §4.6: words shortened and left out
)

// pair is a place in both names.
type pair struct {
	short, long int
	mode        int
}

// The modes of a pair.
const (
	inComponent = iota
	atComponent // at the beginning of one, not the first: the long name's may be skipped
	skipping    // within a component of the long name that the short one has not, or has cut
	modes
)

// holds tells whether a spelling of short and one of long stand in the relation. It
// visits each pair of places once: no more than the product of the two lengths,
// and near their sum for names that are alike.
func (r relation) holds(short, long lattice) bool {
	seen := make([]uint64, (len(short)*len(long)*modes+63)/64)
	todo := []pair{{}}
	visit := func(p pair) {
		at := (p.short*len(long)+p.long)*modes + p.mode
		if bit := uint64(1) << (at % 64); seen[at/64]&bit == 0 {
			seen[at/64] |= bit
			todo = append(todo, p)
		}
	}
	for len(todo) > 0 {
		p := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if r.ends(short[p.short], long[p.long], p.mode) {
			return true
		}
		r.steps(short, long, p, visit)
	}
	return false
}

// ends tells whether the relation holds with nothing left to compare.
func (r relation) ends(short, long latticeNode, mode int) bool {
	if !short.last || mode != inComponent {
		return false
	}
	if r.open || long.last {
		return true
	}
	for _, step := range long.next {
		if r.more && step.letter == '<' {
			return true
		}
	}
	return false
}

func (r relation) steps(short, long lattice, p pair, visit func(pair)) {
	if p.mode != skipping {
		for _, a := range short[p.short].next {
			for _, b := range long[p.long].next {
				if a.letter != b.letter {
					continue
				}
				mode := inComponent
				if a.letter == '<' {
					mode = atComponent
				}
				visit(pair{a.to, b.to, mode})
			}
			if r.cut && a.letter == '<' && p.mode == inComponent {
				visit(pair{a.to, p.long, skipping})
			}
		}
	}
	if !r.skip || p.mode == inComponent {
		return
	}
	for _, b := range long[p.long].next {
		switch {
		case b.letter == '<' && p.mode == skipping:
			visit(pair{p.short, b.to, atComponent})
		case b.letter != '<':
			visit(pair{p.short, b.to, skipping})
		}
	}
}
