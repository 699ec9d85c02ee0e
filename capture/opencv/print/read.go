package print

import (
	"math"
	"strings"

	"visavis/identity"
)

// lineHeight is the height, in pixels, that a line is brought to for the search.
const lineHeight = 36

// wordsOf reads every line of a side. Boxes are in pixels of p.
func wordsOf(text *textReader, p *printedPicture) ([]word, error) {
	lines, blobs, err := linesOfText(p.grey, p.scale)
	if err != nil {
		return nil, err
	}
	p.blobs = blobs
	var out []word
	for _, l := range lines {
		words, err := readLine(text, *p, l.rect, lineHeight, "")
		if err != nil {
			return nil, err
		}
		out = append(out, words...)
	}
	return out, nil
}

// readLine reads one line of text brought to a height in pixels.
func readLine(text *textReader, p printedPicture, at rect, height float64, letters string) ([]word, error) {
	h := at.height()
	around := rect{at.left - h/2, at.top - h/4, at.right + h/2, at.bottom + h/4}
	factor := height / float64(h)
	part, err := p.resized(around, factor)
	if err != nil {
		return nil, nil //nolint:nilerr // no room for a line there: nothing to read
	}
	words, err := text.read(part, oneLine, letters, vizLineTime)
	for i := range words {
		w := &words[i]
		x := max(0, around.left)
		w.left, w.right = x+int(float64(w.left)/factor), x+int(float64(w.right)/factor)
		w.top, w.bottom = at.top, at.bottom // the recogniser's own are as high as the picture
	}
	return words, err
}

// leastTitle leaves out what is no writing. It is low: a title counts only when all of
// its words stand there to the letter, and printed patterns lower the confidence.
const leastTitle = 0.2

// kindOfWords tells the document's kind by its title.
func kindOfWords(words []word) identity.Kind {
	texts := make([]string, 0, len(words))
	for _, w := range words {
		if w.confidence >= leastTitle {
			texts = append(texts, w.text)
		}
	}
	return identity.KindOfTitle(strings.Join(texts, " "))
}

// valueHeights are the heights, in pixels, that a value's letters are brought to
// for its readings: one reading alone takes ë for é now and then.
var valueHeights = []float64{34, 26, 44}

// marksWeight is how much more a reading counts whose dots and accents are as many
// as there are above the line: readings lose one of ï's dots more often than any
// letter.
const marksWeight = 4

// readAgain reads the line of one value on its own, larger than in the search,
// several times, and takes the reading that has most on its side.
func readAgain(text *textReader, p printedPicture, f found) (identity.Field, bool, error) {
	field := identity.Field{Name: f.label.field, Label: f.label.text}
	if len(f.words) == 0 {
		return field, false, nil
	}
	votes := map[string]float64{f.text: f.confidence}
	for _, height := range valueHeights {
		words, err := readLine(text, p, f.box, height, letters(f.label.field))
		if err != nil {
			return field, false, err
		}
		if s, ok := usable(f.label.field, words); ok {
			c := newFound(f.label, words, s).confidence
			votes[s] += c
		}
	}
	best, total := f.text, 0.0
	seen := marksSeen(p.blobs, f.box)
	for s, v := range votes {
		if marksOf(s) == seen {
			votes[s] = v * marksWeight
		}
		total += votes[s]
	}
	for s, v := range votes {
		if v > votes[best] || v == votes[best] && s < best {
			best = s
		}
	}
	if total <= 0 {
		return field, false, nil // nobody is sure of anything
	}
	field.Text = best
	// What the readings agree on: all of them sure and alike is 1.
	field.Confidence = math.Min(1, votes[best]/total) * math.Min(1, votes[best]/(0.9*float64(1+len(valueHeights))/2))
	if edge := f.box.height() / 4; f.box.left < edge || f.box.right > p.grey.W-edge {
		field.Confidence /= 2 // the picture may end before the value does
	}
	w, h := float64(p.grey.W), float64(p.grey.H)
	field.Box = identity.Box{
		X: float64(f.box.left) / w, Y: float64(f.box.top) / h,
		Width: float64(f.box.right-f.box.left) / w, Height: float64(f.box.height()) / h,
	}
	return field, true, nil
}

// letters are what a field is made of; empty means anything.
func letters(field identity.FieldName) string {
	switch field {
	case identity.FieldNumber:
		return "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	}
	return ""
}
