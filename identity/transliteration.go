package identity

import (
	_ "embed"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

//go:embed data/icao_transliteration.tsv
var icaoTSV string

//go:embed data/letters.tsv
var lettersTSV string

// icaoTable is the table of ICAO Doc 9303-3 section 6.A: the spellings of each
// capital letter in a machine readable zone, the preferred one first.
var icaoTable = sync.OnceValue(func() map[rune][]string {
	table := make(map[rune][]string, 95)
	readLetters(icaoTSV, table)
	return table
})

// letterTable is icaoTable with the letters and the national spellings that it
// lacks.
var letterTable = sync.OnceValue(func() map[rune][]string {
	table := make(map[rune][]string, 384)
	readLetters(icaoTSV, table)
	readLetters(lettersTSV, table)
	return table
})

// readLetters reads rows of code point, letter and spellings; a spelling of - is
// the empty one. Other lines are comments and heads of columns.
func readLetters(tsv string, into map[rune][]string) {
	for line := range strings.Lines(tsv) {
		cells := strings.Split(strings.TrimSpace(line), "\t")
		code, err := strconv.ParseUint(cells[0], 16, 32)
		if err != nil || len(cells) < 3 {
			continue
		}
		var ways []string
		for way := range strings.FieldsSeq(cells[2]) {
			ways = append(ways, strings.Trim(way, "-"))
		}
		into[rune(code)] = ways
	}
}

// shadda doubles the Arabic letter that it stands on.
const shadda = '\u0651'

// spellingsOf returns the spellings of one letter with its marks, the preferred
// one first. Nil when no table spells the letter.
//
// A letter that is not in a table is spelt as the longest part of it that is: Ǿ as
// Ø, ấ as Â, ș as S.
func spellingsOf(letter string) []string {
	parts := []rune(norm.NFD.String(letter))
	for n := len(parts); n > 0; n-- {
		composed := []rune(norm.NFC.String(string(parts[:n])))
		if len(composed) != 1 {
			continue
		}
		ways := spellingsOfRune(composed[0])
		if ways == nil {
			continue
		}
		if slices.Contains(parts[n:], shadda) {
			return doubled(ways)
		}
		return ways
	}
	return nil
}

func spellingsOfRune(r rune) []string {
	if r == 'ß' { // Its capital is one letter in the table, two in Unicode's mapping.
		r = 'ẞ'
	}
	table := letterTable()
	if ways := table[r]; ways != nil {
		return ways
	}
	up := unicode.ToUpper(r)
	if up >= 'A' && up <= 'Z' {
		return []string{string(up)}
	}
	return table[up]
}

func doubled(ways []string) []string {
	out := make([]string, len(ways))
	for i, way := range ways {
		out[i] = way + way
	}
	return out
}

// greekPairs are the pairs of Greek letters with a spelling of their own
// (ELOT 743). Marks on the first letter part a pair: callers pass the first letter
// as it stands and the second without its accent.
var greekPairs = map[[2]rune][]string{
	{'Ο', 'Υ'}: {"OU"},
	{'Α', 'Υ'}: {"AV", "AF"},
	{'Ε', 'Υ'}: {"EV", "EF"},
	{'Η', 'Υ'}: {"IV", "IF"},
	{'Γ', 'Γ'}: {"NG"},
	{'Γ', 'Ξ'}: {"NX"},
	{'Γ', 'Χ'}: {"NCH"},
	{'Μ', 'Π'}: {"B"},
}

// pairSpellings returns the spellings of two letters together; nil when each is
// spelt alone.
func pairSpellings(first, second string) []string {
	a, b := []rune(first), []rune(second)
	if len(a) != 1 || len(b) != 1 {
		return nil
	}
	second1 := unicode.ToUpper(b[0])
	if second1 == 'Ύ' {
		second1 = 'Υ'
	}
	return greekPairs[[2]rune{unicode.ToUpper(a[0]), second1}]
}
