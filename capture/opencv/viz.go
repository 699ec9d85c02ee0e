package opencv

import (
	"context"
	"fmt"
	"sync"

	"gocv.io/x/gocv"

	"visavis/identity"
)

// printReader loads the recogniser when somebody reads for the first time.
type printReader struct {
	once sync.Once
	text *textReader
	err  error
}

// reader is the recogniser, loaded at the first call.
func (p *printReader) reader() (*textReader, error) {
	p.once.Do(func() { p.text, p.err = newTextReader() })
	return p.text, p.err
}

// Close frees the recogniser, if it was loaded.
func (p *printReader) Close() error {
	p.once.Do(func() { p.err = ErrNoPrintReader }) // closed before it was used
	if p.text == nil {
		return nil
	}
	return p.text.Close()
}

// vizLineTime is the time that recognising one line may take, milliseconds; usual
// are 15.
const vizLineTime = 400

// enoughLabels are found on every side that is the right way up.
const enoughLabels = 2

// printSearch reads outlines of one frame and keeps the best side.
type printSearch struct {
	text   *textReader
	bgr    gocv.Mat
	width  int // of the frame, pixels
	best   identity.PrintedSide
	sought int // labels of the best side whose values are fields
}

// try reads one outline and tells whether it is a side the right way up.
func (p *printSearch) try(ctx context.Context, o vizOutline) (upright bool, err error) {
	if err := ctx.Err(); err != nil {
		return false, fmt.Errorf("reading print: %w", err)
	}
	side, labels, err := readSide(p.text, o, p.bgr, p.width)
	if err != nil {
		return false, err
	}
	if p.better(side) {
		p.best, p.sought = side, 0
		for _, l := range labels {
			if l.field != otherLabel {
				p.sought++
			}
		}
	}
	return len(labels) >= enoughLabels, nil
}

// better tells whether a side says more than the best so far: fields, then a title,
// which tells a document without any field of ours from its print upside down.
func (p *printSearch) better(side identity.PrintedSide) bool {
	switch got, best := len(side.Fields), len(p.best.Fields); {
	case p.best.Words == 0, got > best:
		return true
	case got < best:
		return false
	}
	return p.best.Kind == identity.KindUnknown && side.Kind != identity.KindUnknown // else the first of equals
}

// readSide reads one side the way up that o says, and returns its labels too.
func readSide(text *textReader, o vizOutline, bgr gocv.Mat, frameWidth int) (identity.PrintedSide, []label, error) {
	side := identity.PrintedSide{Kind: identity.KindUnknown}
	p, err := o.print(bgr, frameWidth)
	if err != nil {
		return side, nil, err
	}
	words, err := wordsOf(text, &p)
	if err != nil {
		return side, nil, err
	}
	side.Words = len(words)
	side.Kind = kindOfWords(words)
	labels := findLabels(words)
	for _, f := range findValues(words, labels) {
		field, ok, err := readAgain(text, p, f)
		if err != nil {
			return side, nil, err
		}
		if ok {
			side.Fields = append(side.Fields, field)
		}
	}
	return side, labels, nil
}
