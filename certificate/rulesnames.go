package certificate

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"visavis/identity"
)

// contains reports whether a common name contains a name, in any spelling that a document
// may have. If the profile allows more than names, the additional text, a number or
// brackets, separates words.
func (e *examined) contains(text, name string) bool {
	if e.profile.wanted().CommonNameText {
		text = strings.Join(strings.Fields(strings.Map(func(r rune) rune {
			if unicode.IsLetter(r) || unicode.IsMark(r) || identity.CheckName("A"+string(r)+"A") == nil {
				return r
			}
			return ' '
		}, text)), " ")
	}
	return identity.ContainsName(text, name)
}

// badInName reports characters not allowed in any attribute: invisible or
// direction-changing ones, and those that separate attributes in text form (RFC 4514) or
// markup.
func badInName(r rune) bool {
	return !unicode.IsPrint(r) || r == unicode.ReplacementChar || strings.ContainsRune(`<>="\;#`, r) ||
		unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector, unicode.Bidi_Control)
}

// checkNameCharacters allows in names only the characters of names, and in other
// attributes only visible text.
func checkNameCharacters(e *examined) (out []string) {
	for _, a := range e.subject {
		common := a.ID.Equal(oidCommonName)
		if a.ID.Equal(oidGivenName) || a.ID.Equal(oidSurname) || common && !e.profile.wanted().CommonNameText {
			text := a.Text
			if common && utf8.RuneCountInString(text) > identity.MaxCommonName {
				continue // its length is a rule of its own
			}
			if err := identity.CheckName(text); err != nil {
				out = append(out, fmt.Sprintf("%s: %v", nameOf(a.ID), err))
			}
			continue
		}
		i := strings.IndexFunc(a.Text, badInName)
		if !utf8.ValidString(a.Text) {
			out = append(out, nameOf(a.ID)+" is no UTF-8")
		} else if i >= 0 {
			r, _ := utf8.DecodeRuneInString(a.Text[i:])
			out = append(out, fmt.Sprintf("%s with the character %U", nameOf(a.ID), r))
		}
	}
	return out
}

func checkNameLength(e *examined) (out []string) {
	for _, a := range e.subject {
		n, most := utf8.RuneCountInString(a.Text), e.profile.wanted().NameLength
		out = append(out, one(n > most, "%s of %d characters, at most %d", nameOf(a.ID), n, most)...)
	}
	return out
}

// checkEmailName requires a subject's e-mail address among the alternative names, where
// programs look for it.
func checkEmailName(e *examined) (out []string) {
	for _, got := range e.values(oidEmail) {
		there := slices.ContainsFunc(e.cert.EmailAddresses, func(a string) bool { return strings.EqualFold(a, got) })
		out = append(out, one(!there, "an e-mail address of the subject that is no alternative name")...)
	}
	return out
}
