package print

import (
	"context"
	"fmt"
	"sync"

	"gocv.io/x/gocv"

	"visavis/identity"
)

// Reader loads the recogniser when somebody reads for the first time.
type Reader struct {
	once sync.Once
	text *textReader
	err  error
}

// Reader is the recogniser, loaded at the first call.
func (p *Reader) Reader() (*textReader, error) {
	p.once.Do(func() { p.text, p.err = newTextReader() })
	return p.text, p.err
}

// Close frees the recogniser, if it was loaded.
func (p *Reader) Close() error {
	p.once.Do(func() { p.err = ErrNoPrintReader }) // closed before it was used
	if p.text == nil {
		return nil
	}
	return p.text.Close()
}

// vizLineTime is the time that recognising one line may take, milliseconds; usual
// are 15.
const vizLineTime = 400

// EnoughLabels are found on every side that is the right way up.
const EnoughLabels = 2

// Search reads outlines of one frame and keeps the best side.
type Search struct {
	Text   *textReader
	BGR    gocv.Mat
	Width  int // of the frame, pixels
	Best   identity.PrintedSide
	Sought int // fields that the best side has labels of
}

// Try reads one outline and tells whether it is a side the right way up.
func (p *Search) Try(ctx context.Context, o Outline) (upright bool, err error) {
	side, labels, err := readSide(ctx, p.Text, o, p.BGR, p.Width)
	if err != nil {
		return false, err
	}
	if p.better(side) {
		p.Best, p.Sought = side, fieldsOf(labels)
	}
	return len(labels) >= EnoughLabels, nil
}

// fieldsOf counts the fields that labels name. One that is named twice is one field.
func fieldsOf(labels []label) int {
	fields := map[identity.FieldName]bool{}
	for _, l := range labels {
		if l.field != otherLabel {
			fields[l.field] = true
		}
	}
	return len(fields)
}

// goOn is an error when nobody waits any more. A line is tens of milliseconds at most, so
// that it is asked before each.
func goOn(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("reading print: %w", err)
	}
	return nil
}

// better tells whether a side says more than the best so far: fields, then a title,
// which tells a document without any field of ours from its print upside down.
func (p *Search) better(side identity.PrintedSide) bool {
	switch got, best := len(side.Fields), len(p.Best.Fields); {
	case p.Best.Words == 0, got > best:
		return true
	case got < best:
		return false
	}
	return p.Best.Kind == identity.KindUnknown && side.Kind != identity.KindUnknown // else the first of equals
}

// readSide reads one side the way up that o says, and returns its labels too. It ends when
// the context does.
func readSide(ctx context.Context, text *textReader, o Outline, bgr gocv.Mat, frameWidth int,
) (identity.PrintedSide, []label, error) {
	side := identity.PrintedSide{Kind: identity.KindUnknown}
	if err := goOn(ctx); err != nil {
		return side, nil, err
	}
	p, err := o.print(bgr, frameWidth)
	if err != nil {
		return side, nil, err
	}
	words, err := wordsOf(ctx, text, &p)
	if err != nil {
		return side, nil, err
	}
	side.Words = len(words)
	side.Kind = kindOfWords(words)
	labels := findLabels(words)
	for _, f := range findValues(words, labels) {
		field, ok, err := readAgain(ctx, text, p, f)
		if err != nil {
			return side, nil, err
		}
		if !ok {
			continue
		}
		if doubtful(f, field.Text, labels, words) {
			field.Confidence /= 2
		}
		side.Fields = append(side.Fields, field)
	}
	return side, labels, nil
}
