package print

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"visavis/document"
	"visavis/identity"
)

// doubtful tells what speaks against a name however well its letters were read: the
// label may be another's, the value no name, or a name with letters that the
// recogniser does not have.
func doubtful(f found, text string, labels []label, words []word) bool {
	if f.label.field != identity.FieldSurname && f.label.field != identity.FieldGivenNames &&
		f.label.field != identity.FieldUsageName {
		return false
	}
	return notOneName(text) || partOfPhrase(f.label, labels, words) || inOtherLanguage(f.label, words)
}

// leastName is the length of the shortest name that a pattern is not read as.
const leastName = 3

// notOneName tells texts that are no name, or one in two scripts: signs between words,
// the words of labels and titles, capitals within words, some words in capitals and others not.
func notOneName(text string) bool {
	letters := plain(text)
	if len(letters) < leastName || strings.ContainsAny(text, "/0123456789") {
		return true
	}
	capitals, small := 0, 0
	for part := range strings.FieldsFuncSeq(text, func(r rune) bool { return !unicode.IsLetter(r) }) {
		if labelWord(plain(part)) {
			return true
		}
		runes := []rune(part)
		upper := 0
		for _, r := range runes {
			if !unicode.IsLower(r) {
				upper++
			}
		}
		switch {
		case len(runes) == 1: // an initial, or d’
		case upper == len(runes):
			capitals++
		case upper == 1 && unicode.IsUpper(runes[0]):
			small++
		default:
			return true
		}
	}
	return capitals > 0 && small > 0
}

// labelWord tells whether a word stands alone as a label or a title.
func labelWord(letters string) bool {
	if slices.ContainsFunc(document.Labels(), func(l document.Label) bool { return l.Text == letters }) {
		return true
	}
	return slices.ContainsFunc(document.AllTitles(), func(t document.Titles) bool {
		return slices.Contains(t.Texts, letters)
	})
}

// partOfPhrase tells a label that ends a longer phrase, « Issuing Post Name », or that
// shares one value with another, « Name (Surname, Given names) »: what stands in its
// line before it neither ends with a sign nor is a label.
func partOfPhrase(l label, labels []label, words []word) bool {
	if strings.HasPrefix(l.text, ",") {
		return true
	}
	for i, w := range words {
		before := w.right <= l.left+l.height()/2 && l.left-w.right <= 3*l.height()/2
		if !before || slices.Contains(l.words, i) || !l.inLineWith(w.rect) {
			continue
		}
		last, _ := utf8.DecodeLastRuneInString(w.text) // RuneError of none
		isLabel := slices.ContainsFunc(labels, func(o label) bool { return slices.Contains(o.words, i) })
		if last == ',' || len(plain(w.text)) > 1 && !isLabel && !strings.ContainsRune("/:;.)", last) {
			return true
		}
	}
	return false
}

// inOtherLanguage tells whether the label's line says the same in a language whose
// labels are not known: names there may have letters that are read as others.
func inOtherLanguage(l label, words []word) bool {
	for i, w := range words {
		own := slices.Contains(l.words, i)
		if !own && !l.inLineWith(w.rect) {
			continue
		}
		apart := max(w.left-l.right, l.left-w.right)
		slashed := strings.HasSuffix(w.text, "/") || strings.HasPrefix(w.text, "/") || strings.HasSuffix(l.text, "/")
		if !own && (apart > l.height() || !slashed) {
			continue
		}
		for _, t := range tokensOf([]word{w}) {
			if len(t.letters) >= leastName && !partOfLabel(t.letters) {
				return true
			}
		}
	}
	return false
}

// partOfLabel tells whether letters are a part of any known label.
func partOfLabel(letters string) bool {
	return slices.ContainsFunc(document.Labels(), func(l document.Label) bool {
		return strings.Contains(l.Text, letters) || alike(letters, l.Text)
	})
}
