package print

import (
	"strings"
	"unicode"

	"visavis/document"
	"visavis/identity"
)

// otherLabel marks labels whose values are not read: they bound the others.
const otherLabel = document.OtherLabel

// phrase is a label's text, letters only, without accents.
type phrase struct {
	letters string
	field   identity.FieldName
}

// labelPhrases are the labels of the table of documents. The longest that fits
// counts: NOMDUSAGE is not NOM.
func labelPhrases() []phrase {
	labels := document.Labels()
	out := make([]phrase, len(labels))
	for i, l := range labels {
		out[i] = phrase{l.Text, l.Field}
	}
	return out
}

// token is a run of letters or digits within a word.
type token struct {
	letters string // A to Z and 0 to 9, without accents
	rect
	word int // which word it is part of
}

// tokensOf cuts words where they have no letter or digit; the borders within a
// word are taken in proportion.
func tokensOf(words []word) []token {
	var out []token
	for i, w := range words {
		runes := []rune(w.text)
		at := func(n int) int { return w.left + (w.right-w.left)*n/max(1, len(runes)) }
		for from := 0; from < len(runes); {
			to := from
			for to < len(runes) && (unicode.IsLetter(runes[to]) || unicode.IsDigit(runes[to])) {
				to++
			}
			if letters := plain(string(runes[from:to])); letters != "" {
				out = append(out, token{letters, rect{at(from), w.top, at(to), w.bottom}, i})
			}
			from = max(to, from+1)
		}
	}
	return out
}

// plain leaves A to Z and digits, without accents.
func plain(s string) string {
	var out strings.Builder
	for _, r := range s {
		if unicode.IsDigit(r) {
			out.WriteRune(r)
		} else if folded, err := identity.Fold(string(r)); err == nil {
			out.WriteString(folded)
		}
	}
	return out.String()
}

// label is a label that was found.
type label struct {
	field identity.FieldName
	text  string // as recognised
	rect
	words []int // its words
}

// findLabels finds the labels among words, and joins the two languages of one.
func findLabels(words []word) []label {
	tokens, phrases := tokensOf(words), labelPhrases()
	var out []label
	for i := 0; i < len(tokens); {
		n, field := longestLabel(tokens[i:], phrases)
		if n == 0 {
			i++
			continue
		}
		found := labelOf(tokens[i:i+n], field, words)
		i += n
		if last := len(out) - 1; last >= 0 && out[last].joins(found) {
			out[last].extend(found)
			continue
		}
		out = append(out, found)
	}
	return out
}

// longestLabel returns how many tokens from the first one make a label; 0 when
// they do not.
func longestLabel(tokens []token, phrases []phrase) (n int, field identity.FieldName) {
	joined, best := "", 0
	for k := range min(len(tokens), 7) {
		if k > 0 && !follows(tokens[k-1], tokens[k]) {
			break
		}
		joined += tokens[k].letters
		for _, p := range phrases {
			if len(p.letters) > best && alike(joined, p.letters) {
				n, field, best = k+1, p.field, len(p.letters)
			}
		}
	}
	return n, field
}

// follows tells whether b stands after a in one line.
func follows(a, b token) bool {
	return a.inLineWith(b.rect) && b.left >= a.left && b.left-a.right < 2*max(a.height(), b.height())
}

// alike allows a wrong letter for every five, none in short labels: NOM is NOM.
func alike(have, want string) bool {
	if have == want {
		return true
	}
	allowed := len(want) / 5
	if have == "" || have[0] != want[0] { // a speck before a label is none of its letters
		return false
	}
	if d := len(have) - len(want); d > allowed || -d > allowed || allowed == 0 {
		return false
	}
	return distanceWithin(have, want, allowed)
}

// distanceWithin tells whether at most n letters differ, are missing or added.
func distanceWithin(a, b string, n int) bool {
	if n < 0 {
		return false
	}
	for a != "" && b != "" && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	if a == "" || b == "" {
		return len(a)+len(b) <= n
	}
	return distanceWithin(a[1:], b[1:], n-1) || distanceWithin(a[1:], b, n-1) || distanceWithin(a, b[1:], n-1)
}

func labelOf(tokens []token, field identity.FieldName, words []word) label {
	l := label{field: field, rect: tokens[0].rect}
	for _, t := range tokens {
		l.left, l.top = min(l.left, t.left), min(l.top, t.top)
		l.right, l.bottom = max(l.right, t.right), max(l.bottom, t.bottom)
		if last := len(l.words) - 1; last < 0 || l.words[last] != t.word {
			l.words = append(l.words, t.word)
			l.text = strings.TrimSpace(l.text + " " + words[t.word].text)
		}
	}
	return l
}

// joins tells whether o is the same label in the other language.
func (l label) joins(o label) bool {
	near := l.inLineWith(o.rect) && o.left >= l.left && o.left-l.right < 2*max(l.height(), o.height())
	return near && (l.field == o.field || sameWord(l, o))
}

// sameWord tells whether both stand in one recognised word, as « Nom/Surname » may.
func sameWord(l, o label) bool {
	return len(l.words) > 0 && len(o.words) > 0 && l.words[len(l.words)-1] == o.words[0]
}

func (l *label) extend(o label) {
	l.left, l.top = min(l.left, o.left), min(l.top, o.top)
	l.right, l.bottom = max(l.right, o.right), max(l.bottom, o.bottom)
	for i, w := range o.words {
		if i > 0 || len(l.words) == 0 || l.words[len(l.words)-1] != w {
			l.words = append(l.words, w)
		}
	}
	l.text += " / " + o.text
}
