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

// MatchSurname compares a declared surname with one of a document: exact, truncated
// or no. Every spelling of each letter counts, in any combination. The error is a
// *NameError of the declared name; a document's name that cannot be spelt matches
// nothing.
func MatchSurname(declared string, document NameField) (MatchClass, error) {
	ours, theirs, err := bothSpellings(declared, document)
	switch {
	case err != nil || theirs == nil:
		return NoMatch, err
	case equalNames.holds(ours, theirs):
		return Exact, nil
	case document.Full && beginsWith.holds(theirs, ours):
		return Truncated, nil
	}
	return NoMatch, nil
}

// MatchGivenNames compares declared given names with those of a document: exact,
// subset-first, truncated, subset-other or no. Declared names are parted by
// spaces, commas or hyphens. Errors as MatchSurname's.
func MatchGivenNames(declared string, document NameField) (MatchClass, error) {
	ours, theirs, err := bothSpellings(declared, document)
	switch {
	case err != nil || theirs == nil:
		return NoMatch, err
	case equalNames.holds(ours, theirs):
		return Exact, nil
	case someInOrder.holds(ours, theirs):
		return SubsetFirst, nil
	case document.Full && beginsWith.holds(theirs, ours):
		return Truncated, nil
	case contained(declared, document.Text):
		return SubsetOther, nil
	}
	return NoMatch, nil
}

// bothSpellings spells a declared name, which is checked, and a document's, which is
// nil when it cannot be spelt.
func bothSpellings(declared string, document NameField) (ours, theirs lattice, err error) {
	if err := CheckName(declared); err != nil {
		return nil, nil, err
	}
	if ours, err = spellings(declared); err != nil {
		return nil, nil, err
	}
	if theirs, err = spellings(document.Text); err != nil {
		return ours, nil, nil //nolint:nilerr // What the document says is no fault of the declared name.
	}
	return ours, theirs, nil
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
