package print

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"visavis/identity"
)

// found is a value behind a label: its words in reading order, or none when only
// the place is known.
type found struct {
	label      label
	words      []word
	text       string
	confidence float64
	box        rect
}

// rect is a place in pixels; right and bottom lie outside.
type rect struct{ left, top, right, bottom int }

func (r rect) height() int { return r.bottom - r.top }

// inLineWith tells whether two places are in one line of print: they overlap by more than half of the lower
// one's height.
func (r rect) inLineWith(o rect) bool {
	return 2*(min(r.bottom, o.bottom)-max(r.top, o.top)) > min(r.height(), o.height())
}

// findValues reads what stands under or beside each label. Of a field whose label
// stands there twice the value that is sure of itself counts.
func findValues(words []word, labels []label) []found {
	taken := map[int]bool{}
	for _, l := range labels {
		for _, w := range l.words {
			taken[w] = true
		}
	}
	var out []found
	for _, l := range labels {
		if l.field == otherLabel {
			continue
		}
		f := valueOf(l, words, labels, taken)
		i := slices.IndexFunc(out, func(o found) bool { return o.label.field == l.field })
		switch {
		case i < 0:
			out = append(out, f)
		case f.confidence > out[i].confidence:
			out[i] = f
		}
	}
	return splitName(out)
}

// splitName parts a name that stands behind one label, « ERIKSSON, ANNA MARIA »:
// where given names have no label of their own they are what follows the comma.
func splitName(values []found) []found {
	given := slices.IndexFunc(values, func(f found) bool { return f.label.field == identity.FieldGivenNames })
	i := slices.IndexFunc(values, func(f found) bool { return f.label.field == identity.FieldSurname })
	if i < 0 || given >= 0 {
		return values
	}
	last := slices.IndexFunc(values[i].words, func(w word) bool { return strings.HasSuffix(w.text, ",") })
	if last < 0 {
		return values
	}
	rest := values[i].words[last+1:]
	surname, ok := usable(identity.FieldSurname, values[i].words[:last+1])
	names, ok2 := usable(identity.FieldGivenNames, rest)
	if !ok || !ok2 {
		return values
	}
	l := values[i].label
	values[i] = newFound(l, values[i].words[:last+1], surname)
	l.field = identity.FieldGivenNames
	return append(values, newFound(l, rest, names))
}

// valueOf takes the line under the label where that begins where the label does,
// else what stands beside it.
func valueOf(l label, words []word, labels []label, taken map[int]bool) found {
	under := lineUnder(l, words, labels, taken)
	beside := lineBeside(l, words, labels, taken)
	underText, underOK := usable(l.field, under)
	besideText, besideOK := usable(l.field, beside)
	colon := besideOK && afterColon(l, beside, words)
	besideOK = besideOK && (colon || largerThan(l, beside))
	switch {
	case besideOK && (!underOK || colon):
		return newFound(l, beside, besideText)
	case underOK:
		return newFound(l, under, underText)
	}
	return found{label: l}
}

func newFound(l label, words []word, text string) found {
	f := found{label: l, words: words, text: text, confidence: 1, box: boundsOf(words)}
	for _, w := range words {
		f.confidence = min(f.confidence, w.confidence)
	}
	return f
}

func boundsOf(words []word) rect {
	r := words[0].rect
	for _, w := range words {
		r.left, r.top = min(r.left, w.left), min(r.top, w.top)
		r.right, r.bottom = max(r.right, w.right), max(r.bottom, w.bottom)
	}
	return r
}

// largerThan tells words beside a label from what was made of its second language:
// those are no larger than the label.
func largerThan(l label, words []word) bool { return 10*boundsOf(words).height() > 12*l.height() }

// afterColon tells whether words stand after a label and its colon.
func afterColon(l label, value, words []word) bool {
	if strings.HasSuffix(l.text, ":") || strings.HasPrefix(value[0].text, ":") {
		return true
	}
	return slices.ContainsFunc(words, func(w word) bool {
		return strings.Trim(w.text, " :") == "" && w.left >= l.right-l.height() && w.right <= value[0].left+l.height()/2 &&
			w.bottom > l.top && w.top < l.bottom
	})
}

// lineUnder returns the first line of words under a label, in its column.
func lineUnder(l label, words []word, labels []label, taken map[int]bool) []word {
	h := l.height()
	column, begin := columnEnd(l, labels), lineBegin(l, words, labels)
	var first *word
	for i := range words {
		w := &words[i]
		middle := (w.top + w.bottom) / 2
		begins := w.left > begin-3*h/2 && w.left < l.left+2*h
		if taken[i] || !begins || middle < l.bottom || w.top > l.bottom+2*h || !legible(*w, h) {
			continue
		}
		if first == nil || middle < (first.top+first.bottom)/2 {
			first = w
		}
	}
	if first == nil {
		return nil
	}
	return lineFrom(*first, words, taken, column, h)
}

// lineBegin is where the line of print begins that a label stands in: another
// language may come first (« Nachname/Surname »), and values begin under that.
func lineBegin(l label, words []word, labels []label) int {
	begin, h := l.left, l.height()
	for moved := true; moved; {
		moved = false
		for i, w := range words {
			joins := w.left < begin && w.right > begin-h && l.inLineWith(w.rect)
			if joins && !ofAnother(i, l, labels) {
				begin, moved = w.left, true
			}
		}
	}
	return begin
}

// ofAnother tells whether a word is part of the label of another field.
func ofAnother(word int, l label, labels []label) bool {
	return slices.ContainsFunc(labels, func(o label) bool {
		return o.field != l.field && slices.Contains(o.words, word)
	})
}

// lineBeside returns the words to the right of a label.
func lineBeside(l label, words []word, labels []label, taken map[int]bool) []word {
	h := l.height()
	column := columnEnd(l, labels)
	var first *word
	for i := range words {
		w := &words[i]
		middle := (w.top + w.bottom) / 2
		apart := w.left - l.right
		if taken[i] || apart < -h/3 || apart > 10*h || middle < l.top-h/4 || middle > l.bottom+h/4 || !legible(*w, h) {
			continue
		}
		if first == nil || w.left < first.left {
			first = w
		}
	}
	if first == nil {
		return nil
	}
	return lineFrom(*first, words, taken, column, h)
}

// legible leaves out specks and the words of a background pattern.
func legible(w word, labelHeight int) bool {
	h := w.height()
	return 10*h > 7*labelHeight && h < 4*labelHeight && plain(w.text) != ""
}

// columnEnd is where the next label of the same row begins.
func columnEnd(l label, labels []label) int {
	end := 1 << 30
	for _, o := range labels {
		if o.field != l.field && o.left > l.right && l.inLineWith(o.rect) {
			end = min(end, o.left)
		}
	}
	return end
}

// lineFrom gathers the words that follow first in its line, up to a wide gap or
// the next column.
func lineFrom(first word, words []word, taken map[int]bool, column, labelHeight int) []word {
	line := []word{first}
	height := first.height()
	var rest []word
	for i, w := range words {
		if !taken[i] && w.left > first.left && w.inLineWith(first.rect) && w.left < column-labelHeight/2 &&
			legible(w, labelHeight) {
			rest = append(rest, w)
		}
	}
	slices.SortFunc(rest, func(a, b word) int { return a.left - b.left })
	for _, w := range rest {
		if w.left-line[len(line)-1].right > 3*height/2 {
			break
		}
		line = append(line, w)
	}
	return line
}

// usable tidies the text of words and tells whether it can be this field.
func usable(field identity.FieldName, words []word) (string, bool) {
	if len(words) == 0 {
		return "", false
	}
	parts := make([]string, len(words))
	for i, w := range words {
		parts[i] = w.text
	}
	text := strings.Join(parts, " ")
	switch field {
	case identity.FieldBirthDate, identity.FieldExpiryDate, identity.FieldIssueDate:
		return dateText(text)
	case identity.FieldNumber:
		text = plain(text)
		return text, len(text) >= 5 && strings.ContainsAny(text, "0123456789")
	}
	return nameText(text)
}

// dateText finds a date at the beginning of a text; a place may follow it.
func dateText(text string) (string, bool) {
	parts := strings.Fields(strings.Trim(text, ":;.,*'’‘ "))
	for i, part := range parts {
		if strings.ContainsAny(part, "0123456789") { // a zero is no letter there
			parts[i] = strings.NewReplacer("O", "0", "o", "0", "Q", "0", "I", "1", "l", "1", "|", "1").Replace(part)
		}
	}
	for n := len(parts); n > 0; n-- {
		candidate := strings.TrimRight(strings.Join(parts[:n], " "), ".,;:")
		if _, err := identity.PrintedDay(candidate); err == nil {
			return candidate, true
		}
	}
	return "", false
}

// nameText leaves what a name is made of, without what surrounds it (*MARTIN*), and
// tells whether it is one.
func nameText(text string) (string, bool) {
	text = norm.NFC.String(strings.NewReplacer("'", "’", "‘", "’", "`", "’", "—", "-", "–", "-", "|", " ", "*",
		" ").Replace(text))
	text = strings.TrimFunc(text, func(r rune) bool { return !unicode.IsLetter(r) })
	text = strings.Join(strings.Fields(strings.ReplaceAll(text, " ,", ",")), " ")
	if len(plain(text)) < 2 || identity.CheckName(text) != nil {
		return "", false
	}
	return text, true
}
