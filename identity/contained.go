package identity

import "slices"

// contained tells whether each component of the declared name is another one of the
// document's, in any order. An apostrophe joins in all of a name or parts in all.
func contained(declared, document string) bool {
	ours, err := trimmedSigns(declared)
	if err != nil {
		return false
	}
	theirs, err := trimmedSigns(document)
	if err != nil {
		return false
	}
	for _, a := range bothWays(ours) {
		for _, b := range bothWays(theirs) {
			if len(a) <= len(b) && eachHasItsOwn(a, b) {
				return true
			}
		}
	}
	return false
}

// bothWays returns the components of a name with its apostrophes dropped, and parted
// at them where there are any.
func bothWays(signs []sign) [][]lattice {
	joined := slices.DeleteFunc(slices.Clone(signs), func(s sign) bool { return s.kind == signApostrophe })
	ways := [][]lattice{components(joined)}
	if len(joined) < len(signs) {
		ways = append(ways, components(signs))
	}
	return ways
}

// components spells what stands between separators and apostrophes.
func components(signs []sign) []lattice {
	var out []lattice
	for len(signs) > 0 {
		n := slices.IndexFunc(signs, func(s sign) bool { return s.kind != signLetter })
		if n < 0 {
			n = len(signs)
		}
		if n > 0 {
			out = append(out, latticeOf(signs[:n], nil))
		}
		signs = signs[min(n+1, len(signs)):]
	}
	return out
}

// eachHasItsOwn finds for each of some an equal one of all that no other has: a
// matching by augmenting paths, because what equals two may have to give way.
func eachHasItsOwn(some, all []lattice) bool {
	holder := make([]int, len(all)) // 1 + the index in some; 0 is free
	equal := make([][]bool, len(some))
	for i, a := range some {
		equal[i] = make([]bool, len(all))
		for k, b := range all {
			equal[i][k] = equalNames.holds(a, b)
		}
	}
	var place func(i int, tried []bool) bool
	place = func(i int, tried []bool) bool {
		for k := range all {
			if !equal[i][k] || tried[k] {
				continue
			}
			tried[k] = true
			if holder[k] == 0 || place(holder[k]-1, tried) {
				holder[k] = i + 1
				return true
			}
		}
		return false
	}
	for i := range some {
		if !place(i, make([]bool, len(all))) {
			return false
		}
	}
	return true
}
