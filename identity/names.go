package identity

import (
	"slices"
	"strings"
)

// MatchClass says how a declared name relates to a document's. Only exact,
// subset-first and, when the printed zone agrees, truncated go on by themselves.
type MatchClass string

// The classes, best first.
const (
	// Exact: surname and all given names are equal.
	Exact MatchClass = "exact"
	// SubsetFirst: the declared given names are some of the document's, in their
	// order, the first one among them.
	SubsetFirst MatchClass = "subset-first"
	// Truncated: equal up to where a full field of the zone is cut.
	Truncated MatchClass = "truncated"
	// UsageName: the declared surname is the document's usage name only.
	UsageName MatchClass = "usage-name"
	// SubsetOther: a given name other than the first, or another order.
	SubsetOther MatchClass = "subset-other"
	// Near: one or two letters differ. A hint to the reviewer, never accepted.
	Near MatchClass = "near"
	// NoMatch is everything else.
	NoMatch MatchClass = "no"
)

var classOrder = []MatchClass{Exact, SubsetFirst, Truncated, UsageName, SubsetOther, Near, NoMatch}

// worse returns the later of two classes in the order above.
func worse(a, b MatchClass) MatchClass {
	if slices.Index(classOrder, a) >= slices.Index(classOrder, b) {
		return a
	}
	return b
}

// NameField is a name as a document has it.
type NameField struct {
	// Text in any spelling: of the zone (LEFEVRE<DUBOIS or LEFEVRE DUBOIS) or printed.
	Text string
	// Full: the zone's field has a letter in its last place, so that the names in it
	// may be cut or shortened (Doc 9303-3 §4.6).
	Full bool
	// Last: this name is the one in the field's last places. If it is full too, the
	// name may go on even where it happens to fit exactly.
	Last bool
}

// MatchSurname compares a declared surname with one of a document by the sets of
// their spellings: exact, truncated or no. The error is a *NameError of the
// declared name; a document's name that cannot be spelt matches nothing.
func MatchSurname(declared string, document NameField) (MatchClass, error) {
	return matchSets(declared, document, func(d, doc []string) MatchClass {
		switch {
		case slices.Equal(d, doc):
			return Exact
		case document.Full && cutFrom(d, doc):
			return Truncated
		}
		return NoMatch
	})
}

// MatchGivenNames compares declared given names with those of a document: exact,
// subset-first, truncated, subset-other or no. Declared names are parted by
// spaces, commas or hyphens. Errors as MatchSurname's.
func MatchGivenNames(declared string, document NameField) (MatchClass, error) {
	return matchSets(declared, document, func(d, doc []string) MatchClass {
		switch {
		case slices.Equal(d, doc):
			return Exact
		case d[0] == doc[0] && inOrder(d, doc):
			return SubsetFirst
		case document.Full && cutFrom(d, doc):
			return Truncated
		case contained(d, doc):
			return SubsetOther
		}
		return NoMatch
	})
}

// matchSets returns the best class over all pairs of spellings.
func matchSets(declared string, document NameField, class func(declared, document []string) MatchClass) (MatchClass, error) {
	if err := CheckDeclared(declared); err != nil {
		return NoMatch, err
	}
	ours, err := Spellings(declared)
	if err != nil {
		return NoMatch, err
	}
	theirs, err := Spellings(document.Text)
	if err != nil {
		return NoMatch, nil //nolint:nilerr // what the document says is no fault of the declared name
	}
	parted := make([][]string, len(theirs))
	for i, s := range theirs {
		parted[i] = componentsOf(s)
	}
	best := NoMatch
	for _, s := range ours {
		d := componentsOf(s)
		for _, doc := range parted {
			if c := class(d, doc); worse(c, best) == best {
				best = c
			}
		}
	}
	return best, nil
}

// cutFrom tells whether the document's components are the declared ones up to a
// cut: the last may be the beginning of a word, and whole words may be missing.
func cutFrom(declared, document []string) bool {
	last := len(document) - 1
	return last < len(declared) &&
		slices.Equal(declared[:last], document[:last]) &&
		strings.HasPrefix(declared[last], document[last])
}

// inOrder tells whether all of some stand in all, in their order.
func inOrder(some, all []string) bool {
	at := 0
	for _, s := range all {
		if at < len(some) && some[at] == s {
			at++
		}
	}
	return at == len(some)
}

// contained tells whether all of some stand in all, in any order.
func contained(some, all []string) bool {
	left := slices.Clone(all)
	for _, s := range some {
		i := slices.Index(left, s)
		if i < 0 {
			return false
		}
		left = slices.Delete(left, i, i+1)
	}
	return true
}

// near tells whether one or two letters make the difference between the declared
// name and the document's, or between it and the document's first components; the
// borders of words do not count. Spellings of one letter that the sets do not
// share are near too (Mueller, MULLER).
func near(declared string, document NameField, given bool) bool {
	ours, err := Fold(declared)
	if err != nil {
		return false
	}
	theirs, err := Fold(document.Text)
	if err != nil {
		return false
	}
	d, doc := componentsOf(ours), componentsOf(theirs)
	shortest := len(doc)
	if given {
		shortest = 1
	}
	for n := shortest; n <= len(doc); n++ {
		a, b := strings.Join(d, ""), strings.Join(doc[:n], "")
		// Of a name of two letters something must remain the same.
		if distance := editDistance(a, b); distance <= 2 && distance < min(len(a), len(b)) {
			return true
		}
	}
	return false
}

// editDistance is the number of letters to change, add or take away.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
