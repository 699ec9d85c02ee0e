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

// OfInput says what to change in what a person typed.
func OfInput(w words.Words, e *journey.InputError) words.Said {
	if bad, ok := errors.AsType[*identity.NameError](e); ok {
		return OfName(w, bad)
	}
	if bad, ok := errors.AsType[*email.Error](e); ok {
		return w.Say("errors.email."+string(bad.Code), words.Values{"code": fmt.Sprintf("%U", bad.Rune)})
	}
	return w.Say("errors." + string(e.Problem))
}

// OfName says what to change in a name, which character is in the way and where. A
// character that shows nothing, or turns the sentence around, is named by its number.
func OfName(w words.Words, e *identity.NameError) words.Said {
	r, _ := utf8.DecodeRuneInString(e.Character)
	return w.Say("errors.name."+string(e.Problem), words.Values{"character": e.Character, "code": fmt.Sprintf("%U", r), "at": e.At})
}
