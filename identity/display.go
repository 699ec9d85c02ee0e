package identity

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Display writes a document's name as a person would: letters from the document,
// case and accents from the declared spelling where both fold to exactly the same
// letters, else the document's name as it is. printed says that the document's
// name is its print: then accents, hyphens and spaces that it has stay; a zone
// knows neither.
func Display(document, declared string, printed bool) string {
	document = tidyName(document)
	declared = tidyName(declared)
	ours, err := Fold(declared)
	if err != nil || CheckName(declared) != nil {
		return document
	}
	theirs, err := Fold(document)
	if err != nil || ours != theirs || oneScript(document+declared) != nil {
		return document
	}
	w := writer{
		keepLetters: strings.IndexFunc(document, func(r rune) bool {
			return unicode.IsLetter(r) && r > unicode.MaxASCII
		}) >= 0,
		keepCase: mixedCase(document) || !mixedCase(declared),
	}
	doc, typed := unitsOf(document), unitsOf(declared)
	var out strings.Builder
	for len(doc) > 0 || len(typed) > 0 {
		between, rest := separators(&doc), separators(&typed)
		if !printed {
			between = rest
		}
		out.WriteString(between)
		a, b := nextEqual(&doc, &typed)
		out.WriteString(w.join(a, b))
	}
	return out.String()
}

// tidyName composes the letters and writes separators in one way.
func tidyName(name string) string {
	name = strings.NewReplacer("<", " ", ",", " ", "'", "’").Replace(norm.NFC.String(name))
	return strings.Join(strings.Fields(name), " ")
}

// unit is a letter with its folded spelling; empty for what is no letter.
type unit struct{ text, folded string }

func unitsOf(name string) []unit {
	var units []unit
	for _, r := range name {
		switch folded, err := Fold(string(r)); {
		case kindOf(r) == signLetter && err == nil:
			units = append(units, unit{string(r), folded})
		case kindOf(r) == signMark && len(units) > 0:
			units[len(units)-1].text += string(r)
		default:
			units = append(units, unit{text: string(r)})
		}
	}
	return units
}

// separators takes what is no letter from the front.
func separators(units *[]unit) string {
	var s strings.Builder
	for len(*units) > 0 && (*units)[0].folded == "" {
		s.WriteString((*units)[0].text)
		*units = (*units)[1:]
	}
	return s.String()
}

// nextEqual takes the shortest runs of letters that fold to the same: mostly one
// of each, but O and E for Œ.
func nextEqual(a, b *[]unit) (x, y []unit) {
	nx, ny := 0, 0
	for len(*a) > 0 || len(*b) > 0 {
		from, to, n := a, &x, &nx
		if nx > ny || len(*a) == 0 {
			from, to, n = b, &y, &ny
		}
		if len(*from) == 0 {
			break
		}
		u := (*from)[0]
		*from = (*from)[1:]
		*to = append(*to, u)
		*n += len(u.folded)
		if nx == ny && nx > 0 {
			break
		}
	}
	return x, y
}

func mixedCase(s string) bool {
	return strings.IndexFunc(s, unicode.IsUpper) >= 0 && strings.IndexFunc(s, unicode.IsLower) >= 0
}

// writer says what of a document's name stays: its letters, where it prints
// accents at all, and its case, where it has one.
type writer struct{ keepLetters, keepCase bool }

// join writes one run of letters that fold to the same.
func (w writer) join(document, declared []unit) string {
	text := func(units []unit) string {
		var s strings.Builder
		for _, u := range units {
			s.WriteString(u.text)
		}
		return s.String()
	}
	written, like := text(declared), []rune(text(declared))
	if w.keepLetters {
		written = text(document)
	}
	if w.keepCase {
		like = []rune(text(document))
	}
	if len(like) == 0 {
		return written
	}
	if unicode.IsUpper(like[0]) {
		return upperLike(written, like)
	}
	return strings.ToLower(written)
}

// upperLike writes s with the case of a run that begins with a capital.
func upperLike(s string, like []rune) string {
	runes := []rune(s)
	for i, r := range runes {
		if i < len(like) && unicode.IsLower(like[i]) {
			runes[i] = unicode.ToLower(r)
		} else {
			runes[i] = unicode.ToUpper(r)
		}
	}
	return string(runes)
}
