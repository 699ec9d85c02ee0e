package identity

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// usageMarks are the words between a birth name and a name of use, in letters
// without marks, capitals, dots and signs; the words of one mark are parted by
// spaces. birthAfter: the birth name stands behind the mark, else before it.
var usageMarks = []struct {
	words      string
	birthAfter bool
}{
	// French, the longer ones first.
	{"NOM D USAGE", false}, {"NOM DUSAGE", false}, {"NOM D EPOUSE", false}, {"NOM DEPOUSE", false}, {"NOM D EPOUX", false}, {"NOM DEPOUX", false},
	{"EPOUSE", false}, {"EPOUX", false}, {"EPSE", false}, {"EP", false}, {"VEUVE", false}, {"VEUF", false}, {"VVE", false}, {"VF", false},
	{"USAGE", false}, {"DIVORCEE", false}, {"DIVORCE", false}, {"DIV", false}, {"NEE", true}, {"NÉ", true}, {"NE E", true},
	// German.
	{"GEBORENE", true}, {"GEBORENER", true}, {"GEB", true}, {"VERH", false}, {"VERW", false},
	// Dutch.
	{"ECHTGENOTE VAN", false}, {"ECHTGENOOT VAN", false}, {"ECHTG VAN", false}, {"E V", false}, {"EV", false},
	{"WEDUWE VAN", false}, {"WEDUWNAAR VAN", false}, {"WED VAN", false}, {"W V", false}, {"GEBOREN", true},
	// Italian, Spanish, Portuguese.
	{"CONIUGATA", false}, {"VEDOVA", false}, {"VED", false}, {"NATA", true}, {"VIUDA DE", false}, {"VDA DE", false}, {"VIUVA DE", false},
	// Scandinavian, Polish.
	{"FODT", true}, {"FODD", true}, {"Z DOMU", true}, {"Z D", true},
}

// usageWord is a word of a printed name.
type usageWord struct {
	text  string // as printed
	parts []string
	small bool // it begins with a small letter
	mark  bool // it has a sign of an abbreviation: a dot, a colon, a slash or a bracket
}

// SplitUsage parts what documents print of surnames in one line, in capitals or
// not: « DUPONT ép. MARTIN », « DURAND EPOUSE PETIT », « PETIT NÉE DURAND »,
// « MÜLLER geb. SCHMIDT », « DE VRIES e/v JANSEN ». Usage is empty when there is
// none; « épouse : MARTIN » alone is a name of use without a birth name. A mark in
// capitals without a sign behind it counts between two names only: VEUVE MARTIN may
// be a name.
func SplitUsage(printed string) (birth, usage string) {
	words := usageWords(printed)
	for i := range words {
		n, birthAfter := usageMarkAt(words[i:])
		if n == 0 {
			continue
		}
		before, after := joinUsage(words[:i]), joinUsage(words[i+n:])
		sure := words[i].small || slices.ContainsFunc(words[i:i+n], func(w usageWord) bool { return w.mark })
		switch {
		case after == "", !sure && (before == "" || isShort(words[i:i+n])):
			continue
		case birthAfter:
			return after, before
		}
		return before, after
	}
	return strings.Join(strings.Fields(norm.NFC.String(printed)), " "), ""
}

// usageWords cuts a printed name into words; a dot or a bracket within a word ends
// it too (« ép.PETIT », « DURAND(ép. PETIT) »).
func usageWords(printed string) []usageWord {
	text := norm.NFC.String(printed)
	text = strings.NewReplacer("(e)", "e", "(E)", "E", "(", " (", ")", ") ", ":", ": ").Replace(text)
	var out []usageWord
	for w := range strings.FieldsSeq(text) {
		if head, tail, ok := strings.Cut(w, "."); ok && tail != "" && len([]rune(head)) > 1 {
			if n, _ := usageMarkAt([]usageWord{newUsageWord(head)}); n > 0 {
				out = append(out, newUsageWord(head+"."), newUsageWord(tail))
				continue
			}
		}
		out = append(out, newUsageWord(w))
	}
	return out
}

func newUsageWord(text string) usageWord {
	w := usageWord{text: text, mark: strings.ContainsAny(text, ".:/()")}
	runes := []rune(strings.TrimLeft(text, "(-–,"))
	w.small = len(runes) > 0 && unicode.IsLower(runes[0])
	for part := range strings.FieldsFuncSeq(strings.ToUpper(text), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.Is(unicode.Mn, r)
	}) {
		if part != "NÉ" { // NE without its accent is a name
			part = withoutMarks(part)
		}
		w.parts = append(w.parts, part)
	}
	return w
}

// withoutMarks takes the marks off the letters: É is E, Ø is O.
func withoutMarks(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Mn, r):
			return -1
		case r == 'Ø':
			return 'O'
		}
		return r
	}, norm.NFD.String(s))
}

// usageMarkAt returns how many words a mark at the beginning has; 0 without one.
func usageMarkAt(words []usageWord) (n int, birthAfter bool) {
	for _, m := range usageMarks {
		want := strings.Fields(m.words)
		have := 0
		for k, w := range words {
			if have == len(want) {
				break
			}
			if len(w.parts) > len(want)-have || !slices.Equal(w.parts, want[have:have+len(w.parts)]) {
				have = -1
				break
			}
			have += len(w.parts)
			n = k + 1
		}
		if have == len(want) {
			return n, m.birthAfter
		}
	}
	return 0, false
}

// isShort tells the marks that may be initials or names where they stand in
// capitals without a sign: « W V ».
func isShort(mark []usageWord) bool {
	var letters []string
	for _, w := range mark {
		letters = append(letters, w.parts...)
	}
	return slices.Contains([]string{"VF", "EV", "E V", "W V", "Z D", "VED", "NATA", "VERH", "VERW"},
		strings.Join(letters, " "))
}

// joinUsage writes a name without the signs that stood around the mark.
func joinUsage(words []usageWord) string {
	texts := make([]string, len(words))
	for i, w := range words {
		texts[i] = w.text
	}
	return strings.Trim(strings.Join(texts, " "), " (),:-–/.")
}
