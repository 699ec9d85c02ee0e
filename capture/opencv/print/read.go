package print

import (
	"context"
	"slices"
	"strings"

	"visavis/capture/opencv/pixel"
	"visavis/identity"
)

// lineHeight is the height, in pixels, that a line is brought to for the search.
const lineHeight = 36

// wordsOf reads every line of a side. Boxes are in pixels of p.
func wordsOf(ctx context.Context, text *textReader, p *printedPicture) ([]word, error) {
	lines, blobs, err := linesOfText(p.grey, p.scale)
	if err != nil {
		return nil, err
	}
	p.blobs = blobs
	var out []word
	for _, l := range lines {
		if err := goOn(ctx); err != nil {
			return nil, err
		}
		words, err := readLine(text, p.grey, l.rect, lineHeight, "")
		if err != nil {
			return nil, err
		}
		out = append(out, words...)
	}
	return out, nil
}

// readLine reads one line of a picture, brought to a height in pixels.
func readLine(text *textReader, g pixel.Grey, at rect, height float64, letters string) ([]word, error) {
	h := at.height()
	around := rect{at.left - h/2, at.top - h/4, at.right + h/2, at.bottom + h/4}
	factor := height / float64(h)
	part, err := resized(g, around, factor)
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

// glance is one way of reading a value: its letters brought to a height in pixels, of
// the cleaned picture alone, or of what the camera saw and with what goes on at its ends.
type glance struct {
	height float64
	plain  bool
}

// glances are the readings of a value beside that of the search: one reading alone
// takes ë for é now and then, and cleaning makes letters of a pattern or takes some away.
// Where as many as agreeing say the same the rest is left out.
var glances = []glance{{34, false}, {34, true}, {26, false}, {44, false}}

const agreeing = 2

// marksWeight is how much more a reading counts whose dots and accents are as many
// as there are above the line: readings lose one of ï's dots more often than any
// letter.
const marksWeight = 4

// reading is what one look at a value says; text is empty where that is no such value.
type reading struct {
	text       string
	confidence float64
}

// readAgain reads the line of one value on its own, larger than in the search,
// several times, and takes the reading that has most on its side.
func readAgain(ctx context.Context, text *textReader, p printedPicture, f found) (identity.Field, bool, error) {
	field := identity.Field{Name: f.label.field, Label: f.label.text}
	if len(f.words) == 0 {
		return field, false, nil
	}
	seen := marksSeen(p.blobs, f.box)
	readings := []reading{{f.text, f.confidence}}
	for i, g := range glances {
		if i == agreeing && agree(readings, seen) {
			break
		}
		if err := goOn(ctx); err != nil {
			return field, false, err
		}
		words, err := g.read(text, p, f)
		if err != nil {
			return field, false, err
		}
		var r reading
		if s, ok := usable(f.label.field, words); ok {
			r = reading{s, newFound(f.label, words, s).confidence}
		}
		readings = append(readings, r)
	}
	best, ok := elected(readings, seen)
	if !ok {
		return field, false, nil // nobody is sure of anything
	}
	field.Text, field.Confidence = best, shared(readings, best)
	if goesOn(readings, best) {
		field.Confidence /= 2
	}
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

// read looks at a value once.
func (g glance) read(text *textReader, p printedPicture, f found) ([]word, error) {
	if !g.plain {
		return readLine(text, p.grey, f.box, g.height, letters(f.label.field))
	}
	h := f.box.height()
	wide := rect{max(0, f.box.left-2*h), f.box.top, f.box.right + 2*h, f.box.bottom}
	words, err := readLine(text, p.plain, wide, g.height, letters(f.label.field))
	if err != nil {
		return nil, err
	}
	// Of what stands beside the value only what goes on without a gap is of it.
	left, right := f.box.left, f.box.right
	for moved := true; moved; {
		moved = false
		for _, w := range words {
			near := w.right > left-h/2 && w.left < right+h/2
			if near && (w.left < left || w.right > right) {
				left, right, moved = min(left, w.left), max(right, w.right), true
			}
		}
	}
	return slices.DeleteFunc(words, func(w word) bool { return w.left < left || w.right > right }), nil
}

// sureReading is the confidence of a reading that needs no more than two others like it.
const sureReading = 0.8

// agree tells whether all readings are sure of one text, which has as many dots and
// accents as were seen.
func agree(readings []reading, marks int) bool {
	for _, r := range readings {
		if r.text != readings[0].text || r.confidence < sureReading {
			return false
		}
	}
	return marksOf(readings[0].text) == marks
}

// elected is the text with most on its side.
func elected(readings []reading, marks int) (best string, ok bool) {
	votes := map[string]float64{}
	for _, r := range readings {
		if r.text == "" {
			continue
		}
		weight := 1.0
		if marksOf(r.text) == marks {
			weight = marksWeight
		}
		votes[r.text] += weight * r.confidence
	}
	for s, v := range votes {
		if v > votes[best] || v == votes[best] && s < best {
			best = s
		}
	}
	return best, votes[best] > 0
}

// goesOn tells whether a reading has all letters of a text and more: it may be cut.
func goesOn(readings []reading, text string) bool {
	return slices.ContainsFunc(readings, func(r reading) bool {
		return plain(r.text) != plain(text) && strings.Contains(plain(r.text), plain(text))
	})
}

// shared is the mean confidence of the readings, 0 of those with other letters than a
// text: accents apart.
func shared(readings []reading, text string) float64 {
	sum := 0.0
	for _, r := range readings {
		if plain(r.text) == plain(text) {
			sum += min(1, r.confidence)
		}
	}
	return sum / float64(len(readings))
}

// letters are what a field is made of; empty means anything.
func letters(field identity.FieldName) string {
	switch field {
	case identity.FieldNumber:
		return "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	}
	return ""
}
