package identity

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Limits of a name, in characters as people count them: a letter with its marks is
// one.
const (
	// MaxName is the longest surname, and the longest row of given names, that a form
	// takes. The longest that passports print are under 90.
	MaxName = 128
	// MaxCommonName is the longest common name of a certificate (X.520,
	// ub-common-name).
	MaxCommonName = 64
	// commonNameMark is what an issuer may add to a common name, as « TEST ».
	commonNameMark = 5

	maxSigns      = 256 // of any text that is compared with a name
	maxComponents = 64
)

// NameProblem says why a name cannot be used.
type NameProblem string

// The problems of a name.
const (
	NameEmpty        NameProblem = "empty"
	NameTooLong      NameProblem = "too-long"
	NameDigits       NameProblem = "digits"
	NameControl      NameProblem = "control"       // invisible or direction marks
	NameSymbol       NameProblem = "symbol"        // not a letter, hyphen, apostrophe, slash or space
	NameMixedScripts NameProblem = "mixed-scripts" // letters of two alphabets
	NameNotLatin     NameProblem = "not-latin"     // a letter without a spelling in Latin letters: a person decides
)

// NameError says what in a name cannot be used.
type NameError struct {
	Problem NameProblem
	// Field is the name that NameFaults refuses; empty of CheckName.
	Field FieldName
	// Character that is in the way, and At, its place in the text as given, in
	// characters from 1. Empty and 0 where it is no single one.
	Character string
	At        int
}

// Error names problem, character and place: « name: symbol: '=' U+003D at 7 ».
func (e *NameError) Error() string {
	field := "name"
	if e.Field != "" {
		field = string(e.Field)
	}
	if e.Character == "" {
		return field + ": " + string(e.Problem)
	}
	r, _ := utf8.DecodeRuneInString(e.Character)
	return fmt.Sprintf("%s: %s: %+q %U at %d", field, e.Problem, e.Character, r, e.At)
}

// CheckName tells whether a text may be a surname or given names: for what people
// declare, what reviewers and registrars write, what sites send, and what stands in
// certificates. There are letters of the Latin alphabet with their marks, spaces,
// hyphens, apostrophes, commas, slashes and dots, no more than MaxName. The error is
// a *NameError: who shows it makes a sentence of its codes.
func CheckName(name string) error {
	signs, err := signsOf(name)
	if err != nil {
		return orMixed(err, name)
	}
	if len(signs) > MaxName {
		return &NameError{Problem: NameTooLong}
	}
	if err := oneScript(name); err != nil {
		return err
	}
	for _, s := range signs {
		r, _ := utf8.DecodeRuneInString(s.text)
		switch {
		case r == '<': // The zone's filler is no letter of anybody's name.
			return &NameError{Problem: NameSymbol, Character: s.text, At: s.at}
		case s.kind == signLetter && scriptOf(r) != latin:
			return &NameError{Problem: NameNotLatin, Character: s.text, At: s.at}
		}
	}
	_, err = trimmed(signs)
	return err
}

// NameFaults checks a person's two names with CheckName, and that both fit into the
// common name of a certificate. One of them may be empty: some people have one name. It
// returns what is wrong with each, the surname's first: at most one of each, with its Field.
func NameFaults(surname, givenNames string) []*NameError {
	var faults []*NameError
	for _, n := range []struct {
		field FieldName
		text  string
	}{{FieldSurname, surname}, {FieldGivenNames, givenNames}} {
		if n.text == "" && (surname+givenNames != "" || len(faults) > 0) {
			continue
		}
		if bad, ok := errors.AsType[*NameError](CheckName(n.text)); ok {
			bad.Field = n.field
			faults = append(faults, bad)
		}
	}
	if len(faults) > 0 {
		return faults
	}
	name := CommonName(surname, givenNames, commonNameMark)
	if utf8.RuneCountInString(name)+commonNameMark > MaxCommonName {
		field := FieldSurname
		if utf8.RuneCountInString(surname) < utf8.RuneCountInString(name)/2 {
			field = FieldGivenNames
		}
		return []*NameError{{Problem: NameTooLong, Field: field}}
	}
	return nil
}

// CommonName writes given names and surname for a certificate: all given names where
// they fit into MaxCommonName with room characters to spare, else the first alone.
// Names without NameFaults fit with room for the mark of an issuer, 5.
func CommonName(surname, givenNames string, room int) string {
	surname, given := norm.NFC.String(surname), strings.FieldsFunc(norm.NFC.String(givenNames), unicode.IsSpace)
	whole := strings.Join(append(given, surname), " ")
	if utf8.RuneCountInString(whole)+room <= MaxCommonName || len(given) < 2 {
		return strings.TrimSpace(whole)
	}
	return strings.TrimSpace(strings.TrimRight(given[0], ",") + " " + surname)
}

// ContainsName tells whether the components of name stand in a text next to each
// other and whole, in any spelling that a machine readable zone may have of either:
// Weiß is in WEISS LOUISE, and not in WEIS LOUISE. Nothing is contained in a text
// that CheckName refuses. An empty name is contained in any other.
func ContainsName(text, name string) bool {
	if CheckName(text) != nil {
		return false
	}
	if strings.TrimSpace(name) == "" {
		return true
	}
	want, err := spellings(name)
	if err != nil {
		return false
	}
	signs, err := trimmedSigns(text)
	if err != nil {
		return false
	}
	for i := range signs {
		if i > 0 && signs[i-1].kind == signLetter {
			continue
		}
		if firstOf.holds(want, latticeOf(signs[i:], []string{"", "<"})) {
			return true
		}
	}
	return false
}

// Fold returns one spelling that two names share when they differ in case,
// accents, hyphens and apostrophes alone: base letters A to Z and the filler <
// between components. Folding what is folded changes nothing. Letters without a
// base of one letter have the table's spelling (Œ is OE). The error is a
// *NameError.
func Fold(name string) (string, error) {
	signs, err := signsOf(strings.TrimSpace(name))
	if err != nil {
		return "", err
	}
	if signs, err = trimmed(signs); err != nil {
		return "", err
	}
	var out strings.Builder
	for _, s := range signs {
		out.WriteString(shortest(waysOf(s, []string{""})))
	}
	components := componentsOf(out.String())
	if len(components) == 0 {
		return "", &NameError{Problem: NameEmpty}
	}
	return strings.Join(components, "<"), nil
}

func shortest(ways []string) string {
	best := ways[0]
	for _, way := range ways {
		if len(way) < len(best) {
			best = way
		}
	}
	return best
}

// spellings are the spellings of a name as documents have it or as it was declared.
// The error is a *NameError.
func spellings(name string) (lattice, error) {
	signs, err := trimmedSigns(name)
	if err != nil {
		return nil, err
	}
	return latticeOf(signs, []string{"", "<"}), nil
}

func trimmedSigns(name string) ([]sign, error) {
	signs, err := signsOf(strings.TrimSpace(name))
	if err != nil {
		return nil, err
	}
	return trimmed(signs)
}

// componentsOf cuts a spelling at its fillers.
func componentsOf(spelling string) []string {
	return strings.FieldsFunc(spelling, func(r rune) bool { return r == '<' })
}

const latin = "Latin"

// oneScript refuses letters of two alphabets in one name. Apostrophes that Unicode
// calls letters belong to none.
func oneScript(name string) error {
	script, at := "", 0
	for _, r := range name {
		at++
		if kindOf(r) != signLetter {
			continue
		}
		s := scriptOf(r)
		if script != "" && s != script {
			return &NameError{Problem: NameMixedScripts, Character: string(r), At: at}
		}
		script = s
	}
	return nil
}

// orMixed prefers to say of a letter without a spelling that it is of another
// alphabet than the others.
func orMixed(err error, name string) error {
	if bad, ok := errors.AsType[*NameError](err); ok && bad.Problem == NameNotLatin {
		if mixed := oneScript(name); mixed != nil {
			return mixed
		}
	}
	return err
}

// scriptOf names the alphabet of a letter.
func scriptOf(r rune) string {
	for _, name := range []string{latin, "Cyrillic", "Greek", "Arabic", "Hebrew", "Han"} {
		if unicode.Is(unicode.Scripts[name], r) {
			return name
		}
	}
	for name, table := range unicode.Scripts {
		if unicode.Is(table, r) {
			return name
		}
	}
	return "unknown"
}
