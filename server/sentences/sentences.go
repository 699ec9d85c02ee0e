// Package sentences says in a person's language what is wrong with what they typed.
// The errors themselves carry codes and values alone.
package sentences

import (
	"errors"
	"fmt"
	"unicode/utf8"

	"visavis/email"
	"visavis/enrolment/journey"
	"visavis/identity"
	"visavis/words"
)

// All returns every error of a type that an error holds, in the order in which they
// were joined.
func All[E error](err error) []E {
	switch e := err.(type) { //nolint:errorlint // the tree is walked here, one error at a time
	case nil:
		return nil
	case E:
		return []E{e}
	case interface{ Unwrap() error }:
		return All[E](e.Unwrap())
	case interface{ Unwrap() []error }:
		var out []E
		for _, one := range e.Unwrap() {
			out = append(out, All[E](one)...)
		}
		return out
	}
	return nil
}

// CodeOfInput says for programs what is wrong with what a person typed: a code as
// "mobile", "birth-date", "text-changed", "email.CODE" or "name.PROBLEM".
func CodeOfInput(e *journey.InputError) string {
	if bad, ok := errors.AsType[*identity.NameError](e); ok {
		return CodeOfName(bad)
	}
	if bad, ok := errors.AsType[*email.Error](e); ok {
		return "email." + string(bad.Code)
	}
	return string(e.Problem)
}

// CodeOfName is "name.PROBLEM".
func CodeOfName(e *identity.NameError) string { return "name." + string(e.Problem) }

// OfInput says what to change in what a person typed.
func OfInput(w words.Words, e *journey.InputError) words.Said {
	if bad, ok := errors.AsType[*identity.NameError](e); ok {
		return OfName(w, bad)
	}
	values := words.Values{}
	if bad, ok := errors.AsType[*email.Error](e); ok {
		values["code"] = fmt.Sprintf("%U", bad.Rune)
	}
	return w.Say("errors."+CodeOfInput(e), values)
}

// OfName says what to change in a name, which character is in the way and where. A
// character that shows nothing, or turns the sentence around, is named by its number.
func OfName(w words.Words, e *identity.NameError) words.Said {
	r, _ := utf8.DecodeRuneInString(e.Character)
	return w.Say("errors."+CodeOfName(e), words.Values{"character": e.Character, "code": fmt.Sprintf("%U", r), "at": e.At})
}
