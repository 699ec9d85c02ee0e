package certificate

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"visavis/identity"
)

// contains tells whether a name stands in a common name, in any spelling that a
// document may have. Where the profile lets issuers write more than names, what they
// write around them, a number or brackets, parts words.
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

// badInName tells the characters that no attribute in a certificate has: those that
// nobody sees or that turn others round, and those that part attributes where a
// name is written as text (RFC 4514) or markup.
func badInName(r rune) bool {
	return !unicode.IsPrint(r) || r == unicode.ReplacementChar || strings.ContainsRune(`<>="\;#`, r) ||
		unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector, unicode.Bidi_Control)
}

// checkNameCharacters wants in names what a name may have, and in every other
// attribute text that people can see.
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

// checkEmailName wants an address of the subject among the alternative names: that
// is where programs look.
func checkEmailName(e *examined) (out []string) {
	for _, got := range e.values(oidEmail) {
		there := slices.ContainsFunc(e.cert.EmailAddresses, func(a string) bool { return strings.EqualFold(a, got) })
		out = append(out, one(!there, "an e-mail address of the subject that is no alternative name")...)
	}
	return out
}
