package print

import (
	"bytes"
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
	field, ok, err := readAgain(text, p, f)
	if err != nil || ok || math.IsNaN(field.Confidence) {
		t.Errorf("read %+v, %v, %v", field, ok, err)
	}
}
