package identity

import (
	_ "embed"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

//go:embed data/icao_transliteration.tsv
var transliterationTSV string

// transliteration is the table of ICAO Doc 9303-3 section 6.A: each capital
// letter's spellings in a machine readable zone, the preferred one first.
var transliteration = sync.OnceValue(func() map[rune][]string {
	table := make(map[rune][]string, 95)
	for line := range strings.Lines(transliterationTSV) {
		cells := strings.Split(strings.TrimSpace(line), "\t")
		code, err := strconv.ParseUint(cells[0], 16, 32)
		if err != nil || len(cells) != 3 { // the source and the heads of the columns
			continue
		}
		table[rune(code)] = strings.Fields(cells[2])
	}
	return table
})

// Limits of a name: more is an attack or a mistake, never a name.
const (
	maxNameRunes  = 256
	maxComponents = 64
	maxSpellings  = 256
)

// NameProblem says why a name cannot be used.
type NameProblem string

// The problems of a name.
const (
	NameEmpty        NameProblem = "empty"
	NameTooLong      NameProblem = "too-long"
	NameDigits       NameProblem = "digits"
	NameControl      NameProblem = "control"       // invisible or direction marks
	NameSymbol       NameProblem = "symbol"        // not a letter, hyphen, apostrophe or space
	NameMixedScripts NameProblem = "mixed-scripts" // letters of two alphabets
	NameNotLatin     NameProblem = "not-latin"     // no Latin base letter: a person decides
	NameTooMany      NameProblem = "too-many-spellings"
)

// NameError says what in a name cannot be used.
type NameError struct {
	Problem   NameProblem
	Character string // the first one that is in the way, where it is one
}

func (e *NameError) Error() string {
	if e.Character == "" {
		return "name: " + string(e.Problem)
	}
	return fmt.Sprintf("name: %s: %q", e.Problem, e.Character)
}

// Spellings returns every spelling that a machine readable zone may have of a
// name, A to Z with the filler < between components, the preferred one first.
// Hyphens, spaces and commas part components; an apostrophe is dropped, or parts
// them, which some issuers do. The error is a *NameError.
func Spellings(name string) ([]string, error) {
	return spell(name, func(all []string) []string { return all }, []string{"", "<"})
}

// Fold returns one spelling that two names share when they differ in case,
// accents, hyphens and apostrophes alone: base letters A to Z and the filler <
// between components. Folding what is folded changes nothing. Letters without a
// base of one letter have the table's spelling (Œ is OE). The error is a
// *NameError.
func Fold(name string) (string, error) {
	base := func(all []string) []string {
		shortest := all[0]
		for _, s := range all {
			if len(s) < len(shortest) {
				shortest = s
			}
		}
		return []string{shortest}
	}
	folded, err := spell(name, base, []string{""})
	if err != nil {
		return "", err
	}
	return folded[0], nil
}

// spell writes a name in all ways that choose and apostrophe leave.
func spell(name string, choose func([]string) []string, apostrophe []string) ([]string, error) {
	runes := []rune(norm.NFC.String(strings.TrimSpace(name)))
	if len(runes) > maxNameRunes {
		return nil, &NameError{Problem: NameTooLong}
	}
	written := []string{""}
	afterLetter := false
	for _, r := range runes {
		var ways []string
		switch kind := kindOf(r); kind {
		case runeSeparator:
			ways = []string{"<"}
		case runeApostrophe:
			ways = apostrophe
		case runeDropped:
			continue
		case runeMark:
			if !afterLetter { // a mark with nothing to stand on
				return nil, &NameError{NameSymbol, string(r)}
			}
			continue
		case runeLetter:
			all := spellingsOf(r)
			if all == nil {
				return nil, &NameError{NameNotLatin, string(r)}
			}
			ways = choose(all)
		default:
			return nil, &NameError{kind.problem(), string(r)}
		}
		afterLetter = kindOf(r) == runeLetter
		if written = product(written, ways); len(written) > maxSpellings {
			return nil, &NameError{Problem: NameTooMany}
		}
	}
	return tidied(written)
}

func product(heads, tails []string) []string {
	out := make([]string, 0, len(heads)*len(tails))
	for _, tail := range tails { // the preferred spelling of all letters stays first
		for _, head := range heads {
			out = append(out, head+tail)
		}
	}
	return out
}

// tidied leaves one filler between components and no spelling twice.
func tidied(written []string) ([]string, error) {
	seen := make(map[string]bool, len(written))
	out := written[:0]
	for _, s := range written {
		components := componentsOf(s)
		if len(components) == 0 {
			return nil, &NameError{Problem: NameEmpty}
		}
		if len(components) > maxComponents {
			return nil, &NameError{Problem: NameTooLong}
		}
		if s = strings.Join(components, "<"); !seen[s] {
			seen[s] = true
			out = append(out, s)
		}
	}
	return out, nil
}

// componentsOf cuts a spelling at its fillers.
func componentsOf(spelling string) []string {
	return strings.FieldsFunc(spelling, func(r rune) bool { return r == '<' })
}

// spellingsOf returns the spellings of one letter; nil when it has no Latin base.
func spellingsOf(r rune) []string {
	if r == 'ß' { // its capital is one letter in the table, not in Unicode's mapping
		r = 'ẞ'
	}
	up := unicode.ToUpper(r)
	if up >= 'A' && up <= 'Z' {
		return []string{string(up)}
	}
	if all := transliteration()[up]; all != nil {
		return all
	}
	// Not in the table (Ș, Ế, Ơ): the base letter, where marks alone are added.
	parts := []rune(norm.NFD.String(string(up)))
	for _, mark := range parts[1:] {
		if !unicode.Is(unicode.Mn, mark) {
			return nil
		}
	}
	if base := unicode.ToUpper(parts[0]); len(parts) > 1 && base >= 'A' && base <= 'Z' {
		return []string{string(base)}
	}
	return nil
}

type runeKind int

const (
	runeOther runeKind = iota
	runeLetter
	runeMark
	runeSeparator
	runeApostrophe
	runeDropped
	runeDigit
	runeControl
)

func (k runeKind) problem() NameProblem {
	switch k {
	case runeDigit:
		return NameDigits
	case runeControl:
		return NameControl
	}
	return NameSymbol
}

func kindOf(r rune) runeKind {
	switch {
	case strings.ContainsRune("'’‘ʼʹ′´`", r):
		return runeApostrophe
	case r == '<' || r == ',' || unicode.Is(unicode.Pd, r) || unicode.Is(unicode.Zs, r):
		return runeSeparator
	case r == '.' || r == '·': // « St. », « Gal·la »: the zone leaves them out
		return runeDropped
	case r == unicode.ReplacementChar || unicode.Is(unicode.C, r) || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r):
		return runeControl
	case unicode.IsLetter(r):
		return runeLetter
	case unicode.Is(unicode.M, r):
		return runeMark
	case unicode.Is(unicode.N, r):
		return runeDigit
	}
	return runeOther
}
