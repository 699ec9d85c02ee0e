package print

import (
	"bytes"
	"context"
	"errors"
	"math"
	"testing"

	"visavis/capture/opencv/pixel"
	"visavis/identity"
)

// A line of which no reading is sure is no field: its confidence would be no number.
func TestALineThatNobodyIsSureOfIsNoField(t *testing.T) {
	reader := new(Reader)
	t.Cleanup(func() { _ = reader.Close() })
	text, err := reader.Reader()
	if err != nil {
		t.Fatal(err)
	}
	blank := pixel.Grey{Pix: bytes.Repeat([]byte{255}, 100*40), W: 100, H: 40}
	p := printedPicture{grey: blank, plain: blank, scale: 8}
	f := found{label: label{field: identity.FieldSurname, text: "NOM"}, text: "?", words: []word{{}},
		box: rect{left: 10, top: 10, right: 90, bottom: 30}}
	field, ok, err := readAgain(t.Context(), text, p, f)
	if err != nil || ok || math.IsNaN(field.Confidence) {
		t.Errorf("read %+v, %v, %v", field, ok, err)
	}
}

// countdown is a context that ends after it was asked so often.
type countdown struct {
	context.Context //nolint:containedctx // it is one itself
	asked, ends     int
}

func (c *countdown) Err() error {
	if c.asked++; c.asked > c.ends {
		return context.Canceled
	}
	return nil
}

// Nobody waits for a cancelled reading: no further line is read, neither in the search nor
// of a value.
func TestReadingEndsBetweenLinesWhenItIsCancelled(t *testing.T) {
	reader := new(Reader)
	t.Cleanup(func() { _ = reader.Close() })
	text, err := reader.Reader()
	if err != nil {
		t.Fatal(err)
	}
	g := pixel.Grey{Pix: bytes.Repeat([]byte{255}, 400*400), W: 400, H: 400}
	for _, top := range []int{40, 160, 280} { // three lines of four bars
		for _, left := range []int{40, 70, 100, 130} {
			for y := top; y < top+30; y++ {
				for x := left; x < left+8; x++ {
					g.Pix[y*g.W+x] = 0
				}
			}
		}
	}
	p := printedPicture{grey: g, plain: g, scale: 10}
	whole := &countdown{Context: t.Context(), ends: 1 << 30}
	if _, err := wordsOf(whole, text, &p); err != nil || whole.asked != 3 {
		t.Fatalf("asked %d times for three lines, %v", whole.asked, err)
	}
	cut := &countdown{Context: t.Context(), ends: 1}
	if _, err := wordsOf(cut, text, &p); !errors.Is(err, context.Canceled) || cut.asked != 2 {
		t.Errorf("search: asked %d times, %v; want %v before the second line", cut.asked, err, context.Canceled)
	}
	f := found{label: label{field: identity.FieldSurname, text: "NOM"}, text: "MARTIN", words: []word{{}},
		box: rect{left: 40, top: 40, right: 138, bottom: 70}}
	cut = &countdown{Context: t.Context(), ends: 1}
	if _, _, err := readAgain(cut, text, p, f); !errors.Is(err, context.Canceled) || cut.asked != 2 {
		t.Errorf("value: asked %d times, %v; want %v before the second look", cut.asked, err, context.Canceled)
	}
}
